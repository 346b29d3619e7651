"""
Near duplicates: documents whose shingles overlap by a threshold or more.

The similarity of two documents is the Jaccard index of their shingles (preprocess/bands.py), 0..1.
Documents that share a band of their signatures are compared exactly, by their shingles as hashes
of 8 bytes.

Notation: D different texts, B bands. A text that several documents share is compared once.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from preprocess.bands import Keys, Numbers, band_keys, shingle_sets
from preprocess.hashes import Flags, Hashes, distinct_of_all

NEIGHBOURS = 4  # earlier texts of a band that a text is compared with, whatever their splits
COMPARED_AT_ONCE = 256  # texts that one is compared with
HELD_AT_ONCE = 1 << 23  # shingles that others are compared with, about 40 bytes each


@dataclass
class Near:
    """
    What was found.

    Attributes:
        pairs: pairs of different texts that are near. Of a family of more than `NEIGHBOURS` + 1
            not all pairs are compared: that would take the square of its size.
        documents: documents in such pairs, copies of one text included.
        left_out: (documents,) flags of the train documents that are near a held-out one.
        like: of each text left out, by its first document: the first document of the held-out
            text, and their similarity.
    """

    pairs: int
    documents: int
    left_out: Flags
    like: dict[int, tuple[int, float]]


def near_duplicates(
    texts: Callable[[], Iterable[str]], digests: Hashes, held_out: Flags, threshold: float
) -> Near:
    """
    Find documents that are near each other, and the train documents that are near a held-out one.

    Every train document is compared with every held-out one that shares a band with it, until one
    is near; so whether it is left out depends on these two texts only, and another document can
    add to what is left out but not take from it. Time grows with these pairs: they are many where
    thousands of documents are of one mould and just below the threshold.

    Args:
        texts: gives the documents' texts from the start, each time it is called.
        digests: (documents,) equal for documents of one comparable text.
        held_out: (documents,) flags, equal for documents of one text; the others are train.
        threshold: least similarity, 0..1, above 0.
    """
    _, first, text_of, copies = np.unique(
        digests, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.argsort(first)
    documents, copies = first[order], copies[order]  # (D,) the first document of each text
    sizes, keys = band_keys(_only(texts(), documents), threshold, len(documents))
    search = _Search(keys, held_out[documents], threshold)
    for anchors in search.blocks(sizes):
        family = _Family(anchors, shingle_sets(_only(texts(), documents[anchors])))
        compared = shingle_sets(_only(texts(), documents[search.compared]))
        for text, shingles in zip(search.compared.tolist(), compared, strict=True):
            search.compare(text, shingles, family)
    left_out = np.zeros(len(documents), np.bool_)
    left_out[list(search.like)] = True
    return Near(
        pairs=search.pairs,
        documents=int(copies[search.is_near].sum()),
        left_out=left_out[np.argsort(order)[text_of]],
        like={
            int(documents[text]): (int(documents[other]), similarity)
            for text, (other, similarity) in sorted(search.like.items())
        },
    )


class _Family:
    """Texts that others are compared with: their shingles as numbers of those that any has."""

    def __init__(self, anchors: Numbers, sets: Iterable[Hashes]) -> None:
        """Take the shingles of `anchors`, sorted numbers of texts."""
        self.anchors = anchors
        shingles = list(sets)
        self.known = distinct_of_all(shingles)
        self._ids = [np.searchsorted(self.known, each).astype(np.int32) for each in shingles]
        self._is_shared = np.zeros(len(self.known), np.bool_)

    def places(self, texts: Numbers) -> Numbers:
        """Return where these texts are among the anchors; those that are none are left out."""
        places: Numbers = np.searchsorted(self.anchors, texts)
        places[places == len(self.anchors)] = 0
        known: Flags = self.anchors[places] == texts
        return places[known]

    def similarities(self, shingles: Hashes, places: Numbers) -> npt.NDArray[np.float64]:
        """Compare a text with anchors: the Jaccard index with each."""
        found = np.searchsorted(self.known, shingles)
        found[found == len(self.known)] = 0
        found = found[self.known[found] == shingles]
        self._is_shared[found] = True
        ids = [self._ids[place] for place in places.tolist()]
        sizes = np.array([len(each) for each in ids])
        is_shared = self._is_shared[np.concatenate(ids)].view(np.uint8)  # bool adds up slowly
        shared = np.add.reduceat(is_shared, np.cumsum(sizes) - sizes, dtype=np.int64)
        self._is_shared[found] = False
        similarities: npt.NDArray[np.float64] = shared / (len(shingles) + sizes - shared)
        return similarities


class _Search:
    """Which texts are to be compared with which, by the bands they share, and what came of it."""

    def __init__(self, keys: Keys, held_out: Flags, threshold: float) -> None:
        """Take the keys of the bands (B, D), which texts are held out (D,), and the threshold."""
        self._held_out = held_out
        self._threshold = threshold
        self._later, self._earlier = _neighbours(keys)
        self._train = _sharing(keys, ~held_out, held_out)
        held = _sharing(keys, held_out, ~held_out)
        self._buckets = [_Bucket(band, self._train, held) for band in keys]
        self._anchors = np.union1d(self._earlier, held)
        self.compared = np.union1d(self._later, self._train)
        self.is_near = np.zeros(len(held_out), np.bool_)
        self.like: dict[int, tuple[int, float]] = {}
        self.pairs = 0

    def blocks(self, lengths: Numbers) -> list[Numbers]:
        """Divide the texts that others are compared with by what memory holds at once."""
        number = np.cumsum(lengths[self._anchors]) // HELD_AT_ONCE
        blocks = np.split(self._anchors, np.flatnonzero(np.diff(number)) + 1)
        return [block for block in blocks if len(block)]

    def compare(self, text: int, shingles: Hashes, family: _Family) -> None:
        """Compare a text with its neighbours, and one of train with the held-out ones it meets."""
        neighbours = self._neighbours_of(text)
        self._compare(text, shingles, family, neighbours)
        for held in self._held_out_met(text, neighbours):
            if text in self.like:
                break
            self._compare(text, shingles, family, held)

    def _held_out_met(self, text: int, done: Numbers) -> Iterator[Numbers]:
        """Yield the held-out texts that one of train shares a band with, but for those done."""
        place = int(np.searchsorted(self._train, text))
        if place == len(self._train) or self._train[place] != text:
            return
        for most in (1, None):  # of a family that is alike throughout one is enough
            met = np.unique(np.concatenate([b.held_out(place, most) for b in self._buckets]))
            met = np.setdiff1d(met, done, assume_unique=True)
            for start in range(0, len(met), COMPARED_AT_ONCE):
                yield met[start : start + COMPARED_AT_ONCE]
            done = np.union1d(done, met)

    def _compare(self, text: int, shingles: Hashes, family: _Family, others: Numbers) -> None:
        places = family.places(others)
        if not len(places):
            return
        similarities = family.similarities(shingles, places)
        for place in np.flatnonzero(similarities >= self._threshold).tolist():
            self._found(text, int(family.anchors[places[place]]), float(similarities[place]))

    def _found(self, text: int, other: int, similarity: float) -> None:
        # One of a train text's comparisons with held-out ones may be seen from the other side too.
        self.pairs += other < text or text not in self._neighbours_of(other)
        self.is_near[[text, other]] = True
        if self._held_out[text]:
            text, other = other, text
        if self._held_out[other] and not self._held_out[text]:
            best = self.like.get(text, (0, 0.0))
            self.like[text] = max(best, (other, similarity), key=lambda found: found[1])

    def _neighbours_of(self, text: int) -> Numbers:
        start, end = np.searchsorted(self._later, [text, text + 1])
        return self._earlier[start:end]


class _Bucket:
    """One band: of each train text, the held-out ones with the same key."""

    def __init__(self, band: Keys, train: Numbers, held: Numbers) -> None:
        self._held = held[np.argsort(band[held], kind="stable")]
        keys = band[self._held]
        self._starts = np.searchsorted(keys, band[train], "left").astype(np.int32)
        self._ends = np.searchsorted(keys, band[train], "right").astype(np.int32)

    def held_out(self, place: int, most: int | None) -> Numbers:
        """Return the held-out texts, at most so many, that the train text at `place` meets."""
        start, end = int(self._starts[place]), int(self._ends[place])
        return self._held[start : end if most is None else min(end, start + most)]


def _neighbours(keys: Keys) -> tuple[Numbers, Numbers]:
    """Pair each text with those right before it in any band: (later, earlier), sorted."""
    pairs = np.empty(0, np.uint64)
    for band in keys:
        order = np.argsort(band, kind="stable").astype(np.uint64)
        ordered = band[order]
        found = [pairs]
        for step in range(1, NEIGHBOURS + 1):
            same = ordered[step:] == ordered[:-step]
            found.append(order[step:][same] << np.uint64(32) | order[:-step][same])
        pairs = distinct_of_all(found)
    later, earlier = pairs >> np.uint64(32), pairs & np.uint64(0xFFFFFFFF)
    return later.astype(np.int64), earlier.astype(np.int64)


def _sharing(keys: Keys, mine: Flags, others: Flags) -> Numbers:
    """Return which of my texts share a band with one of the others: numbers, sorted."""
    shares = np.zeros(len(mine), np.bool_)
    for band in keys:
        shares[mine] |= np.isin(band[mine], band[others])
    return np.flatnonzero(shares)


def _only(texts: Iterable[str], documents: Numbers) -> Iterator[str]:
    """Yield the texts of these documents, which are sorted numbers."""
    wanted = iter(documents.tolist())
    following = next(wanted, None)
    for number, text in enumerate(texts):
        if number == following:
            yield text
            following = next(wanted, None)
