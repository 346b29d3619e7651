"""Syllables that EUC-KR spells in eight bytes, for want of a code of their own."""

import re

from preprocess import hangul

FILLER = "\u3164"
LEADING, VOWELS, _trailing = (
    "".join(map(hangul.compatibility_jamo, parts))
    for parts in (hangul.LEADING, hangul.VOWELS, hangul.TRAILING)
)
TRAILING = FILLER + _trailing
MAKE_UP_RE = re.compile(f"{FILLER}([{LEADING}])([{VOWELS}])([{TRAILING}])")
LENGTH = 4  # characters of a sequence


class MakeUp:
    """
    Recomposes make-up sequences in a text that comes in pieces (KS X 1001, annex 3).

    A sequence is a filler, a leading consonant, a vowel, and a trailing consonant or another
    filler. CP949 has codes for all syllables and decodes it into those four letters.

    >>> MakeUp().feed(bytes.fromhex("a4d4a4b2a4cea4aa").decode("cp949") + ".")
    '뷁.'
    """

    def __init__(self) -> None:
        self.recomposed = 0
        self._held = ""

    def feed(self, piece: str) -> str:
        """Return what is settled of the text so far: all but the beginning of a sequence."""
        if FILLER not in piece and not self._held:
            return piece
        text, end = self._held + piece, 0
        settled = []
        for match in MAKE_UP_RE.finditer(text):
            settled += [text[end : match.start()], _syllable(match)]
            end = match.end()
            self.recomposed += 1
        cut = text.find(FILLER, max(end, len(text) - LENGTH + 1))
        cut = len(text) if cut < 0 else cut
        self._held = text[cut:]
        return "".join([*settled, text[end:cut]])

    def flush(self) -> str:
        """Return what was held back: a beginning that has no end."""
        held, self._held = self._held, ""
        return held


def recompose(text: str) -> str:
    """
    Recompose a whole text.

    >>> recompose("ㅤㅂㅞㄺ ㅤㅅㅏㅤ ㅤ")
    '뷁 사 ㅤ'
    """
    return MAKE_UP_RE.sub(_syllable, text)


def _syllable(match: re.Match[str]) -> str:
    leading, vowel, trailing = match.groups()
    index = LEADING.index(leading) * len(VOWELS) + VOWELS.index(vowel)
    return chr(hangul.FIRST_SYLLABLE + index * len(TRAILING) + TRAILING.index(trailing))
