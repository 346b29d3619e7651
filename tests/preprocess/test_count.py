import numpy as np
import pytest

from preprocess.count import count, count_characters
from preprocess.stretches import STRETCHES
from preprocess.tables import DOCUMENTS, read_rows, write_columns


@pytest.fixture
def corpus(tmp_path):
    """Two parts; the second document of the first is half test, the third goes on in part 1."""
    parts = [["가가나", "나test", "다"], ["라", "valid"]]
    ids = [["a", "b", "c#0"], ["c#1", "d"]]
    clean = [tmp_path / f"part-{part}.parquet" for part in range(2)]
    for path, names, texts in zip(clean, ids, parts, strict=True):
        write_columns(path, DOCUMENTS, [names, [""] * len(names), texts])
    rows = [
        ("a", "train", 0, 3),
        ("b", "train", 0, 1),
        ("b", "test", 1, 5),
        ("c#0", "train", 0, 1),
        ("c#1", "train", 0, 1),
        ("d", "valid", 0, 5),
    ]
    split = tmp_path / "split.parquet"
    write_columns(split, STRETCHES, list(zip(*rows, strict=True)))
    return clean, split


@pytest.mark.parametrize(
    ("part", "expected"), [(0, {"가": 2, "나": 2, "다": 1, "<end>": 1}), (1, {"라": 1, "<end>": 1})]
)
def test_only_characters_and_ends_of_train_are_counted(corpus, tmp_path, part, expected):
    clean, split = corpus
    count({"kind": "jamo"}, clean[part], split, part, tmp_path / "counts.parquet")
    rows = list(read_rows(tmp_path / "counts.parquet", ""))
    assert {row["symbol"]: row["count"] for row in rows} == expected
    assert [row["kind"] for row in rows] == ["end"] + ["character"] * (len(rows) - 1)


def test_an_unknown_unit_is_refused_before_the_work(corpus, tmp_path):
    with pytest.raises(ValueError, match="unit kind is 'char'"):
        count({"kind": "char"}, corpus[0][0], corpus[1], 0, tmp_path / "counts.parquet")
    assert not (tmp_path / "counts.parquet").exists()


def test_many_texts_are_counted_as_one():
    texts = ["가나😀"] * 400_000  # more than one batch
    totals = count_characters(texts)
    assert totals[[ord("가"), ord("나"), ord("😀")]].tolist() == [400_000] * 3
    assert totals.sum() == 1_200_000
    assert totals.dtype == np.int64


def test_no_text_has_no_characters():
    assert count_characters([]).sum() == 0
