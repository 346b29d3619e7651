"""
Spelling in bulk: the ids of very many characters at once, by a look-up in a spelling table.

Notation: U' rows of the table, N code points, S stretches, T tokens.
"""

import numpy as np
import numpy.typing as npt

from preprocess.units import END, MAX_SPELLING

CHUNK = 1 << 16  # code points at once, so that the arrays in between stay in the cache

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
        self._dtype = table.dtype
        # A row is one item, so that a look-up copies it whole.
        row = np.dtype((np.void, MAX_SPELLING * table.itemsize))
        self._rows = np.ascontiguousarray(table).view(row).ravel()

    def encode(self, code_points: Indices, bounds: Bounds) -> tuple[Tokens, Bounds]:
        """
        Spell stretches of text, without ends.

        Args:
            code_points: (N,) of all stretches, each below U'.
            bounds: (S + 1,) stretch s is code_points[bounds[s] : bounds[s + 1]]; they cover all.

        Returns:
            (T,) ids, of the table's type, and the (S + 1,) bounds of the stretches in them.
        """
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
