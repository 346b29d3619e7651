"""
Scripts: how many characters of a text are Hangul, hanja, kana, Latin, other letters, or no letters.

A coarse cut, for counting and for warnings; by code point only, so hanja are any Han characters,
Korean or not.
"""

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

from preprocess.units import NUM_CODE_POINTS, code_points_of

SCRIPTS = ("hangul", "hanja", "kana", "latin", "other_letters", "others")

# First and last code point of the blocks of a script; what is no letter in them counts as others.
_BLOCKS = {
    "hangul": [
        (0x1100, 0x11FF),  # conjoining jamo
        (0x3131, 0x318E),  # compatibility jamo
        (0xA960, 0xA97F),  # old leading consonants
        (0xAC00, 0xD7A3),  # syllables
        (0xD7B0, 0xD7FF),  # old vowels and trailing consonants
        (0xFFA0, 0xFFDC),  # half-width jamo
    ],
    "hanja": [
        (0x3005, 0x3007),  # 々 〆 〇
        (0x3400, 0x4DBF),
        (0x4E00, 0x9FFF),
        (0xF900, 0xFAFF),  # compatibility hanja
        (0x20000, 0x323AF),
    ],
    "kana": [
        (0x3041, 0x30FF),
        (0x31F0, 0x31FF),
        (0xFF66, 0xFF9F),  # half-width
        (0x1AFF0, 0x1B16F),
    ],
}
_BLOCK = 1 << 18  # characters looked up at once, so that memory doesn't grow with the text
_FILLERS = [0x115F, 0x1160, 0x3164, 0xFFA0]  # letters to Unicode, and nothing to a reader
_IDEOGRAPHIC_ZERO = 0x3007  # a number to Unicode, and 二〇〇二 to a reader

_EXPECTED = {"ko": "hangul", "zh": "hanja", "ja": "kana", "en": "latin"}


def count_scripts(text: str) -> dict[str, int]:
    """
    Count the characters of each of `SCRIPTS`.

    `hangul` is syllables and every kind of jamo; `others` is digits, marks, spaces, punctuation,
    emoji and what has no meaning of its own, such as private use.

        >>> count_scripts("서울(Seoul)은 ㅋㅋ 首都, ソウル Я 1")
        {'hangul': 5, 'hanja': 2, 'kana': 3, 'latin': 5, 'other_letters': 1, 'others': 9}

    Raises:
        ValueError: the text has a lone surrogate.
    """
    counts = np.zeros(len(SCRIPTS), np.int64)
    for start in range(0, len(text), _BLOCK):
        code_points = code_points_of(text[start : start + _BLOCK])
        counts += np.bincount(_script_table()[code_points], minlength=len(SCRIPTS))
    return dict(zip(SCRIPTS, counts.tolist(), strict=True))


def expected_script(language: str) -> str | None:
    """
    Return the script that text of a language is mostly in; None where that isn't known here.

    A region (`zh-TW`) makes no difference.

        >>> expected_script("ko"), expected_script("zh-TW"), expected_script("c")
        ('hangul', 'hanja', None)
    """
    return _EXPECTED.get(language.partition("-")[0].lower())


@cache
def _script_table() -> npt.NDArray[np.uint8]:
    """Return the index in `SCRIPTS` of each code point: (0x110000,)."""
    table = np.full(NUM_CODE_POINTS, SCRIPTS.index("others"), np.uint8)
    for code_point in range(NUM_CODE_POINTS):
        character = chr(code_point)
        if unicodedata.category(character)[0] == "L":
            latin = "LATIN " in unicodedata.name(character, "")
            table[code_point] = SCRIPTS.index("latin" if latin else "other_letters")
    table[_IDEOGRAPHIC_ZERO] = SCRIPTS.index("hanja")
    for script, blocks in _BLOCKS.items():
        for first, last in blocks:
            block = table[first : last + 1]
            block[block != SCRIPTS.index("others")] = SCRIPTS.index(script)
    table[_FILLERS] = SCRIPTS.index("others")
    table.setflags(write=False)
    return table
