"""Lines of valid and test that stand verbatim in train: what a model may know by heart."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

MIN_LINE_CHARACTERS = 10  # shorter lines (a name, a refrain of two words) are shared by chance
BATCH_LINES = 1 << 16


class Leak(TypedDict):
    """Lines of one held-out split, and how many of them train has; `share` is by bytes, 0..1."""

    lines: int
    lines_in_train: int
    bytes: int
    bytes_in_train: int
    share: float


def leaks(texts: Callable[[str], Iterable[str]]) -> dict[str, Leak]:
    """
    Measure how much of valid and of test stands in train, line by line.

    Lines are stripped, those under `MIN_LINE_CHARACTERS` left out. Held-out lines are kept as
    hashes of 8 bytes and train is streamed past them, so memory grows with what is held out only.

    Args:
        texts: gives the stretches of a split (train, valid or test) in order.
    """
    held_out = {name: _lines(texts(name)) for name in ("valid", "test")}
    known = np.unique(np.concatenate([hashes for hashes, _ in held_out.values()]))
    in_train = np.zeros(len(known), bool)
    for hashes, _ in _batches(texts("train")) if len(known) else ():
        places = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
        in_train[places[known[places] == hashes]] = True
    return {name: _leak(lines, known[in_train]) for name, lines in held_out.items()}


def line_hashes(lines: Iterable[str]) -> NDArray[np.uint64]:
    """Hash each line to 8 bytes; unlike `hash`, the same in every process."""
    digests = [hashlib.blake2b(line.encode(), digest_size=8).digest() for line in lines]
    return np.frombuffer(b"".join(digests), "<u8").astype(np.uint64)


def long_lines(text: str) -> list[str]:
    r"""
    Return the stripped lines that are long enough to count.

        >>> long_lines("짧은 줄\n  여기에는 열 글자가 넘는 줄이 있다 \n")
        ['여기에는 열 글자가 넘는 줄이 있다']
    """
    stripped = (line.strip() for line in text.split("\n"))
    return [line for line in stripped if len(line) >= MIN_LINE_CHARACTERS]


def _batches(
    texts: Iterable[str],
) -> Iterator[tuple[NDArray[np.uint64], NDArray[np.int64]]]:
    """Yield (hashes, UTF-8 bytes) of the lines of the texts, some thousand lines at a time."""
    lines: list[str] = []
    for text in texts:
        lines += long_lines(text)
        if len(lines) >= BATCH_LINES:
            yield line_hashes(lines), _bytes(lines)
            lines = []
    yield line_hashes(lines), _bytes(lines)


def _lines(texts: Iterable[str]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    hashes, sizes = zip(*_batches(texts), strict=True)
    return np.concatenate(hashes), np.concatenate(sizes)


def _bytes(lines: list[str]) -> NDArray[np.int64]:
    return np.array([len(line.encode()) for line in lines], np.int64)


def _leak(
    lines: tuple[NDArray[np.uint64], NDArray[np.int64]], in_train: NDArray[np.uint64]
) -> Leak:
    hashes, sizes = lines
    leaked = np.isin(hashes, in_train)
    total, total_leaked = int(sizes.sum()), int(sizes[leaked].sum())
    return {
        "lines": len(hashes),
        "lines_in_train": int(leaked.sum()),
        "bytes": total,
        "bytes_in_train": total_leaked,
        "share": total_leaked / total if total else 0.0,
    }
