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
from model.other_spellings import OtherSpellings
from model.parts import Parts
from model.texts import Text
from preprocess.progress import progress

UNFITTED = 0.5  # weight of the network and of the highest order without a valid split
# Of what draws a feature's weights to 0. Fitted to 500, 2,000 and 12,000 tokens of a valid split
# and measured on the rest of it, 300 and 1,000 were all but equal, 30 too little for the first two.
STRENGTH = 300.0
SHARED_STRENGTH = 1.0  # of what draws the weights that all places share to UNFITTED
NUMBERS = 1 << 26  # log-probabilities of valid held to fit on: 256 MB


@dataclass(frozen=True, eq=False)
class Mixture:
    """
    Log-linear mixture with fixed weights.

    Attributes:
        parts: what is mixed.
        weights: (F, C) of each feature of a place, for each part.
        means: (C,) weight of each part, the mean over the places that they were fitted to.
        is_fitted: whether there were any.
    """

    parts: Parts
    weights: Floats
    means: Floats
    is_fitted: bool

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
            return cls(parts, prior, prior[0], is_fitted=False)
        every = -(-len(valid.tokens) * prior.shape[1] * size // NUMBERS)
        strengths = np.full(len(prior), STRENGTH)
        strengths[0] = SHARED_STRENGTH
        views = list(parts.views(valid, every))
        weights = fit(views, valid.tokens.astype(np.int64), prior, strengths)
        features = np.concatenate([view.features for view in views]).mean(axis=0)
        return cls(parts, weights, features @ weights, is_fitted=True)

    def log_probabilities(self, text: Text) -> Iterator[tuple[Ids, Floats]]:
        """Yield places of a text, (P,), and what is expected in each: (P, V) natural logarithms."""
        for view in self.parts.views(text):
            for part in view.slices():
                yield part.places, combine(part, self.weights)

    def costs(self, text: Text, others: OtherSpellings | None) -> tuple[Floats, Floats | None]:
        """
        Return what each token of a text costs in nats, (N,), and the probability of others, (N,).

        The second is None without others.
        """
        nats = np.empty(len(text.tokens))
        masses = None if others is None else np.empty(len(text.tokens))
        with progress(what="mixture", total=len(nats), unit="token") as bar:
            for places, found in self.log_probabilities(text):
                nats[places] = -found[np.arange(len(places)), text.tokens[places]]
                if others is not None and masses is not None:
                    owners, tokens = others.at(places)
                    chances = np.exp(found[owners, tokens])
                    masses[places] = np.bincount(owners, chances, len(places))
                bar.update(len(places))
        return nats, masses

    def describe(self) -> str:
        """
        Say in a line how much each part weighs.

        For example "rnn 0.5612, order 3 -0.1201, order 5 0.4873; means over valid".
        """
        names = ["rnn", *(f"order {order}" for order in self.parts.orders)]
        weights = ", ".join(
            f"{name} {mean:.4f}" for name, mean in zip(names, self.means, strict=True)
        )
        return (
            f"{weights}; {'means over valid' if self.is_fitted else 'not fitted: no valid split'}"
        )
