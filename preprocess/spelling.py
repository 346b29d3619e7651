"""
Spelling in bulk: the ids of very many characters at once, by a look-up in a spelling table.

Notation: U' rows of the table, N code points, S stretches, T tokens.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from preprocess.units import (
    END,
    FIRST_BYTE,
    MAX_SPELLING,
    NUM_CODE_POINTS,
    BaseUnit,
    CodePoints,
    Ids,
)

CHUNK = 1 << 16  # code points at once, so that the arrays in between stay in the cache
SAMPLE = 1 << 12  # code points that tell of which kind a text is
FEW = 1 / 16  # share of code points

Indices = npt.NDArray[np.uint16] | npt.NDArray[np.uint32]
Bounds = npt.NDArray[np.int64]
Tokens = npt.NDArray[np.uint16] | npt.NDArray[np.uint32]


class Spelling:
    """
    A spelling table laid out for looking up.

    Args:
        table: (U', 4) ids that spell each code point, in order, filled up with END. Rows from
            0x110000 on are virtual code points, which stand for what no single character does.
    """

    def __init__(self, table: npt.NDArray[np.integer]) -> None:
        self._table = np.ascontiguousarray(table)
        self._dtype = table.dtype
        # A row is one item, so that a look-up copies it whole.
        row = np.dtype((np.void, MAX_SPELLING * table.itemsize))
        self._rows = self._table.view(row).ravel()
        # (U',) the id of what is spelt in one, END for all else.
        self._alone = np.where(table[:, 1] == END, table[:, 0], END).astype(table.dtype)

    def encode(self, code_points: Indices, bounds: Bounds) -> tuple[Tokens, Bounds]:
        """
        Spell stretches of text, without ends.

        Args:
            code_points: (N,) of all stretches, each below U'.
            bounds: (S + 1,) stretch s is code_points[bounds[s] : bounds[s + 1]]; they cover all.

        Returns:
            (T,) ids, of the table's type, and the (S + 1,) bounds of the stretches in them.
        """
        others = self._alone.take(code_points[:SAMPLE], mode="clip") == END
        if np.count_nonzero(others) <= FEW * len(others):
            return self._encode_mostly_alone(code_points, bounds)
        return self._encode_rows(code_points, bounds)

    def _encode_mostly_alone(self, code_points: Indices, bounds: Bounds) -> tuple[Tokens, Bounds]:
        """Spell a text of which few characters are not one token: twice as fast for those."""
        tokens = self._alone.take(code_points, mode="clip")
        others = np.flatnonzero(tokens == END)
        rows = self._table[code_points[others]]  # (others, 4)
        spelt = rows != END
        if not spelt[:, 0].all():  # what has no token leaves no place to put it
            return self._encode_rows(code_points, bounds)
        tokens[others] = rows[:, 0]
        more = np.count_nonzero(spelt[:, 1:], axis=1)
        tokens = np.insert(tokens, np.repeat(others + 1, more), rows[:, 1:][spelt[:, 1:]])
        return tokens, bounds + np.append(0, more.cumsum())[np.searchsorted(others, bounds)]

    def _encode_rows(self, code_points: Indices, bounds: Bounds) -> tuple[Tokens, Bounds]:
        """Spell a text of any kind."""
        tokens = [np.empty(0, self._dtype)]
        counts = [np.empty(0, np.uint8)]
        for start in range(0, len(code_points), CHUNK):
            # "clip" spares a second copy for an index out of range, of which there is none.
            rows = self._rows.take(code_points[start : start + CHUNK], mode="clip")
            ids = rows.view(self._dtype)
            spelt = ids != END
            tokens.append(ids.compress(spelt))
            # A row's four flags, 0 or 1 each, have as many bits as there are tokens.
            counts.append(np.bitwise_count(spelt.view(np.uint32)))
        return np.concatenate(tokens), sum_bounds(np.concatenate(counts), bounds)


def sum_bounds(counts: npt.NDArray[np.integer], bounds: Bounds) -> Bounds:
    """
    Return the bounds of stretches in what their items make.

    Args:
        counts: (N,) how many each item makes.
        bounds: (S + 1,) of the stretches in the items.

    >>> sum_bounds(np.array([1, 3, 1]), np.array([0, 2, 2, 3])).tolist()
    [0, 4, 4, 5]
    """
    starts, ends = bounds[:-1], bounds[1:]
    filled = starts < ends  # `reduceat` takes an item for an empty stretch too
    sums = np.zeros(len(bounds), np.int64)
    if filled.any():
        sums[1:][filled] = np.add.reduceat(counts, starts[filled], dtype=np.int64)
    return sums.cumsum()


def spelling_table(
    unit: BaseUnit,
    characters: CodePoints,
    ids: Ids,
    virtual: Ids,
    dtype: np.dtype[Any],
) -> npt.NDArray[np.integer]:
    """
    Return the spelling table of a vocabulary.

    Args:
        unit: the base unit.
        characters: (C,) code points with an id of their own.
        ids: (C,) theirs.
        virtual: (W,) ids of what has a virtual code point, 0x110000 and on.
        dtype: of ids.

    Returns:
        (U + W, 4) ids; the rows of surrogates are END throughout.
    """
    table = np.empty((NUM_CODE_POINTS + len(virtual), MAX_SPELLING), dtype)
    _spell_in_utf8(table[:NUM_CODE_POINTS])
    unit.spell(table)
    table[characters] = END
    table[characters, 0] = ids
    table[NUM_CODE_POINTS:] = END
    table[NUM_CODE_POINTS:, 0] = virtual
    return table


def _spell_in_utf8(table: npt.NDArray[np.integer]) -> None:
    """Spell each code point in bytes (RFC 3629, section 3)."""
    # A shorter spelling is written over the beginning of a longer one's range.
    for end, length, lead in (
        (0x110000, 4, 0xF0),
        (0x10000, 3, 0xE0),
        (0x800, 2, 0xC0),
        (0x80, 1, 0),
    ):
        rows = table[:end]
        rows[:, length:] = END
        for place in range(length):
            # The byte has the bits from `shift` on; it is the same for 2 ** grain code points.
            shift = 6 * (length - 1 - place)
            grain = min(shift, 12)
            payload = np.arange(end >> grain) >> (shift - grain)
            byte = lead + payload if place == 0 else 0x80 + (payload & 0x3F)
            same = rows.reshape(end >> grain, 1 << grain, MAX_SPELLING)
            same[:, :, place] = FIRST_BYTE + byte[:, np.newaxis]
    table[0xD800:0xE000] = END
