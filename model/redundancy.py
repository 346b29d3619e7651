"""
How much texts repeat themselves: loops, lines that come again, compression, distinct n-grams.

Notation: T texts, L characters of the longest one.
"""

import lzma
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

LOOP_TIMES = 3
LOOP_CHARACTERS = 40
LONGEST_PERIOD = 1000  # characters

Flags = npt.NDArray[np.bool_]


def loops(texts: Sequence[str]) -> int:
    r"""
    Count the texts that loop: in which a passage comes `LOOP_TIMES` times or more, end to end.

    All of it together has `LOOP_CHARACTERS` characters or more (라라라 is no loop), and the
    passage `LONGEST_PERIOD` at most. Of what comes more often, the last time may be cut short.

        >>> loops(["나는 너를 기다리고 있어요\n" * 3, "나는 너를 기다리고 있어요\n" * 2, "라라라"])
        1
    """
    longest = max(map(len, texts), default=0)
    # Where a text has ended stands what is like nothing else.
    characters = np.tile(-1 - np.arange(longest, dtype=np.int32), (len(texts), 1))  # (T, L)
    for row, text in zip(characters, texts, strict=True):
        row[: len(text)] = np.frombuffer(text.encode("utf-32-le"), "<u4")
    looping = np.zeros(len(texts), np.bool_)
    for period in range(1, min(longest // LOOP_TIMES, LONGEST_PERIOD) + 1):
        again = characters[:, period:] == characters[:, :-period]
        looping |= _has_run(again, max(LOOP_TIMES * period, LOOP_CHARACTERS) - period)
    return int(looping.sum())


def duplicates(lines: Iterable[Sequence[str]]) -> int:
    """
    Count the lines of each text that stood in it before.

        >>> duplicates([["가", "나", "가"], ["가"]])
        1
    """
    return sum(len(some) - len(set(some)) for some in lines)


def compression_ratio(texts: Sequence[str]) -> float | None:
    """
    Return bytes of UTF-8 for each byte that xz (raw LZMA2, preset 9e) needs for all texts together.

    The more they repeat, themselves or each other, the higher; None where there is no text.
    """
    data = "\n".join(texts).encode()
    xz = {
        "id": lzma.FILTER_LZMA2,
        "preset": 9 | lzma.PRESET_EXTREME,
        "dict_size": 1 << max(12, len(data).bit_length()),  # as long as the text; 64 MB by default
    }
    return len(data) / len(lzma.compress(data, lzma.FORMAT_RAW, filters=[xz])) if data else None


def distinct(words: Sequence[Sequence[str]], size: int) -> float | None:
    """
    Return how many of the runs of `size` words are different ones, 0..1 (distinct-n).

    That of Li and others 2016 (https://aclanthology.org/N16-1014): over all texts together. It
    falls as texts get longer, so compare texts of one length. None where there is no run.

        >>> distinct([["가", "나", "가", "나"], ["가", "나"]], 2)
        0.5
    """
    grams = [
        tuple(some[begin : begin + size]) for some in words for begin in range(len(some) - size + 1)
    ]
    return len(set(grams)) / len(grams) if grams else None


def _has_run(flags: Flags, size: int) -> Flags:
    """Say of each row whether `size` neighbours in it are true."""
    sums = np.pad(flags.cumsum(axis=1), ((0, 0), (1, 0)))
    found: Flags = (sums[:, size:] - sums[:, :-size] == size).any(axis=1)
    return found
