"""Batches: each token once an epoch, after the right one, found again by its step."""

from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.batches import IGNORED, Batches, stream_bounds
from preprocess.vocabulary import END


def numbered(lengths: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return tokens that are all different, 1, 2, 3, ..., and the bounds of the streams."""
    return np.arange(1, sum(lengths) + 1, dtype=np.uint16), np.cumsum([0, *lengths])


def epochs_of(batches: Batches, count: int) -> list[list]:
    steps = batches.steps_per_epoch
    taken = list(islice(batches.from_step(0), count * steps))
    return [taken[epoch * steps : (epoch + 1) * steps] for epoch in range(count)]


shapes = st.tuples(
    st.lists(st.integers(1, 300), min_size=1, max_size=12), st.integers(1, 5), st.integers(1, 20)
)


@given(shapes)
def test_an_epoch_has_every_token_once_each_after_the_one_before(shape):
    lengths, batch, window = shape
    tokens, bounds = numbered(lengths)
    batches = Batches(tokens, bounds, batch=batch, window=window, seed=1)
    starts = set(tokens[bounds[:-1]].tolist())
    for number, epoch in enumerate(epochs_of(batches, 2)):
        seen = []
        for b in epoch:
            assert b.epoch == number
            assert b.inputs.shape == b.targets.shape
            assert 1 <= b.targets.shape[0] <= batch
            assert 1 <= b.targets.shape[1] <= window
            real = b.targets != IGNORED
            assert b.num_tokens == real.sum() > 0
            # padding comes after a stream's end only
            assert (real[:, 1:] <= real[:, :-1]).all()
            for before, target in zip(
                b.inputs[real].tolist(), b.targets[real].tolist(), strict=True
            ):
                assert before == (END if target in starts else target - 1)
                seen.append(target)
        assert sorted(seen) == tokens.tolist()


@given(shapes)
def test_a_lane_reads_on_where_its_last_window_stopped(shape):
    lengths, batch, window = shape
    tokens, bounds = numbered(lengths)
    [epoch] = epochs_of(Batches(tokens, bounds, batch=batch, window=window, seed=1), 1)
    assert epoch[0].starts
    group, last = None, None
    for b in epoch:
        if b.starts:
            group = b.group
        else:
            assert b.group == group
            real = b.targets[:, 0] != IGNORED
            assert b.inputs[real, 0].tolist() == last[real].tolist()
        last = b.targets[:, -1]


@given(shapes, st.integers(0, 100))
def test_any_step_is_found_again(shape, step):
    lengths, batch, window = shape
    tokens, bounds = numbered(lengths)
    batches = Batches(tokens, bounds, batch=batch, window=window, seed=1)
    wanted = next(islice(batches.from_step(0), step, None))
    found = next(batches.from_step(step))
    assert found.inputs.equal(wanted.inputs)
    assert found.targets.equal(wanted.targets)
    assert (found.epoch, found.group, found.starts) == (wanted.epoch, wanted.group, wanted.starts)


def first_targets(seed: int, epochs: int = 1) -> list[list[int]]:
    tokens, bounds = numbered([5] * 40)
    batches = Batches(tokens, bounds, batch=4, window=8, seed=seed)
    return [[b.targets[0, 0].item() for b in epoch] for epoch in epochs_of(batches, epochs)]


def test_the_order_is_another_one_in_each_epoch_and_for_each_seed():
    first, second = first_targets(seed=1, epochs=2)
    assert first != second
    assert first_targets(seed=1) == [first]
    assert first_targets(seed=2) != [first]


def test_documents_of_one_length_fill_batches_without_padding():
    tokens, bounds = numbered([24] * 8 + [5] * 8)
    [epoch] = epochs_of(Batches(tokens, bounds, batch=4, window=8, seed=1), 1)
    assert len(epoch) == 2 * 3 + 2
    assert sum(b.targets.numel() for b in epoch) == len(tokens)


def test_one_long_stream_becomes_segments_that_start_after_a_real_token():
    tokens, bounds = numbered([3200])
    batches = Batches(tokens, bounds, batch=2, window=10, seed=1)
    [epoch] = epochs_of(batches, 1)
    starts = [b for b in epoch if b.starts]
    assert len(starts) == 3200 // 200 // 2  # segments of 3200 / (8 * 2) = 200 tokens
    assert all(b.targets.shape == (2, 10) for b in epoch)
    firsts = np.concatenate([b.inputs[:, 0].numpy() for b in starts])
    assert sorted(firsts.tolist()) == [END, *range(200, 3200, 200)]


def test_streams_are_documents_with_their_pieces_or_the_whole_split():
    offsets = np.array([0, 3, 5, 5, 9, 12])
    continued = np.array([False, True, True, False, False])
    assert stream_bounds(offsets, continued, "document").tolist() == [0, 5, 9, 12]
    assert stream_bounds(offsets, continued, "corpus").tolist() == [0, 12]


@pytest.mark.parametrize("carry", ["document", "corpus"])
def test_a_split_without_tokens_is_refused(carry):
    bounds = stream_bounds(np.array([0]), np.array([], bool), carry)
    with pytest.raises(ValueError, match="the train split has no tokens"):
        Batches(np.array([], np.uint16), bounds, batch=1, window=1, seed=1)
