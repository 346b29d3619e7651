"""Novelty: how many lines of a text stand verbatim in the train split."""

from collections.abc import Iterable, Sequence
from typing import TypedDict

import numpy as np

from preprocess.hashes import Hashes, contains, distinct_of_all, found_in
from preprocess.leaks import line_batches


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
    hashed = [np.concatenate([np.empty(0, np.uint64), *line_batches(group)]) for group in groups]
    in_train = found_in(distinct_of_all(hashed), line_batches(train))
    return [_novelty(hashes, in_train) for hashes in hashed]


def _novelty(hashes: Hashes, in_train: Hashes) -> Novelty:
    known = int(contains(in_train, hashes).sum())
    return {
        "lines": len(hashes),
        "lines_in_train": known,
        "share": known / len(hashes) if len(hashes) else None,
    }
