"""
Candidates for an id: how many get one, and how often what has one is written.

Notation: U = 0x110000 code points, C candidates, V tokens.
"""

import numpy as np
import numpy.typing as npt

from preprocess.vocabulary import Vocabulary

Counts = npt.NDArray[np.int64]


def num_chosen(
    counts: Counts, before: Vocabulary, coverage: float | None, covered: int, of_all: int
) -> int:
    """
    Return how many candidates get an id: as many as all limits of the unit let in.

    Args:
        counts: (C,) of the candidates, falling.
        before: what has its ids already.
        coverage: share that shall be covered; None for as much as can be.
        covered: what the symbols cover that have an id already.
        of_all: what all would cover.
    """
    unit = before.made_by
    chosen = int(np.count_nonzero(counts >= unit.min_count))
    if coverage is not None:
        sums = covered + np.append(0, np.cumsum(counts))
        chosen = min(chosen, int(np.searchsorted(sums, coverage * of_all)))
    if unit.max_size is not None:
        chosen = min(chosen, unit.max_size - before.size)
    return chosen


def counts_of_characters(vocabulary: Vocabulary, totals: Counts) -> Counts:
    """Return how often each token is written where code points are spelt `totals` times: (V,)."""
    seen = np.flatnonzero(totals)
    counts = np.zeros(vocabulary.size, np.int64)
    np.add.at(counts, vocabulary.spellings[seen], totals[seen, np.newaxis])
    return counts
