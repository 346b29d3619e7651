import re
from collections import Counter

import pytest

from preprocess.count import count
from preprocess.split_rows import STRETCHES
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


@pytest.mark.parametrize(
    ("unit", "kind", "pattern"),
    [("word", "word", r"\s{2,}|\S{2,}"), ("subword", "pretoken", r" ?\S+|\s+(?= \S)|\s+")],
)
def test_runs_of_train_are_counted_by_symbol(tmp_path, unit, kind, pattern):
    texts = ["한글을  한글로\n\n한글을 가", "", "나 다", "한글을\u3000👧👧 ", "나 다"]
    splits = ["train", "train", "test", "train", "train"]
    ids = [f"{number}" for number in range(len(texts))]
    clean, split = tmp_path / "clean.parquet", tmp_path / "split.parquet"
    write_columns(clean, DOCUMENTS, [ids, [""] * len(ids), texts])
    write_columns(split, STRETCHES, [ids, splits, [0] * len(ids), list(map(len, texts))])
    count({"kind": unit}, clean, split, 0, tmp_path / "counts.parquet")
    rows = list(read_rows(tmp_path / "counts.parquet", ""))
    train = [text for text, name in zip(texts, splits, strict=True) if name == "train"]
    expected = Counter(run for text in train for run in re.findall(pattern, text))
    runs = [(row["symbol"], row["count"]) for row in rows if row["kind"] == kind]
    assert runs == sorted(expected.items())
    characters = [(row["symbol"], row["count"]) for row in rows if row["kind"] == "character"]
    assert characters == sorted(Counter("".join(train)).items())
    assert rows[0] == {"symbol": "<end>", "kind": "end", "count": 4}
    assert len(rows) == 1 + len(characters) + len(runs)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "clean.parquet",
        "counts.parquet",
        "split.parquet",
    ]
