"""
Grammar: a state machine of the token streams that `encode` can write, and of few others.

Scoring and sampling mask what it forbids, so that no probability goes to a second spelling of a
text or to what is no text at all. `encode` writes

    text       = (document end)*, the last document possibly cut
    document   = character*
    character  = its own token | L V [T] | UTF-8 bytes of a character without either

where an end never comes inside a character. A piece is legal where the tokens of the base unit are
that it stands for. In unit word,

    document   = [eojeol] (white space eojeol)* [white space]
    eojeol, white space = its own token | character*

and of a run that is spelt all characters are known to be of one kind. That `encode` would have
written another piece, as a run that is spelt has no token of its own, is not told: that would take
a state for each beginning of a piece.

Notation: S states, V tokens, T tokens of a stream, U = 0x110000 code points.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from preprocess.runs import IS_SPACE
from preprocess.units import FIRST_BYTE, MAX_SPELLING, NUM_CODE_POINTS
from preprocess.vocabulary import Vocabulary

ILLEGAL = -1
FANOUT = 64  # continuation bytes, 0x80 to 0xBF
FIRST_CONTINUATION = FIRST_BYTE + 0x80
START = 0
AFTER_LEADING = 1  # jamo: a vowel must come
AFTER_VOWEL = 2  # jamo: as at the start, or a trailing consonant
# Unit word, whose runs are of white space or of all else.
AFTER_WORD = 1  # white space must come
AFTER_SPACES = 2  # a run of white space with a token of its own; all else must come
IN_WORD = 3  # that is spelt
IN_SPACES = 4

Flags = npt.NDArray[np.bool_]
States = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Grammar:
    """
    The state machine as tables.

    Attributes:
        next: (S, V) int32, the state after a token; -1 where the token is illegal.
        legal: (S, V) bool, which tokens may come in a state; at least one in each.
        start: the state at a stream's start and after an end.
    """

    next: States
    legal: Flags
    start: int

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> "Grammar":
        """Return the grammar of a vocabulary."""
        builder = _Builder(vocabulary)
        if vocabulary.unit["kind"] == "word":
            builder.add_runs()
        else:
            builder.add_characters()
            builder.add_pieces()
        table = np.stack(builder.rows)
        return cls(next=table, legal=table != ILLEGAL, start=START)

    @cached_property
    def _alone(self) -> States:
        """
        The state after each token as far as the token alone says it: (V,).

        It is the one from wherever a token is legal, but for bytes. For one that begins a
        character it is the one from the start, which leaves all ways to go on; for one inside a
        character, none.
        """
        alone: States = np.where(
            self.legal[self.start], self.next[self.start], self.next.max(axis=0)
        )
        alone[FIRST_CONTINUATION : FIRST_CONTINUATION + FANOUT] = ILLEGAL
        return alone

    def states(self, tokens: npt.ArrayLike, bounds: npt.ArrayLike | None = None) -> States:
        """
        Return the state before each token: (T,).

        Args:
            tokens: (T,) ids.
            bounds: (R + 1,) of the stretches in them that `encode` wrote one by one: each is read
                from the start state. None where there is one.

        Raises:
            ValueError: the stream is not legal; the message names the position.
        """
        stream = np.asarray(tokens, np.int64)
        begins = np.zeros(len(stream) + 1, np.bool_)
        begins[0 if bounds is None else np.asarray(bounds)] = True
        after = self._alone[stream]
        # Only bytes depend on what is before them. In a character they follow each other, in as
        # many passes as it has tokens but the first; as many again where it does not begin as from
        # the start.
        is_byte = np.append((stream >= FIRST_BYTE + 0x80) & (stream < FIRST_BYTE + 0x100), False)
        places = np.flatnonzero(is_byte)
        for _ in range(2 * MAX_SPELLING):
            before = np.where(begins[places], self.start, after[places - 1])
            follows = np.where(before == ILLEGAL, after[places], self.next[before, stream[places]])
            changed = follows != after[places]
            places = places[changed]
            after[places] = follows[changed]
            places = places[is_byte[places + 1]] + 1
        before = np.where(begins[:-1], self.start, np.roll(after, 1))
        wrong = np.flatnonzero((before == ILLEGAL) | ~self.legal[before, stream])
        if wrong.size:
            raise ValueError(
                f"token {stream[wrong[0]]} at position {wrong[0]} cannot follow the tokens before "
                "it: the stream was not written by this vocabulary's encode"
            )
        return before


class _Builder:
    """Rows of the `next` table, one a state."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._kinds = np.array(vocabulary.kinds)
        self._numbers = {np.full(FANOUT, ILLEGAL, np.int32).tobytes(): ILLEGAL}
        self.rows: list[States] = []

    def add_characters(self) -> None:
        """Let any character follow any other, and an end: the states of the base units."""
        self._add_states(1)
        self.rows[START][(self._kinds == "end") | (self._kinds == "character")] = START
        states = [START]
        if (self._kinds == "leading").any():
            self._add_states(2)
            self.rows[START][self._kinds == "leading"] = AFTER_LEADING
            self.rows[AFTER_LEADING][self._kinds == "vowel"] = AFTER_VOWEL
            self.rows[AFTER_VOWEL] = self.rows[START].copy()
            self.rows[AFTER_VOWEL][self._kinds == "trailing"] = START
            states.append(AFTER_VOWEL)
        self._add_bytes(states, np.where(_spelt_in_bytes(self._vocabulary), START, ILLEGAL))

    def add_pieces(self) -> None:
        """Let a piece lead where its base tokens do, which never are bytes."""
        bounds, ids = self._vocabulary.expansions
        lengths = np.diff(bounds)
        base = np.stack(self.rows[: AFTER_VOWEL + 1])
        states = np.arange(len(base), dtype=np.int32)[:, np.newaxis]
        after = np.repeat(states, len(lengths), axis=1)
        for place in range(lengths.max()):
            longer = np.flatnonzero(lengths > place)
            before = after[:, longer]
            following = base[before, ids[bounds[longer] + place]]
            after[:, longer] = np.where(before == ILLEGAL, ILLEGAL, following)
        pieces = self._kinds == "piece"
        for row, states in zip(self.rows, after, strict=False):
            row[pieces] = states[pieces]

    def add_runs(self) -> None:
        """Let runs of white space and of all else follow each other, and an end: unit word."""
        self._add_states(5)
        symbols = self._vocabulary.symbols
        is_space = np.array([symbol.isspace() for symbol in symbols])
        is_spelt = _spelt_in_bytes(self._vocabulary)
        is_spelt_space = is_spelt & IS_SPACE.take(np.arange(NUM_CODE_POINTS), mode="clip")
        is_character, is_word = self._kinds == "character", self._kinds == "word"
        in_bytes = np.where(is_spelt_space, IN_SPACES, np.where(is_spelt, IN_WORD, ILLEGAL))
        for row in self.rows:
            row[self._kinds == "end"] = START
        for state in (START, IN_WORD, IN_SPACES, AFTER_WORD):
            self.rows[state][is_character & is_space] = IN_SPACES
        for state in (START, IN_WORD, IN_SPACES, AFTER_SPACES):
            self.rows[state][is_character & ~is_space] = IN_WORD
        for state in (START, IN_WORD, AFTER_WORD):
            self.rows[state][is_word & is_space] = AFTER_SPACES
        for state in (START, IN_SPACES, AFTER_SPACES):
            self.rows[state][is_word & ~is_space] = AFTER_WORD
        self._add_bytes([START, IN_WORD, IN_SPACES], in_bytes)
        self._add_bytes([AFTER_WORD], np.where(is_spelt_space, in_bytes, ILLEGAL))
        self._add_bytes([AFTER_SPACES], np.where(is_spelt_space, ILLEGAL, in_bytes))

    def _add_states(self, count: int) -> None:
        """Add states in which nothing is legal."""
        size = self._vocabulary.size
        self.rows += [np.full(size, ILLEGAL, np.int32) for _ in range(count)]

    def _add_bytes(self, states: Iterable[int], after: npt.NDArray[np.integer]) -> None:
        """
        Let characters in bytes begin in some states, and add the states inside them.

        States are merged from the last byte backwards: all prefixes that the same bytes may
        follow are one state. Prefixes that nothing may follow are none.

        Args:
            states: where they may begin.
            after: (U,) the state after each code point, -1 for what is not to be spelt in bytes.
        """
        leads = np.full(256, ILLEGAL, np.int32)
        leads[:0x80] = after[:0x80]
        # A length's own range only: a longer sequence for a lower code point is overlong, and no
        # UTF-8 (RFC 3629, section 3). Leads stand for 2 ** 6, 2 ** 12 and 2 ** 18 code points.
        for lead, first, end, bits in (
            (0xC0, 0x80, 0x800, 6),
            (0xE0, 0x800, 0x10000, 12),
            (0xF0, 0x10000, NUM_CODE_POINTS, 18),
        ):
            num_leads = -(-end >> bits)
            inside = np.full(num_leads << bits, ILLEGAL, np.int32)
            inside[first:end] = after[first:end]
            while len(inside) > num_leads:
                rows = inside.reshape(-1, FANOUT)
                inside = np.array([self._state(row) for row in rows], np.int32)
            leads[lead : lead + num_leads] = inside
        for state in states:
            self.rows[state][FIRST_BYTE : FIRST_BYTE + 256] = leads

    def _state(self, following: States) -> int:
        """
        Return the state that `following`, (64,) states after each continuation byte, is given.

        There is one state for each such row; none where no byte may follow.
        """
        key = following.tobytes()
        if key not in self._numbers:
            self._numbers[key] = len(self.rows)
            self._add_states(1)
            self.rows[-1][FIRST_CONTINUATION : FIRST_CONTINUATION + FANOUT] = following
        return self._numbers[key]


def _spelt_in_bytes(vocabulary: Vocabulary) -> Flags:
    """Say of each code point whether `encode` spells it in bytes: (U,)."""
    first = vocabulary.spellings[:, 0]
    return (first >= FIRST_BYTE) & (first < FIRST_BYTE + 256)
