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

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from model.seeds import derive_seed
from preprocess.vocabulary import END

IGNORED = -100  # target of padding; torch's cross entropy leaves it out by default
SEGMENT_WINDOWS = 16  # a segment is at least so long: each begins without a past
SEGMENTS_PER_LANE = 8  # but not so long that there are fewer groups to shuffle
GRAIN = 8  # lengths are compared in units of window / GRAIN

Tokens = npt.NDArray[np.integer]
Ids = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


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


class Batches:
    """The batches of all epochs, each found by its step alone, so that a training can go on."""

    def __init__(self, tokens: Tokens, bounds: Ids, *, batch: int, window: int, seed: int) -> None:
        """
        Cut the streams into segments.

        Args:
            tokens: (N,) of all streams, one after another.
            bounds: (streams + 1,) where each stream begins, and the end; see `stream_bounds`.
            batch: B, streams side by side; fewer in an epoch's last group.
            window: T, tokens of a window at most.
            seed: the order of epoch n is drawn from this and n.
        """
        if bounds[-1] == 0:
            raise ValueError("the train split has no tokens; there is nothing to learn from")
        self._tokens = tokens
        self._batch = batch
        self._seed = seed
        longest = max(SEGMENT_WINDOWS * window, len(tokens) // (SEGMENTS_PER_LANE * batch))
        self._begins, self._ends = _cut(bounds, longest)  # (segments,) each
        self._starts_stream = np.isin(self._begins, bounds)
        grain = max(1, window // GRAIN)
        self._grains = -((self._begins - self._ends) // grain)
        # The lengths in grains, sorted, are the same in each epoch, whatever the order among
        # equals: so are the number of windows in the groups, and the steps of an epoch.
        longest_grains = np.sort(self._grains)[::-1][::batch]
        self._num_windows = -(-longest_grains * grain // window)  # (groups,)
        self.steps_per_epoch = int(self._num_windows.sum())
        self.tokens_per_step = len(tokens) / self.steps_per_epoch
        """Mean number of targets in a batch."""

    def from_step(self, step: int) -> Iterator[Batch]:
        """Yield the batches from `step` on, without end."""
        while True:
            epoch, skipped = divmod(step, self.steps_per_epoch)
            for batch in self._epoch(epoch, skipped):
                yield batch
                step += 1

    def _epoch(self, epoch: int, skipped: int) -> Iterator[Batch]:
        """Yield the batches of one epoch but for the first `skipped`."""
        rng = np.random.default_rng(derive_seed(self._seed, "order", epoch))
        segments = rng.permutation(len(self._begins))
        segments = segments[np.argsort(-self._grains[segments], kind="stable")]
        for number, index in enumerate(rng.permutation(len(self._num_windows))):
            windows = int(self._num_windows[index])
            group = segments[index * self._batch : (index + 1) * self._batch]
            for window in range(min(skipped, windows), windows):
                yield self._window_of(group, window, windows, epoch, number)
            skipped = max(0, skipped - windows)

    def _window_of(self, group: Ids, window: int, windows: int, epoch: int, number: int) -> Batch:
        """Gather window number `window` of `windows` equal ones."""
        begins, ends = self._begins[group, np.newaxis], self._ends[group, np.newaxis]  # (B, 1)
        longest = int((ends - begins).max())
        first, last = window * longest // windows, (window + 1) * longest // windows
        places = begins + np.arange(first, last)  # (B, T)
        inside = places < ends
        places = np.where(inside, places, begins)  # any place will do for padding
        targets = self._tokens[places].astype(np.int64)
        targets[~inside] = IGNORED
        inputs = self._tokens[places - 1].astype(np.int64)
        if window == 0:
            inputs[self._starts_stream[group], 0] = END
        return Batch(
            inputs=torch.from_numpy(inputs),
            targets=torch.from_numpy(targets),
            num_tokens=int(inside.sum()),
            starts=window == 0,
            epoch=epoch,
            group=number,
        )


def stream_bounds(offsets: Ids, continued: Flags, carry: str) -> Ids:
    """
    Return where the streams of a split begin, and where the last one ends: (streams + 1,).

    Args:
        offsets: (rows + 1,) where the rows begin among the tokens, and the end.
        continued: (rows,) whether a row goes on from the row before.
        carry: "document", or "corpus": the whole split is one stream.
    """
    if carry == "corpus":
        return np.unique(offsets[[0, -1]])
    begins = np.append(~continued, True)
    begins[0] = True
    return np.unique(offsets[begins])


def _cut(bounds: Ids, longest: int) -> tuple[Ids, Ids]:
    """Cut each stream evenly into segments of at most `longest` tokens; (segments,) bounds."""
    lengths = np.diff(bounds)
    pieces = -(-lengths // longest)  # (streams,)
    stream = np.repeat(np.arange(len(lengths)), pieces)  # (segments,)
    piece = np.arange(len(stream)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    begins, lengths, pieces = bounds[stream], lengths[stream], pieces[stream]
    return begins + lengths * piece // pieces, begins + lengths * (piece + 1) // pieces
