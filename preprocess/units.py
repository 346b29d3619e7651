"""
Units: what a text is cut into. Each is lossless, so losses per byte compare across units.

Every vocabulary begins with the end token and the 256 bytes, then the parts of the unit's base
(jamo has 67, the others none), then entries. Base units spell a text character by character:

    syllable   a character is one token
    jamo       a Hangul syllable is its leading consonant, vowel and, if any, trailing consonant
    byte       a character is the bytes of its UTF-8

A base unit says which characters may have an id and how the others are spelt; what it leaves alone
is spelt in the bytes of its UTF-8. Two more units have pieces, each of which stands for several
tokens of a base unit; what no piece covers is spelt as there:

    word       a run of white space, or of what stands between it (an eojeol), is one token
    subword    an eojeol is cut into pieces that were learnt, of syllables or of jamo

Notation: U = 0x110000 code points, N characters, T tokens. A spelling table (`spelling`) is (U, 4):
the ids that spell each code point, in order, filled up with END, which spells no character.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from preprocess import hangul

END = 0
FIRST_BYTE = 1
FIRST_PART = FIRST_BYTE + 256
NUM_CODE_POINTS = 0x110000
MAX_SPELLING = 4  # tokens a character: the longest UTF-8
METHODS = ("unigram", "bpe")

CodePoints = npt.NDArray[np.uint32]
Ids = npt.NDArray[np.integer]
Flags = npt.NDArray[np.bool_]


class Unit:
    """
    What a vocabulary is made by.

    Attributes:
        kind: its name in config.yaml.
        options: names of its settings.
        pieces: kind of its entries of several characters; None where each is one character.
        min_count: a symbol seen less often in train has no id. At 1 the byte tokens would never
            be trained, and the first new character of a test text would cost 15 to 25 bits; at 2
            the rarest characters train them.
        max_size: tokens a vocabulary may have, the most frequent symbols first; None for all.
        coverage: share of what is counted in train that the symbols with an id make up, as few of
            them as do (the words of unit word, the characters of all others); None for all.
    """

    kind: ClassVar[str]
    options: ClassVar[tuple[str, ...]] = ("min_count", "max_size", "coverage")
    pieces: ClassVar[str | None] = None

    def __init__(
        self, min_count: int = 2, max_size: int | None = None, coverage: float | None = None
    ) -> None:
        least = FIRST_PART + len(self.base.parts)
        if min_count < 1:
            raise ValueError(f"unit {self.kind}: min_count is {min_count}; it must be 1 or more")
        if max_size is not None and max_size < least:
            raise ValueError(
                f"unit {self.kind}: max_size is {max_size}; it must be {least} or more, for the "
                "end, the bytes and the jamo, or null for no limit"
            )
        if coverage is not None and not 0 < coverage <= 1:
            raise ValueError(
                f"unit {self.kind}: coverage is {coverage}; it must be above 0 and at most 1, such "
                "as 0.9995, or null for no limit"
            )
        self.min_count = min_count
        self.max_size = max_size
        self.coverage = coverage

    @property
    def base(self) -> "BaseUnit":
        """Return the unit that spells what has no piece; a base unit returns itself."""
        raise NotImplementedError

    @property
    def settings(self) -> dict[str, Any]:
        """Return what `make_unit` makes this unit from."""
        return {"kind": self.kind} | {name: getattr(self, name) for name in self.options}


class BaseUnit(Unit):
    """
    A unit that spells a text character by character; here, every one may have an id of its own.

    Attributes:
        parts: (kind, symbol) of the tokens that every vocabulary of the unit has after the bytes.
    """

    parts: ClassVar[tuple[tuple[str, str], ...]] = ()

    @property
    def base(self) -> "BaseUnit":
        """Return itself."""
        return self

    def may_have_id(self, code_points: CodePoints) -> Flags:
        """Say of each character whether it may have an id of its own: (N,)."""
        return np.ones(code_points.shape, np.bool_)

    def spell(self, table: npt.NDArray[np.integer]) -> None:
        """Write the spellings by parts, if any, into a spelling table."""

    def alone(self, part: str) -> str:
        """Return the letter that stands for a part without its neighbours."""
        return part

    def join(self, tokens: Ids, code_points: CodePoints) -> CodePoints:
        """
        Put parts together again.

        Args:
            tokens: (T,) ids.
            code_points: (T,) what each token would be if it stood alone.

        Returns:
            What was joined and what was not, in order: at most T code points.
        """
        return code_points


class Syllable(BaseUnit):
    """One token a character: a Hangul syllable, a hanja, a letter."""

    kind = "syllable"


class Byte(BaseUnit):
    """UTF-8 bytes and nothing else, so there is nothing to set."""

    kind = "byte"
    options = ()

    def __init__(self) -> None:
        super().__init__()

    def may_have_id(self, code_points: CodePoints) -> Flags:
        """Refuse all."""
        return np.zeros(code_points.shape, np.bool_)


class Jamo(BaseUnit):
    """
    Hangul syllables as L V [T]; every other character as in `Syllable`.

    Jamo that stand in the text by themselves, compatibility or conjoining, are characters and
    have ids of their own: the parts only ever come from syllables, so decoding is unambiguous.
    """

    kind = "jamo"
    parts = (
        *(("leading", symbol) for symbol in hangul.LEADING),
        *(("vowel", symbol) for symbol in hangul.VOWELS),
        *(("trailing", symbol) for symbol in hangul.TRAILING),
    )
    first_leading = FIRST_PART
    first_vowel = first_leading + len(hangul.LEADING)
    first_trailing = first_vowel + len(hangul.VOWELS)

    def may_have_id(self, code_points: CodePoints) -> Flags:
        """Refuse Hangul syllables."""
        return ~hangul.is_syllable(code_points)

    def spell(self, table: npt.NDArray[np.integer]) -> None:
        """Write the three parts of each syllable; END where there is no trailing consonant."""
        leading, vowel, trailing = hangul.syllable_parts().T
        rows = table[hangul.FIRST_SYLLABLE : hangul.FIRST_SYLLABLE + hangul.NUM_SYLLABLES]
        rows[:] = END
        rows[:, 0] = self.first_leading + leading.astype(table.dtype)
        rows[:, 1] = self.first_vowel + vowel.astype(table.dtype)
        rows[:, 2] = np.where(trailing > 0, self.first_trailing + trailing.astype(int) - 1, END)

    def alone(self, part: str) -> str:
        """Return the compatibility jamo, which is what people type."""
        return hangul.compatibility_jamo(part)

    def join(self, tokens: Ids, code_points: CodePoints) -> CodePoints:
        """Compose each L V [T]; a part without its neighbours stays the letter it is alone."""
        leading = _is_part(tokens, self.first_leading, len(hangul.LEADING))
        vowel = _is_part(tokens, self.first_vowel, len(hangul.VOWELS))
        trailing = _is_part(tokens, self.first_trailing, len(hangul.TRAILING))
        starts = np.flatnonzero(leading[:-1] & vowel[1:])
        is_closed = np.append(trailing, False)[starts + 2]
        third = np.where(is_closed, np.append(tokens, END)[starts + 2] - self.first_trailing + 1, 0)
        joined = code_points.copy()
        joined[starts] = hangul.composed_syllables()[
            tokens[starts] - self.first_leading, tokens[starts + 1] - self.first_vowel, third
        ]
        keep = np.ones(len(tokens), np.bool_)
        keep[starts + 1] = False
        keep[starts[is_closed] + 2] = False
        return joined[keep]


def _is_part(tokens: Ids, first: int, size: int) -> Flags:
    """Say of each token whether it is one of the `size` parts from `first` on: (T,)."""
    return (tokens >= first) & (tokens < first + size)


class Word(Unit):
    """Runs of white space and the eojeol between them; rare ones are spelt by their characters."""

    kind = "word"
    pieces = "word"

    @property
    def base(self) -> BaseUnit:
        """Return the syllable."""
        return OVER["syllable"]


class Subword(Unit):
    """
    Pieces of eojeol, learnt from their counts.

    Attributes:
        method: how they are learnt: unigram (https://arxiv.org/abs/1804.10959) or bpe
            (https://arxiv.org/abs/1508.07909).
        over: the base unit whose tokens they are made of: syllable or jamo.
    """

    kind = "subword"
    options = (*Unit.options, "method", "over")
    pieces = "piece"

    def __init__(
        self,
        min_count: int = 2,
        max_size: int | None = None,
        coverage: float | None = None,
        method: str = "unigram",
        over: str = "syllable",
    ) -> None:
        if method not in METHODS:
            raise ValueError(f"unit subword: method is {method!r}; it must be {_either(METHODS)}")
        if over not in OVER:
            raise ValueError(f"unit subword: over is {over!r}; it must be {_either(OVER)}")
        if max_size is None:
            raise ValueError(
                "unit subword: max_size is null; pieces are learnt up to a size: set one, such as "
                "8000"
            )
        self.method = method
        self.over = over
        super().__init__(min_count, max_size, coverage)

    @property
    def base(self) -> BaseUnit:
        """Return what the pieces are made of."""
        return OVER[self.over]


OVER: dict[str, BaseUnit] = {unit.kind: unit for unit in (Syllable(), Jamo())}
UNITS: dict[str, type[Unit]] = {unit.kind: unit for unit in (Syllable, Jamo, Byte, Word, Subword)}


def unit_class(kind: object) -> type[Unit]:
    """
    Return the class of a kind of unit.

    Raises:
        ValueError: there is no such kind.
    """
    if not isinstance(kind, str) or kind not in UNITS:
        raise ValueError(f"unit kind is {kind!r}; it must be one of {', '.join(UNITS)}")
    return UNITS[kind]


def make_unit(settings: Mapping[str, Any]) -> Unit:
    """
    Make the unit that `units.NAME` of config.yaml describes.

        >>> make_unit({"kind": "jamo", "min_count": 3}).settings
        {'kind': 'jamo', 'min_count': 3, 'max_size': None, 'coverage': None}

    Raises:
        ValueError: a kind that there is not, an unknown key, or an impossible value.
    """
    options = dict(settings)
    unit = unit_class(options.pop("kind", None))
    unknown = sorted(options.keys() - set(unit.options))
    if unknown:
        raise ValueError(
            f"unit {unit.kind}: unknown key {unknown[0]!r}; there are "
            f"{', '.join(('kind', *unit.options))}"
        )
    return unit(**options)


def _either(names: Iterable[str]) -> str:
    return " or ".join(names)


def code_points_of(text: str) -> CodePoints:
    """
    Return the code points of a text: (N,).

    Raises:
        ValueError: there is a surrogate, which is no character and has no UTF-8.
    """
    try:
        return np.frombuffer(text.encode("utf-32-le"), np.dtype("<u4"))
    except UnicodeEncodeError as error:
        raise ValueError(
            f"the text has the lone surrogate U+{ord(text[error.start]):04X} at index "
            f"{error.start}; it is no character: replace it, or decode the text anew"
        ) from error
