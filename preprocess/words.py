"""
Words: the runs of white space and the eojeol that have an id of their own.

Each stands for one virtual code point, so that a text with its words in place is spelt by the same
look-up as one of characters.

Notation: N code points, S stretches, W words.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from preprocess.runs import as_binary, encoding_of, run_bounds
from preprocess.spelling import Bounds, Indices
from preprocess.units import NUM_CODE_POINTS


class Words:
    """
    Finds words in texts.

    Args:
        words: (W,) runs of two characters or more, all different.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words

    def replace(self, code_points: Indices, bounds: Bounds) -> tuple[Indices, Bounds]:
        """
        Put one virtual code point in the place of each run that is a word.

        Args:
            code_points: (N,) of all stretches.
            bounds: (S + 1,) of the stretches; they cover all.

        Returns:
            The code points, 0x110000 + w for word w, and the (S + 1,) bounds in them.
        """
        edges = run_bounds(code_points, bounds)
        values = self._narrow if code_points.itemsize == 2 else self._wide
        found = pc.index_in(as_binary(code_points, edges), value_set=values).fill_null(-1)
        words = found.to_numpy()
        runs = np.flatnonzero(words >= 0)
        starts, ends = edges[runs], edges[runs + 1]
        replaced = code_points.astype(np.uint32)
        replaced[starts] = NUM_CODE_POINTS + words[runs]
        # The depth inside a word behind its first character; words do not overlap.
        depth = np.zeros(len(code_points) + 1, np.int8)
        depth[starts + 1] += 1
        depth[ends] -= 1
        outside = np.cumsum(depth[:-1], dtype=np.int8) == 0
        left_out = np.append(0, np.cumsum(ends - starts - 1))
        return replaced.compress(outside), bounds - left_out[np.searchsorted(starts, bounds)]

    @cached_property
    def _narrow(self) -> pa.LargeBinaryArray:
        return self._encoded(np.dtype(np.uint16))

    @cached_property
    def _wide(self) -> pa.LargeBinaryArray:
        return self._encoded(np.dtype(np.uint32))

    def _encoded(self, dtype: np.dtype[Any]) -> pa.LargeBinaryArray:
        """Return the words as the runs of code points of this type lie in memory."""
        encoding = encoding_of(dtype)
        return pa.array([word.encode(encoding) for word in self._words], pa.large_binary())
