"""
Filters: a document that is not worth its place is dropped, and the reason says why.

Every filter is `(text, limit) -> reason | None`; None keeps the document.
"""

from collections.abc import Callable, Mapping
from typing import Any

from preprocess.hashes import Seen, text_hashes
from preprocess.scripts import count_scripts

Filter = Callable[[str, Any], str | None]


def min_characters(text: str, least: int) -> str | None:
    """
    Drop a text of fewer characters than `least`; lines and spaces count.

        >>> min_characters("사랑", 2) is None, min_characters("사", 2)
        (True, 'min_characters')
    """
    return "min_characters" if len(text) < least else None


def too_little_hangul(text: str, min_hangul: float) -> str | None:
    """
    Drop a text of whose letters Hangul is a smaller share than `min_hangul`, 0..1.

    Jamo count as Hangul; digits, signs and spaces count on neither side. At 0 nothing is dropped,
    above it a text without letters is.

        >>> too_little_hangul("서울(Seoul)은 수도이다.", 0.5) is None
        True
        >>> too_little_hangul("Seoul is 서울", 0.5)
        'min_hangul'
    """
    if min_hangul <= 0:
        return None
    scripts = count_scripts(text)
    letters = sum(scripts.values()) - scripts["others"]
    enough = letters and scripts["hangul"] >= min_hangul * letters
    return None if enough else "min_hangul"


def repeated_lines(text: str, max_share: float) -> str | None:
    r"""
    Drop a text of whose lines more than `max_share`, 0..1, repeat an earlier one of it.

    Blank lines don't count; spaces at the ends of a line make no difference. A song whose chorus
    comes three times has a share of about 0.3.

        >>> repeated_lines("라\n라\n\n라\n가", 0.5) is None
        True
        >>> repeated_lines("라\n라\n\n라", 0.5)
        'max_repeated_lines'
    """
    if max_share >= 1:
        return None
    lines = [line for line in map(str.strip, text.split("\n")) if line]
    repeated = len(lines) - len(set(lines))
    return "max_repeated_lines" if repeated > max_share * len(lines) else None


def replacements(text: str, max_share: float) -> str | None:
    """
    Drop a text of whose characters more than `max_share`, 0..1, are U+FFFD.

    They stand where a byte could not be decoded, here or before the text came here.

        >>> replacements("사\ufffd", 0.5) is None, replacements("\ufffd", 0.5)
        (True, 'max_replacements')
    """
    return "max_replacements" if text.count("\ufffd") > max_share * len(text) else None


FILTERS: dict[str, Filter] = {  # by the setting that is its limit, in this order
    "min_characters": min_characters,
    "max_replacements": replacements,
    "min_hangul": too_little_hangul,
    "max_repeated_lines": repeated_lines,
}


def drop_reason(text: str, settings: Mapping[str, Any]) -> str | None:
    r"""
    Return why a text is dropped: it is blank, or else the first filter that says so.

        >>> limits = {"min_characters": 1, "max_replacements": 0.1, "min_hangul": 0.5,
        ...           "max_repeated_lines": 1.0}
        >>> drop_reason(" \n", limits), drop_reason("abc", limits), drop_reason("가", limits)
        ('empty', 'min_hangul', None)
    """
    if not text.strip():
        return "empty"
    reasons = (apply(text, settings[name]) for name, apply in FILTERS.items())
    return next((reason for reason in reasons if reason is not None), None)


def new_lines(text: str, seen: Seen) -> tuple[str, int]:
    r"""
    Drop the lines that have come before, here or in an earlier text, and count them.

    Spaces at the ends make no difference, and blank lines never are duplicates: where blank lines
    meet that a dropped one parted, one stays; at the start of the text none.

        >>> seen = Seen()
        >>> new_lines("하나\n\n후렴\n\n둘\n\n후렴\n\n셋\n", seen)
        ('하나\n\n후렴\n\n둘\n\n셋\n', 1)
        >>> new_lines(" 후렴\n\n넷", seen)
        ('넷', 1)
    """
    lines = text.split("\n")
    stripped = [line.strip() for line in lines]
    is_new = iter(seen.add(text_hashes(line for line in stripped if line)).tolist())
    kept: list[str] = []
    meeting = False  # a line has just been dropped, and only blank ones came since
    dropped = 0
    for line, content in zip(lines, stripped, strict=True):
        if content and not next(is_new):
            meeting = True
            dropped += 1
        elif content or not meeting:
            kept.append(line)
            meeting = False
        else:
            while kept and not kept[-1].strip():
                kept.pop()
            if kept:
                kept.append(line)
    return "\n".join(kept), dropped
