r"""
One form for each text: line ends, control characters, invisible characters, NFC.

Every function is `text -> (text, number of characters that it removed or replaced)`. Not touched:
compatibility jamo (ㅋㅋ, ㅠㅠ), conjoining jamo of old Hangul, full-width letters, U+3000, and the
joiners and variation selectors inside emoji. Never NFKC, which makes 큐 of ㅋ and ㅠ.
"""

import re
import unicodedata
from collections import Counter

LINE_END_RE = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
CONTROL_RE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")  # C0 and C1 but \t and line ends
# What emoji sequences join: https://unicode.org/reports/tr51/#Emoji_ZWJ_Sequences. U+2329 and
# U+232A are left out: NFC makes brackets of them.
_EMOJI = "\u2190-\u21ff\u2300-\u2328\u232b-\u27bf\u2900-\u297f\u2b00-\u2bff\U0001f000-\U0001faff"
# Soft hyphen, zero-width space and non-joiner, word joiner, byte order mark, marks of direction;
# and the zero-width joiner where it joins no emoji (U+FE0F: emoji presentation).
INVISIBLE_RE = re.compile(
    "[\u00ad\u061c\u200b\u200c\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
    f"|(?<![{_EMOJI}\ufe0f])\u200d|\u200d(?![{_EMOJI}])"
)


def line_ends(text: str) -> tuple[str, int]:
    r"""
    Make every line end a line feed: CR LF, CR, VT, FF, NEL, LINE and PARAGRAPH SEPARATOR.

        >>> line_ends("가\r\n나\r다\u2028라")
        ('가\n나\n다\n라', 3)
    """
    return LINE_END_RE.subn("\n", text)


def controls(text: str) -> tuple[str, int]:
    r"""
    Remove control characters but tab and line ends.

        >>> controls("가\x00\t나\x1b[0m\n")
        ('가\t나[0m\n', 2)
    """
    return CONTROL_RE.subn("", text)


def invisible(text: str) -> tuple[str, int]:
    r"""
    Remove zero-width characters, soft hyphens and marks of direction, but joiners of emoji.

    The Persian and Indic scripts write with U+200C and U+200D; Korean, Chinese and English don't,
    and there they come from web pages and split words that look whole.

        >>> invisible("\ufeff사\u200b랑") == ("사랑", 2)
        True
        >>> invisible("👨\u200d👩\u200d👧 가\u200d나") == ("👨\u200d👩\u200d👧 가나", 1)
        True
    """
    return INVISIBLE_RE.subn("", text)


def nfc(text: str) -> tuple[str, int]:
    """
    Compose to NFC; what is counted are the characters of the source that are no more.

    NFC replaces compatibility hanja by the unified ones (U+F914 by U+6A02), which cannot be undone.

        >>> nfc("\u1112\u1161\u11ab글") == ("한글", 3)
        True
    """
    if unicodedata.is_normalized("NFC", text):
        return text, 0
    composed = unicodedata.normalize("NFC", text)
    return composed, max(1, (Counter(text) - Counter(composed)).total())
