"""A difference between two models, and how sure it is."""

import numpy as np
import pytest

from model.bootstrap import LEAST_DOCUMENTS, LEAST_PIECES, paired_difference
from model.scored_text import ScoredText


def documents(costs, text="가나다\n라"):
    """Return documents of equal texts with so many bits a byte."""
    sizes = np.array([3, 3, 3, 1, 3, 1])
    return [ScoredText(text, sizes * cost, 6) for cost in costs]


def test_the_mean_is_over_bytes_and_the_interval_around_it():
    rng = np.random.default_rng(1)
    costs = rng.normal(2.0, 0.3, 40)
    more = rng.normal(0.05, 0.1, 40)
    found = paired_difference(documents(costs), documents(costs + more))
    assert found.mean == pytest.approx(more.mean())
    assert (found.pieces, found.kind) == (40, "documents")
    # Documents are of equal size, so the interval is that of a mean: 1.96 standard errors.
    error = 1.96 * more.std() / np.sqrt(40)
    assert found.low == pytest.approx(found.mean - error, abs=0.1 * error)
    assert found.high == pytest.approx(found.mean + error, abs=0.1 * error)


def test_pairs_tell_more_than_either_alone():
    """What is hard for both is no noise in their difference."""
    costs = np.linspace(1, 3, 40)
    found = paired_difference(documents(costs), documents(costs - 0.01))
    assert found.low == pytest.approx(-0.01)
    assert found.high == pytest.approx(-0.01)


def test_the_other_way_round_is_the_opposite_and_equal_models_do_not_differ():
    rng = np.random.default_rng(2)
    one, other = documents(rng.normal(2, 0.3, 30)), documents(rng.normal(2, 0.3, 30))
    there, back = paired_difference(one, other), paired_difference(other, one)
    assert (back.mean, back.low, back.high) == pytest.approx((-there.mean, -there.high, -there.low))
    assert paired_difference(one, one)[:3] == (0, 0, 0)
    assert paired_difference(one, other) == there


def test_of_few_documents_blocks_are_drawn_and_of_few_blocks_nothing_is_said():
    text = "가" * 6667  # 20,001 bytes, and the end
    long = [ScoredText(text, np.full(6668, 2.0), 6668)]
    rng = np.random.default_rng(3)
    other = [ScoredText(text, 2.0 + rng.normal(0.3, 1.0, 6668), 6668)]
    found = paired_difference(long, other)
    assert (found.pieces, found.kind) == (10, "blocks")
    assert found.low < found.mean < found.high
    assert found.mean == pytest.approx((other[0].bits - 2.0).sum() / 20_002)
    short = documents([2.0] * (LEAST_PIECES - 1))
    assert len(short) < LEAST_DOCUMENTS
    found = paired_difference(short, documents([2.5] * (LEAST_PIECES - 1)))
    assert found == (0.5, None, None, LEAST_PIECES - 1, "blocks")


def test_other_texts_are_refused():
    with pytest.raises(ValueError, match="different texts"):
        paired_difference(documents([1.0]), documents([1.0], text="가나다\n마"))
