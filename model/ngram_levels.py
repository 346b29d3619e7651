"""
What is left of counts after discounting: the shares of k-grams, and the mass for lower orders.

The formulas are those of `model.ngram`. How much a set of tokens has under a model of order k is
found from order 1 up: in each place it is `share + backoff * what it has in the next lower order`.

Notation: V tokens in the vocabulary, S states of a grammar; M places, each with a context, its last
k - 1 tokens; K_k k-grams and C_k contexts as `model.ngram_counts` stores them.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from model.ngram_counts import NONE, Counts, Grams, Ids, Tokens
from preprocess.ragged import ranges

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

FALLBACK_DISCOUNTS = (0.5, 1.0, 1.5)  # of KenLM, where the counts of counts cannot tell


class Estimate:
    """
    Discounted shares of the k-grams of one order within their contexts.

    Attributes:
        discounts: (4,) of counts 0, 1, 2 and more.
        totals: (C_k,) counts of what follows each context.
        backoffs: (C_k,) mass left to the next lower order; 1 for contexts that nothing follows.
    """

    def __init__(self, grams: Grams, counts: Counts, rare: Ids, base: int) -> None:
        """Discount the (K_k,) counts and give what is saved to the backoffs."""
        self._counts = counts
        self.discounts = np.array([0.0, *_discounts(rare)])
        contexts, counted = grams.keys[:-1] // base, counts[:-1]
        self.totals = _sums(contexts, counted, grams.contexts)
        saved = self.discounts[np.minimum(counted, 3)]
        self.backoffs = np.divide(
            _sums(contexts, saved, grams.contexts),
            self.totals,
            out=np.ones(grams.contexts),
            where=self.totals > 0,
        )

    @property
    def once(self) -> float:
        """What is left to the next lower order after a context that train has once."""
        return float(self.discounts[1])

    def shares(self, grams: Ids, contexts: Ids) -> Floats:
        """Return the shares of k-grams in their contexts, (M,) each; 0 for NONE."""
        counts = self._counts[grams]
        shares: Floats = counts - self.discounts[np.minimum(counts, 3)]
        return shares / np.maximum(self.totals[contexts], 1)


@dataclass(frozen=True, eq=False)
class Level:
    """The k-grams of one order k, and what they say where k is the highest order and where not."""

    grams: Grams
    base: int

    @cached_property
    def highest(self) -> Estimate:
        """From plain counts."""
        return Estimate(self.grams, self.grams.plain, self.grams.rare_plain, self.base)

    @cached_property
    def lower(self) -> Estimate:
        """From the number of distinct tokens before each k-gram."""
        return Estimate(self.grams, self.grams.distinct, self.grams.rare_distinct, self.base)

    def find(self, contexts: Ids, tokens: Ids) -> Ids:
        """Return which k-gram a context, by number, and a token are; NONE where not in train."""
        keys = contexts * self.base + tokens
        order = keys.argsort()  # much faster than to look for them as they come
        keys = keys[order]
        found = self.grams.keys.searchsorted(keys)
        grams = np.empty(len(keys), np.int64)
        grams[order] = np.where(self.grams.keys[found] == keys, found, NONE)
        return grams

    def last_tokens(self, grams: Ids) -> Ids:
        """Return the last token of k-grams, (M,) each."""
        tokens: Ids = self.grams.keys[grams] % self.base
        return tokens

    def children(self, contexts: Ids) -> tuple[Ids, Ids]:
        """Return all k-grams of some contexts, and the index in `contexts` of each: (M,)."""
        first, mark = contexts * self.base, self.base - 1  # the begin mark is not predicted
        begins = self.grams.keys.searchsorted(first)
        sizes = self.grams.keys.searchsorted(first + mark) - begins
        return ranges(begins, sizes), np.repeat(np.arange(len(contexts)), sizes)


@dataclass(frozen=True, eq=False)
class Contexts:
    """
    Which of the contexts of M places train has.

    Attributes:
        stored: (A,) the places whose context train has several times.
        numbers: (A,) of these contexts.
        once: (B,) the places whose context train has once.
        after: (B,) where in train's text, the position after the context.
        following: (B,) the token that stands there.
    """

    stored: Ids
    numbers: Ids
    once: Ids
    after: Ids
    following: Ids

    @classmethod
    def of(cls, links: Ids, text: Tokens) -> "Contexts":
        """Sort out (M,) links of `Grams`, as contexts of the next order, into `text`."""
        stored, once = np.flatnonzero(links > NONE), np.flatnonzero(links < NONE)
        after = ~links[once]
        return cls(stored, links[stored], once, after, text[after].astype(np.int64))


class Mass(ABC):
    """
    The probability of a set of tokens in each of M places, or of several sets.

    Attributes:
        lower: (M, ...) what they have in the next lower order.
    """

    lower: Floats

    def read(self, level: Level, contexts: Contexts) -> None:
        """Take the k-grams of the next order."""
        self._contexts = contexts
        self._find(level, contexts)

    def under(self, estimate: Estimate) -> Floats:
        """Return what the tokens have in the order that was read, by one of its estimates."""
        contexts = self._contexts
        backoffs = np.ones(len(self.lower))
        backoffs[contexts.stored] = estimate.backoffs[contexts.numbers]
        backoffs[contexts.once] = estimate.once
        mass: Floats = (self.lower.T * backoffs).T
        self._add_shares(mass, estimate)
        return mass

    @abstractmethod
    def _find(self, level: Level, contexts: Contexts) -> None:
        """Find the k-grams."""

    @abstractmethod
    def _add_shares(self, mass: Floats, estimate: Estimate) -> None:
        """Add to the mass, (M, ...), what the k-grams have themselves."""


class OneToken(Mass):
    """One token in each place."""

    def __init__(self, tokens: Ids, vocabulary_size: int) -> None:
        """Take the tokens, (M,)."""
        self._tokens = tokens
        self.lower = np.full(len(tokens), 1 / vocabulary_size)

    def _find(self, level: Level, contexts: Contexts) -> None:
        self._grams = level.find(contexts.numbers, self._tokens[contexts.stored])
        self._hits = contexts.following == self._tokens[contexts.once]

    def _add_shares(self, mass: Floats, estimate: Estimate) -> None:
        contexts = self._contexts
        mass[contexts.stored] += estimate.shares(self._grams, contexts.numbers)
        mass[contexts.once] += (1 - estimate.once) * self._hits


class LegalTokens(Mass):
    """All tokens that a grammar allows in each place."""

    def __init__(self, states: Ids, legal: Flags) -> None:
        """Take the state in each place, (M,), and what is legal, (S, V)."""
        self._states = states
        self._legal = legal
        self.lower = legal.mean(axis=1)[states]

    def _find(self, level: Level, contexts: Contexts) -> None:
        # Many places have one context and state; the sum is taken once.
        pairs, self._inverse = np.unique(
            contexts.numbers * len(self._legal) + self._states[contexts.stored],
            return_inverse=True,
        )
        self._numbers, states = np.divmod(pairs, len(self._legal))
        grams, owners = level.children(self._numbers)
        allowed = self._legal[states[owners], level.last_tokens(grams)]
        self._grams, self._owners = grams[allowed], owners[allowed]
        self._hits = self._legal[self._states[contexts.once], contexts.following]

    def _add_shares(self, mass: Floats, estimate: Estimate) -> None:
        contexts = self._contexts
        shares = estimate.shares(self._grams, self._numbers[self._owners])
        mass[contexts.stored] += _sums(self._owners, shares, len(self._numbers))[self._inverse]
        mass[contexts.once] += (1 - estimate.once) * self._hits


class EachToken(Mass):
    """Each token of the vocabulary in each place: (M, V)."""

    def __init__(self, places: int, vocabulary_size: int) -> None:
        """Take M and V."""
        self.lower = np.full((places, vocabulary_size), 1 / vocabulary_size)

    def _find(self, level: Level, contexts: Contexts) -> None:
        # Many places have one context of low order; what follows it is looked up once.
        self._numbers, inverse = np.unique(contexts.numbers, return_inverse=True)
        self._grams, self._owners = level.children(self._numbers)
        sizes = np.bincount(self._owners, minlength=len(self._numbers))
        begins = np.cumsum(sizes) - sizes
        self._chosen = ranges(begins[inverse], sizes[inverse])  # k-grams of one place after another
        self._places = np.repeat(contexts.stored, sizes[inverse])
        self._tokens = level.last_tokens(self._grams)[self._chosen]

    def _add_shares(self, mass: Floats, estimate: Estimate) -> None:
        contexts = self._contexts
        shares = estimate.shares(self._grams, self._numbers[self._owners])
        mass[self._places, self._tokens] += shares[self._chosen]  # each token once in a place
        mass[contexts.once, contexts.following] += 1 - estimate.once


def _discounts(rare: Ids) -> tuple[float, float, float]:
    """
    Estimate the discounts of counts 1, 2 and 3 or more from how many counts are 1, 2, 3 and 4.

    Tiny corpora and small closed vocabularies lack some of these, or put a discount outside
    0 < D <= its count (which would leave no mass to back off with, or a negative share): there
    all three are FALLBACK_DISCOUNTS.
    """
    n1, n2, n3, n4 = rare.tolist()
    if not (n1 and n2 and n3 and n4):
        return FALLBACK_DISCOUNTS
    y = n1 / (n1 + 2 * n2)
    d1, d2, d3 = 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3
    return (d1, d2, d3) if d2 > 0 and d3 > 0 else FALLBACK_DISCOUNTS


def _sums(groups: Ids, weights: npt.NDArray[Any], size: int) -> Floats:
    """Sum the weights of each of the groups 0 .. `size` - 1."""
    return np.bincount(groups, weights, size).astype(np.float64)  # numpy's stub says integers
