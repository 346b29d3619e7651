"""
Novelty: what of some texts stands in train, and how much they repeat themselves (docs/numbers.md).

No number says much alone: texts of a model are measured beside as much that people wrote.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from statistics import fmean, median
from typing import NamedTuple, TypedDict

from model.copies import BREAK, Copies, copies
from model.redundancy import compression_ratio, distinct, duplicates, loops
from preprocess.leaks import MIN_LINE_CHARACTERS

SHORT, MIDDLE, LONG = 12, 20, 40  # characters that a copy has at least
# Conjoining jamo, those of old Hangul and fillers too, and the syllables that they make up.
_LEADING, _VOWEL = "\u1100-\u115f\ua960-\ua97c", "\u1160-\u11a7\ud7b0-\ud7c6"
_TRAILING = "\u11a8-\u11ff\ud7cb-\ud7fb"
SYLLABLE_RE = re.compile(f"(?:[{_LEADING}]+[{_VOWEL}]+|[가-힣])[{_TRAILING}]*")
BROKEN_RE = re.compile(f"[{_LEADING}{_VOWEL}{_TRAILING}\ufffd]")


class Texts(NamedTuple):
    """
    Texts that are measured together, in NFC.

    Attributes:
        texts: any number.
        cut: they are windows; what their edges cut, a word and a line on each side, is left out
            where words and lines are counted.
    """

    texts: Sequence[str]
    cut: bool

    @property
    def lines(self) -> list[list[str]]:
        """The lines of each, stripped, without empty ones."""
        lines = [text.split("\n") for text in self.texts]
        whole = [some[1:-1] for some in lines] if self.cut else lines
        return [[line for line in map(str.strip, some) if line] for some in whole]

    @property
    def long_lines(self) -> list[list[str]]:
        """The lines of each that are long enough not to be shared by chance."""
        return [[line for line in some if len(line) >= MIN_LINE_CHARACTERS] for some in self.lines]

    @property
    def eojeol(self) -> list[list[str]]:
        """What stands between white space in each."""
        return [_whole_words(text) if self.cut else text.split() for text in self.texts]


class Novelty(TypedDict):
    """
    What texts are worth; the shares are 0..1, and None where there is nothing to share.

    Attributes:
        texts: how many.
        characters: of all texts, as are the other numbers.
        longest_copy: characters of the longest run that stands in train.
        copied_12, copied_20, copied_40: share of characters in runs of so many and more that do.
        lines: of `MIN_LINE_CHARACTERS` and more, stripped.
        lines_in_train, lines_in_train_share: those that are lines of train.
        duplicate_lines_share: those that stand in the same text before.
        loops: texts that loop; see model/redundancy.py, as for the next ones.
        compression_ratio: bytes for each byte that xz needs.
        distinct_1, distinct_2, distinct_3: different ones of the runs of so many eojeol.
        eojeol: what stands between white space.
        eojeol_in_train_share: those that are eojeol of train.
        broken_syllables: conjoining jamo that make up no syllable, and U+FFFD.
        line_length_mean, line_length_median: characters of the lines that are not empty.
    """

    texts: int
    characters: int
    longest_copy: int
    copied_12: float | None
    copied_20: float | None
    copied_40: float | None
    lines: int
    lines_in_train: int
    lines_in_train_share: float | None
    duplicate_lines_share: float | None
    loops: int
    compression_ratio: float | None
    distinct_1: float | None
    distinct_2: float | None
    distinct_3: float | None
    eojeol: int
    eojeol_in_train_share: float | None
    broken_syllables: int
    line_length_mean: float | None
    line_length_median: float | None


def novelties(
    groups: Sequence[Texts], train: Callable[[], Iterable[str]]
) -> list[tuple[Novelty, list[Copies]]]:
    """
    Measure each group of texts, and say what of each of its texts stands in train.

    Args:
        groups: small beside train, which is streamed past them.
        train: gives the text of train from its start, each time it is called, in pieces, with a
            line feed behind each document and `BREAK` where something is missing.
    """
    found = iter(copies([text for group in groups for text in group.texts], train))
    lines = _in_train(
        (line for group in groups for some in group.long_lines for line in some),
        (map(str.strip, piece.split("\n")) for piece in _unbroken(train)),
    )
    eojeol = _in_train(
        (word for group in groups for some in group.eojeol for word in some),
        (piece.split() for piece in _unbroken(train)),
    )
    measured = []
    for group in groups:
        own = [next(found) for _ in group.texts]
        measured.append((_novelty(group, own, lines, eojeol), own))
    return measured


def broken_syllables(text: str) -> int:
    r"""
    Count conjoining jamo that make up no syllable, modern or old, and U+FFFD, which was bytes.

    ㅋㅋ and ㅠㅠ, which people write, are other characters.

        >>> [broken_syllables(text) for text in ("한글 ㅋㅋ \u1112\u119e\u11ab", "\u1112글\ufffd")]
        [0, 2]
    """
    return len(BROKEN_RE.findall(SYLLABLE_RE.sub(" ", text)))


def _novelty(group: Texts, found: list[Copies], lines: set[str], eojeol: set[str]) -> Novelty:
    characters = sum(map(len, group.texts))
    copied = {
        least: _share(sum(each.of(least).characters() for each in found), characters)
        for least in (SHORT, MIDDLE, LONG)
    }
    long_lines = group.long_lines
    num_lines = sum(map(len, long_lines))
    known_lines = sum(line in lines for some in long_lines for line in some)
    words = group.eojeol
    num_words = sum(map(len, words))
    lengths = [len(line) for some in group.lines for line in some]
    return {
        "texts": len(group.texts),
        "characters": characters,
        "longest_copy": max((int(each.sizes.max(initial=0)) for each in found), default=0),
        "copied_12": copied[SHORT],
        "copied_20": copied[MIDDLE],
        "copied_40": copied[LONG],
        "lines": num_lines,
        "lines_in_train": known_lines,
        "lines_in_train_share": _share(known_lines, num_lines),
        "duplicate_lines_share": _share(duplicates(long_lines), num_lines),
        "loops": loops(group.texts),
        "compression_ratio": compression_ratio(group.texts),
        "distinct_1": distinct(words, 1),
        "distinct_2": distinct(words, 2),
        "distinct_3": distinct(words, 3),
        "eojeol": num_words,
        "eojeol_in_train_share": _share(
            sum(word in eojeol for some in words for word in some), num_words
        ),
        "broken_syllables": sum(map(broken_syllables, group.texts)),
        "line_length_mean": fmean(lengths) if lengths else None,
        "line_length_median": float(median(lengths)) if lengths else None,
    }


def _whole_words(text: str) -> list[str]:
    r"""
    Return the words that the edges of a window do not cut.

        >>> _whole_words("나 그대 사"), _whole_words(" 그대\n"), _whole_words("그대여")
        (['그대'], ['그대'], [])
    """
    first = 0 if text[:1].isspace() else 1
    words = text.split()
    return words[first : len(words) if text[-1:].isspace() else -1]


def _unbroken(train: Callable[[], Iterable[str]]) -> Iterable[str]:
    return (piece.replace(BREAK, "\n") for piece in train())


def _in_train(sought: Iterable[str], pieces: Iterable[Iterable[str]]) -> set[str]:
    """Return those that stand in any of the pieces, which are not begun if nothing is sought."""
    wanted, found = set(sought), set[str]()
    for piece in pieces if wanted else ():
        found |= wanted.intersection(piece)
    return found


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
