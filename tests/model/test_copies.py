"""Copies that are found, against those that are looked for one by one."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.copies import BREAK, Copies, copies

TEXTS = st.text("ab\n", max_size=40)
LETTERS = st.sampled_from(["a", "ab", f"ab{BREAK}", "가나다\n"])
STRINGS = LETTERS.flatmap(lambda letters: st.lists(st.text(letters, max_size=25), max_size=4))


def rows(found: Copies) -> list[tuple[int, int, int]]:
    return list(zip(*(column.tolist() for column in found), strict=True))


def all_copies(text: str, train: str) -> list[tuple[int, int, int]]:
    """Look for every run of a text in train, and keep those that no other one holds."""
    stand = [
        (start, end)
        for start in range(len(text))
        for end in range(start + 1, len(text) + 1)
        if text[start:end] in train and BREAK not in text[start:end]
    ]
    return [
        (start, end, train.index(text[start:end]))
        for start, end in stand
        if not any(a <= start and end <= b and (a, b) != (start, end) for a, b in stand)
    ]


@given(texts=STRINGS, train=STRINGS)
def test_equals_looking_for_every_run(texts: list[str], train: list[str]) -> None:
    found = copies(texts, lambda: train)
    assert [rows(each) for each in found] == [all_copies(text, "".join(train)) for text in texts]


@given(text=TEXTS, train=TEXTS, least=st.integers(1, 5))
def test_cut_apart_they_cover_the_same_characters(text: str, train: str, least: int) -> None:
    [found] = copies([text], lambda: [train])
    whole = found.of(least)
    covered = {place for start, end, _ in rows(whole) for place in range(start, end)}
    apart = rows(whole.apart())
    assert [place for start, end, _ in apart for place in range(start, end)] == sorted(covered)
    assert whole.characters() == len(covered)
    assert all(size >= least for size in whole.sizes)
    for start, end, place in apart:
        assert train.startswith(text[start:end], place)
    if len(whole.starts):
        longest = int(whole.sizes.argmax())
        assert rows(whole)[longest] in apart


def test_the_longer_of_two_that_overlap_stays_whole() -> None:
    [found] = copies(["abcdefghij"], lambda: ["abcd", BREAK, "cdefg", BREAK, "fghij"])
    assert rows(found) == [(0, 4, 0), (2, 7, 5), (5, 10, 11)]
    # Of two of the same size the first one does.
    assert rows(found.apart()) == [(0, 2, 0), (2, 7, 5), (7, 10, 13)]


def test_each_is_found_where_train_has_it_first() -> None:
    train = ["xx사랑 그대", "여 그대여", "그대여 안녕"]
    [found] = copies(["그대여 안녕"], lambda: train)
    assert rows(found) == [(0, 6, 12)]
    [found] = copies(["그대여?"], lambda: train)
    assert rows(found) == [(0, 3, 5)]


def test_train_is_read_once_for_each_portion_of_the_texts(monkeypatch) -> None:
    monkeypatch.setattr("model.copies.INDEXED_CHARACTERS", 6)
    readings = []

    def train():
        readings.append(1)
        yield "가나다라마바사"

    texts = ["가나다", "다라마", "마바", "사", "", "없다"]
    found = copies(texts, train)
    assert [rows(each) for each in found] == [all_copies(text, "가나다라마바사") for text in texts]
    assert len(readings) == 2
    assert copies([], train) == []
    assert len(readings) == 2


def test_time_grows_with_the_characters_whatever_repeats() -> None:
    """Texts that repeat all through would be quadratic for most: 40,000 characters twice."""
    [found] = copies(["가" * 40_000], lambda: ["가" * 39_999, "나"])
    assert rows(found) == [(0, 39_999, 0), (1, 40_000, 0)]
    assert found.characters() == 40_000


def test_a_surrogate_in_a_text_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogate"):
        copies(["가\ud800"], lambda: [])


def test_pairs_of_neighbours_are_in_order() -> None:
    rng = np.random.default_rng(1)
    text, train = ("".join(map(str, rng.integers(0, 3, 500))) for _ in range(2))
    [found] = copies([text], lambda: [train])
    for (start, end, _), (next_start, next_end, _) in pairwise(rows(found)):
        assert start < next_start
        assert end < next_end
