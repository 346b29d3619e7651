"""
Hashes of runs of characters and of words, vectorised over many texts at once.

A run is hashed as a polynomial over its members' values, modulo 2^64. Notation: N characters of a
batch of texts, W words of it, n members of a gram.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt

from preprocess.hashes import Flags, Hashes
from preprocess.portions import portions, portions_by_name
from preprocess.units import NUM_CODE_POINTS, CodePoints, code_points_of

BATCH_CHARACTERS = 1 << 19  # of the texts that are hashed at once
MULTIPLIER = 0x9E3779B97F4A7C15  # odd, so that it has an inverse modulo 2^64

Lengths = npt.NDArray[np.int64]


class Batch:
    """Some texts, and the hashes of the runs inside each of them: none crosses a text's end."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self.lengths: Lengths = np.fromiter(map(len, texts), np.int64, len(texts))

    @cached_property
    def code_points(self) -> CodePoints:
        """All texts, one after the other: (N,)."""
        return code_points_of("".join(self.texts))

    @cached_property
    def values(self) -> Hashes:
        """A number for each character, from all of 64 bits: (N,)."""
        return _values()[self.code_points]

    @cached_property
    def _words(self) -> tuple[Hashes, Lengths]:
        return words_of(self)

    def grams(self, size: int) -> tuple[Hashes, Flags]:
        """Hash the runs of `size` characters: where each begins, and whether it is in one text."""
        return grams_within(self.values, self.lengths, size)

    def word_grams(self, size: int) -> tuple[Hashes, Flags]:
        """Hash the runs of `size` words, which stand between white space; as `grams`."""
        return grams_within(*self._words, size)


def batches(texts: Iterable[str]) -> Iterator[Batch]:
    """Gather texts into batches of about `BATCH_CHARACTERS`."""
    return map(Batch, portions(texts, len, BATCH_CHARACTERS))


def batches_by_name(texts: Iterable[tuple[str, str]]) -> Iterator[tuple[str, Batch]]:
    """Gather texts that come as (name, text) into batches of one name each."""
    gathered = portions_by_name(texts, len, BATCH_CHARACTERS)
    return ((name, Batch(some)) for name, some in gathered)


def grams_within(values: Hashes, lengths: Lengths, size: int) -> tuple[Hashes, Flags]:
    """
    Hash the runs of `size` members: (hashes, whether the run lies in one text), by their starts.

    Args:
        values: the members of some texts, one after the other.
        lengths: members of each text.
        size: members of a run.
    """
    hashes = gram_hashes(values, size)
    ends = np.repeat(np.cumsum(lengths), lengths)[: len(hashes)]
    return hashes, np.arange(size, size + len(hashes)) <= ends


def gram_hashes(values: Hashes, size: int) -> Hashes:
    """Hash each run of `size` neighbours, by doubling: (max(0, N - size + 1),)."""
    run, length = values, 1  # of the powers of two that `size` is the sum of
    whole, done = np.zeros(len(values) + 1, np.uint64), 0
    while size:
        if size & 1:
            whole, done = _joined(whole, done, run, length), done + length
        size >>= 1
        if size:
            run, length = _joined(run, length, run, length), 2 * length
    return mixed(whole)


def words_of(batch: Batch) -> tuple[Hashes, Lengths]:
    """Hash each word, which is what stands between white space: (W,), and the words of a text."""
    inside = ~_is_space()[batch.code_points]
    ends_of_texts = np.cumsum(batch.lengths)
    starts_of_texts = ends_of_texts - batch.lengths
    before = np.append(False, inside[:-1])[: len(inside)]
    before[starts_of_texts[starts_of_texts < len(inside)]] = False
    starts = np.flatnonzero(inside & ~before)
    after = np.append(inside[1:], False)[: len(inside)]
    after[ends_of_texts[ends_of_texts > 0] - 1] = False
    ends = np.flatnonzero(inside & ~after) + 1
    counts = np.diff(np.searchsorted(starts, np.append(starts_of_texts, len(inside))))
    return run_hashes(batch.values, starts, ends), counts.astype(np.int64)


def run_hashes(values: Hashes, starts: Lengths, ends: Lengths) -> Hashes:
    """Hash the runs [start, end), which may be of any lengths."""
    powers = _powers(MULTIPLIER, len(values))
    sums = np.append(np.uint64(0), np.cumsum(values * powers, dtype=np.uint64))
    inverses = _powers(pow(MULTIPLIER, -1, 1 << 64), len(values))
    return mixed((sums[ends] - sums[starts]) * inverses[starts])


def _joined(first: Hashes, first_size: int, second: Hashes, second_size: int) -> Hashes:
    """Hash the runs that are a run of the first kind and then one of the second."""
    count = max(0, min(len(first), len(second) - first_size))
    power = np.uint64(pow(MULTIPLIER, second_size, 1 << 64))
    return first[:count] * power + second[first_size : first_size + count]


def _powers(base: int, count: int) -> Hashes:
    """Return base^0, base^1, … modulo 2^64: (count,)."""
    powers = np.full(count, base, np.uint64)
    powers[:1] = 1
    return np.multiply.accumulate(powers)


@cache
def _values() -> Hashes:
    return mixed(np.arange(1, NUM_CODE_POINTS + 1, dtype=np.uint64))


@cache
def _is_space() -> Flags:
    return np.fromiter((chr(c).isspace() for c in range(NUM_CODE_POINTS)), np.bool_)


def mixed(hashes: Hashes) -> Hashes:
    """Spread what differs over all bits (the finaliser of https://prng.di.unimi.it/splitmix64.c)."""
    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashes = (hashes ^ (hashes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return hashes ^ (hashes >> np.uint64(31))
