"""What a corpus is made of, in numbers that a person wants to see; one pass in bounded memory."""  # noqa: A005 (only ever imported from preprocess)

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from preprocess.eojeol import COLUMNS, EojeolCounts
from preprocess.hangul import is_syllable
from preprocess.portions import portions_by_name
from preprocess.progress import progress
from preprocess.scripts import SCRIPTS, count_scripts
from preprocess.stretches import Stretch, all_stretches
from preprocess.units import NUM_CODE_POINTS, code_points_of

BATCH = 1 << 21  # characters counted at a time
TOP = 20
RANKS = [step * 10**power // 10 for power in range(10) for step in (10, 15, 20, 30, 50, 70)]
LENGTHS = [digit * 10**power for power in range(13) for digit in (1, 2, 5)]

Counts = npt.NDArray[np.int64]


def statistics(clean: Sequence[Path], split: Path) -> dict[str, Any]:
    """
    Count what the clean text of a corpus is made of, all splits together.

    A document that was cut in pieces counts once. Eojeol are what white space parts; one that a
    border between stretches goes through counts as two. White space is left out of the top
    characters and of their ranks.

    Args:
        clean: the parts of the clean text, in order.
        split: its Parquet file of stretches.

    Returns:
        `documents`, `characters` and `bytes` (no document ends among them), `eojeol`,
        `distinct_characters`, `distinct_syllables`, `distinct_eojeol`; `scripts`: characters by
        script; `lengths`: [at most so many characters, documents], each without those of the row
        before; `top_characters`, `top_eojeol`: [which, count]; `zipf`: [rank, count] of
        `characters` and of `eojeol`; `out_of_vocabulary`: what test has and train has not, of
        both; `approximate`: rare eojeol were too many to hold, so that the counts of eojeol may be
        too small by `undercount`, there are more different ones than told, and of test's fewer may
        be out of vocabulary.

    Raises:
        ValueError: the split was not made of this clean text.
    """
    characters = {column: np.zeros(NUM_CODE_POINTS, np.int64) for column in COLUMNS}
    eojeol = EojeolCounts()
    lengths: Counter[int] = Counter()
    rows = progress(all_stretches(clean, split), what="split: statistics", unit=" stretches")
    for column, texts in portions_by_name(_measured(rows, lengths), _joined_size, BATCH):
        text = "".join(texts)
        counts = np.bincount(code_points_of(text))
        characters[column][: len(counts)] += counts
        eojeol.add(column, "\n".join(texts))
    words, by_word = eojeol.counted()
    of_words: Counts = np.sum(list(by_word.values()), axis=0)
    of_characters: Counts = np.sum(list(characters.values()), axis=0)
    inked = _without_space(of_characters)
    return {
        "documents": lengths.total(),
        **_sizes(of_characters),
        "eojeol": sum(eojeol.tokens.values()),
        "distinct_eojeol": len(words),
        "scripts": _scripts(of_characters),
        "lengths": _histogram(lengths),
        "top_characters": [[chr(place), count] for place, count in _top(inked)],
        "top_eojeol": [[words[place].as_py(), count] for place, count in _top(of_words)],
        "zipf": {"characters": _zipf(inked), "eojeol": _zipf(of_words)},
        "out_of_vocabulary": {
            "characters": _unseen(characters["train"], characters["test"]),
            "eojeol": _unseen(by_word["train"], by_word["test"]),
        },
        "approximate": eojeol.undercount > 0,
        "undercount": eojeol.undercount,
    }


def _measured(
    stretches: Iterable[tuple[Stretch, str, bool, bool]], lengths: Counter[int]
) -> Iterator[tuple[str, str]]:
    """Yield (column, text) of the stretches; count their documents by the bound of the length."""
    length = 0
    for stretch, text, ends, _ in stretches:
        length += len(text)
        if ends:
            lengths[LENGTHS[bisect_left(LENGTHS, length)]] += 1
            length = 0
        yield stretch.split if stretch.split in COLUMNS else "others", text


def _joined_size(text: str) -> int:
    return len(text) + 1  # the line feed that parts it from the next


def _histogram(lengths: Counter[int]) -> list[list[int]]:
    """Return [bound, documents] from the shortest to the longest, empty ones between them too."""
    bounds = [bound for bound in LENGTHS if min(lengths, default=1) <= bound]
    return [[bound, lengths[bound]] for bound in bounds if bound <= max(lengths, default=0)]


def _sizes(counts: Counts) -> dict[str, int]:
    """Return what the counts of all code points add up to: (0x110000,)."""
    seen = np.flatnonzero(counts)
    widths = 1 + (seen >= 0x80) + (seen >= 0x800) + (seen >= 0x10000)  # bytes of UTF-8
    return {
        "characters": int(counts.sum()),
        "bytes": int((counts[seen] * widths).sum()),
        "distinct_characters": len(seen),
        "distinct_syllables": int(is_syllable(seen).sum()),
    }


def _scripts(counts: Counts) -> dict[str, int]:
    """Return the characters of each script; each different one is looked up once."""
    scripts = dict.fromkeys(SCRIPTS, 0)
    for place in np.flatnonzero(counts).tolist():
        for script, found in count_scripts(chr(place)).items():
            scripts[script] += found * int(counts[place])
    return scripts


def _without_space(counts: Counts) -> Counts:
    """Return the counts of all code points, those of white space 0: (0x110000,)."""
    inked = counts.copy()
    inked[[place for place in np.flatnonzero(counts).tolist() if chr(place).isspace()]] = 0
    return inked


def _top(counts: Counts) -> list[tuple[int, int]]:
    """Return (place, count) of the highest counts, the highest first, equal ones in order."""
    places = np.argsort(-counts, kind="stable")[:TOP].tolist()
    return [(place, int(counts[place])) for place in places if counts[place]]


def _zipf(counts: Counts) -> list[list[int]]:
    """Return [rank, count] for six ranks of each power of ten, and for the last: 60 at most."""
    falling = np.sort(counts[counts > 0])[::-1]
    ranks = {rank for rank in [*RANKS, len(falling)] if 0 < rank <= len(falling)}
    return [[rank, int(falling[rank - 1])] for rank in sorted(ranks)]


def _unseen(train: Counts, test: Counts) -> dict[str, Any]:
    """Return how much of test has no count in train; `share` is of its tokens, 0..1."""
    unseen = test[train == 0]
    tokens, unseen_tokens = int(test.sum()), int(unseen.sum())
    return {
        "types": int((test > 0).sum()),
        "unseen_types": int((unseen > 0).sum()),
        "tokens": tokens,
        "unseen_tokens": unseen_tokens,
        "share": unseen_tokens / tokens if tokens else 0.0,
    }
