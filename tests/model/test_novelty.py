"""What texts are worth, against sets of strings and by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.copies import BREAK
from model.novelty import Novelty, Texts, broken_syllables, novelties

LINES = [
    "하나뿐인 나의 사랑아 돌아와",
    "떠나간 그대를 기다리는 이 밤",
    "짧은 줄",
    "  돌아오지 않는 계절의 끝에서 ",
    "",
]
TEXTS = st.lists(st.lists(st.sampled_from(LINES), max_size=6).map("\n".join), max_size=4)
SHARES = (
    "copied_12",
    "copied_20",
    "copied_40",
    "lines_in_train_share",
    "duplicate_lines_share",
    "eojeol_in_train_share",
    "distinct_1",
    "distinct_2",
    "distinct_3",
)


def measure(texts: list[str], train: list[str], cut: bool = False) -> Novelty:
    [(novelty, _)] = novelties([Texts(texts, cut)], lambda: [f"{text}\n" for text in train])
    return novelty


@given(groups=st.lists(TEXTS, min_size=1, max_size=4), train=TEXTS)
def test_lines_and_eojeol_equal_sets_of_strings(groups: list[list[str]], train: list[str]) -> None:
    def long(texts: list[str]) -> list[str]:
        lines = [line.strip() for text in texts for line in text.split("\n")]
        return [line for line in lines if len(line) >= 10]

    def words(texts: list[str]) -> list[str]:
        return [word for text in texts for word in text.split()]

    def share(found: list[str], known: list[str]) -> float | None:
        return sum(each in set(known) for each in found) / len(found) if found else None

    measured = novelties([Texts(group, False) for group in groups], lambda: ["\n".join(train)])
    for group, (novelty, found) in zip(groups, measured, strict=True):
        assert len(found) == len(group)
        assert novelty["lines"] == len(long(group))
        assert novelty["lines_in_train_share"] == share(long(group), long(train))
        assert novelty["eojeol"] == len(words(group))
        assert novelty["eojeol_in_train_share"] == share(words(group), words(train))
        repeated = sum(len(long([text])) - len(set(long([text]))) for text in group)
        assert novelty["duplicate_lines_share"] == (
            repeated / len(long(group)) if long(group) else None
        )
        assert all(novelty[name] is None or 0 <= novelty[name] <= 1 for name in SHARES)


def test_copies_count_by_their_size_across_line_ends() -> None:
    train = "0123456789가나다라마바사아자차\n카타파하"
    text = f"?{train[:12]}?{train[5:25]}?{train[:11]}?"
    novelty = measure([text, "??"], [train])
    assert novelty["characters"] == len(text) + 2 == 49
    assert novelty["longest_copy"] == 20
    assert novelty["copied_12"] == 32 / 49
    assert novelty["copied_20"] == 20 / 49
    assert novelty["copied_40"] == 0


def test_a_copy_goes_across_documents_but_not_across_what_is_missing() -> None:
    [(novelty, _)] = novelties(
        [Texts(["하나 둘\n셋 넷"], False)], lambda: ["하나 둘\n", "셋", BREAK, " 넷\n"]
    )
    assert novelty["longest_copy"] == 6
    [(novelty, _)] = novelties([Texts(["둘셋"], False)], lambda: [f"둘{BREAK}셋\n"])
    assert novelty["longest_copy"] == 1
    # Where something is missing a line ends, and a word.
    [(novelty, _)] = novelties([Texts(["둘 셋"], False)], lambda: [f"둘{BREAK}셋\n"])
    assert novelty["eojeol_in_train_share"] == 1


def test_what_the_edges_of_a_window_cut_is_left_out() -> None:
    window = "나간 그대를 기다리는 이 밤\n하나뿐인 나의 사랑아 돌아와\n짧은 줄\n떠나간 그대를 기다"
    cut = measure([window], LINES, cut=True)
    assert cut["lines"] == cut["lines_in_train"] == 1
    assert cut["line_length_mean"] == (15 + 4) / 2
    assert cut["eojeol"] == 12
    assert cut["eojeol_in_train_share"] == 1
    whole = measure([window], LINES)
    assert whole["lines"] == 3
    assert whole["lines_in_train_share"] == 1 / 3
    assert whole["eojeol"] == 14
    assert whole["eojeol_in_train_share"] == 12 / 14
    assert whole["line_length_median"] == (10 + 15) / 2
    for edge in ("한낱", "한\n", "\n한", "", " "):
        assert measure([edge], LINES, cut=True)["eojeol"] == 0
        assert measure([edge], LINES, cut=True)["lines"] == 0


@pytest.mark.parametrize("texts", [[], [""], ["", ""]])
def test_of_nothing_there_is_no_share(texts: list[str]) -> None:
    novelty = measure(texts, LINES)
    assert [novelty[name] for name in SHARES] == [None] * len(SHARES)
    assert novelty["texts"] == len(texts)
    assert novelty["line_length_mean"] is novelty["line_length_median"] is None
    for name in ("characters", "longest_copy", "lines", "loops", "eojeol", "broken_syllables"):
        assert novelty[name] == 0


def test_texts_that_repeat_are_told_from_those_that_do_not() -> None:
    looping = measure(["나는 아직 안 된다고 말해\n\n" * 20], [])
    assert looping["loops"] == 1
    assert looping["duplicate_lines_share"] == 19 / 20
    assert looping["distinct_3"] == pytest.approx(5 / 98)
    other = measure(["\n".join(f"{n * n}번째 줄은 {n**3} 다음에 온다" for n in range(20))], [])
    assert other["loops"] == 0
    assert other["duplicate_lines_share"] == 0
    assert other["distinct_3"] > 0.9
    assert other["compression_ratio"] < looping["compression_ratio"] / 3


def test_english_is_measured_as_well() -> None:
    train = ["To be, or not to be, that is the question:\nWhether 'tis nobler in the mind"]
    novelty = measure(["KING:\nTo be, or not to be, that is the point:\nGood night."], train)
    assert novelty["longest_copy"] == len("\nTo be, or not to be, that is the ") - 1
    assert novelty["lines"] == 2
    assert novelty["lines_in_train"] == 0
    assert novelty["eojeol_in_train_share"] == 9 / 13


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("한글 ㅋㅋㅋ ㅠㅠ ㄳ", 0),  # letters that people write by themselves
        ("\u1112\u119e\u11ab글", 0),  # an old syllable
        ("하\u11f0", 0),  # a modern one with an old trailing consonant
        ("\u115f\u1161", 0),  # a vowel after the filler of a leading consonant
        ("\u1100가", 1),
        ("\u1161\u11a8", 2),
        ("가\u1161", 1),
        ("가\ufffd\ufffd", 2),
    ],
)
def test_broken_syllables(text: str, count: int) -> None:
    assert broken_syllables(text) == count
    assert measure([text], [])["broken_syllables"] == count


def test_train_is_not_read_when_there_is_nothing_to_find() -> None:
    def unread():
        raise AssertionError("train was read")
        yield ""

    assert novelties([], unread) == []
    [(novelty, found)] = novelties([Texts([], False)], unread)
    assert novelty["lines"] == 0
    assert found == []
