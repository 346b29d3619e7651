"""
The row `mixture`: the recurrent network and n-grams of several orders, mixed log-linearly.

Which part to trust where is fitted on valid, once; test is read with the weights as they are. A
feature's weights are drawn towards 0, so that on a small valid split what all places share is
learnt, and little else.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from model.loglinear import Floats, Ids, combine, fit
from model.parts import Parts
from model.texts import Text

UNFITTED = 0.5  # weight of the network and of the highest order without a valid split
STRENGTH = 300.0  # of what draws a feature's weights to 0, whatever the size of valid
SHARED_STRENGTH = 1.0  # of what draws the weights that all places share to UNFITTED
NUMBERS = 1 << 26  # log-probabilities of valid held to fit on: 256 MB


@dataclass(frozen=True, eq=False)
class Mixture:
    """
    Log-linear mixture with fixed weights.

    Attributes:
        parts: what is mixed.
        weights: (F, C) of each feature of a place, for each part.
    """

    parts: Parts
    weights: Floats

    @classmethod
    def fit(cls, parts: Parts, valid: Text) -> "Mixture":
        """
        Fit the weights to valid, or to evenly spread places of a valid split that is large.

        Without tokens they are UNFITTED for the network and the highest order, 0 for the others.
        """
        states, size = valid.grammar.legal.shape
        prior = np.zeros((parts.num_features(states), 1 + len(parts.orders)))
        prior[0, [0, -1]] = UNFITTED
        if not len(valid.tokens):
            return cls(parts, prior)
        every = -(-len(valid.tokens) * prior.shape[1] * size // NUMBERS)
        strengths = np.full(len(prior), STRENGTH)
        strengths[0] = SHARED_STRENGTH
        views = list(parts.views(valid, every))
        return cls(parts, fit(views, valid.tokens.astype(np.int64), prior, strengths))

    def log_probabilities(self, text: Text) -> Iterator[tuple[Ids, Floats]]:
        """Yield places of a text, (P,), and what is expected in each: (P, V) natural logarithms."""
        for view in self.parts.views(text):
            for part in view.slices():
                yield part.places, combine(part, self.weights)
