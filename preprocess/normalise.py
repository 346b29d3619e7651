r"""
One form for each text: control characters, line ends, characters of several widths, NFC.

What becomes of each character stands in `normalise.tsv` (read by `characters`), and why in
docs/normalisation.md. Rows with `kept_in` are left in an emoji sequence, or in a syllable of
conjoining jamo, that needs them.

Every step is `text -> (text, number of characters that it removed or replaced)`. In this order,
all of them on their result change nothing more. Not touched: compatibility jamo (ㅋㅋ, ㅠㅠ),
conjoining jamo of old Hangul. Never NFKC, which makes 큐 of ㅋ and ㅠ.
"""

import re
import unicodedata
from collections import Counter
from functools import cache

from preprocess.characters import any_row, characters_of, ranges, replacements, table
from preprocess.decoding.makeup import recompose
from preprocess.losses import Step

# What emoji sequences join: https://unicode.org/reports/tr51/#Emoji_ZWJ_Sequences. U+2329 and
# U+232A are left out: NFC makes brackets of them.
_EMOJI = "\u2190-\u21ff\u2300-\u2328\u232b-\u27bf\u2900-\u297f\u2b00-\u2bff\U0001f000-\U0001faff"
# Those that may be shown as text or emoji, outside these blocks: keycaps, ©, ®, ‼, ⁉, ™, ℹ, 〰 …
_OTHER_EMOJI = "#*0-9\u00a9\u00ae\u203c\u2049\u2122\u2139\u3030\u303d\u3297\u3299"
_TAGGED = f"[{_EMOJI}]\ufe0f?[\U000e0020-\U000e007e]+\U000e007f"  # 🏴 of a part of a country
# Conjoining jamo: leading consonants, vowels, trailing consonants, old ones too; no fillers.
_LEADING, _VOWEL = "\u1100-\u115e\ua960-\ua97c", "\u1161-\u11a7\ud7b0-\ud7c6"
_TRAILING = "\u11a8-\u11ff\ud7cb-\ud7fb"
FILLER_RE = re.compile(
    "[\u3164\uffa0]"
    f"|\u115f(?![{_VOWEL}]|\u1160[{_TRAILING}])"
    f"|(?<![{_LEADING}\u115f])\u1160|(?<=\u115f)\u1160(?![{_TRAILING}])"
)
HANYANG_RE = re.compile("[\ue0bc-\uf8f7]")  # Hanyang's private use code for old Hangul
REPLACEMENT_RE = re.compile("\ufffd")


def table_steps(characters: str) -> list[tuple[str, Step]]:
    """
    Return what the table says, by the reason it is counted under, in order.

    Args:
        characters: plain (all of it) | keep (control characters and line ends only).
    """
    steps: list[tuple[str, Step]] = [("controls", controls), ("line_ends", line_ends)]
    if characters == "plain":
        steps += [
            ("fullwidth", fullwidth),
            ("spaces", spaces),
            ("halfwidth_jamo", halfwidth_jamo),
            ("invisible", invisible),
            ("fillers", fillers),
        ]
    return steps


def is_plain(text: str) -> bool:
    """
    Say whether a text has no character of the table: one look instead of seven, for most texts.

        >>> is_plain("사랑, ㅋㅋ"), is_plain("사랑，")
        (True, False)
    """
    return any_row().search(text) is None


def controls(text: str) -> tuple[str, int]:
    r"""
    Remove control characters but tab and line ends.

        >>> controls("가\x00\t나\x1b[0m\n")
        ('가\t나[0m\n', 2)
    """
    return characters_of("controls").subn("", text)


def line_ends(text: str) -> tuple[str, int]:
    r"""
    Make every line end a line feed: CR LF, CR, VT, FF, NEL, LINE and PARAGRAPH SEPARATOR.

        >>> line_ends("가\r\n나\r다\u2028라")
        ('가\n나\n다\n라', 3)
    """
    if not characters_of("line_ends").search(text):
        return text, 0
    return re.subn(f"\r\n|{characters_of('line_ends').pattern}", "\n", text)


def fullwidth(text: str) -> tuple[str, int]:
    """
    Make full-width letters, digits and signs ordinary ones.

    For Korean, where they come from old terminals. Chinese and Japanese write ，and ！ by
    themselves: such a corpus wants `characters: keep`.

        >>> fullwidth("ＯＫ！ ￦１００")
        ('OK! ₩100', 7)
    """
    return _replaced(text, "fullwidth")


def spaces(text: str) -> tuple[str, int]:
    r"""
    Make all spaces of a width of their own, and those that don't break, ordinary ones.

        >>> spaces("\u3000첫 줄\u00a0끝")
        (' 첫 줄 끝', 2)
    """
    return characters_of("spaces").subn(" ", text)


def halfwidth_jamo(text: str) -> tuple[str, int]:
    """
    Make half-width jamo the compatibility jamo that people type, not the conjoining of NFKC.

        >>> halfwidth_jamo("ﾡￂ")
        ('ㄱㅏ', 2)
    """
    return _replaced(text, "halfwidth_jamo")


def invisible(text: str) -> tuple[str, int]:
    r"""
    Remove zero-width characters, soft hyphens and marks of direction, but what emoji are made of.

    The Persian and Indic scripts write with U+200C and U+200D; Korean, Chinese and English don't,
    and there they come from web pages and split words that look whole.

        >>> invisible("\ufeff사\u200b랑") == ("사랑", 2)
        True
        >>> invisible("👨\u200d👩\u200d👧 가\u200d나") == ("👨\u200d👩\u200d👧 가나", 1)
        True
    """
    if not characters_of("invisible").search(text):
        return text, 0
    shorter = _invisible_re().sub(r"\1", text)
    return shorter, len(text) - len(shorter)


def fillers(text: str) -> tuple[str, int]:
    r"""
    Remove Hangul fillers, which look like nothing or a space, but those that hold a jamo's place.

    U+115F stays before a vowel, U+1160 after a leading consonant: they say that a syllable of
    conjoining jamo lacks the other. Both stay before a trailing consonant. U+3164 before a leading
    consonant, vowel and trailing consonant spells a syllable, which is what they become: files that
    another program made of EUC-KR have such.

        >>> fillers("가\u3164나"), fillers("\u3164ㅂㅞㄺ")
        (('가나', 1), ('뷁', 3))
        >>> fillers("\u115f\u119e \u1160") == ("\u115f\u119e ", 1)
        True
    """
    if not characters_of("fillers").search(text):
        return text, 0
    shorter = FILLER_RE.sub("", recompose(text))
    return shorter, len(text) - len(shorter)


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


def without_hanyang_pua(text: str) -> tuple[str, int]:
    r"""
    Remove what in Hanyang's private use code would be syllables of old Hangul.

        >>> without_hanyang_pua("나랏\ue1a2말")
        ('나랏말', 1)
    """
    return HANYANG_RE.subn("", text)


def _replaced(text: str, reason: str) -> tuple[str, int]:
    becomes = replacements(reason)
    return characters_of(reason).subn(lambda found: becomes[found[0]], text)


@cache
def _invisible_re() -> re.Pattern[str]:
    """Return the pattern of what is removed; its group is what is kept, a tagged emoji."""
    invisible = [row for row in table() if row.reason == "invisible"]
    always = ranges(row for row in invisible if not row.kept_in)
    return re.compile(
        f"({_TAGGED})"
        f"|[{always}\U000e0020-\U000e007f]"
        f"|(?<![{_EMOJI}])(?<![{_EMOJI}]\ufe0f)\u200d|\u200d(?![{_EMOJI}])"
        f"|(?<![{_EMOJI}{_OTHER_EMOJI}])[\ufe0e\ufe0f]"
    )
