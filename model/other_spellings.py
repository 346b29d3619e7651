"""
Other spellings: tokens that a text could go on with, but that `encode` does not write there.

In the units word and subword a text has many spellings, a word for one by itself or its characters.
`encode` writes one of them, and a loss is the cost of that one alone. What a model gives to tokens
that begin another one of the same text is not on another text; docs/numbers.md says how it is told.

Notation: N tokens of a text, V tokens of the vocabulary, M pairs of a place and a token.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from preprocess.ragged import places
from preprocess.vocabulary import Vocabulary

Tokens = npt.NDArray[np.integer]
Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class OtherSpellings:
    """
    What could stand in each place, other than what does.

    Attributes:
        bounds: (N + 1,) of each place's tokens.
        tokens: (M,) tokens whose text is what follows from there on, up to some point.
    """

    bounds: Ids
    tokens: Ids

    def at(self, chosen: Ids) -> tuple[Ids, Ids]:
        """Return the tokens for (C,) places, and for each of them its index in `chosen`."""
        counts = self.bounds[chosen + 1] - self.bounds[chosen]
        return np.repeat(np.arange(len(chosen)), counts), self.tokens[places(self.bounds, chosen)]


def has_other_spellings(vocabulary: Vocabulary) -> bool:
    """Say whether a text has several spellings; where it has one, the grammar leaves no other."""
    return vocabulary.made_by.pieces is not None


def find_other_spellings(vocabulary: Vocabulary, tokens: Tokens, bounds: Ids) -> OtherSpellings:
    """
    Find the tokens that spell the beginning of what follows, in each place of a text.

    Two spellings are of the same text if they are of the same base tokens, so all places are
    walked along a tree of the vocabulary's base tokens, one step at a time.

    Args:
        vocabulary: of the text.
        tokens: (N,) of all its stretches.
        bounds: (stretches + 1,); nothing is looked for across them.
    """
    expanded_bounds, expanded = vocabulary.expansions
    base = expanded[places(expanded_bounds, tokens)].astype(np.int64)
    lengths = np.diff(expanded_bounds)[tokens]
    starts = np.cumsum(lengths) - lengths  # (N,) where the text goes on from, in base tokens
    limits = np.repeat(np.append(starts, len(base))[bounds[1:]], np.diff(bounds))  # (N,)
    alive, nodes = np.arange(len(tokens)), np.zeros(len(tokens), np.int64)
    found_places, found_tokens = [alive[:0]], [alive[:0]]
    for depth, level in enumerate(_levels(expanded_bounds, expanded.astype(np.int64))):
        inside = starts[alive] + depth < limits[alive]
        alive, nodes = alive[inside], nodes[inside]
        nodes = level.find(nodes, base[starts[alive] + depth])
        alive, nodes = alive[nodes >= 0], nodes[nodes >= 0]
        spelt = level.tokens[nodes]
        others = (spelt >= 0) & (spelt != tokens[alive])
        found_places.append(alive[others])
        found_tokens.append(spelt[others])
    owners = np.concatenate(found_places)
    order = np.argsort(owners, kind="stable")
    counts = np.bincount(owners, minlength=len(tokens))
    return OtherSpellings(np.append(0, np.cumsum(counts)), np.concatenate(found_tokens)[order])


@dataclass(frozen=True, eq=False)
class _Level:
    """
    The nodes of the tree that are one number of steps from its root.

    Attributes:
        keys: (K,) ascending, node before * V + base token.
        tokens: (K,) the token of the vocabulary that ends there, -1 where none does.
        size: V.
    """

    keys: Ids
    tokens: Ids
    size: int

    def find(self, nodes: Ids, steps: Ids) -> Ids:
        """Return the nodes that steps lead to from nodes of the level before, -1 for none."""
        wanted = nodes * self.size + steps
        found = np.minimum(self.keys.searchsorted(wanted), len(self.keys) - 1)
        return np.where(self.keys[found] == wanted, found, -1)


def _levels(bounds: Ids, expanded: Ids) -> Iterator[_Level]:
    """Yield the levels of the tree of all tokens' base tokens."""
    lengths = np.diff(bounds)
    nodes = np.zeros(len(lengths), np.int64)
    for depth in range(lengths.max()):
        longer = np.flatnonzero(lengths > depth)
        steps = nodes[longer] * len(lengths) + expanded[bounds[longer] + depth]
        keys, nodes[longer] = np.unique(steps, return_inverse=True)
        ending = longer[lengths[longer] == depth + 1]
        tokens = np.full(len(keys), -1)
        tokens[nodes[ending]] = ending
        yield _Level(keys, tokens, len(lengths))
