"""Sets of texts as hashes of 8 bytes: for what is too long to keep and too many to compare."""

import hashlib
from array import array
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]

FRESH = 1 << 20  # hashes gathered before they are sorted in
TABLE_BITS = (10, 27)  # least and most bits of a hash that `Sought` looks at first


def text_hashes(texts: Iterable[str]) -> Hashes:
    """Hash each text to 8 bytes; unlike `hash`, the same in every process."""
    digests = [hashlib.blake2b(text.encode(), digest_size=8).digest() for text in texts]
    return np.frombuffer(b"".join(digests), "<u8").astype(np.uint64)


class Gathered:
    """Hashes gathered batch by batch: there may be as many as characters are held out."""

    def __init__(self) -> None:
        self._hashes = array("Q")

    def add(self, hashes: Hashes) -> None:
        """Add hashes; what a batch has twice is kept once."""
        self._hashes.frombytes(distinct(hashes).tobytes())

    def distinct(self) -> Hashes:
        """Give up all hashes, sorted and each once."""
        hashes = np.frombuffer(self._hashes, np.uint64)
        self._hashes = array("Q")
        return _distinct_in_place(hashes)


def distinct(hashes: Hashes) -> Hashes:
    """Return the hashes sorted and each once: np.unique, but by sorting, which is faster here."""
    return _distinct_in_place(hashes.copy())


def distinct_of_all(batches: Iterable[Hashes]) -> Hashes:
    """Return the hashes of all batches, sorted and each once."""
    gathered = Gathered()
    for hashes in batches:
        gathered.add(hashes)
    return gathered.distinct()


def _distinct_in_place(hashes: Hashes) -> Hashes:
    hashes.sort()
    first: Flags = np.append(True, hashes[1:] != hashes[:-1])[: len(hashes)]
    return hashes[first]


def contains(known: Hashes, hashes: Hashes) -> Flags:
    """Tell which of `hashes` are in `known`, which is sorted and holds each once."""
    if not len(known):
        return np.zeros(len(hashes), np.bool_)
    # In order, each search ends near the one before: eight times faster among millions.
    order = np.argsort(hashes)
    found = np.empty(len(hashes), np.bool_)
    found[order] = _contains_sorted(known, hashes[order])
    return found


def _contains_sorted(known: Hashes, hashes: Hashes) -> Flags:
    places = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
    found: Flags = known[places] == hashes
    return found


class Sought:
    """
    Hashes that are sought in a long stream: memory grows with them, not with the stream.

    A table over the first bits of a hash, eight places for each hash sought, turns most of the
    stream away before the search among the sorted ones. What has come by is sought no more.

        >>> sought = Sought(distinct(text_hashes(["가", "나"])))
        >>> sought.look(text_hashes(["나", "다", "나"]))
        >>> contains(sought.found, text_hashes(["가", "나", "다"])).tolist()
        [False, True, False]
    """

    def __init__(self, known: Hashes) -> None:
        """Take what is sought: sorted and each once."""
        self.known = known
        self._found = np.zeros(len(known), np.bool_)
        self._seek(known)

    def look(self, hashes: Hashes) -> None:
        """Take note of which of the sought ones are among `hashes`."""
        likely = distinct(hashes[self._table[hashes >> self._shift]])
        likely = likely[_contains_sorted(self._sought, likely)]
        self._found[np.searchsorted(self.known, likely)] = True
        self._hits += len(likely)  # some of them for the second time
        if self._hits > len(self._sought) / 2:
            self._seek(self.known[~self._found])

    @property
    def found(self) -> Hashes:
        """Return those that have come by: sorted and each once."""
        return self.known[self._found]

    def _seek(self, hashes: Hashes) -> None:
        least, most = TABLE_BITS
        bits = min(max(len(hashes).bit_length() + 3, least), most)
        self._shift = np.uint64(64 - bits)
        self._table = np.zeros(1 << bits, np.bool_)
        self._table[hashes >> self._shift] = True
        self._sought, self._hits = hashes, 0


def found_in(known: Hashes, batches: Iterable[Hashes]) -> Hashes:
    """
    Return which of `known`, sorted and each once, stand in any of the batches.

    The batches are streamed past; they are not even begun where nothing is sought.
    """
    sought = Sought(known)
    for hashes in batches if len(known) else ():
        sought.look(hashes)
    return sought.found


class Seen:
    """
    What has come before, at 8 bytes each: one sorted array, and the newest not yet sorted in.

    >>> seen = Seen()
    >>> seen.add(text_hashes(["가", "나", "가"])).tolist(), seen.add(text_hashes(["나"])).tolist()
    ([True, True, False], [False])
    """

    def __init__(self) -> None:
        self._sorted: Hashes = np.empty(0, np.uint64)
        self._fresh: set[int] = set()

    def add(self, hashes: Hashes) -> Flags:
        """Add hashes and tell which of them are new: not before, and not earlier in this call."""
        new = ~contains(self._sorted, hashes)
        for place in np.flatnonzero(new).tolist():
            value = int(hashes[place])
            new[place] = value not in self._fresh
            self._fresh.add(value)
        if len(self._fresh) >= FRESH:
            self._sorted = np.union1d(self._sorted, np.fromiter(self._fresh, np.uint64))
            self._fresh = set()
        return new
