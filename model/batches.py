"""
Windows of tokens to train on: streams side by side, each read from its start to its end.

A stream is a document (with the pieces that go on from it), or all of a split where the state is
carried across documents. Long streams are cut into segments; B segments of about one length form
a group, which is read in windows of at most T tokens. With B = 2 and T = 3:

    targets of one group      window 1   window 2   window 3
    a b c d e f g h .         a b c      d e f      g h .
    p q r s t u v .  -        p q r      s t u      v .  -

The input at each place is the token before the target, and the end token at a stream's start. The
state begins anew with a group. `-` is padding, which has no part in the loss.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from itertools import count, tee
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from model.chunks import CHUNK_TOKENS, chunks_of, read_in_order
from model.seeds import derive_seed
from model.segments import IGNORED, Segments, stream_bounds
from preprocess.spelling import Tokens
from preprocess.tokens import ShardedSplit


@dataclass(frozen=True)
class Batch:
    """
    One window of a group.

    Attributes:
        inputs: (B, T) int64.
        targets: (B, T) int64, IGNORED after a stream's end.
        num_tokens: targets that are not padding.
        starts: whether the group begins here, with the state of nothing read.
        epoch: whole epochs before this one.
        group: number of the group within its epoch.
    """

    inputs: Tensor
    targets: Tensor
    num_tokens: int
    starts: bool
    epoch: int
    group: int


class _Visit(NamedTuple):
    """A chunk's turn in an epoch."""

    epoch: int
    chunk: int
    groups: int
    """Groups before it in the epoch."""
    skipped: int
    """Its first steps, which have been done."""


class Batches:
    """The batches of all epochs, each found by its step alone, so that a training can go on."""

    def __init__(
        self,
        split: ShardedSplit,
        *,
        carry: str,
        batch: int,
        window: int,
        seed: int,
        cache_bytes: int,
        chunk_tokens: int = CHUNK_TOKENS,
    ) -> None:
        """
        Find the length of an epoch; no token is read yet.

        Args:
            split: the train split.
            carry: "document" or "corpus"; see `stream_bounds`.
            batch: B, streams side by side; fewer in a chunk's last group.
            window: T, tokens of a window at most.
            seed: the order of epoch n is drawn from this and n.
            cache_bytes: see `model.chunks.read_in_order`; without effect on the batches.
            chunk_tokens: see `model.chunks.chunks_of`.

        Raises:
            ValueError: the split has no tokens, or a shard's footer makes no sense.
        """
        if not split.tokens:
            raise ValueError("the train split has no tokens; there is nothing to learn from")
        self._chunks = chunks_of(split, chunk_tokens)
        self._carry = carry
        self._batch = batch
        self._window = window
        self._seed = seed
        self._cache_bytes = cache_bytes
        num_windows = [self._segments(chunk).num_windows for chunk in self._chunks]
        self._num_steps = [int(windows.sum()) for windows in num_windows]  # of each chunk
        self._num_groups = [len(windows) for windows in num_windows]
        self.steps_per_epoch = sum(self._num_steps)
        self.tokens_per_step = split.tokens / self.steps_per_epoch
        """Mean number of targets in a batch."""

    def from_step(self, step: int) -> Generator[Batch, None, None]:
        """
        Yield the batches from `step` on, without end.

        Raises:
            FileNotFoundError, ValueError: as `read_in_order`.
        """
        visits, ahead = tee(self._visits(step))
        order = (visit.chunk for visit in ahead)
        chunks = read_in_order(self._chunks, order, self._cache_bytes)
        for visit, tokens in zip(visits, chunks, strict=True):
            yield from self._batches_of(visit, tokens)

    def _segments(self, chunk: ShardedSplit) -> Segments:
        bounds = stream_bounds(chunk.offsets, chunk.continued, self._carry)
        return Segments(bounds, self._batch, self._window)

    def _visits(self, step: int) -> Iterator[_Visit]:
        """Yield the chunks in the order of the epochs, but for those all before `step`."""
        first_epoch, skipped = divmod(step, self.steps_per_epoch)
        for epoch in count(first_epoch):
            rng = np.random.default_rng(derive_seed(self._seed, "chunks", epoch))
            groups = 0
            for chunk in rng.permutation(len(self._chunks)).tolist():
                if skipped < self._num_steps[chunk]:
                    yield _Visit(epoch, chunk, groups, skipped)
                skipped = max(0, skipped - self._num_steps[chunk])
                groups += self._num_groups[chunk]

    def _batches_of(self, visit: _Visit, tokens: Tokens) -> Iterator[Batch]:
        """Yield the batches of one chunk, but for those to be skipped."""
        # One chunk is the whole of an epoch, and needs no number.
        number = (visit.chunk,) if len(self._chunks) > 1 else ()
        seed = derive_seed(self._seed, "order", visit.epoch, *number)
        segments, skipped = self._segments(self._chunks[visit.chunk]), visit.skipped
        for group, (members, windows) in enumerate(segments.groups(seed), visit.groups):
            for window in range(min(skipped, windows), windows):
                inputs, targets = segments.window_of(members, window, windows, tokens)
                yield Batch(
                    inputs=torch.from_numpy(inputs),
                    targets=torch.from_numpy(targets),
                    num_tokens=int(np.count_nonzero(targets != IGNORED)),
                    starts=window == 0,
                    epoch=visit.epoch,
                    group=group,
                )
            skipped = max(0, skipped - windows)
