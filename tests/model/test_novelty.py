"""Lines of samples that stand in train, against a set of strings."""

from hypothesis import given
from hypothesis import strategies as st

from model.novelty import novelties
from preprocess import grams

LINES = [
    "하나뿐인 나의 사랑아 돌아와",
    "떠나간 그대를 기다리는 이 밤",
    "짧은 줄",
    "  돌아오지 않는 계절의 끝에서 ",
]
TEXTS = st.lists(st.lists(st.sampled_from(LINES), max_size=6).map("\n".join), max_size=4)


@given(groups=st.lists(TEXTS, min_size=1, max_size=4), train=TEXTS)
def test_equals_a_set_of_strings(groups: list[list[str]], train: list[str]) -> None:
    def long(texts: list[str]) -> list[str]:
        lines = [line.strip() for text in texts for line in text.split("\n")]
        return [line for line in lines if len(line) >= 10]

    known = set(long(train))
    for group, found in zip(groups, novelties(groups, train), strict=True):
        lines = long(group)
        copied = sum(line in known for line in lines)
        assert found["lines"] == len(lines)
        assert found["lines_in_train"] == copied
        assert found["share"] == (copied / len(lines) if lines else None)


def test_batches_join_without_a_seam(monkeypatch) -> None:
    monkeypatch.setattr(grams, "BATCH_CHARACTERS", 30)
    train = [f"학습에 쓰인 줄 가운데 {number}번째 줄" for number in range(9)]
    text = [*train[::2], "어디에도 없는 아주 새로운 줄 하나"]
    assert novelties([text], train) == [{"lines": 6, "lines_in_train": 5, "share": 5 / 6}]


def test_train_is_not_read_when_there_is_nothing_to_find() -> None:
    def unread():
        raise AssertionError("train was read")
        yield ""

    assert (
        novelties([[], ["짧다"]], unread())
        == [
            {"lines": 0, "lines_in_train": 0, "share": None},
        ]
        * 2
    )
