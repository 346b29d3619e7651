"""
Grammar: a state machine of the token streams that `encode` can write, and no others.

Scoring and sampling mask what it forbids, so that no probability goes to a second spelling of a
text or to what is no text at all. `encode` writes

    text       = (document end)*, the last document possibly cut
    document   = character*
    character  = its own token | L V [T] | UTF-8 bytes of a character without either

where an end never comes inside a character. Notation: S states, V tokens, T tokens of a stream.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from preprocess.units import FIRST_BYTE, MAX_SPELLING, NUM_CODE_POINTS
from preprocess.vocabulary import Vocabulary

ILLEGAL = -1
FANOUT = 64  # continuation bytes, 0x80 to 0xBF
FIRST_CONTINUATION = FIRST_BYTE + 0x80
START = 0
AFTER_LEADING = 1  # jamo: a vowel must come
AFTER_VOWEL = 2  # jamo: as at the start, or a trailing consonant

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
        builder.add_bytes(_spelt_in_bytes(vocabulary))
        table = np.stack(builder.rows)
        return cls(next=table, legal=table != ILLEGAL, start=START)

    def states(self, tokens: npt.ArrayLike) -> States:
        """
        Return the state before each token of one stream: (T,).

        A stream is read from the start state; one that goes on from another is read as one with
        it. A token that may begin a character leads to the same state from wherever it is legal,
        so all of those are looked up at once; the others follow their predecessors, in as many
        passes as a character has tokens but the first.

        Raises:
            ValueError: the stream is not legal; the message names the position.
        """
        stream = np.asarray(tokens, np.int64)
        after = self.next[self.start, stream]  # (T,)
        for _ in range(MAX_SPELLING - 1):
            inside = np.flatnonzero(after == ILLEGAL)
            before = np.where(inside > 0, after[inside - 1], self.start)
            after[inside] = np.where(before == ILLEGAL, before, self.next[before, stream[inside]])
        before = np.roll(after, 1)
        before[:1] = self.start
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
        kinds = np.array(vocabulary.kinds)
        self._size = vocabulary.size
        self._numbers = {np.full(FANOUT, ILLEGAL, np.int32).tobytes(): ILLEGAL}
        self.rows = [self._row()]
        self.rows[START][(kinds == "end") | (kinds == "character")] = START
        self._text_states = [START]
        if (kinds == "leading").any():
            self.rows += [self._row(), self._row()]
            self.rows[START][kinds == "leading"] = AFTER_LEADING
            self.rows[AFTER_LEADING][kinds == "vowel"] = AFTER_VOWEL
            self.rows[AFTER_VOWEL] = self.rows[START].copy()
            self.rows[AFTER_VOWEL][kinds == "trailing"] = START
            self._text_states.append(AFTER_VOWEL)

    def _row(self) -> States:
        return np.full(self._size, ILLEGAL, np.int32)

    def add_bytes(self, allowed: Flags) -> None:
        """
        Add the states inside the bytes of the `allowed` code points, (0x110000,).

        States are merged from the last byte backwards: all prefixes that the same bytes may
        follow are one state. Prefixes that nothing may follow are none.
        """
        self._lead_bytes(0x00, np.where(allowed[:0x80], START, ILLEGAL))
        # A length's own range only: a longer sequence for a lower code point is overlong, and no
        # UTF-8 (RFC 3629, section 3). Leads stand for 2 ** 6, 2 ** 12 and 2 ** 18 code points.
        for lead, first, end, bits in (
            (0xC0, 0x80, 0x800, 6),
            (0xE0, 0x800, 0x10000, 12),
            (0xF0, 0x10000, NUM_CODE_POINTS, 18),
        ):
            leads = -(-end >> bits)
            states = np.full(leads << bits, ILLEGAL, np.int32)
            states[first:end][allowed[first:end]] = START
            while len(states) > leads:
                states = np.array(
                    [self._state(row) for row in states.reshape(-1, FANOUT)], np.int32
                )
            self._lead_bytes(lead, states)

    def _lead_bytes(self, first: int, states: npt.NDArray[np.integer]) -> None:
        """Let a character begin with the bytes from `first` on, which lead to `states`."""
        for state in self._text_states:
            self.rows[state][FIRST_BYTE + first : FIRST_BYTE + first + len(states)] = states

    def _state(self, following: States) -> int:
        """
        Return the state that `following`, (64,) states after each continuation byte, is given.

        There is one state for each such row; none where no byte may follow.
        """
        key = following.tobytes()
        if key not in self._numbers:
            self._numbers[key] = len(self.rows)
            self.rows.append(self._row())
            self.rows[-1][FIRST_CONTINUATION : FIRST_CONTINUATION + FANOUT] = following
        return self._numbers[key]


def _spelt_in_bytes(vocabulary: Vocabulary) -> Flags:
    """Say of each code point whether `encode` spells it in bytes: (0x110000,)."""
    first = vocabulary.spellings[:, 0]
    return (first >= FIRST_BYTE) & (first < FIRST_BYTE + 256)
