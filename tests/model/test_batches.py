"""Batches: each token once an epoch, after the right one, found again by its step."""

from dataclasses import dataclass
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.batches import Batches
from model.segments import IGNORED, stream_bounds
from preprocess.tokens import ShardedSplit
from preprocess.vocabulary import END


@dataclass
class MemoryShard:
    """What batches need of a shard, without a file."""

    ids: np.ndarray
    lengths: list[int]
    continued: np.ndarray

    @property
    def rows(self) -> int:
        return len(self.lengths)

    @property
    def tokens(self) -> int:
        return len(self.ids)

    @property
    def dtype(self) -> np.dtype:
        return self.ids.dtype

    @property
    def offsets(self) -> np.ndarray:
        return np.append(0, np.cumsum(self.lengths, dtype=np.int64))

    @property
    def begins_anew(self) -> bool:
        return self.rows > 0 and not self.continued[0]

    def read(self, into: np.ndarray) -> None:
        into[:] = self.ids


def numbered(*shards: list[tuple[int, bool]]) -> ShardedSplit:
    """Return shards whose tokens are all different, 1, 2, 3, ...; a row is (tokens, goes on)."""
    made, begin = [], 1
    for rows in shards:
        lengths = [length for length, _ in rows]
        ids = np.arange(begin, begin + sum(lengths), dtype=np.uint16)
        made.append(MemoryShard(ids, lengths, np.array([on for _, on in rows], np.bool_)))
        begin += sum(lengths)
    return ShardedSplit(tuple(made))


def documents(lengths: list[int]) -> ShardedSplit:
    return numbered([(length, False) for length in lengths])


def make(split: ShardedSplit, **changes) -> Batches:
    settings = {"carry": "document", "batch": 4, "window": 8, "seed": 1, "cache_bytes": 0}
    return Batches(split, **{**settings, **changes})


def epochs_of(batches: Batches, count: int) -> list[list]:
    steps = batches.steps_per_epoch
    taken = list(islice(batches.from_step(0), count * steps))
    return [taken[epoch * steps : (epoch + 1) * steps] for epoch in range(count)]


def starts_of(split: ShardedSplit, carry: str, chunk_tokens: int) -> set[int]:
    """Return the tokens before which a stream begins, or a chunk within a stream: by a loop."""
    starts, read, in_chunk, left = set(), 0, 0, split.tokens
    for number, shard in enumerate(split.shards):
        if number and in_chunk >= chunk_tokens and left >= chunk_tokens and shard.begins_anew:
            in_chunk = 0
        for length, goes_on in zip(shard.lengths, shard.continued, strict=True):
            if in_chunk == 0 or not (goes_on or carry == "corpus"):
                starts.add(read + 1)
            read += length
            in_chunk += length
            left -= length
    return starts


rows = st.lists(st.tuples(st.integers(0, 120), st.booleans()), max_size=8)
splits = st.lists(rows, min_size=1, max_size=6).filter(
    lambda shards: any(length for shard in shards for length, _ in shard)
)
shapes = st.fixed_dictionaries(
    {
        "carry": st.sampled_from(["document", "corpus"]),
        "batch": st.integers(1, 5),
        "window": st.integers(1, 20),
        "cache_bytes": st.sampled_from([0, 300, 10**6]),
        "chunk_tokens": st.sampled_from([1, 50, 200, 10**6]),
    }
)


@given(splits, shapes)
def test_an_epoch_has_every_token_once_each_after_the_one_before(shards, shape):
    split = numbered(*shards)
    starts = starts_of(split, shape["carry"], shape["chunk_tokens"])
    batches = make(split, **shape)
    seen = 0
    for number, epoch in enumerate(epochs_of(batches, 2)):
        targets = []
        for b in epoch:
            assert b.epoch == number
            assert b.inputs.shape == b.targets.shape
            assert 1 <= b.targets.shape[0] <= shape["batch"]
            assert 1 <= b.targets.shape[1] <= shape["window"]
            real = b.targets != IGNORED
            assert b.num_tokens == real.sum() > 0
            # padding comes after a stream's end only
            assert (real[:, 1:] <= real[:, :-1]).all()
            for before, target in zip(
                b.inputs[real].tolist(), b.targets[real].tolist(), strict=True
            ):
                assert before == (END if target in starts else target - 1)
                targets.append(target)
        assert sorted(targets) == list(range(1, split.tokens + 1))
        seen += len(targets)
    assert batches.tokens_per_step * 2 * batches.steps_per_epoch == pytest.approx(seen)


@given(splits, shapes)
def test_a_lane_reads_on_where_its_last_window_stopped(shards, shape):
    [epoch] = epochs_of(make(numbered(*shards), **shape), 1)
    assert epoch[0].starts
    group, last = -1, None
    for b in epoch:
        if b.starts:
            assert b.group == group + 1
            group = b.group
        else:
            assert b.group == group
            real = b.targets[:, 0] != IGNORED
            assert b.inputs[real, 0].tolist() == last[real].tolist()
        last = b.targets[:, -1]


def told(batch) -> tuple:
    """Return all of a batch, to be compared."""
    return (
        batch.inputs.tolist(),
        batch.targets.tolist(),
        batch.num_tokens,
        batch.starts,
        batch.epoch,
        batch.group,
    )


@given(splits, shapes, st.integers(0, 100), st.sampled_from([0, 300, 10**6]))
def test_any_step_is_found_again_whatever_is_in_memory(shards, shape, step, cache_bytes):
    split = numbered(*shards)
    wanted = list(islice(make(split, **shape).from_step(0), step, step + 20))
    again = make(split, **{**shape, "cache_bytes": cache_bytes}).from_step(step)
    assert [told(batch) for batch in wanted] == [told(batch) for batch in islice(again, 20)]


def first_targets(seed: int, epochs: int = 1, **changes) -> list[list[int]]:
    batches = make(documents([5] * 40), seed=seed, **changes)
    return [[b.targets[0, 0].item() for b in epoch] for epoch in epochs_of(batches, epochs)]


def test_the_order_is_another_one_in_each_epoch_and_for_each_seed():
    first, second = first_targets(seed=1, epochs=2)
    assert first == [16, 96, 41, 131, 1, 6, 141, 186, 151, 136]
    assert first != second
    assert first_targets(seed=1) == [first]
    assert first_targets(seed=2) != [first]


def test_chunks_come_in_another_order_in_each_epoch_and_each_is_shuffled():
    split = numbered(*([(1, False)] * 10 for _ in range(20)))
    batches = make(split, batch=1, window=1, chunk_tokens=20)  # two shards a chunk
    epochs = [[b.targets.item() for b in epoch] for epoch in epochs_of(batches, 3)]
    orders = [[(target - 1) // 20 for target in epoch[::20]] for epoch in epochs]
    for epoch, order in zip(epochs, orders, strict=True):
        assert sorted(order) == list(range(10))
        assert [(target - 1) // 20 for target in epoch] == np.repeat(order, 20).tolist()
    assert len({tuple(order) for order in orders}) == 3
    within = {tuple((target - 1) % 20 for target in epoch[:20]) for epoch in epochs}
    assert len(within) == 3
    assert [b.group for b in epochs_of(batches, 1)[0]] == list(range(200))


def test_documents_of_one_length_fill_batches_without_padding():
    split = documents([24] * 8 + [5] * 8)
    [epoch] = epochs_of(make(split, batch=4, window=8), 1)
    assert len(epoch) == 2 * 3 + 2
    assert sum(b.targets.numel() for b in epoch) == split.tokens


def test_one_long_stream_becomes_segments_that_start_after_a_real_token():
    [epoch] = epochs_of(make(documents([3200]), batch=2, window=10), 1)
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
    with pytest.raises(ValueError, match="the train split has no tokens"):
        make(numbered([(0, False)], []), carry=carry)
