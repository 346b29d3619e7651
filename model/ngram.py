"""
Interpolated modified Kneser-Ney, in numpy: the floor that a recurrent model has to beat.

    p_k(w | h) = (c(hw) - D(c(hw))) / c(h) + backoff(h) * p_{k-1}(w | h without its first token)

for k = 1 .. order, and p_0 = 1 / V. Each order has three discounts, for counts of 1, 2 and more
(Chen and Goodman 1999, "An empirical study of smoothing techniques for language modeling",
section 3, https://doi.org/10.1006/csla.1999.0128). c is the plain count at the highest order
and below it the number of distinct tokens that stand before the k-gram. Nothing stands before
the begin mark, so k-grams that start with it keep plain counts, as in KenLM (Heafield et al.
2013, section 3, https://aclanthology.org/P13-2121).

Notation: V tokens in the vocabulary, T tokens, S states of a grammar, P places in a text.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from model.ngram_counts import MAX_ORDER, NONE, Ids, Tokens, count, join
from model.ngram_levels import Contexts, EachToken, LegalTokens, Level, Mass, OneToken
from model.texts import Text
from preprocess.progress import progress
from preprocess.vocabulary import END

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

LONGEST_ORDER = 20  # that is tried where none is given
DEFAULT_ORDER = 12  # without a valid split; an order too long costs little, one too short much
CHUNK = 1 << 18  # positions scored at once
CELLS = 1 << 22  # numbers of distributions worked on at once: 32 MB


class NgramModel:
    """
    Probabilities of the next token after the last `order` - 1 tokens of the same stream.

    A model of one order holds those of all lower ones.
    """

    def __init__(self, levels: Sequence[Level], text: Tokens, vocabulary_size: int) -> None:
        """Take the levels of orders 1, 2, ... as `fit` makes them, and its text."""
        self._levels = tuple(levels)
        self._text = text
        self.vocabulary_size = vocabulary_size

    @property
    def order(self) -> int:
        """Length in tokens of the longest n-grams."""
        return len(self._levels)

    @classmethod
    def fit(cls, streams: Sequence[Tokens], vocabulary_size: int, order: int) -> "NgramModel":
        """
        Count the n-grams of `streams`, in the memory that `model.ngram_counts.count` takes.

        Args:
            streams: token ids, each a document with its end token 0, or a stretch without one.
                Contexts begin anew with each. Without any tokens the model is uniform.
            vocabulary_size: V; tokens that no stream has get their share of the unigrams' backoff.
            order: length of the longest n-grams, at least 1.

        Raises:
            ValueError: the order is not within 1 .. MAX_ORDER, or a token is not within V.
        """
        if not 1 <= order <= MAX_ORDER:
            raise ValueError(f"order must be 1 to {MAX_ORDER}, got {order}")
        text = join(streams, vocabulary_size)
        counted = count(text, vocabulary_size, order)
        levels = [
            Level(grams, vocabulary_size + 1)
            for grams in progress(counted, what="count n-grams", total=order)
        ]
        # The mark tells that a stream ends, as those between two streams do.
        return cls(levels, np.append(text, text.dtype.type(vocabulary_size)), vocabulary_size)

    def with_order(self, order: int) -> "NgramModel":
        """Return the model of an order up to this one's, which shares its counts."""
        if not 1 <= order <= self.order:
            raise ValueError(f"order must be 1 to {self.order}, got {order}")
        return NgramModel(self._levels[:order], self._text, self.vocabulary_size)

    def losses(
        self,
        tokens: Tokens,
        bounds: Ids | None = None,
        legal: Flags | None = None,
        states: Tokens | None = None,
    ) -> Floats:
        """Return what all tokens cost under the models of orders 1, 2, ...: (order,) nats."""
        places, orders = np.arange(len(tokens)), range(1, self.order + 1)
        nats = np.zeros(self.order)
        for _, scores in self._score(tokens, bounds, places, None, legal, states, orders):
            nats -= scores.sum(axis=1)
        return nats

    def choose_order(
        self,
        tokens: Tokens,
        bounds: Ids | None = None,
        legal: Flags | None = None,
        states: Tokens | None = None,
    ) -> int:
        """Return the order, up to this model's, whose model pays least for a text; see `losses`."""
        return 1 + int(self.losses(tokens, bounds, legal, states).argmin())

    def log_probabilities(
        self,
        stream: Tokens,
        legal: Flags | None = None,
        states: Tokens | None = None,
        bounds: Ids | None = None,
    ) -> Floats:
        """
        Score every token of a stream given those before it, or of several streams.

        Args:
            stream: (T,) token ids, as in `fit`.
            legal: (S, V), which tokens may follow in each of S states; needs `states`. Illegal
                tokens lose their mass and the rest is renormalised, exactly.
            states: (T,) row of `legal` that holds at each position.
            bounds: (streams + 1,) where each begins, and the end; None where there is one.

        Returns:
            (T,) natural logarithms, in nats, of the probabilities.

        Raises:
            ValueError: a token is outside the vocabulary, or illegal in its state.
        """
        places, scores = np.arange(len(stream)), np.empty(len(stream))
        for part, found in self._score(stream, bounds, places, None, legal, states, [self.order]):
            scores[part] = found[0]
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
        bounds: Ids | None = None,
    ) -> Floats:
        """
        Score tokens that could stand in some places of a stream, given those before them there.

        Args:
            stream: (T,) token ids, as in `fit`.
            places: (M,) where in the stream, ascending; a place may come several times.
            wanted: (M,) the tokens.
            legal: as in `log_probabilities`; so are all others.
            states: (T,).
            bounds: (streams + 1,).

        Returns:
            (M,) natural logarithms, in nats, of the probabilities; -inf for what is illegal.

        Raises:
            ValueError: a token of the stream is outside the vocabulary.
        """
        scores = np.empty(len(places))
        for part, found in self._score(stream, bounds, places, wanted, legal, states, [self.order]):
            scores[part] = found[0]
        return scores

    def log_distributions(
        self,
        tokens: Tokens,
        places: Ids,
        orders: Sequence[int],
        legal: Flags | None = None,
        states: Tokens | None = None,
        bounds: Ids | None = None,
    ) -> Floats:
        """
        Say what the models of several orders expect in some places, given the tokens before them.

        Args:
            tokens: (T,) ids of one stream or several.
            places: (P,) ascending.
            orders: (K,) ascending, up to this model's.
            legal: as in `log_probabilities`; so are all others.
            states: (T,).
            bounds: (streams + 1,).

        Returns:
            (K, P, V) natural log-probabilities; -inf for what is illegal.
        """
        found = np.empty((len(orders), len(places), self.vocabulary_size))
        rows = max(1, CELLS // self.vocabulary_size)
        for part, text, at in self._parts(tokens, bounds, places, rows):
            each = EachToken(len(at), self.vocabulary_size)
            for row, probabilities in enumerate(self._read(each, text, at, orders)):
                if legal is not None and states is not None:
                    probabilities *= legal[states[places[part]]]
                    probabilities /= probabilities.sum(axis=1, keepdims=True)
                with np.errstate(divide="ignore"):
                    np.log(probabilities, out=found[row, part])
        return found

    def matched(self, tokens: Tokens, places: Ids, bounds: Ids | None = None) -> Ids:
        """
        Return how long a context of some places train has, in tokens: (P,), 0 .. `order` - 1.

        The begin mark of a stream counts as a token. Other arguments as in `log_distributions`.
        """
        lengths = np.empty(len(places), np.int64)
        for part, text, at in self._parts(tokens, bounds, places):
            lengths[part] = -1
            for _, links in self._walk(text):
                lengths[part] += links[at] != NONE
        return lengths

    def distribution(self, context: Tokens) -> Floats:
        """
        Return the (V,) probabilities of the token after `context`; they sum to 1.

        A stream's start is the context [0]; later, 0 and the stream's tokens so far, of which
        the last `order` - 1 count. An empty context gives the unigrams.
        """
        tokens = np.asarray(context, dtype=np.int64)[-self.order :]
        tokens = np.where(tokens == END, self.vocabulary_size, tokens)  # nothing follows an end
        # The token after the context does not matter: any will do to have a position there.
        text, at = np.append(tokens, END), np.array([len(tokens)])
        [found] = self._read(EachToken(1, self.vocabulary_size), text, at, [self.order])
        probabilities: Floats = found[0]
        return probabilities

    def _score(
        self,
        tokens: Tokens,
        bounds: Ids | None,
        places: Ids,
        wanted: Tokens | None,
        legal: Flags | None,
        states: Tokens | None,
        orders: Sequence[int],
    ) -> Iterator[tuple[slice, Floats]]:
        """Yield (K, M) log-probabilities of parts of the places; `wanted` None: what is there."""
        if (legal is None) != (states is None):
            raise ValueError("legal and states must be given together")
        for part, text, at in self._parts(tokens, bounds, places):
            tried = text[at] if wanted is None else wanted[part].astype(np.int64)
            one = OneToken(tried, self.vocabulary_size)
            scores = np.log(list(self._read(one, text, at, orders)))
            if legal is not None and states is not None:
                rows = states[places[part]].astype(np.int64)
                allowed = self._read(LegalTokens(rows, legal), text, at, orders)
                scores -= np.log(list(allowed))
                scores[:, ~legal[rows, tried]] = -np.inf
            yield part, scores

    def _read(self, mass: Mass, text: Ids, at: Ids, orders: Sequence[int]) -> Iterator[Floats]:
        """Yield the mass in the places `at` of a text, (M,) of it, under each of the orders."""
        for k, (level, links) in enumerate(self._walk(text), 1):
            mass.read(level, Contexts.of(links[at], self._text))
            if k in orders:
                yield mass.under(level.highest)
            if k == orders[-1]:
                return
            mass.lower = mass.under(level.lower)

    def _walk(self, text: Ids) -> Iterator[tuple[Level, Ids]]:
        """Yield for k = 1, 2, ... where the k - 1 tokens before each position lead: (T,)."""
        links = np.zeros(len(text), np.int64)
        for level in self._levels:
            yield level, links
            contexts = Contexts.of(links, self._text)
            links = np.full(len(text), NONE)
            grams = level.find(contexts.numbers, text[contexts.stored])
            links[contexts.stored] = level.grams.links[grams]
            goes_on = (contexts.following == text[contexts.once]) & (
                self._text[contexts.after + 1] != self.vocabulary_size
            )
            links[contexts.once] = np.where(goes_on, ~(contexts.after + 1), NONE)
            links = np.append(NONE, links[:-1])  # what is before the text is not known

    def _parts(
        self, tokens: Tokens, bounds: Ids | None, places: Ids, size: int = CHUNK
    ) -> Iterator[tuple[slice, Ids, Ids]]:
        """
        Lay out some places at a time, with what is before them.

        Yields:
            Which of the places; what matters of the text, with begin marks: these places and
            those before each, as far back as n-grams reach; and where in it they are.
        """
        ends = [len(tokens)] if bounds is None else bounds[1:]
        text = join(np.split(tokens, ends[:-1]), self.vocabulary_size).astype(np.int64)
        positions = np.flatnonzero(text != self.vocabulary_size)[places]
        for first in range(0, len(places), size):
            part = slice(first, first + size)
            matters = np.zeros(len(text), np.bool_)
            for back in range(self.order):
                matters[np.maximum(positions[part] - back, 0)] = True
            yield part, text[matters], (np.cumsum(matters) - 1)[positions[part]]


def fit_ngram(train: Sequence[Tokens], valid: Text, order: int | None) -> NgramModel:
    """
    Count the n-grams of train, up to the order whose model pays least for valid.

    Args:
        train: its streams.
        valid: the text to choose by; DEFAULT_ORDER is taken where it has no tokens.
        order: the order, where it is not to be chosen.
    """
    grammar = valid.grammar
    size = grammar.legal.shape[1]
    if order is None and not len(valid.tokens):
        order = DEFAULT_ORDER
    if order is not None:
        return NgramModel.fit(train, size, order)
    model = NgramModel.fit(train, size, LONGEST_ORDER)
    return model.with_order(
        model.choose_order(valid.tokens, valid.bounds, grammar.legal, valid.states)
    )
