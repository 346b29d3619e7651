"""
What the recurrent network and n-gram models of several orders expect, side by side, for mixing.

Parts are the network, then the orders, ascending; the last order is that of the row `ngram`. The
features of a place say how much each may know there, none of them from what follows:

    1                               everywhere
    train has j tokens of context   for j in LENGTHS
    network's likeliest token >= p  for p in CHANCES
    n-gram's likeliest token >= p   likewise, at the highest order
    state of the grammar is s       for each state

Each threshold that is reached adds its own weights, so neighbouring ranges are thought alike.

Notation: N tokens of a text, P places, C parts, V tokens in the vocabulary, S states, F features.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from model.loglinear import Floats, Ids, Logs, View
from model.ngram import NgramModel
from model.rnn import CharRNN
from model.scoring import log_probability_windows
from model.segments import stream_bounds
from model.texts import Text

ORDERS = (3, 5, 7, 10)  # beside the highest, where they are lower
# Finer steps bring nothing, even where valid has 50,000 tokens.
LENGTHS = (2, 4, 6, 8, 10, 13)
CHANCES = (0.1, 0.3, 0.6, 0.9)


@dataclass(frozen=True, eq=False)
class Parts:
    """
    The models to mix.

    Attributes:
        network: on any device.
        ngram: of the highest order.
    """

    network: CharRNN
    ngram: NgramModel

    def __post_init__(self) -> None:
        """
        Refuse models of other tokens than each other's.

        Raises:
            ValueError: their vocabularies are not of one size.
        """
        if self.network.vocabulary_size != self.ngram.vocabulary_size:
            raise ValueError(
                f"a network over {self.network.vocabulary_size} tokens and n-grams over "
                f"{self.ngram.vocabulary_size} do not mix: both must be over one vocabulary"
            )

    @property
    def orders(self) -> Sequence[int]:
        """Orders of the n-gram models, ascending: (C - 1,)."""
        return *(order for order in ORDERS if order < self.ngram.order), self.ngram.order

    @staticmethod
    def num_features(states: int) -> int:
        """Count the features, F, with a grammar of S states."""
        return 1 + len(LENGTHS) + 2 * len(CHANCES) + states

    def views(self, text: Text, every: int = 1) -> Iterator[View]:
        """
        Read a text as `model.scoring.score` does, and say what the parts expect.

        Args:
            text: to read.
            every: only every so many places are looked at; 1 for all.

        Yields:
            Views of some places each, together of each place once, in the order of reading.

        Raises:
            ValueError: the text is of another vocabulary.
        """
        if text.grammar.legal.shape[1] != self.network.vocabulary_size:
            raise ValueError(
                f"a text over {text.grammar.legal.shape[1]} tokens cannot be read by models over "
                f"{self.network.vocabulary_size}"
            )
        split = text.split
        bounds = stream_bounds(split.offsets, split.continued, self.network.config.carry)
        for places, inside, found in log_probability_windows(
            self.network, text.tokens, bounds, text.grammar, text.states
        ):
            chosen = np.flatnonzero(inside & (places % every == 0))
            chosen = chosen[np.argsort(places.ravel()[chosen])]
            if len(chosen):
                logs = found.flatten(0, 1)[chosen].cpu().numpy()
                yield self._view(text, places.ravel()[chosen], logs)

    def _view(self, text: Text, places: Ids, network_logs: Logs) -> View:
        """Put the n-grams' log-probabilities beside the network's, (P, V)."""
        grammar = text.grammar
        legal = grammar.legal[text.states[places]]
        logs = np.empty((len(places), 1 + len(self.orders), grammar.legal.shape[1]), np.float32)
        logs[:, 0] = network_logs
        logs[:, 1:] = self.ngram.log_distributions(
            text.tokens, places, self.orders, grammar.legal, text.states, text.bounds
        ).swapaxes(0, 1)
        matched = self.ngram.matched(text.tokens, places, text.bounds)
        features = np.concatenate(
            [
                np.ones((len(places), 1)),
                _reaches(matched, LENGTHS),
                _reaches(np.exp(logs[:, 0].max(axis=1)), CHANCES),
                _reaches(np.exp(logs[:, -1].max(axis=1)), CHANCES),
                np.eye(len(grammar.legal))[text.states[places]],
            ],
            axis=1,
        )
        np.copyto(logs, 0.0, where=~legal[:, np.newaxis])
        return View(places, logs, legal, features)


def _reaches(values: Floats | Ids, thresholds: Sequence[float]) -> Floats:
    """Say of each value which thresholds it reaches: (P, thresholds), 0 or 1."""
    return (values[:, np.newaxis] >= np.array(thresholds)).astype(np.float64)
