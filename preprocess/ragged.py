"""Lists of different lengths, one after another in one array, with the bounds of each."""

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]


def ranges(starts: Numbers, lengths: Numbers) -> Numbers:
    """
    Return the numbers of several ranges, one after another.

    >>> ranges(np.array([7, 2]), np.array([2, 3])).tolist()
    [7, 8, 2, 3, 4]
    """
    before = np.cumsum(lengths) - lengths
    return np.repeat(starts - before, lengths) + np.arange(lengths.sum())


def places(bounds: Numbers, chosen: npt.NDArray[np.integer]) -> Numbers:
    """
    Return where the items of some lists stand, list by list.

    Args:
        bounds: (L + 1,) list l has the items bounds[l] : bounds[l + 1].
        chosen: (C,) lists, in any order, some perhaps several times.

    >>> places(np.array([0, 2, 5]), np.array([1, 0, 1])).tolist()
    [2, 3, 4, 0, 1, 2, 3, 4]
    """
    starts = bounds[chosen]
    return ranges(starts, bounds[chosen + 1] - starts)
