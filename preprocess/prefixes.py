"""
Which of many sets may be near to another, without comparing it with all of them.

Two sets of a Jaccard index of t or more have t / (1 + t) of their sizes, added, in common. So, with
all members in one order, some member stands among the first of both: among those of the smaller
set but 2t / (1 + t) of it, and of the larger but t of it, and one more of each
(https://doi.org/10.1145/1367497.1367516). With rare members first, sets of one mould do not meet:
what they share is common.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from preprocess.ragged import ranges

Ids = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.int64]

FOUND_AT_ONCE = 1 << 12  # sets that are yielded together, about
ROUNDING = 1e-9  # of a share times a size, which may come out above the whole number it is


class Prefixes:
    """The first members of sets, to be looked up by."""

    def __init__(self, sets: Sequence[Ids], places: Numbers, threshold: float) -> None:
        """
        Take sets, and the least Jaccard index, 0..1, above 0.

        Args:
            sets: members of each as numbers, sorted; the lower, the rarer.
            places: which of `sets` are looked for.
            threshold: of their likeness.
        """
        self._shares = (2 * threshold / (1 + threshold), threshold)
        self._sizes = np.array([len(members) for members in sets], np.int64)
        self._short, self._long = (_Index(sets, places, share) for share in self._shares)

    def candidates(self, members: Ids, size: int) -> Iterator[Numbers]:
        """
        Yield places of the sets that may be near to a set, in portions, some perhaps twice.

        Args:
            members: those of the set that any of `sets` has too, as there.
            size: of the set; its other members count as the rarest.
        """
        others = size - len(members)
        short, long = (members[: max(0, _length(size, share) - others)] for share in self._shares)
        for found in self._short.having(long):
            yield found[self._sizes[found] <= size]
        for found in self._long.having(short):
            yield found[self._sizes[found] > size]


class _Index:
    """By member, the places of the sets that have it among their first."""

    def __init__(self, sets: Sequence[Ids], places: Numbers, share: float) -> None:
        firsts = [sets[place][: _length(len(sets[place]), share)] for place in places.tolist()]
        members = np.concatenate([np.empty(0, np.int32), *firsts])
        owners = np.repeat(places, [len(first) for first in firsts])
        order = np.argsort(members, kind="stable")
        self._members, self._places = members[order], owners[order]

    def having(self, wanted: Ids) -> Iterator[Numbers]:
        """Yield the places of sets that have some of these members, in their order."""
        starts = np.searchsorted(self._members, wanted, "left")
        lengths = np.searchsorted(self._members, wanted, "right") - starts
        portions = np.cumsum(lengths) // FOUND_AT_ONCE
        for portion in np.unique(portions[lengths > 0]):
            chosen = portions == portion
            yield np.unique(self._places[ranges(starts[chosen], lengths[chosen])])


def _length(size: int, share: float) -> int:
    """Return how many of the first members of a set are looked at."""
    return size - math.ceil(share * size - ROUNDING) + 1
