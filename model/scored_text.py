"""
What each character of a text costs under a model, in bits, whatever the model's tokens are.

A token's bits belong to the characters that it writes: those of a syllable's jamo and of a
character's bytes add up; those of a piece of several characters are shared evenly among the tokens
of the base unit that it stands for, as nothing tells them apart. The bits of all characters and of
the document's end are the bits of all tokens.

Notation: C characters of a text, N tokens, L lines.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from model.rnn import CharRNN
from model.scoring import bits, score
from model.segments import stream_bounds
from model.texts import Text
from preprocess.grammar import Grammar
from preprocess.ragged import places
from preprocess.tokens import Split
from preprocess.units import code_points_of
from preprocess.vocabulary import END, Vocabulary

LINE_FEED = ord("\n")

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ScoredText:
    """
    A document and what it costs.

    Attributes:
        text: of C characters.
        bits: (C + 1,) of each character, and of the end; (C,) of a stretch that was cut before it.
        tokens: N, the end included.
    """

    text: str
    bits: Floats
    tokens: int

    @cached_property
    def bytes(self) -> Ids:
        """UTF-8 bytes of each character, and 1 for the end: as many as bits."""
        code_points = code_points_of(self.text)
        longer = [code_points >= first for first in (0x80, 0x800, 0x10000)]
        return np.append(1 + np.sum(longer, axis=0, dtype=np.int64), 1)[: len(self.bits)]

    @cached_property
    def line_bounds(self) -> Ids:
        """Where lines begin, and the end: (L + 1,). A line's line feed or end belongs to it."""
        feeds = np.flatnonzero(code_points_of(self.text) == LINE_FEED)
        return np.concatenate([[0], feeds + 1, [len(self.bits)]])

    @property
    def lines(self) -> list[str]:
        """The L lines, without their line feeds; the last may be empty."""
        return self.text.split("\n")

    @property
    def line_bits(self) -> Floats:
        """(L,)."""
        return np.add.reduceat(self.bits, self.line_bounds[:-1])

    @property
    def line_bytes(self) -> Ids:
        """(L,)."""
        return np.add.reduceat(self.bytes, self.line_bounds[:-1])


def score_texts(
    network: CharRNN, vocabulary: Vocabulary, grammar: Grammar, texts: Sequence[str]
) -> list[ScoredText]:
    """
    Return what each document costs.

    Each is read from zero state, or, where the network learnt so, on from the one before it.

    Raises:
        ValueError: a text has a surrogate.
    """
    ids = [np.append(vocabulary.encode(text), END).astype(vocabulary.dtype) for text in texts]
    offsets = np.cumsum([0, *map(len, ids)])
    tokens = np.concatenate(ids)
    streams = stream_bounds(offsets, np.zeros(len(texts), np.bool_), network.config.carry)
    nats = score(network, tokens, streams, grammar, grammar.states(tokens, offsets))
    return [
        ScoredText(text, _by_character(nats[begin:end] / math.log(2), own, vocabulary), len(own))
        for text, own, begin, end in zip(texts, ids, offsets[:-1], offsets[1:], strict=True)
    ]


def score_split(
    network: CharRNN, vocabulary: Vocabulary, grammar: Grammar, split: Split
) -> list[ScoredText]:
    """Return what each document of a split costs, or each stretch of one that was cut."""
    text = Text.of(split, grammar)
    streams = stream_bounds(split.offsets, split.continued, network.config.carry)
    nats = score(network, text.tokens, streams, grammar, text.states)
    return [
        ScoredText(
            vocabulary.decode(text.tokens[begin:end]),
            _by_character(nats[begin:end] / math.log(2), text.tokens[begin:end], vocabulary),
            end - begin,
        )
        for begin, end in pairwise(text.bounds.tolist())
    ]


def total(scored: Sequence[ScoredText]) -> dict[str, Any]:
    """Return what documents cost together: `model.scoring.bits`, and what these are per."""
    sizes = {
        "bytes": sum(int(one.bytes.sum()) for one in scored),
        "characters": sum(len(one.bits) for one in scored),
        "tokens": sum(one.tokens for one in scored),
    }
    nats = math.fsum(bit for one in scored for bit in one.bits) * math.log(2)
    return {
        **bits(nats, sizes["bytes"], sizes["characters"], sizes["tokens"]),
        **sizes,
        "documents": len(scored),
    }


def _by_character(costs: Floats, tokens: npt.NDArray[np.integer], vocabulary: Vocabulary) -> Floats:
    """Add the (N,) costs of tokens up to those of (C + 1,) characters."""
    bounds, expanded = vocabulary.expansions
    lengths = np.diff(bounds)[tokens]
    of_base = expanded[places(bounds, tokens)]
    owners = np.cumsum(vocabulary.characters_begun[of_base]) - 1
    return np.bincount(owners, np.repeat(costs / lengths, lengths)).astype(np.float64)
