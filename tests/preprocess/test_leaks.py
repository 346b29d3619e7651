"""What valid and test share with train, against a brute force over strings."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from preprocess import grams
from preprocess.grams import Batch
from preprocess.leaks import leaks

TEXTS = st.lists(st.text(alphabet="가나 \n", max_size=90), max_size=3)
LONG = "어제는 비가 오고 오늘은 눈이 내려 내일은 바람이 불 테니 그대여 우산을 챙겨 주오"


def leaks_of(train, valid, test):
    texts = [("train", t) for t in train] + [("test", t) for t in test]
    return leaks(lambda: iter(texts + [("valid", t) for t in valid] + [("left_out", LONG)]))


def in_spans(text, size, train):
    """Count the characters of a text that lie in a run of `size` that stands in train."""
    runs = {t[i : i + size] for t in train for i in range(len(t) - size + 1)}
    covered = set()
    for i in range(len(text) - size + 1):
        if text[i : i + size] in runs:
            covered.update(range(i, i + size))
    return len(covered)


def eojeol_runs(texts):
    return [tuple(t.split()[i : i + 8]) for t in texts for i in range(len(t.split()) - 7)]


@given(TEXTS, TEXTS, TEXTS, st.sampled_from([50, 1 << 19]), st.data())
@example(["가" * 11 + " "], ["나"], ["가" * 12 + " ", "가" * 11], 50, None)
def test_equals_brute_force(train, valid, test, batch, data):
    if data and train:  # so that long spans are shared too
        start = data.draw(st.integers(0, len(train[0])))
        test = [*test, "나" + train[0][start : start + 60] + "가"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grams, "BATCH_CHARACTERS", batch)
        found = leaks_of(train, valid, test)
    known = set(eojeol_runs(train))
    lines = {line.strip() for text in train for line in text.split("\n")}
    for leak, texts in ((found["valid"], valid), (found["test"], test)):
        assert leak["characters"] == sum(map(len, texts))
        assert leak["characters_in_spans_12"] == sum(in_spans(t, 12, train) for t in texts)
        assert leak["characters_in_spans_40"] == sum(in_spans(t, 40, train) for t in texts)
        runs = eojeol_runs(texts)
        assert leak["eojeol_8grams"] == len(runs)
        assert leak["eojeol_8grams_in_train"] == sum(run in known for run in runs)
        long = [s for t in texts for line in t.split("\n") if len(s := line.strip()) >= 10]
        assert leak["lines"] == len(long)
        assert leak["bytes_in_train"] == sum(len(x.encode()) for x in long if x in lines)


def test_lines_of_ten_characters_count_weighted_by_bytes():
    found = leaks_of(
        ["나는 너를 영원히 사랑해\n짧은 줄\n", "another line of text\n"],
        ["새로 쓴 한 줄의 노랫말\n"],
        ["  나는 너를 영원히 사랑해 \n짧은 줄\n", "something else\n"],
    )
    leaked = len("나는 너를 영원히 사랑해".encode())
    total = leaked + len("something else")
    lines = {key: found["test"][key] for key in ("lines", "lines_in_train", "bytes", "share")}
    assert lines == {"lines": 2, "lines_in_train": 1, "bytes": total, "share": leaked / total}
    assert found["valid"]["lines_in_train"] == 0


def test_what_is_written_twice_counts_twice():
    once = leaks_of([LONG], [], [LONG])["test"]
    twice = leaks_of([LONG], [], [LONG, LONG])["test"]
    assert once["characters_in_spans_40"] == once["characters"] == len(LONG)
    assert once["eojeol_8grams_in_train"] == once["eojeol_8grams"] == len(LONG.split()) - 7
    counts = [key for key in once if not key.endswith("share")]
    assert [twice[key] for key in counts] == [2 * once[key] for key in counts]
    shares = [key for key in once if key.endswith("share")]
    assert [twice[key] for key in shares] == [once[key] for key in shares] == [1.0] * 4


@pytest.mark.parametrize("border", [11, 12, 39, 40])
def test_spans_and_runs_cross_no_border_between_stretches(border):
    """A text that train has in two stretches is in no longer span than these."""
    whole = "".join(chr(0xAC00 + i) for i in range(80))
    leak = leaks_of([whole[:border], whole[border:]], [], [whole])["test"]
    first = border if border >= 12 else 0
    assert leak["characters_in_spans_12"] == first + 80 - border
    assert leak["characters_in_spans_40"] == (border if border >= 40 else 0) + 80 - border
    words = leaks_of(
        ["하나 둘 셋 넷", "다섯 여섯 일곱 여덟"], [], ["하나 둘 셋 넷 다섯 여섯 일곱 여덟"]
    )
    assert (words["test"]["eojeol_8grams"], words["test"]["eojeol_8grams_in_train"]) == (1, 0)


def test_left_out_documents_are_no_train():
    assert leaks_of([], [], [LONG])["test"]["characters_in_spans_12"] == 0


def test_nothing_held_out_reads_no_train():
    readings = []

    def texts():
        readings.append("")
        yield "train", LONG

    assert set(leaks(texts)["test"].values()) == {0}
    assert len(readings) == 3  # of held-out texts: lines and spans, long spans, counts


@given(st.lists(st.text(alphabet="가나다 \n\u3000\u00a0", max_size=30), max_size=5))
def test_words_are_those_of_split(texts):
    hashes, counts = grams.words_of(Batch(texts))
    words = [word for text in texts for word in text.split()]
    assert counts.tolist() == [len(text.split()) for text in texts]
    assert len(hashes) == len(words)
    assert len(set(zip(words, hashes.tolist(), strict=True))) == len(set(words))
    assert len(set(hashes.tolist())) == len(set(words))


@given(st.text(alphabet="가나", max_size=50), st.integers(1, 45))
def test_equal_runs_have_equal_hashes_and_others_others(text, size):
    hashes, within = Batch([text, text]).grams(size)
    runs = [(text + text)[i : i + size] for i in range(len(hashes))]
    assert len(set(zip(runs, hashes.tolist(), strict=True))) == len(set(runs))
    assert len(set(hashes.tolist())) == len(set(runs))
    starts = [i for i in range(len(hashes)) if i + size <= len(text) or i >= len(text)]
    assert [i for i in range(len(hashes)) if within[i]] == starts
