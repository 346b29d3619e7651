"""Drawing a token: the distribution, and what temperature, top-k and top-p make of it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.step_loops import choose

NUMBER = 10_000


def drawn(scores, uniforms, temperature=1.0, top_k=0, top_p=1.0):
    """Return the tokens drawn from the same scores, -inf for what must not be, at each number."""
    rows = np.tile(np.nan_to_num(np.float32(scores), neginf=9), (len(uniforms), 1))
    masks = np.where(np.isinf(scores), -np.inf, 0).astype(np.float32)[np.newaxis]
    zeros, tokens = np.zeros(len(rows), np.int64), np.empty(len(rows), np.int64)
    temperatures = np.full(len(rows), temperature)
    choose(rows, masks, zeros, np.asarray(uniforms), temperatures, top_k, top_p, tokens)
    return tokens


def drawn_shares(scores, **changes):
    """Return how often each token is drawn over an even grid of random numbers."""
    tokens = drawn(scores, (np.arange(NUMBER) + 0.5) / NUMBER, **changes)
    return np.bincount(tokens, minlength=len(scores)) / NUMBER


def test_tokens_are_drawn_by_their_probability():
    scores = [0.0, -math.inf, math.log(2), math.log(5)]
    np.testing.assert_allclose(drawn_shares(scores), [1 / 8, 0, 2 / 8, 5 / 8], atol=1e-4)
    np.testing.assert_allclose(
        drawn_shares(scores, temperature=0.5), [1 / 30, 0, 4 / 30, 25 / 30], atol=1e-4
    )
    np.testing.assert_allclose(drawn_shares(scores, top_k=2), [0, 0, 2 / 7, 5 / 7], atol=1e-4)
    np.testing.assert_array_equal(drawn_shares(scores, top_k=99), drawn_shares(scores))
    for top_p, shares in ((0.1, [0, 0, 0, 1]), (0.7, [0, 0, 2 / 7, 5 / 7])):
        np.testing.assert_allclose(drawn_shares(scores, top_p=top_p), shares, atol=1e-4)
    np.testing.assert_array_equal(drawn_shares(scores, top_p=0.9), drawn_shares(scores))


def test_what_ties_with_the_last_of_the_top_is_drawn_too():
    scores = [1.0, 3.0, 1.0, -2.0]
    for changes in ({"top_k": 2}, {"top_p": 0.85}):
        assert (drawn_shares(scores, **changes) > 0).tolist() == [True, True, True, False]


@pytest.mark.parametrize("changes", [{"temperature": 0.0}, {"top_k": 1}, {"temperature": 1e-320}])
def test_the_likeliest_alone(changes):
    assert drawn_shares([1.0, 3.0, -2.0, -math.inf], **changes).tolist() == [0, 1, 0, 0]


def test_the_first_of_the_likeliest_where_they_tie():
    assert drawn([2.0, 5.0, 5.0], [0.9], temperature=0.0).tolist() == [1]


def test_the_largest_random_number_draws_what_has_mass():
    scores = [-math.inf, 0.1, 0.2, 0.3, *[-math.inf] * 60]
    assert drawn(scores, [1 - 2**-53, 0.0]).tolist() == [3, 1]


SCORES = st.lists(
    st.floats(-30, 30, width=32) | st.just(-math.inf), min_size=1, max_size=70
).filter(lambda scores: max(scores) > -math.inf)


@given(SCORES, st.floats(0.05, 3), st.integers(0, 80), st.floats(0.01, 1), st.data())
def test_a_draw_inverts_the_distribution_function(scores, temperature, top_k, top_p, data):
    """Of numpy's own, in float64; what is left of it by top-k and top-p too."""
    logits = np.float64(scores)
    if 0 < top_k < len(scores):
        logits[logits < np.sort(logits)[-top_k]] = -np.inf
    shares = np.exp((logits - logits.max()) / temperature)
    ordered = np.sort(shares)[::-1] / shares.sum()
    kept = 1 + int((ordered.cumsum() < top_p - 1e-4).sum())
    uniform = data.draw(st.floats(0, 1, exclude_max=True))
    token = drawn(scores, [uniform], temperature, top_k, top_p)[0]
    assert shares[token] / shares.sum() >= ordered[min(kept, len(ordered) - 1)] * (1 - 1e-4)
    assert logits[token] > -np.inf
    if top_p == 1:
        reached = shares.cumsum() / shares.sum()
        assert reached[token] >= uniform - 1e-5
        assert token == 0 or reached[token - 1] <= uniform + 1e-5
