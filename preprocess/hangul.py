"""
Hangul syllables and their parts, as look-up tables made once from those of the `jamo` package.

A modern syllable is a leading consonant, a vowel and, for most, a trailing consonant: L V [T]
(The Unicode Standard, section 3.12, https://www.unicode.org/versions/latest/core-spec/chapter-3/).
The parts here are conjoining jamo (U+1100 …, "ᄒ"). Compatibility jamo (U+3131 …, "ㅎ") are what
people type by themselves, as in ㅋㅋ; they are letters of their own, never parts.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
from jamo import (
    JAMO_LEADS_MODERN,
    JAMO_TAILS_MODERN,
    JAMO_VOWELS_MODERN,
    j2hcj,
)

LEADING = tuple(JAMO_LEADS_MODERN)  # 19, "ᄀ" to "ᄒ"
VOWELS = tuple(JAMO_VOWELS_MODERN)  # 21, "ᅡ" to "ᅵ"
TRAILING = tuple(JAMO_TAILS_MODERN)  # 27, "ᆨ" to "ᇂ"
FIRST_SYLLABLE = 0xAC00  # 가
NUM_SYLLABLES = len(LEADING) * len(VOWELS) * (1 + len(TRAILING))  # 11,172, the last is 힣


def is_syllable(code_points: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
    """Say of each code point whether it is a modern Hangul syllable, 가 to 힣."""
    last = FIRST_SYLLABLE + NUM_SYLLABLES - 1
    return (code_points >= FIRST_SYLLABLE) & (code_points <= last)


@cache
def syllable_parts() -> npt.NDArray[np.int8]:
    """
    Return what each syllable, from U+AC00 on, is made of: (11172, 3) indices into the parts.

    The columns are leading consonant and vowel, counted from 0, and trailing consonant, counted
    from 1, where 0 stands for none.

        >>> [int(index) for index in syllable_parts()[ord("한") - FIRST_SYLLABLE]]
        [18, 0, 4]
        >>> import unicodedata
        >>> LEADING[18] + VOWELS[0] + TRAILING[4 - 1] == unicodedata.normalize("NFD", "한")
        True
    """
    sizes = (len(LEADING), len(VOWELS), 1 + len(TRAILING))
    parts = np.stack(np.unravel_index(np.arange(NUM_SYLLABLES), sizes), axis=1).astype(np.int8)
    parts.setflags(write=False)
    return parts


def syllables_among(symbols: Sequence[str]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int8]]:
    """
    Find the syllables among symbols: where they stand, (S,), and their parts, (S, 3), as above.

        >>> places, parts = syllables_among(["a", "한", "한글", "ㅎ"])
        >>> (places.tolist(), parts.tolist())
        ([1], [[18, 0, 4]])
    """
    code_points = np.array([ord(symbol) if len(symbol) == 1 else 0 for symbol in symbols])
    places = np.flatnonzero(is_syllable(code_points))
    return places, syllable_parts()[code_points[places] - FIRST_SYLLABLE]


@cache
def composed_syllables() -> npt.NDArray[np.uint32]:
    """
    Return the code point of each syllable by its parts: (19, 21, 28), the inverse of the above.

        >>> chr(composed_syllables()[18, 0, 4])
        '한'
    """
    composed = np.zeros((len(LEADING), len(VOWELS), 1 + len(TRAILING)), np.uint32)
    composed[tuple(syllable_parts().T)] = FIRST_SYLLABLE + np.arange(NUM_SYLLABLES)
    composed.setflags(write=False)
    return composed


def compatibility_jamo(part: str) -> str:
    """
    Return the letter that people write for a part that stands alone.

        >>> compatibility_jamo(LEADING[0]), compatibility_jamo(TRAILING[2])
        ('ㄱ', 'ㄳ')
    """
    return str(j2hcj(part))
