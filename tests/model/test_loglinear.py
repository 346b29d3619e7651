"""Log-linear combination: a distribution whatever the weights, and the best weights found."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import loglinear
from model.loglinear import View, combine, fit


def views_of(seed: int, places: int = 12, parts: int = 3, size: int = 7, features: int = 2):
    """Return one view of parts that expect anything, with some tokens illegal; and weights."""
    rng = np.random.default_rng(seed)
    legal = rng.random((places, size)) < 0.7
    legal[np.arange(places), rng.integers(0, size, places)] = True
    logs = rng.normal(0, 2, (places, parts, size))
    logs -= np.log((np.exp(logs) * legal[:, np.newaxis]).sum(axis=2, keepdims=True))
    found = rng.random((places, features)).round()
    found[:, 0] = 1
    view = View(np.arange(places), np.where(legal[:, np.newaxis], logs, 0), legal, found)
    return view, rng.normal(0, 1, (features, parts))


def drawn(view: View, weights, seed: int):
    """Draw a token in each place from the combination."""
    rng = np.random.default_rng(seed)
    return np.array([rng.choice(len(row), p=row) for row in np.exp(combine(view, weights))])


def cost(view: View, tokens, weights) -> float:
    return -float(combine(view, weights)[view.places, tokens].sum())


@given(st.integers(0, 10_000), st.integers(1, 9))
def test_it_is_the_normalised_product_of_powers(seed, size):
    view, weights = views_of(seed, size=size)
    found = combine(view, weights)
    assert found.dtype == np.float64
    for place in range(len(view.places)):
        here = view.features[place] @ weights
        powers = np.prod(np.exp(view.logs[place]) ** here[:, np.newaxis], axis=0)
        powers *= view.legal[place]
        np.testing.assert_allclose(np.exp(found[place]), powers / powers.sum(), atol=1e-12)
    assert np.isneginf(found[~view.legal]).all()
    np.testing.assert_allclose(np.exp(found).sum(axis=1), 1, atol=1e-12)


def test_a_part_alone_is_left_as_it_is():
    view, _ = views_of(1)
    found = combine(view, np.array([[1.0, 0, 0], [0, 0, 0]]))
    np.testing.assert_allclose(found[view.legal], view.logs[:, 0][view.legal], atol=1e-12)


def test_sums_are_in_float64():
    """A hundred thousand tokens whose logs are float32 sum to 1 far closer than float32 is."""
    logs = np.log(np.full((2, 1, 100_000), 1e-5)).astype(np.float32)
    view = View(np.arange(2), logs, np.ones((2, 100_000), bool), np.ones((2, 1)))
    found = combine(view, np.ones((1, 1)))
    np.testing.assert_allclose(np.exp(found).sum(axis=1), 1, rtol=1e-12)


def test_slices_leave_the_result_as_it_is(monkeypatch):
    view, weights = views_of(2)
    whole = combine(view, weights)
    monkeypatch.setattr(loglinear, "NUMBERS", 30)
    assert len(list(view.slices())) == 12
    np.testing.assert_array_equal(combine(view, weights), whole)


@pytest.mark.parametrize("seed", [3, 4])
def test_no_other_weights_are_better(seed):
    """In each direction the penalised cost rises, as much to one side as to the other."""
    view, truth = views_of(seed, places=60)
    tokens, prior = drawn(view, truth, seed), np.zeros_like(truth)
    strengths = np.array([0.5, 2.0])

    def penalised(weights) -> float:
        return cost(view, tokens, weights) + float((strengths @ (weights - prior) ** 2).sum()) / 2

    best = fit([view], tokens, prior, strengths)
    for direction in np.eye(truth.size).reshape(-1, *truth.shape) * 1e-4:
        up, down = penalised(best + direction), penalised(best - direction)
        assert min(up, down) > penalised(best)
        assert up - down == pytest.approx(0, abs=1e-6)


def test_it_finds_the_weights_that_tokens_were_drawn_with():
    view, truth = views_of(5, places=4000)
    found = fit([view], drawn(view, truth, 5), np.zeros_like(truth), np.full(2, 1e-3))
    np.testing.assert_allclose(found, truth, atol=0.3)


def test_views_add_up():
    view, truth = views_of(6, places=40)
    tokens = drawn(view, truth, 6)
    halves = [
        View(view.places[part], view.logs[part], view.legal[part], view.features[part])
        for part in (slice(0, 15), slice(15, 40))
    ]
    whole = fit([view], tokens, np.zeros_like(truth), np.ones(2))
    np.testing.assert_allclose(
        fit(halves, tokens, np.zeros_like(truth), np.ones(2)), whole, rtol=1e-9
    )


def test_strength_holds_weights_where_they_are_thought_to_be():
    view, truth = views_of(7)
    tokens = drawn(view, truth, 7)
    found = fit([view], tokens, truth, np.array([1e-3, 1e9]))
    np.testing.assert_allclose(found[1], truth[1], atol=1e-6)
    assert np.abs(found[0] - truth[0]).max() > 0.01
