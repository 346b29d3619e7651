"""
Characters of a held-out text in spans that stand verbatim in train.

A character counts where it lies in some run of `size` characters or more that train has; then it
lies in a run of just `size` that train has, so runs of one size, hashed, are all that is compared.
A span lies inside a stretch: it crosses neither a document's end nor a split's.
"""

import numpy as np

from preprocess.grams import Batch
from preprocess.hashes import Flags, Hashes, contains

SHORT, LONG = 12, 40  # characters: a turn of phrase, and what nobody writes twice by chance


def span_hashes(batch: Batch, size: int) -> Hashes:
    """Hash the runs of `size` characters inside each of the texts."""
    hashes, within = batch.grams(size)
    return hashes[within]


def likely_long(batch: Batch, short: Hashes) -> Hashes:
    """
    Hash the runs of `LONG` characters all of whose runs of `SHORT` are in `short`.

    No other run of `LONG` can stand in train, and these are few.
    """
    hits = _stand_in(batch, SHORT, short)
    count = LONG - SHORT + 1
    sums = np.append(0, np.cumsum(hits))
    # A run that crossed the end of a text would hold a short one that does, which is no hit.
    whole = sums[count:] - sums[:-count] == count
    hashes: Hashes = batch.grams(LONG)[0][whole]
    return hashes


def characters_in_spans(batch: Batch, size: int, in_train: Hashes) -> int:
    """Count the characters that lie in a run of `size` whose hash is in `in_train`."""
    hits = np.zeros(len(batch.values), np.bool_)
    found = _stand_in(batch, size, in_train)
    hits[: len(found)] = found
    sums = np.append(0, np.cumsum(hits))
    before = np.append(np.zeros(size - 1, sums.dtype), sums)[: len(hits)]
    return int((sums[1:] > before).sum())


def _stand_in(batch: Batch, size: int, known: Hashes) -> Flags:
    """Tell of each place whether a run of `size` begins there and its hash is in `known`."""
    hashes, within = batch.grams(size)
    return within & contains(known, hashes)
