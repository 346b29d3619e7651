"""A filter says why a text goes, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess.filters import drop_reason, new_lines, repeated_lines, too_little_hangul
from preprocess.hashes import Seen

LIMITS = {
    "min_characters": 1,
    "max_replacements": 0.1,
    "min_hangul": 0.0,
    "max_repeated_lines": 1.0,
}
LINES = st.lists(st.sampled_from(["", " ", "가", "나 ", " 나", "다"]), max_size=8)


@pytest.mark.parametrize(
    ("text", "limits", "reason"),
    [
        ("", {}, "empty"),
        (" \n\t\n", {}, "empty"),
        ("1", {}, None),
        ("가나", {"min_characters": 2}, None),
        ("가\n", {"min_characters": 3}, "min_characters"),
        ("가나다라마바사아자\ufffd", {}, None),
        ("가나다라마바사아\ufffd", {}, "max_replacements"),
        ("\ufffd", {"max_replacements": 1.0}, None),
        ("가ab, 1234567890", {"min_hangul": 0.33}, None),
        ("가ab, 1234567890", {"min_hangul": 0.34}, "min_hangul"),
        ("ㅋㅋab", {"min_hangul": 0.5}, None),
        ("1234", {"min_hangul": 0.01}, "min_hangul"),
        ("가\n가 \n\n나\n다", {"max_repeated_lines": 0.25}, None),
        ("가\n가 \n\n나\n다", {"max_repeated_lines": 0.24}, "max_repeated_lines"),
        ("가\n\n\n\n나", {"max_repeated_lines": 0.0}, None),
    ],
)
def test_a_text_is_dropped_for_the_first_reason(text, limits, reason):
    assert drop_reason(text, LIMITS | limits) == reason


@given(st.text("가ㅋ樂aあ1 ."), st.floats(0, 1))
def test_more_hangul_never_drops_a_text(text, least):
    if too_little_hangul(text, least) is None:
        assert too_little_hangul(f"{text}가", least) is None


@given(LINES.filter(lambda lines: "".join(lines).strip()), st.floats(0, 0.99))
def test_a_text_without_its_repetitions_passes(lines, share):
    text, _ = new_lines("\n".join(lines), Seen())
    assert repeated_lines(text, share) is None


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["가\n나\n가\n다"], ["가\n나\n다"]),
        (["가\n\n가\n\n나"], ["가\n\n나"]),
        (
            ["가\n\n\n나\n\n\n다", "나", "하\n\n\n나\n\n\n호"],
            ["가\n\n\n나\n\n\n다", "", "하\n\n호"],
        ),
        (["가", "가\n\n나\n", " 가\t\n\n"], ["가", "나\n", ""]),
        (["가\n나", "다\n가\n나\n"], ["가\n나", "다\n"]),
        (["\n\n가", "\n\n가\n나"], ["\n\n가", "\n\n나"]),
    ],
)
def test_lines_that_came_before_go_and_blank_ones_stay_apart(texts, expected):
    seen = Seen()
    assert [new_lines(text, seen)[0] for text in texts] == expected


@given(st.lists(LINES.map("\n".join), max_size=4))
def test_each_line_is_there_once_and_a_second_pass_changes_nothing(texts):
    seen, again = Seen(), Seen()
    kept = [new_lines(text, seen) for text in texts]
    before = [line.strip() for text in texts for line in text.split("\n") if line.strip()]
    after = [line.strip() for text, _ in kept for line in text.split("\n") if line.strip()]
    assert after == list(dict.fromkeys(before))
    assert sum(dropped for _, dropped in kept) == len(before) - len(after)
    assert [new_lines(text, again) for text, _ in kept] == [(text, 0) for text, _ in kept]
    for text, (result, dropped) in zip(texts, kept, strict=True):
        assert dropped or result == text
