"""Statistics equal a count by hand; what is forgotten is bounded and said."""

import os
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocess import statistics as module
from preprocess.eojeol import COLUMNS, EojeolCounts
from preprocess.scripts import count_scripts
from preprocess.split_rows import STRETCHES
from preprocess.statistics import LENGTHS, RANKS, statistics
from preprocess.tables import DOCUMENTS, open_writer

SPLITS = ("train", "valid", "test", "left_out")
TEXTS = st.text("가나각愛aé😀ㅋ \n\t\u3000\x1c\u200b1", max_size=30)
Documents = list[tuple[str, str, str]]  # (id, split, text)


def write(folder: Path, documents: Documents, parts: int = 1) -> tuple[list[Path], Path]:
    """Write clean parts and a split file of stretches that are whole documents."""
    folder.mkdir(parents=True, exist_ok=True)
    size = -(-len(documents) // parts) or 1
    clean = [folder / f"part-{number}.parquet" for number in range(parts)]
    for number, path in enumerate(clean):
        with open_writer(path, DOCUMENTS) as writer:
            for name, _, text in documents[number * size : (number + 1) * size]:
                writer.write({"document_id": name, "title": "", "text": text}, len(text))
    split = folder / "split.parquet"
    with open_writer(split, STRETCHES) as writer:
        for name, where, text in documents:
            row = {"document_id": name, "split": where, "start": 0, "end": len(text)}
            writer.write(row, 32)
    return clean, split


def out_of_vocabulary(train: Counter, test: Counter) -> dict:
    unseen = {key: count for key, count in test.items() if key not in train}
    return {
        "types": len(test),
        "unseen_types": len(unseen),
        "tokens": test.total(),
        "unseen_tokens": sum(unseen.values()),
        "share": sum(unseen.values()) / test.total() if test else 0.0,
    }


def ranked(counts: Counter) -> list[list]:
    return [list(item) for item in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]


def all_ranks(counts: Counter) -> list[list[int]]:
    """Return [rank, count] of all ranks."""
    return [[rank, count] for rank, (_, count) in enumerate(counts.most_common(), start=1)]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(SPLITS), TEXTS), max_size=8))
def test_statistics_are_those_counted_by_hand(tmp_path_factory, rows):
    documents = [(f"{n:02d}.txt", *row) for n, row in enumerate(rows)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "RANKS", range(2000))
        told = statistics(*write(tmp_path_factory.mktemp("corpus"), documents))
    everything = "".join(text for _, _, text in documents)
    characters = {name: Counter() for name in SPLITS}
    eojeol = {name: Counter() for name in SPLITS}
    for _, where, text in documents:
        characters[where].update(text)
        eojeol[where].update(text.split())
    words = sum(eojeol.values(), Counter())
    inked = Counter(
        everything.replace(" ", "").translate(dict.fromkeys(map(ord, "\n\t\u3000\x1c")))
    )
    assert told["documents"] == len(documents)
    assert told["characters"] == len(everything)
    assert told["bytes"] == len(everything.encode())
    assert told["distinct_characters"] == len(set(everything))
    assert told["distinct_syllables"] == len(set(everything) & set("가나각"))
    assert (told["eojeol"], told["distinct_eojeol"]) == (words.total(), len(words))
    assert told["scripts"] == count_scripts(everything)
    assert told["top_characters"] == ranked(inked)[:20]
    assert told["top_eojeol"] == ranked(words)[:20]
    assert told["zipf"] == {"characters": all_ranks(inked), "eojeol": all_ranks(words)}
    for kind, counts in (("characters", characters), ("eojeol", eojeol)):
        expected = out_of_vocabulary(counts["train"], counts["test"])
        assert told["out_of_vocabulary"][kind] == expected
    assert told["approximate"] is False
    assert told["undercount"] == 0


@given(st.lists(st.integers(0, 1200), min_size=1, max_size=8))
@settings(max_examples=20, deadline=None)
def test_lengths_of_documents_are_counted_once_in_steps_of_1_2_5(tmp_path_factory, lengths):
    documents = [(f"{n}.txt", "train", "가" * length) for n, length in enumerate(lengths)]
    told = statistics(*write(tmp_path_factory.mktemp("corpus"), documents))["lengths"]
    bounds = [bound for bound, _ in told]
    assert bounds == LENGTHS[LENGTHS.index(bounds[0]) : LENGTHS.index(bounds[-1]) + 1]
    assert told[0][1] > 0
    assert told[-1][1] > 0
    for before, (bound, count) in pairwise([[-1, 0], *told]):
        below = -1 if bound == bounds[0] else before[0]
        assert count == sum(below < length <= bound for length in lengths)


def test_a_document_in_pieces_or_in_several_splits_counts_once(tmp_path):
    documents = [
        ("a.txt#1", "train", "가" * 30),
        ("a.txt#2", "train", "나" * 30),
        ("b.txt", "test", "다"),
    ]
    told = statistics(*write(tmp_path, documents, parts=2))
    assert told["documents"] == 2
    assert told["lengths"][-1] == [100, 1]
    assert told["lengths"][0] == [1, 1]
    clean, split = write(tmp_path / "b", [("novel.txt", "train", "처음 가운데 끝")])
    with open_writer(split, STRETCHES) as writer:
        for where, start, end in (("train", 0, 3), ("valid", 3, 7), ("test", 7, 8)):
            row = {"document_id": "novel.txt", "split": where, "start": start, "end": end}
            writer.write(row, 32)
    told = statistics(clean, split)
    assert told["documents"] == 1
    assert told["lengths"] == [[10, 1]]
    assert told["out_of_vocabulary"]["eojeol"]["unseen_tokens"] == 1


def test_points_of_zipf_are_few_and_reach_from_the_first_to_the_last(tmp_path):
    words = [f"말{n}" for n in range(300) for _ in range(1 + (n < 10) * (10 - n))]
    told = statistics(*write(tmp_path, [("a", "train", " ".join(words))]))["zipf"]["eojeol"]
    ranks = [1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300]
    assert told == [[rank, max(1, 12 - rank)] for rank in ranks]
    assert len(set(RANKS)) < 60


def test_what_is_left_out_of_train_counts_in_the_totals_and_is_no_vocabulary(tmp_path):
    documents = [("a", "train", "그대"), ("b", "left_out", "사랑"), ("c", "test", "사랑 그대")]
    told = statistics(*write(tmp_path, documents))
    assert told["documents"] == 3
    assert told["top_eojeol"] == [["그대", 2], ["사랑", 2]]
    assert told["out_of_vocabulary"]["eojeol"]["unseen_tokens"] == 1
    assert told["out_of_vocabulary"]["characters"]["unseen_types"] == 3  # and the space


@given(
    st.lists(st.tuples(st.sampled_from(COLUMNS), st.lists(st.sampled_from("abcdefghijkl")))),
    st.integers(2, 8),
)
@settings(max_examples=60, deadline=None)
def test_forgetting_the_rarest_errs_by_no_more_than_is_said(texts, most):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("preprocess.eojeol.FRESH_ROWS", 3)
        counts = EojeolCounts(most)
        for column, words in texts:
            counts.add(column, " ".join(words))
        found, by_column = counts.counted()
    true = {column: Counter() for column in COLUMNS}
    for column, words in texts:
        true[column].update(words)
    told = {
        column: Counter(dict(zip(found.to_pylist(), by_column[column].tolist(), strict=True)))
        for column in COLUMNS
    }
    assert counts.tokens == {column: true[column].total() for column in COLUMNS}
    assert +told["test"] == true["test"]
    assert sum(word not in true["test"] for word in told["test"]) <= most
    for word in "abcdefghijkl":
        missed = sum(true[column][word] - told[column][word] for column in COLUMNS)
        assert 0 <= missed <= counts.undercount


def test_too_many_eojeol_are_said_to_be_approximate(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "EojeolCounts", lambda: EojeolCounts(most=10))
    words = " ".join(["그대"] * 9 + [f"말{n}" for n in range(100)])
    told = statistics(*write(tmp_path, [("a", "train", words), ("b", "test", "그대 이별")]))
    assert told["approximate"] is True
    assert told["undercount"] == 1
    assert told["eojeol"] == 111
    assert told["top_eojeol"] == [["그대", 10], ["이별", 1]]
    assert told["out_of_vocabulary"]["eojeol"]["unseen_tokens"] == 1


def test_batches_make_no_difference(tmp_path, monkeypatch):
    documents = [(f"{n}", SPLITS[n % 4], f"{n}번째 노래 사랑\n끝{n}") for n in range(60)]
    files = write(tmp_path, documents, parts=3)
    whole = statistics(*files)
    monkeypatch.setattr(module, "BATCH", 7)
    monkeypatch.setattr("preprocess.eojeol.FRESH_ROWS", 5)
    assert statistics(*files) == whole


def test_an_empty_corpus(tmp_path):
    told = statistics(*write(tmp_path, []))
    assert told["documents"] == told["characters"] == told["distinct_eojeol"] == 0
    assert told["lengths"] == told["top_characters"] == told["zipf"]["eojeol"] == []
    assert told["out_of_vocabulary"]["characters"]["share"] == 0.0


def test_memory_does_not_grow_with_the_corpus(tmp_path):
    """Four million different eojeol would take more than twice what is allowed here."""
    code = """
import resource, sys
from pathlib import Path
from preprocess.eojeol import EojeolCounts
counts = EojeolCounts(most=100_000)
counts.add("train", "가")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for batch in range(40):
    counts.add("train", " ".join(f"말{batch}번{n}" for n in range(100_000)))
found, _ = counts.counted()
assert len(found) <= 100_000, len(found)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    root = Path(module.__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 400_000  # kB
