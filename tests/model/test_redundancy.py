"""Loops, against a text laid beside itself; and what other measures say of plain cases."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.redundancy import compression_ratio, distinct, loops


def loops_by_hand(text: str) -> bool:
    """Look for a stretch of 40 characters and three periods, or more, in which a period holds."""
    for period in range(1, len(text) // 3 + 1):
        size = max(40, 3 * period)
        for begin in range(len(text) - size + 1):
            stretch = text[begin : begin + size]
            if stretch[period:] == stretch[:-period]:
                return True
    return False


@given(
    texts=st.lists(
        st.tuples(
            st.text("ab ", max_size=12),
            st.text("abc ", min_size=1, max_size=25),
            st.integers(1, 5),
            st.text("ab ", max_size=30),
        ).map(lambda parts: parts[0] + parts[1] * parts[2] + parts[3]),
        max_size=4,
    )
)
def test_loops_equal_those_by_hand(texts: list[str]) -> None:
    assert loops(texts) == sum(map(loops_by_hand, texts))


@pytest.mark.parametrize(
    ("text", "loop"),
    [
        ("가" * 40, True),
        ("가" * 39, False),
        ("라라라 라라라 라라라 라라라", False),
        ("나는 너를 기다려요 " * 3 + "나는 너를 기다", True),
        ("\n" * 100, True),
        ("", False),
        ("😀" * 60, True),
    ],
)
def test_a_loop_is_three_times_and_forty_characters(text: str, loop: bool) -> None:
    assert loops([text]) == loop
    assert loops(["짧다", f"앞{text}뒤", "다르다"]) == loop


def test_a_passage_that_comes_thrice_loops_however_long_it_is_up_to_a_bound() -> None:
    def passage(size: int) -> str:
        return "".join(chr(0xAC00 + place) for place in range(size))

    assert loops([passage(1000) * 3]) == 1
    assert loops([passage(1001) * 3]) == 0
    assert loops([passage(100) * 3]) == 1
    assert loops([passage(100) * 2 + passage(99)]) == 0


def test_distinct_counts_runs_inside_a_text() -> None:
    words = [["가", "나", "가"], [], ["나", "가"]]
    assert distinct(words, 1) == 2 / 5
    assert distinct(words, 2) == 2 / 3
    assert distinct(words, 3) == 1
    assert distinct(words, 4) is None


def test_compression_sees_what_texts_share() -> None:
    text = "".join(chr(0xAC00 + place * 7919 % 11172) for place in range(300))
    assert compression_ratio([]) is None
    alone, twice = compression_ratio([text]), compression_ratio([text, text])
    assert alone is not None
    assert twice is not None
    assert 1 < alone < 1.7
    assert twice == pytest.approx(2 * alone, rel=0.1)
