"""
Near duplicates: documents whose shingles overlap by a threshold or more.

The similarity of two documents is the Jaccard index of their shingles (preprocess/bands.py), 0..1.
Documents that share a band of their signatures are compared exactly, by their shingles as hashes
of 8 bytes; of the held-out ones those that may be near by their rarest (preprocess/prefixes.py).

Notation: D different texts, B bands. A text that several documents share is compared once.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from preprocess.bands import Keys, Numbers, band_keys, shingle_sets
from preprocess.families import Family
from preprocess.hashes import Flags, Hashes, distinct_of_all
from preprocess.prefixes import Ids

NEIGHBOURS = 4  # earlier texts of a band that a text is compared with, whatever their splits
COMPARED_AT_ONCE = 256  # texts that one is compared with
FEW_MET = 1024  # held-out texts that are compared without a look at which are likely to be near
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

    Every train document is compared with every held-out one that shares a band with it and may be
    near, until one is; so whether it is left out depends on these two texts only, and another
    document can add to what is left out but not take from it.

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
        sets = shingle_sets(_only(texts(), documents[anchors]))
        family = Family(anchors, sets, search.is_met[anchors], threshold)
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


class _Search:
    """Which texts are to be compared with which, by the bands they share, and what came of it."""

    def __init__(self, keys: Keys, held_out: Flags, threshold: float) -> None:
        """Take the keys of the bands (B, D), which texts are held out (D,), and the threshold."""
        self._keys = keys
        self._held_out = held_out
        self._threshold = threshold
        self._later, self._earlier = _neighbours(keys)
        self._train = _sharing(keys, ~held_out, held_out)
        held = _sharing(keys, held_out, ~held_out)
        self._buckets = _Buckets(keys, self._train, held)
        self._anchors = np.union1d(self._earlier, held)
        self.compared = np.union1d(self._later, self._train)
        self.is_met = np.isin(np.arange(len(held_out)), held)
        self.is_near = np.zeros(len(held_out), np.bool_)
        self.like: dict[int, tuple[int, float]] = {}
        self.pairs = 0

    def blocks(self, lengths: Numbers) -> list[Numbers]:
        """Divide the texts that others are compared with by what memory holds at once."""
        number = np.cumsum(lengths[self._anchors]) // HELD_AT_ONCE
        blocks = np.split(self._anchors, np.flatnonzero(np.diff(number)) + 1)
        return [block for block in blocks if len(block)]

    def compare(self, text: int, shingles: Hashes, family: Family) -> None:
        """Compare a text with its neighbours, and one of train with the held-out ones it meets."""
        ids, size = family.ids(shingles), len(shingles)
        done = self._neighbours_of(text)
        self._compare(text, ids, size, family, done)
        place = int(np.searchsorted(self._train, text))
        if place == len(self._train) or self._train[place] != text:
            return
        for held in self._held_out_met(text, place, family.held_out(ids, size)):
            met = np.setdiff1d(held, done, assume_unique=True)
            for start in range(0, len(met), COMPARED_AT_ONCE):
                if text in self.like:
                    return
                self._compare(text, ids, size, family, met[start : start + COMPARED_AT_ONCE])
            done = np.union1d(done, met)

    def _held_out_met(self, text: int, place: int, likely: Iterable[Numbers]) -> Iterator[Numbers]:
        """Yield the held-out texts that share a band with one of train, but for unlikely ones."""
        yield self._buckets.met(place, 1)  # of a family that is alike throughout one is enough
        if self._buckets.count(place) <= FEW_MET:
            yield self._buckets.met(place)
        else:
            for held in likely:
                yield held[self._share_a_band(text, held)]

    def _share_a_band(self, text: int, others: Numbers) -> Flags:
        shared: Flags = (self._keys[:, others] == self._keys[:, text, None]).any(axis=0)
        return shared

    def _compare(self, text: int, ids: Ids, size: int, family: Family, others: Numbers) -> None:
        places = family.places(others)
        if not len(places):
            return
        similarities = family.similarities(ids, size, places)
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


class _Buckets:
    """The bands: of each train text, the held-out ones with the same key."""

    def __init__(self, keys: Keys, train: Numbers, held: Numbers) -> None:
        orders = [np.argsort(band[held], kind="stable") for band in keys]
        self._held = [held[order] for order in orders]
        found = [
            np.searchsorted(band[held], band[train], side)
            for side in ("left", "right")
            for band, held in zip(keys, self._held, strict=True)
        ]
        # (B, train): where in `_held` they begin and end
        self._starts, self._ends = np.array(found, np.int32).reshape(2, len(keys), len(train))

    def met(self, place: int, most: int | None = None) -> Numbers:
        """Return what the train text at `place` meets, in each band at most so many."""
        starts, ends = self._starts[:, place], self._ends[:, place]
        ends = ends if most is None else np.minimum(ends, starts + most)
        bounds = zip(self._held, starts.tolist(), ends.tolist(), strict=True)
        return np.unique(np.concatenate([held[start:end] for held, start, end in bounds]))

    def count(self, place: int) -> int:
        """Return how many the train text at `place` meets, those of several bands as often."""
        return int((self._ends[:, place] - self._starts[:, place]).sum())


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
