"""Novelty: how many lines of a text stand verbatim in the train split."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from preprocess.leaks import line_hashes, long_lines

BATCH_LINES = 1 << 16

Hashes = NDArray[np.uint64]


class Novelty(TypedDict):
    """Lines of a text, how many of them train has, and their share (0..1; None without lines)."""

    lines: int
    lines_in_train: int
    share: float | None


def novelties(groups: Sequence[Iterable[str]], train: Iterable[str]) -> list[Novelty]:
    """
    Count the lines of each group of texts, and those that stand in train.

    Lines are those of `preprocess.leaks`: stripped, short ones left out, since they are shared by
    chance. A line that is written twice counts twice. The groups are kept as hashes of 8 bytes,
    and train is streamed past them, so memory does not grow with the corpus.

        >>> train = ["이 줄은 학습에 쓰인 줄이다", "짧은 줄"]
        >>> novelties([["이 줄은 학습에 쓰인 줄이다", "이 줄은 새로 지어낸 줄이다"]], train)
        [{'lines': 2, 'lines_in_train': 1, 'share': 0.5}]
        >>> novelties([["짧은 줄"]], train)
        [{'lines': 0, 'lines_in_train': 0, 'share': None}]
    """
    hashed = [np.concatenate([_empty(), *_batches(group)]) for group in groups]
    wanted = np.unique(np.concatenate([_empty(), *hashed]))
    found = np.zeros(len(wanted), np.bool_)
    for batch in _batches(train) if len(wanted) else ():
        places = np.minimum(np.searchsorted(wanted, batch), len(wanted) - 1)
        found[places[wanted[places] == batch]] = True
    return [_novelty(hashes, wanted[found]) for hashes in hashed]


def _batches(texts: Iterable[str]) -> Iterator[Hashes]:
    """Yield the hashes of the lines of the texts, some thousand lines at a time."""
    lines: list[str] = []
    for text in texts:
        lines += long_lines(text)
        if len(lines) >= BATCH_LINES:
            yield line_hashes(lines)
            lines = []
    yield line_hashes(lines)


def _novelty(hashes: Hashes, in_train: Hashes) -> Novelty:
    known = int(np.isin(hashes, in_train).sum())
    return {
        "lines": len(hashes),
        "lines_in_train": known,
        "share": known / len(hashes) if len(hashes) else None,
    }


def _empty() -> Hashes:
    return np.empty(0, np.uint64)
