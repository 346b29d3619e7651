"""
Is a difference between two models chance? A paired bootstrap over pieces of one text.

Of the pieces as many are drawn, with replacement, as there are, many times over, and both models
are measured on those. Pieces are documents, or, where these are few, blocks of about 2,000 bytes.
Source: B. Efron, R. Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.

Notation: P pieces.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from model.scored_text import ScoredText

RESAMPLES = 10_000
AT_ONCE = 1 << 22  # draws in memory
CONFIDENCE = 0.95
LEAST_DOCUMENTS = 20  # of fewer, blocks
LEAST_PIECES = 8  # of fewer, no interval would mean anything
BLOCK_BYTES = 2000

Floats = npt.NDArray[np.float64]


class Difference(NamedTuple):
    """
    How much more the second model pays than the first, in bits per byte.

    Attributes:
        mean: on the text as it is.
        low: end of the interval in which 95 % of all resamples lie; None with too few pieces.
        high: its other end.
        pieces: P.
        kind: what they are: documents or blocks.
    """

    mean: float
    low: float | None
    high: float | None
    pieces: int
    kind: str


def paired_difference(first: Sequence[ScoredText], second: Sequence[ScoredText]) -> Difference:
    """
    Compare what two models pay for the same documents; the same numbers each time.

    Raises:
        ValueError: the documents are not the same.
    """
    if [one.text for one in first] != [one.text for one in second]:
        raise ValueError("the two models read different texts, whose losses cannot be paired")
    kind = "documents" if len(first) >= LEAST_DOCUMENTS else "blocks"
    pieces = [_pieces(one, other, kind) for one, other in zip(first, second, strict=True)]
    more, sizes = np.concatenate(pieces, axis=1)
    mean = float(more.sum() / sizes.sum())
    if len(more) < LEAST_PIECES:
        return Difference(mean, None, None, len(more), kind)
    outside = (1 - CONFIDENCE) / 2
    low, high = np.quantile(_resampled(more, sizes), [outside, 1 - outside]).tolist()
    return Difference(mean, low, high, len(more), kind)


def _pieces(first: ScoredText, second: ScoredText, kind: str) -> Floats:
    """Return what the second pays more in each piece of a document, and its bytes: (2, P)."""
    columns = np.stack([second.bits - first.bits, first.bytes])
    if kind == "documents":
        whole: Floats = columns.sum(axis=1, keepdims=True)
        return whole
    before = columns[1].cumsum() - columns[1]
    blocks = max(1, round(columns[1].sum() / BLOCK_BYTES))
    block = (before * blocks / columns[1].sum()).astype(np.int64)  # of each character
    return np.stack([np.bincount(block, column) for column in columns]).astype(np.float64)


def _resampled(more: Floats, sizes: Floats) -> Floats:
    """Return the difference in bits per byte of each resample."""
    rng = np.random.default_rng(0)
    count = len(more)
    rows = max(1, AT_ONCE // count)
    found: list[Floats] = []
    for done in range(0, RESAMPLES, rows):
        drawn = rng.integers(count, size=(min(rows, RESAMPLES - done), count))
        found.append(more[drawn].sum(axis=1) / sizes[drawn].sum(axis=1))
    return np.concatenate(found)
