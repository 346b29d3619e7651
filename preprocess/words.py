"""
Words: the runs of white space and the eojeol that have an id of their own.

Each stands for one virtual code point, so that a text with its words in place is spelt by the same
look-up as one of characters.

Notation: N code points, S stretches, W words.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow.compute as pc

from preprocess.runs import as_binary, run_bounds
from preprocess.spelling import Bounds
from preprocess.units import NUM_CODE_POINTS, CodePoints, code_points_of


class Words:
    """
    Finds words in texts.

    Args:
        words: (W,) runs of two characters or more, all different.
    """

    def __init__(self, words: Sequence[str]) -> None:
        lengths = [len(word) for word in words]
        bounds = np.append(0, np.cumsum(lengths, dtype=np.int64))
        self._words = as_binary(code_points_of("".join(words)), bounds)

    def replace(self, code_points: CodePoints, bounds: Bounds) -> tuple[CodePoints, Bounds]:
        """
        Put one virtual code point in the place of each run that is a word.

        Args:
            code_points: (N,) of all stretches.
            bounds: (S + 1,) of the stretches; they cover all.

        Returns:
            The code points, 0x110000 + w for word w, and the (S + 1,) bounds in them.
        """
        edges = run_bounds(code_points, bounds)
        found = pc.index_in(as_binary(code_points, edges), value_set=self._words)
        words = found.fill_null(-1).to_numpy()
        runs = np.flatnonzero(words >= 0)
        starts, ends = edges[runs], edges[runs + 1]
        replaced = code_points.copy()
        replaced[starts] = NUM_CODE_POINTS + words[runs]
        # The depth inside a word behind its first character; words do not overlap.
        depth = np.zeros(len(code_points) + 1, np.int8)
        depth[starts + 1] += 1
        depth[ends] -= 1
        outside = np.cumsum(depth[:-1], dtype=np.int8) == 0
        left_out = np.append(0, np.cumsum(ends - starts - 1))
        return replaced.compress(outside), bounds - left_out[np.searchsorted(starts, bounds)]
