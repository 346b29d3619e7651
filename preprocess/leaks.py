"""
What of valid and test stands verbatim in train, and so may be known by heart.

Lines, runs of eight eojeol, and characters in spans of 12 and of 40 (preprocess/spans.py). All
are compared as hashes of 8 bytes: those of the held-out splits are kept and train is streamed past
them, so memory grows with what is held out only.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TypedDict

import numpy as np

from preprocess.grams import Batch, batches, batches_by_name
from preprocess.hashes import Gathered, Hashes, Sought, contains, text_hashes
from preprocess.spans import LONG, SHORT, characters_in_spans, likely_long, span_hashes

MIN_LINE_CHARACTERS = 10  # shorter lines (a name, a refrain of two words) are shared by chance
EOJEOL = 8  # in a run
HELD_OUT = ("valid", "test")

Texts = Callable[[], Iterable[tuple[str, str]]]
Hasher = Callable[[Batch], Hashes]


class Leak(TypedDict):
    """
    What of one held-out split train has too: of its lines, runs of eojeol and characters.

    The shares are 0..1, and 0 where there is nothing; `share` is that of the lines, by bytes.
    """

    lines: int
    lines_in_train: int
    bytes: int
    bytes_in_train: int
    share: float
    eojeol_8grams: int
    eojeol_8grams_in_train: int
    eojeol_8grams_share: float
    characters: int
    characters_in_spans_12: int
    spans_12_share: float
    characters_in_spans_40: int
    spans_40_share: float


def leaks(texts: Texts) -> dict[str, Leak]:
    """
    Measure how much of valid and of test stands in train.

    Lines are stripped, and those under `MIN_LINE_CHARACTERS` are left out. What is written twice
    counts twice. Runs and spans lie inside a stretch.

    Args:
        texts: gives the stretches from the start, each time it is called: (split, text).
    """
    lines, eojeol, short = _in_train(texts, [(h, h) for h in (_line_hashes, _eojeol, _short)])
    (long,) = _in_train(texts, [(partial(likely_long, short=short), _long)])
    leaked = {name: _nothing() for name in HELD_OUT}
    for name, batch in _batches(texts, HELD_OUT):
        leak = leaked[name]
        _add_lines(leak, batch, lines)
        runs = _eojeol(batch)
        leak["eojeol_8grams"] += len(runs)
        leak["eojeol_8grams_in_train"] += int(contains(eojeol, runs).sum())
        leak["characters"] += int(batch.lengths.sum())
        leak["characters_in_spans_12"] += characters_in_spans(batch, SHORT, short)
        leak["characters_in_spans_40"] += characters_in_spans(batch, LONG, long)
    for leak in leaked.values():
        leak["share"] = _share(leak["bytes_in_train"], leak["bytes"])
        leak["eojeol_8grams_share"] = _share(leak["eojeol_8grams_in_train"], leak["eojeol_8grams"])
        leak["spans_12_share"] = _share(leak["characters_in_spans_12"], leak["characters"])
        leak["spans_40_share"] = _share(leak["characters_in_spans_40"], leak["characters"])
    return leaked


def long_lines(text: str) -> list[str]:
    r"""
    Return the stripped lines that are long enough to count.

        >>> long_lines("짧은 줄\n  여기에는 열 글자가 넘는 줄이 있다 \n")
        ['여기에는 열 글자가 넘는 줄이 있다']
    """
    stripped = (line.strip() for line in text.split("\n"))
    return [line for line in stripped if len(line) >= MIN_LINE_CHARACTERS]


def line_batches(texts: Iterable[str]) -> Iterator[Hashes]:
    """Yield the hashes of the lines that count, some thousand lines at a time."""
    for batch in batches(texts):
        yield _line_hashes(batch)


def _in_train(texts: Texts, hashers: Sequence[tuple[Hasher, Hasher]]) -> list[Hashes]:
    """Return, for each hasher of held-out texts and of train, the hashes that both give."""
    gathered = [Gathered() for _ in hashers]
    for _, batch in _batches(texts, HELD_OUT):
        for hashes, (of_held_out, _) in zip(gathered, hashers, strict=True):
            hashes.add(of_held_out(batch))
    sought = [Sought(hashes.distinct()) for hashes in gathered]
    if any(len(each.known) for each in sought):
        for _, batch in _batches(texts, ("train",)):
            for each, (_, of_train) in zip(sought, hashers, strict=True):
                if len(each.known):
                    each.look(of_train(batch))
    return [each.found for each in sought]


def _batches(texts: Texts, names: Sequence[str]) -> Iterator[tuple[str, Batch]]:
    return batches_by_name((name, text) for name, text in texts() if name in names)


def _all_lines(batch: Batch) -> list[str]:
    return [line for text in batch.texts for line in long_lines(text)]


def _line_hashes(batch: Batch) -> Hashes:
    return text_hashes(_all_lines(batch))


def _eojeol(batch: Batch) -> Hashes:
    hashes, within = batch.word_grams(EOJEOL)
    return hashes[within]


def _short(batch: Batch) -> Hashes:
    return span_hashes(batch, SHORT)


def _long(batch: Batch) -> Hashes:
    return span_hashes(batch, LONG)


def _add_lines(leak: Leak, batch: Batch, in_train: Hashes) -> None:
    lines = _all_lines(batch)
    leaked = contains(in_train, text_hashes(lines))
    sizes = np.array([len(line.encode()) for line in lines], np.int64)
    leak["lines"] += len(lines)
    leak["lines_in_train"] += int(leaked.sum())
    leak["bytes"] += int(sizes.sum())
    leak["bytes_in_train"] += int(sizes[leaked].sum())


def _nothing() -> Leak:
    return {
        "lines": 0,
        "lines_in_train": 0,
        "bytes": 0,
        "bytes_in_train": 0,
        "share": 0.0,
        "eojeol_8grams": 0,
        "eojeol_8grams_in_train": 0,
        "eojeol_8grams_share": 0.0,
        "characters": 0,
        "characters_in_spans_12": 0,
        "spans_12_share": 0.0,
        "characters_in_spans_40": 0,
        "spans_40_share": 0.0,
    }


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
