"""
Chunks of the train split: shards that are in memory together, read ahead of need by a thread.

A corpus larger than memory is trained on chunk by chunk. While one chunk is used, the next one is
read; those used before it stay as long as there is room, and need not be read again.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from preprocess.spelling import Tokens
from preprocess.tokens import Shard, ShardedSplit

CHUNK_TOKENS = 1 << 24  # 32 MiB in 16 bits: some seconds of training even on a fast GPU


def chunks_of(split: ShardedSplit, size: int = CHUNK_TOKENS) -> list[ShardedSplit]:
    """
    Join shards that follow one another into chunks of at least `size` tokens.

    No chunk begins with a row that goes on from the one before, so a document and its pieces are
    in one chunk. A split of less than twice the size is one chunk.
    """
    chunks: list[ShardedSplit] = []
    shards: list[Shard] = []
    tokens, left = 0, split.tokens
    for shard in split.shards:
        if tokens >= size and left >= size and shard.begins_anew:
            chunks.append(ShardedSplit(tuple(shards)))
            shards, tokens = [], 0
        shards.append(shard)
        tokens += shard.tokens
        left -= shard.tokens
    return [*chunks, ShardedSplit(tuple(shards))]


def read_in_order(
    chunks: Sequence[ShardedSplit], order: Iterable[int], cache_bytes: int
) -> Iterator[Tokens]:
    """
    Yield the tokens (N,) of one chunk after the other, the next one being read meanwhile.

    Args:
        chunks: of the split.
        order: numbers of chunks, one at least; without end if need be.
        cache_bytes: of tokens held, but that the chunk in use and the next one always are.

    Raises:
        FileNotFoundError: a shard is gone; and
        ValueError: it is damaged. Both are raised where its chunk would be yielded.
    """
    cache = _Cache(chunks, cache_bytes)
    numbers = iter(order)
    used = next(numbers)
    with ThreadPoolExecutor(1, "chunks") as thread:
        reading = thread.submit(cache.read, used, used)
        for following in numbers:
            tokens = reading.result()
            reading = thread.submit(cache.read, following, used)
            yield tokens
            used = following
        yield reading.result()


class _Cache:
    """The chunks in memory, the one used last at the end."""

    def __init__(self, chunks: Sequence[ShardedSplit], size: int) -> None:
        self._chunks = chunks
        self._size = size
        self._held: OrderedDict[int, Tokens] = OrderedDict()

    def read(self, number: int, used: int) -> Tokens:
        """Return a chunk; to make room for it others are let go, but not the one that is used."""
        if number not in self._held:
            chunk = self._chunks[number]
            self._make_room(chunk.tokens * chunk.dtype.itemsize, used)
            self._held[number] = chunk.read()
        self._held.move_to_end(number)
        return self._held[number]

    def _make_room(self, size: int, used: int) -> None:
        """Let go of chunks, those used longest ago first, until one of `size` bytes fits in."""
        held = sum(tokens.nbytes for tokens in self._held.values())
        for number in [number for number in self._held if number != used]:
            if held + size <= self._size:
                return
            held -= self._held.pop(number).nbytes
