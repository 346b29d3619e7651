"""
Log-linear combination of distributions, with weights that depend on where they are combined.

    p(v) = prod_i p_i(v) ** w_i / Z        w_i = sum_f x_f W[f, i]

Z sums over what is legal. The x_f are features of the place, known before its token is. So a part
that is sure may be trusted more there than elsewhere, and one that others contain already may be
given a negative weight.

The loss is convex in W (that of a conditional exponential family), so there is one best W, which
Newton's method finds: with L_i = log p_i, the gradient in w of a token's cost is E_p[L] - L(token),
the second derivative Cov_p[L].

Notation: P places, C parts, V tokens in the vocabulary, F features.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

NUMBERS = 1 << 20  # of a slice's logs, which is worked on at once: 8 MB in float64
STEPS = 50  # of Newton's method at most; some 5 are enough
TOLERANCE = 1e-9  # nats a place that a step still promises to bring, where it ends

Floats = npt.NDArray[np.float64]
Logs = npt.NDArray[np.floating]
Flags = npt.NDArray[np.bool_]
Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class View:
    """
    What the parts expect in some places.

    Attributes:
        places: (P,) in the text.
        logs: (P, C, V) natural log-probabilities, finite; any numbers where a token is illegal.
        legal: (P, V).
        features: (P, F).
    """

    places: Ids
    logs: Logs
    legal: Flags
    features: Floats

    def slices(self) -> Iterator["View"]:
        """Cut it into views of some NUMBERS each."""
        _, parts, size = self.logs.shape
        length = max(1, NUMBERS // (parts * size))
        for first in range(0, len(self.places), length):
            chosen = slice(first, first + length)
            yield View(
                self.places[chosen], self.logs[chosen], self.legal[chosen], self.features[chosen]
            )


def combine(view: View, weights: Floats) -> Floats:
    """
    Return the natural log-probabilities of all tokens in each place: (P, V), in float64.

    Args:
        view: what the parts expect.
        weights: W, (F, C).

    Returns:
        -inf for what is illegal; the rest sums to 1.
    """
    found = np.empty(view.legal.shape)
    begin = 0
    for part in view.slices():
        end = begin + len(part.places)
        here = part.features @ weights  # (P, C)
        scores = np.matmul(here[:, np.newaxis], part.logs.astype(np.float64))[:, 0]
        scores[~part.legal] = -np.inf
        scores -= scores.max(axis=1, keepdims=True)
        found[begin:end] = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        begin = end
    return found


def fit(views: Sequence[View], tokens: Ids, prior: Floats, strengths: Floats) -> Floats:
    """
    Find the weights under which tokens cost least: (F, C).

    Args:
        views: what the parts expect in the places to learn from.
        tokens: (N,) of the text that the places are of.
        prior: (F, C) weights where nothing says otherwise, and where the search begins.
        strengths: (F,) positive. Half of it times the squared distance from the prior is added to
            the cost in nats for each weight of a feature, so that few places change little.
    """
    weights = prior
    places = sum(len(view.places) for view in views)
    cost = _cost(views, tokens, weights)
    for _ in range(STEPS):
        gradient, curvature = _derivatives(views, tokens, weights)
        gradient += strengths[:, np.newaxis] * (weights - prior)
        curvature += np.diag(np.repeat(strengths, prior.shape[1]))
        step = np.linalg.solve(curvature, gradient.ravel()).reshape(prior.shape)
        promised = float((gradient * step).sum()) / 2
        if promised <= TOLERANCE * places:
            break
        before = cost
        for _ in range(STEPS):  # a whole step may go too far from where the curvature was taken
            tried = weights - step
            penalty = float((strengths[:, np.newaxis] * (tried - prior) ** 2).sum()) / 2
            cost = _cost(views, tokens, tried) + penalty
            if cost < before:
                break
            step = step / 2
        else:
            break
        weights = tried
    return weights


def _cost(views: Sequence[View], tokens: Ids, weights: Floats) -> float:
    """Sum what the tokens of all places cost, in nats."""
    total = 0.0
    for view in views:
        for part in view.slices():
            found = combine(part, weights)
            total -= float(found[np.arange(len(found)), tokens[part.places]].sum())
    return total


def _derivatives(views: Sequence[View], tokens: Ids, weights: Floats) -> tuple[Floats, Floats]:
    """Return the gradient of the cost, (F, C), and its second derivatives, (F * C, F * C)."""
    features, parts = weights.shape
    gradient = np.zeros((features, parts))
    curvature = np.zeros((features * features, parts * parts))
    for view in views:
        for part in view.slices():
            logs = part.logs.astype(np.float64)  # (P, C, V)
            weighted = logs * np.exp(combine(part, weights))[:, np.newaxis]
            means = weighted.sum(axis=2)  # (P, C)
            spread = np.matmul(weighted, logs.swapaxes(1, 2))  # (P, C, C)
            spread -= means[:, :, np.newaxis] * means[:, np.newaxis]
            written = logs[np.arange(len(logs)), :, tokens[part.places]]
            gradient += part.features.T @ (means - written)
            pairs = part.features[:, :, np.newaxis] * part.features[:, np.newaxis]
            curvature += pairs.reshape(len(pairs), -1).T @ spread.reshape(len(pairs), -1)
    blocks = curvature.reshape(features, features, parts, parts).swapaxes(1, 2)
    return gradient, blocks.reshape(features * parts, features * parts)
