"""
Segments: streams cut into pieces of about one length, which can be read side by side.

A stream is a document with the pieces that go on from it, or all of a split where the state is
carried across documents. B segments form a group, which is read in windows of at most T tokens;
`model.batches` has a picture.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from preprocess.spelling import Tokens
from preprocess.vocabulary import END

IGNORED = -100  # target of padding; torch's cross entropy leaves it out by default
SEGMENT_WINDOWS = 16  # a segment is at least so long: each begins without a past
SEGMENTS_PER_LANE = 8  # but not so long that there are fewer groups to shuffle
GRAIN = 8  # lengths are compared in units of window / GRAIN

Ids = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Segments:
    """
    The streams of one chunk, cut into segments, which form groups of about one length.

    Attributes:
        num_windows: (groups,) of each group, the longest segments first.
    """

    def __init__(self, bounds: Ids, batch: int, window: int) -> None:
        """
        Cut the streams.

        Args:
            bounds: (streams + 1,) where each stream begins, and the end; see `stream_bounds`.
            batch: B.
            window: T.
        """
        self._batch = batch
        longest = max(SEGMENT_WINDOWS * window, -(-int(bounds[-1]) // (SEGMENTS_PER_LANE * batch)))
        self._begins, self._ends, self._starts_stream = _cut(bounds, longest)
        grain = max(1, window // GRAIN)
        self._grains = -((self._begins - self._ends) // grain)
        # The lengths in grains, sorted, are the same in each epoch, whatever the order among
        # equals: so are the number of windows in the groups, and the steps of an epoch.
        occurrences = np.bincount(self._grains)
        longest_grains = np.repeat(np.arange(len(occurrences))[::-1], occurrences[::-1])[::batch]
        self.num_windows: Ids = -(-longest_grains * grain // window)

    def groups(self, seed: int) -> Iterator[tuple[Ids, int]]:
        """Yield the groups, (B,) numbers of segments, in an order drawn, and their windows."""
        rng = np.random.default_rng(seed)
        segments = rng.permutation(len(self._begins))
        segments = segments[np.argsort(-self._grains[segments], kind="stable")]
        for group in rng.permutation(len(self.num_windows)):
            members = segments[group * self._batch : (group + 1) * self._batch]
            yield members, int(self.num_windows[group])

    def window_of(self, group: Ids, window: int, windows: int, tokens: Tokens) -> tuple[Ids, Ids]:
        """Return inputs and targets (B, T) of window number `window` of `windows` equal ones."""
        begins, ends = self._begins[group, np.newaxis], self._ends[group, np.newaxis]  # (B, 1)
        longest = int((ends - begins).max())
        first, last = window * longest // windows, (window + 1) * longest // windows
        places = begins + np.arange(first, last)  # (B, T)
        inside = places < ends
        places = np.where(inside, places, begins)  # any place will do for padding
        targets = tokens[places].astype(np.int64)
        targets[~inside] = IGNORED
        inputs = tokens[places - 1].astype(np.int64)
        if window == 0:
            inputs[self._starts_stream[group], 0] = END
        return inputs, targets


def stream_bounds(offsets: Ids, continued: Flags, carry: str) -> Ids:
    """
    Return where the streams of a split or a chunk begin, and where they end: (streams + 1,).

    Args:
        offsets: (rows + 1,) where the rows begin among the tokens, and the end.
        continued: (rows,) whether a row goes on from the row before.
        carry: "document", or "corpus": all of the split, or of the chunk, is one stream.
    """
    if carry == "corpus":
        return np.unique(offsets[[0, -1]])
    begins = np.append(~continued, True)
    begins[0] = True
    bounds = offsets[begins]
    has_tokens = np.append(True, np.diff(bounds) > 0)  # the stream that ends there
    nonempty: Ids = bounds[has_tokens]
    return nonempty


def _cut(bounds: Ids, longest: int) -> tuple[Ids, Ids, Flags]:
    """
    Cut each stream evenly into segments of at most `longest` tokens.

    Returns:
        Where the segments begin and end, and whether a stream begins there: (segments,) each.
    """
    lengths = np.diff(bounds)
    if lengths.max() <= longest:  # of short documents there may be millions
        return bounds[:-1], bounds[1:], np.ones(len(lengths), np.bool_)
    pieces = -(-lengths // longest)  # (streams,)
    stream = np.repeat(np.arange(len(lengths)), pieces)  # (segments,)
    piece = np.arange(len(stream)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    begins, lengths, pieces = bounds[stream], lengths[stream], pieces[stream]
    ends = begins + lengths * (piece + 1) // pieces
    return begins + lengths * piece // pieces, ends, piece == 0
