"""A split as models read it: its tokens as streams, a document each, and what may stand where."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from model.segments import stream_bounds
from preprocess.grammar import Grammar, States
from preprocess.spelling import Tokens
from preprocess.tokens import Split
from preprocess.vocabulary import END, Vocabulary

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Text:
    """
    The text of one split.

    Attributes:
        split: its tokens and sizes.
        bounds: (streams + 1,) where each stream begins, and the end. A stream is a document with
            the pieces that go on from it, or a stretch of one that was cut by position.
        grammar: of the vocabulary.
    """

    split: Split
    bounds: Ids
    grammar: Grammar

    @classmethod
    def of(cls, split: Split, grammar: Grammar) -> "Text":
        """Find the streams of a split."""
        return cls(split, stream_bounds(split.offsets, split.continued, "document"), grammar)

    @property
    def tokens(self) -> Tokens:
        """(N,) of all streams, in order."""
        return self.split.tokens

    @cached_property
    def states(self) -> States:
        """
        State of the grammar before each token: (N,). Found when it is first asked for.

        Raises:
            ValueError: a token that the grammar forbids.
        """
        return self.grammar.states(self.tokens, self.split.offsets)

    def to_bytes(self, vocabulary: Vocabulary) -> bytes:
        """Return the text in UTF-8, with one 0x00 where a document ends."""
        return b"".join(text_bytes(self.split, vocabulary))

    def streams(self) -> list[Tokens]:
        """Return the tokens of each stream, views of `tokens`."""
        return [self.tokens[begin:end] for begin, end in pairwise(self.bounds.tolist())]


def text_bytes(split: Split, vocabulary: Vocabulary) -> Iterator[bytes]:
    """Yield the text of a split row by row, in UTF-8, with one 0x00 where a document ends."""
    for begin, end in pairwise(split.offsets.tolist()):
        row = split.tokens[begin:end]
        yield vocabulary.decode(row).encode() + b"\0" * int(np.count_nonzero(row == END))
