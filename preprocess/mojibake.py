"""
Mojibake: Korean that was read as Western European text, found line by line and read anew.

Two kinds, both with Latin-1 or Windows-1252 (the WHATWG's, whose gaps are C1 controls) as the
wrong encoding:

    UTF-8   사랑 -> ì‚¬ëž‘     three characters a syllable: ê to í and two that are no letters
    CP949   사랑 -> »ç¶û       two characters a syllable: ° to È, then ¡ to þ

Ordinary text of Western Europe (café, Ångström, «¿Él?») has its accents one by one among ASCII
letters. A line is taken for mojibake where two syllables or more stand side by side: for UTF-8 that
is enough; for CP949, which pairs of capitals such as ÀÉÈÙ would pass, at least one of the
characters must be a sign (¡ to ¿) and one a letter, and most of the run be Hangul once decoded.

What it cannot tell: text that lost characters on the way (U+00A0 made a space, C1 controls or
U+FFFD), but for the syllables that are whole; UTF-8 that was read as CP949; a table of Latin-1
itself (°±²³´µ¶·¸¹º»¼½¾¿ÀÁÂ), which is taken for CP949. All patterns take linear time.
"""

import re

PASSES = 3
# Where Windows-1252 has a character of its own for a byte of 0x80 to 0x9F.
_WINDOWS_1252 = {
    bytes([byte]).decode("cp1252"): byte
    for byte in range(0x80, 0xA0)
    if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
_BYTES = str.maketrans({character: chr(byte) for character, byte in _WINDOWS_1252.items()})
_SPECIAL = "".join(_WINDOWS_1252)

# Any mojibake has four of these in a row; hardly any other text has.
_HINT_RE = re.compile(f"[\xb0-\xed][\x80-\xff{_SPECIAL}]{{3}}")

_NEXT = f"[\x80-\xbf{_SPECIAL}]"  # a continuation byte of UTF-8
_SYLLABLES_RE = re.compile(f"(?:[\xe3-\xed]{_NEXT}{_NEXT}){{2,1000}}")
_SEQUENCE = f"(?:[\xc2-\xdf]{_NEXT}|[\xe0-\xef]{_NEXT}{{2}}|[\xf0-\xf4]{_NEXT}{{3}})"
_SEQUENCE_RE, _SEQUENCES_RE = re.compile(_SEQUENCE), re.compile(f"{_SEQUENCE}{{1,1000}}")

_PAIR = "[\xa1-\xfd][\xa1-\xfe]"
_PAIR_RE, _PAIRS_RE = re.compile(_PAIR), re.compile(f"(?:{_PAIR}){{2,1000}}")
_SIGN_RE, _LETTER_RE = re.compile("[\xa1-\xbf]"), re.compile("[\xc0-\xfe]")
# A trailing byte of CP949 may be an ASCII letter, so whole words are decoded.
_WORD_RE = re.compile(f"[\x21-\x7e\x80-\xff{_SPECIAL}]+")

_HANGUL_RE = re.compile("[가-힣ㄱ-ㆎ]")


def repair(text: str) -> tuple[str, int]:
    """
    Decode mojibake anew, and count its characters.

        >>> repair("ì‚¬ëž‘ is love, »ç¶û is a café")
        ('사랑 is love, 사랑 is a café', 10)
        >>> repair("ÇÑ±Û")
        ('한글', 4)
        >>> repair("«¿Él?» ÀÉÈÙ, Ångström")
        ('«¿Él?» ÀÉÈÙ, Ångström', 0)
    """
    if text.isascii() or not _HINT_RE.search(text):
        return text, 0
    lines = [_repaired(line) for line in text.split("\n")]
    return "\n".join(line for line, _ in lines), sum(count for _, count in lines)


def _repaired(line: str) -> tuple[str, int]:
    """Repair a line; again, since a line may be of both kinds, or misread more than once."""
    total = 0
    for _ in range(PASSES):
        pattern = _pattern_for(line)
        if pattern is None:
            break
        parts, end = [], 0
        for found in pattern.finditer(line):
            right = _read(found)
            if right != found[0]:
                parts += [line[end : found.start()], right]
                end = found.end()
                total += len(found[0])
        line = "".join([*parts, line[end:]])
    return line, total


def _pattern_for(line: str) -> re.Pattern[str] | None:
    """Return the pattern of what is to be decoded in a line; None where nothing is."""
    for found in _SYLLABLES_RE.finditer(line):
        if _num_hangul(_decoded(found[0], "utf-8", "ignore")) >= 2:
            return _SEQUENCES_RE
    for found in _PAIRS_RE.finditer(line):
        run = found[0]
        mixed = _SIGN_RE.search(run) and _LETTER_RE.search(run)
        if mixed and _num_hangul(_decoded(run, "cp949")) > len(run) / 4:
            return _WORD_RE
    return None


def _read(found: re.Match[str]) -> str:
    """Decode what one of the patterns found; what is no such text stays."""
    misread = found[0]
    if found.re is _SEQUENCES_RE:
        return _decoded(misread, "utf-8") or _SEQUENCE_RE.sub(
            lambda sequence: _decoded(sequence[0], "utf-8") or sequence[0], misread
        )
    return (_PAIR_RE.search(misread) and _decoded(misread, "cp949")) or misread


def _decoded(misread: str, encoding: str, errors: str = "strict") -> str:
    """Return what the bytes are in their right encoding; nothing where they are none of it."""
    try:
        return misread.translate(_BYTES).encode("latin-1").decode(encoding, errors)
    except UnicodeDecodeError:
        return ""


def _num_hangul(text: str) -> int:
    return len(_HANGUL_RE.findall(text))
