"""Stretches of a text that show what cleaning did; of masked text, none with personal data."""

import re

_COMPARED_AT_ONCE = 4096  # characters


def around(place: int, characters: int) -> tuple[int, int]:
    """Return start and end of a stretch of so many characters with a place in its first half."""
    start = max(0, place - characters // 4)
    return start, start + characters


def first_difference(before: str, after: str) -> int:
    """Return the first place where two texts differ; the shorter's length where it goes on."""
    length = min(len(before), len(after))
    start = 0
    while start < length and (
        before[start : start + _COMPARED_AT_ONCE] == after[start : start + _COMPARED_AT_ONCE]
    ):
        start += _COMPARED_AT_ONCE
    end = start + _COMPARED_AT_ONCE
    pairs = zip(before[start:end], after[start:end], strict=False)
    return next((start + i for i, (a, b) in enumerate(pairs) if a != b), length)


def shown(text: str, start: int, end: int, private: bool) -> str:
    r"""
    Return a stretch of a text; in private without digits, addresses and words cut in ASCII.

        >>> shown("전화 ０10-1234, 메일 hong@example.com", 0, 32, True)
        '전화 ***-****, 메일 [이메일]'
    """
    stretch = text[start:end]
    if not private:
        return stretch
    if start > 0:
        stretch = re.sub(r"\A[!-~！-～]+", "", stretch)
    if end < len(text):
        stretch = re.sub(r"[!-~！-～]+\Z", "", stretch)
    return re.sub(r"\d", "*", re.sub(r"[^\s\[\]가-힣]*[@＠]\S*", "[이메일]", stretch))
