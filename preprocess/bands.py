"""
Shingles of a text, and the bands of its MinHash signature.

A shingle is a run of `SHINGLE` characters of the comparable text. Two texts agree in a hash of
their signatures with a chance that is the Jaccard index of their shingles
(https://en.wikipedia.org/wiki/MinHash), so near texts agree in some whole band of hashes.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
from rensa import RMinHash  # type: ignore[import-untyped]

from preprocess.duplicates import comparable
from preprocess.grams import BATCH_CHARACTERS, Batch, batches, mixed
from preprocess.hashes import Hashes, distinct, distinct_of_all
from preprocess.portions import portions

SHINGLE = 5  # characters
PADDING = "\0"  # makes a shingle of a shorter text; cleaning removes it from texts
NUM_HASHES = 128  # of a signature
SEED = 1
SURE = 0.995  # chance that a pair just at the threshold shares a band
SIGNED_AT_ONCE = 1 << 20  # shingles

Numbers = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint32]


def shingle_sets(texts: Iterable[str]) -> Iterator[Hashes]:
    """
    Yield the different shingles of each text, hashed and sorted.

    A text that is shorter than a shingle is filled up to one.
    """
    for batch in batches(comparable(text).ljust(SHINGLE, PADDING) for text in texts):
        if len(batch.code_points) > 2 * BATCH_CHARACTERS:
            yield from map(_long_set, batch.texts)
            continue
        hashes, _ = batch.grams(SHINGLE)
        ends = np.cumsum(batch.lengths)
        for start, end in zip(ends - batch.lengths, ends, strict=True):
            yield distinct(hashes[start : end - SHINGLE + 1])


def rows_of_a_band(threshold: float) -> int:
    """
    Return how many hashes of a signature make a band: the most with which a pair is not missed.

    Two texts of similarity s agree in a hash with chance s, in a band of r with s^r.

        >>> rows_of_a_band(0.8), rows_of_a_band(0.5), rows_of_a_band(0.05)
        (6, 3, 1)
    """
    rows = 1
    while rows < NUM_HASHES:
        missed = (1 - threshold ** (rows + 1)) ** (NUM_HASHES // (rows + 1))
        if missed > 1 - SURE:
            break
        rows += 1
    return rows


def band_keys(texts: Iterable[str], threshold: float, count: int) -> tuple[Numbers, Keys]:
    """Return how many shingles each text has, (D,), and the keys of its bands, (B, D)."""
    rows = rows_of_a_band(threshold)
    keys = np.empty((NUM_HASHES // rows, count), np.uint32)
    sizes = np.empty(count, np.int64)
    done = 0
    for sets in portions(shingle_sets(texts), len, SIGNED_AT_ONCE):
        end = done + len(sets)
        sizes[done:end] = [len(each) for each in sets]
        signatures = _signatures(sets)[:, : len(keys) * rows].reshape(len(sets), len(keys), rows)
        hashes = np.zeros((len(sets), len(keys)), np.uint64)
        for row in range(rows):
            hashes = mixed(hashes ^ signatures[:, :, row])
        keys[:, done:end] = (hashes >> np.uint64(32)).astype(np.uint32).T
        done = end
    return sizes, keys


def _signatures(sets: list[Hashes]) -> Hashes:
    """Return the MinHash signatures of some sets of shingles: (sets, NUM_HASHES)."""
    offsets = np.cumsum([0, *map(len, sets)]).astype(np.uint64)
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(
        np.concatenate(sets), offsets, NUM_HASHES, SEED
    )
    return np.array(matrix.to_rows(), np.uint64)


def _long_set(text: str) -> Hashes:
    """Return the shingles of a long text, a window at a time: its hashes would be 8 times it."""
    starts = range(0, len(text) - SHINGLE + 1, BATCH_CHARACTERS)
    windows = (Batch([text[s : s + BATCH_CHARACTERS + SHINGLE - 1]]) for s in starts)
    return distinct_of_all(window.grams(SHINGLE)[0] for window in windows)
