"""
Interpolated modified Kneser-Ney, in numpy: the floor that a recurrent model has to beat.

    p_k(w | h) = (c(hw) - D(c(hw))) / c(h) + backoff(h) * p_{k-1}(w | h without its first token)

for k = 1 .. order, and p_0 = 1 / V. Each order has three discounts, for counts of 1, 2 and more
(Chen and Goodman 1999, "An empirical study of smoothing techniques for language modeling",
section 3, https://doi.org/10.1006/csla.1999.0128). c is the plain count at the highest order
and below it the number of distinct tokens that stand before the k-gram. Nothing stands before
the begin mark, so k-grams that start with it keep plain counts, as in KenLM (Heafield et al.
2013, section 3, https://aclanthology.org/P13-2121).

Notation: V tokens in the vocabulary, T tokens in a stream, K_k distinct k-grams in train.
A k-gram's id is its rank among the pairs (id of its first k - 1 tokens, last token), so keys
stay below K_{k-1} * V at any order. The empty gram has id 0; -1 stands for a gram not in train.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]
Tokens = npt.NDArray[np.integer]
Flags = npt.NDArray[np.bool_]

BEGIN = 0  # before a stream's first token; the same id is the end token, a document's last
FALLBACK_DISCOUNTS = (0.5, 1.0, 1.5)  # of KenLM, where the counts of counts cannot tell
CHUNK = 1 << 16  # positions scored at once


@dataclass(frozen=True)
class _Level:
    """
    All k-grams of one order k.

    Attributes:
        keys: (K_k + 1,) ascending, id of the first k - 1 tokens * V + last token; at its end a
            sentinel that no query equals.
        shares: (K_k + 1,) discounted relative frequency within the context; ends with a 0,
            which is what id -1 finds.
        backoffs: (K_{k-1} + 1,) by id of the context, the mass left to the next lower order;
            1 for contexts that nothing follows, and for id -1.
    """

    keys: Ids
    shares: Floats
    backoffs: Floats
    vocabulary_size: int

    @classmethod
    def estimate(cls, keys: Ids, counts: Ids, num_contexts: int, vocabulary_size: int) -> "_Level":
        """Discount the (K_k,) counts of the k-grams and give what is saved to the backoffs."""
        contexts = keys // vocabulary_size
        discounts = np.array([0.0, *_discounts(counts)])[np.minimum(counts, 3)]
        totals = _sums(contexts, counts, num_contexts)
        saved = _sums(contexts, discounts, num_contexts)
        backoffs = np.divide(saved, totals, out=np.ones(num_contexts), where=totals > 0)
        shares = (counts - discounts) / np.maximum(totals, 1)[contexts]
        return cls(
            keys=np.append(keys, np.iinfo(np.int64).max),
            shares=np.append(shares, 0.0),
            backoffs=np.append(backoffs, 1.0),
            vocabulary_size=vocabulary_size,
        )

    def find(self, contexts: Ids, tokens: Ids) -> Ids:
        """Return the ids of the k-grams made of a context and a token, -1 where not in train."""
        keys = contexts * self.vocabulary_size + tokens  # negative for context -1
        ids = self.keys.searchsorted(keys)
        return np.where(self.keys[ids] == keys, ids, -1)

    def children(self, contexts: Ids) -> tuple[Ids, Ids]:
        """Return where the k-grams of each context begin and end in `keys`; empty for -1."""
        first = contexts * self.vocabulary_size
        return self.keys.searchsorted(first), self.keys.searchsorted(first + self.vocabulary_size)

    def legal_shares(self, contexts: Ids, states: Ids, legal: Flags) -> Floats:
        """Sum `shares` over the tokens legal[states[t]] after contexts[t]; (T,)."""
        pairs, inverse = np.unique(contexts * len(legal) + states, return_inverse=True)
        contexts, states = np.divmod(pairs, len(legal))
        begins, ends = self.children(contexts)
        sizes = ends - begins
        owners = np.repeat(np.arange(len(pairs)), sizes)
        places = np.arange(len(owners)) + np.repeat(begins - (np.cumsum(sizes) - sizes), sizes)
        allowed = legal[states[owners], self.keys[places] % self.vocabulary_size]
        return _sums(owners, self.shares[places] * allowed, len(pairs))[inverse]


class NgramModel:
    """Probabilities of the next token after the last `order` - 1 tokens of the same stream."""

    def __init__(self, levels: Sequence[_Level], vocabulary_size: int) -> None:
        """Take the levels of orders 1, 2, ... as `fit` makes them."""
        self._levels = tuple(levels)
        self.vocabulary_size = vocabulary_size

    @property
    def order(self) -> int:
        """Length in tokens of the longest n-grams."""
        return len(self._levels)

    @classmethod
    def fit(cls, streams: Sequence[Tokens], vocabulary_size: int, order: int) -> "NgramModel":
        """
        Count the n-grams of `streams`, in memory proportional to tokens * order.

        Args:
            streams: token ids, each a document with its end token 0, or a stretch without one.
                Contexts begin anew with each. Without any tokens the model is uniform.
            vocabulary_size: V; tokens that no stream has get their share of the unigrams' backoff.
            order: length of the longest n-grams, at least 1.
        """
        if order < 1:
            raise ValueError(f"order must be at least 1, got {order}")
        tokens, begins = _join(streams, vocabulary_size)
        levels = []
        num_contexts = 1
        keys = np.arange(vocabulary_size)
        plain = np.bincount(np.delete(tokens, begins), minlength=vocabulary_size)
        keeps_plain = np.zeros(vocabulary_size, dtype=bool)  # token 0 as a unigram is an end
        grams = tokens  # (N,) id of the k-gram that ends at each position, -1 across a begin
        for k in range(2, order + 1):
            contexts = _shift(grams)
            contexts[begins] = -1
            ends = np.flatnonzero(contexts >= 0)
            longer, first, ids, longer_plain = np.unique(
                contexts[ends] * vocabulary_size + tokens[ends],
                return_index=True,
                return_inverse=True,
                return_counts=True,
            )
            first = ends[first]
            distinct_before = np.bincount(grams[first], minlength=len(keys))
            counts = np.where(keeps_plain, plain, distinct_before)
            levels.append(_Level.estimate(keys, counts, num_contexts, vocabulary_size))
            num_contexts, keys, plain = len(keys), longer, longer_plain
            keeps_plain = tokens[first - k + 1] == BEGIN
            grams = np.full(len(tokens), -1)
            grams[ends] = ids
        levels.append(_Level.estimate(keys, plain, num_contexts, vocabulary_size))
        return cls(levels, vocabulary_size)

    def log_probabilities(
        self, stream: Tokens, legal: Flags | None = None, states: Tokens | None = None
    ) -> Floats:
        """
        Score every token of a stream given those before it.

        Args:
            stream: (T,) token ids, as in `fit`.
            legal: (S, V), which tokens may follow in each of S states; needs `states`. Illegal
                tokens lose their mass and the rest is renormalised, exactly.
            states: (T,) row of `legal` that holds at each position.

        Returns:
            (T,) natural logarithms, in nats, of the probabilities.

        Raises:
            ValueError: a token is outside the vocabulary, or illegal in its state.
        """
        places = np.arange(len(stream))
        scores = self.log_probabilities_of(stream, places, stream, legal, states)
        illegal = np.flatnonzero(np.isneginf(scores))
        if len(illegal) and states is not None:
            at = illegal[0]
            raise ValueError(f"token {stream[at]} at {at} is illegal in state {states[at]}")
        return scores

    def log_probabilities_of(
        self,
        stream: Tokens,
        places: Ids,
        wanted: Tokens,
        legal: Flags | None = None,
        states: Tokens | None = None,
    ) -> Floats:
        """
        Score tokens that could stand in some places of a stream, given those before them there.

        Args:
            stream: (T,) token ids, as in `fit`.
            places: (M,) where in the stream, ascending; a place may come several times.
            wanted: (M,) the tokens.
            legal: as in `log_probabilities`.
            states: likewise.

        Returns:
            (M,) natural logarithms, in nats, of the probabilities; -inf for what is illegal.

        Raises:
            ValueError: a token of the stream is outside the vocabulary.
        """
        if (legal is None) != (states is None):
            raise ValueError("legal and states must be given together")
        tokens, _ = _join([stream], self.vocabulary_size)
        scores = np.empty(len(places))
        for begin, end in _chunks(len(stream)):
            reach = max(0, begin + 1 - (self.order - 1))  # `tokens` has the begin mark in front
            here = tokens[reach : end + 1]
            contexts = [context[begin + 1 - reach :] for context in self._contexts(here)]
            part = slice(*places.searchsorted([begin, end]))
            at, tried = places[part] - begin, wanted[part].astype(np.int64)
            probabilities = np.full(len(at), 1 / self.vocabulary_size)
            for level, context in zip(self._levels, contexts, strict=True):
                probabilities *= level.backoffs[context[at]]
                probabilities += level.shares[level.find(context[at], tried)]
            scores[part] = np.log(probabilities)
            if legal is not None and states is not None:
                rows = states[begin:end].astype(np.int64)
                masses = legal.sum(axis=1)[rows] / self.vocabulary_size
                for level, context in zip(self._levels, contexts, strict=True):
                    masses *= level.backoffs[context]
                    masses += level.legal_shares(context, rows, legal)
                scores[part] -= np.log(masses)[at]
                scores[part][~legal[rows[at], tried]] = -np.inf
        return scores

    def distribution(self, context: Tokens) -> Floats:
        """
        Return the (V,) probabilities of the token after `context`; they sum to 1.

        A stream's start is the context [0]; later, 0 and the stream's tokens so far, of which
        the last `order` - 1 count. An empty context gives the unigrams.
        """
        # The token after the context does not matter: any will do to have a position there.
        tokens = np.append(np.asarray(context, dtype=np.int64)[-self.order :], BEGIN)
        probabilities = np.full(self.vocabulary_size, 1 / self.vocabulary_size)
        for level, contexts in zip(self._levels, self._contexts(tokens), strict=True):
            probabilities *= level.backoffs[contexts[-1]]
            begins, ends = level.children(contexts[-1:])
            children = slice(begins[0], ends[0])
            probabilities[level.keys[children] % self.vocabulary_size] += level.shares[children]
        return probabilities

    def _contexts(self, tokens: Ids) -> Iterator[Ids]:
        """Yield for k = 1, 2, ... the ids of the k - 1 tokens before each position."""
        contexts = np.zeros(len(tokens), dtype=np.int64)
        for level in self._levels:
            yield contexts
            contexts = _shift(level.find(contexts, tokens))


def _discounts(counts: Ids) -> tuple[float, float, float]:
    """
    Estimate the discounts of counts 1, 2 and 3 or more from how many counts are 1, 2, 3 and 4.

    Tiny corpora and small closed vocabularies lack some of these, or put a discount outside
    0 < D <= its count (which would leave no mass to back off with, or a negative share): there
    all three are FALLBACK_DISCOUNTS.
    """
    n1, n2, n3, n4 = (int(n) for n in np.bincount(np.minimum(counts, 5), minlength=5)[1:5])
    if not (n1 and n2 and n3 and n4):
        return FALLBACK_DISCOUNTS
    y = n1 / (n1 + 2 * n2)
    d1, d2, d3 = 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3
    return (d1, d2, d3) if d2 > 0 and d3 > 0 else FALLBACK_DISCOUNTS


def _join(streams: Sequence[Tokens], vocabulary_size: int) -> tuple[Ids, Ids]:
    """Lay the streams one after another, a begin mark before each; return that and its places."""
    begins = np.cumsum([0, *(len(stream) + 1 for stream in streams)])
    tokens = np.full(begins[-1], BEGIN, dtype=np.int64)
    for begin, stream in zip(begins, streams, strict=False):  # one begin too many: the length
        tokens[begin + 1 : begin + 1 + len(stream)] = stream
    if len(tokens) and tokens.max() >= vocabulary_size:
        raise ValueError(f"token {tokens.max()} is outside a vocabulary of {vocabulary_size}")
    return tokens, begins[:-1]


def _sums(groups: Ids, weights: npt.NDArray[Any], size: int) -> Floats:
    """Sum the weights of each of the groups 0 .. `size` - 1."""
    return np.bincount(groups, weights, size).astype(np.float64)  # numpy's stub says integers


def _shift(ids: Ids) -> Ids:
    """Move every id one position on; the first position has nothing before it."""
    return np.concatenate([[-1], ids])[: len(ids)]


def _chunks(size: int) -> Iterator[tuple[int, int]]:
    """Yield the bounds of stretches of at most CHUNK positions."""
    for begin in range(0, size, CHUNK):
        yield begin, min(begin + CHUNK, size)
