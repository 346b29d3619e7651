"""Chunks: which shards are in memory together, which stay, and what a damaged one does."""

import threading

import numpy as np
import pytest

from model.batches import Batches
from model.chunks import chunks_of, read_in_order
from preprocess.tokens import ShardedSplit
from preprocess.vocabulary import END


class Recorded:
    """A shard without a file, which tells when it is read, and fails if told to."""

    dtype = np.dtype(np.uint16)

    def __init__(self, name, tokens, begins_anew=True, error=None):
        self.name, self.tokens, self.begins_anew, self.error = name, tokens, begins_anew, error
        self.reads = []

    def read(self, into):
        if self.error:
            raise self.error
        self.reads.append(threading.current_thread())
        into[:] = self.name


def names_of(chunks):
    return [[shard.name for shard in chunk.shards] for chunk in chunks]


def split_of(*sizes, goes_on=()):
    return ShardedSplit(
        tuple(Recorded(name, size, name not in goes_on) for name, size in enumerate(sizes))
    )


def test_shards_are_joined_until_a_chunk_is_large_enough():
    assert names_of(chunks_of(split_of(6, 5, 10, 3, 3, 9), 10)) == [[0, 1], [2], [3, 4, 5]]


def test_no_chunk_is_smaller_than_the_size_unless_all_is():
    assert names_of(chunks_of(split_of(10, 10, 9), 10)) == [[0], [1, 2]]
    assert names_of(chunks_of(split_of(3, 3), 10)) == [[0, 1]]
    assert names_of(chunks_of(split_of(10, 9), 10)) == [[0, 1]]


def test_a_chunk_does_not_begin_with_a_row_that_goes_on():
    assert names_of(chunks_of(split_of(10, 10, 10, goes_on={1}), 10)) == [[0, 1], [2]]
    # nor with a shard without rows, behind which one may come
    assert names_of(chunks_of(split_of(10, 0, 10, 10, goes_on={1, 2}), 10)) == [[0, 1, 2], [3]]


def reads_of(chunks):
    return [len(chunk.shards[0].reads) for chunk in chunks]


def test_the_next_chunk_is_read_by_another_thread_while_one_is_used():
    chunks = chunks_of(split_of(10, 10, 10), 10)
    reading = read_in_order(chunks, [2, 0, 1], cache_bytes=0)
    assert next(reading).tolist() == [2] * 10
    assert next(reading).tolist() == [0] * 10  # so it has been read
    assert next(reading).tolist() == [1] * 10
    assert next(reading, None) is None
    threads = {chunk.shards[0].reads[0] for chunk in chunks}
    assert len(threads) == 1
    [thread] = threads
    assert thread is not threading.current_thread()
    assert not thread.is_alive()


def test_chunks_stay_in_memory_while_there_is_room():
    chunks = chunks_of(split_of(10, 10, 10), 10)
    order = [0, 1, 2, 0, 1, 2, 0, 1, 2]
    assert [tokens[0] for tokens in read_in_order(chunks, order, 60)] == order
    assert reads_of(chunks) == [1, 1, 1]


def test_without_room_the_one_used_longest_ago_is_let_go():
    chunks = chunks_of(split_of(10, 10, 10), 10)
    order = [0, 1, 0, 2, 0, 1]
    assert [tokens[0] for tokens in read_in_order(chunks, order, 59)] == order
    assert reads_of(chunks) == [1, 2, 1]


def test_without_any_room_two_chunks_are_in_memory():
    chunks = chunks_of(split_of(10, 10, 10), 10)
    order = [0, 1, 0, 1, 2, 1, 0]
    assert [tokens[0] for tokens in read_in_order(chunks, order, 0)] == order
    assert reads_of(chunks) == [2, 1, 1]


def test_an_error_comes_where_the_chunk_would():
    shards = [Recorded(0, 10), Recorded(1, 10, error=ValueError("shard 1 is damaged"))]
    reading = read_in_order(chunks_of(ShardedSplit(tuple(shards)), 10), [0, 1], 0)
    assert next(reading).tolist() == [0] * 10
    with pytest.raises(ValueError, match="shard 1 is damaged"):
        next(reading)
    assert not shards[0].reads[0].is_alive()


def test_the_thread_ends_when_nobody_reads_on():
    chunks = chunks_of(split_of(10, 10, 10), 10)
    reading = read_in_order(chunks, [0, 1, 2], 0)
    next(reading)
    reading.close()
    assert not chunks[0].shards[0].reads[0].is_alive()
    assert reads_of(chunks)[2] == 0


@pytest.mark.parametrize("part", range(4))
def test_a_damaged_shard_is_refused_by_name_when_it_is_reached(tmp_path, make_shards, part):
    parts = [[([1 + part] * 9 + [END], False)] * 5 for part in range(4)]
    shards = make_shards(tmp_path, {"train": parts})
    path = shards.path("train", part)
    content = bytearray(path.read_bytes())
    content[10] ^= 1  # of the tokens, not of the footer
    path.write_bytes(content)
    batches = Batches(
        shards.open(),
        carry="document",
        batch=2,
        window=10,
        seed=3,
        cache_bytes=0,
        chunk_tokens=50,
    )
    seen = set()

    def read():
        for batch in batches.from_step(0):
            seen.update(batch.targets.flatten().tolist())

    with pytest.raises(ValueError, match=f"{path.name}: is damaged or of another run"):
        read()
    assert 1 + part not in seen
