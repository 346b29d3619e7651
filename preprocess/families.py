"""Texts that many others are compared with: their shingles held in memory, as numbers."""

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from preprocess.hashes import Flags, Hashes, distinct_of_all
from preprocess.prefixes import Ids, Numbers, Prefixes


class Family:
    """Some texts, and their shingles; the rarest among them have the lowest numbers."""

    def __init__(
        self, anchors: Numbers, sets: Iterable[Hashes], is_met: Flags, threshold: float
    ) -> None:
        """
        Take the shingles of some texts.

        Args:
            anchors: their numbers, sorted.
            sets: the shingles of each.
            is_met: (anchors,) which are held out, to be found by texts of train.
            threshold: at which they are near.
        """
        self.anchors = anchors
        shingles = list(sets)
        self._known = distinct_of_all(shingles)
        ids = [np.searchsorted(self._known, each) for each in shingles]
        counts = np.bincount(np.concatenate(ids), minlength=len(self._known))
        self._ranks = np.empty(len(counts), np.int32)
        self._ranks[np.argsort(counts, kind="stable")] = np.arange(len(counts))
        self._ids = [np.sort(self._ranks[each]) for each in ids]
        self._is_shared = np.zeros(len(self._known), np.bool_)
        self._prefixes = Prefixes(self._ids, np.flatnonzero(is_met), threshold)

    def places(self, texts: Numbers) -> Numbers:
        """Return where these texts are among the anchors; those that are none are left out."""
        places: Numbers = np.searchsorted(self.anchors, texts)
        places[places == len(self.anchors)] = 0
        known: Flags = self.anchors[places] == texts
        return places[known]

    def ids(self, shingles: Hashes) -> Ids:
        """Return the numbers of those shingles that any anchor has, sorted."""
        found = np.searchsorted(self._known, shingles)
        found[found == len(self._known)] = 0
        return np.sort(self._ranks[found[self._known[found] == shingles]])

    def held_out(self, ids: Ids, size: int) -> Iterator[Numbers]:
        """Yield the held-out texts that may be near to a text of so many shingles, in portions."""
        return (self.anchors[places] for places in self._prefixes.candidates(ids, size))

    def similarities(self, ids: Ids, size: int, places: Numbers) -> npt.NDArray[np.float64]:
        """Compare a text of so many shingles with anchors: the Jaccard index with each."""
        self._is_shared[ids] = True
        theirs = [self._ids[place] for place in places.tolist()]
        sizes = np.array([len(each) for each in theirs])
        is_shared = self._is_shared[np.concatenate(theirs)].view(np.uint8)  # bool adds up slowly
        shared = np.add.reduceat(is_shared, np.cumsum(sizes) - sizes, dtype=np.int64)
        self._is_shared[ids] = False
        similarities: npt.NDArray[np.float64] = shared / (size + sizes - shared)
        return similarities
