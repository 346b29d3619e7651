"""
Every fault that docs/faults.md lists has tests named after it, or says why not.

Here are also the tests that go beyond one stage: what cleaning keeps comes back from every unit.
"""

import random
import re
import resource
import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from preprocess.choice import build
from preprocess.count import count
from preprocess.namumark import residue, to_text
from preprocess.split_rows import STRETCHES
from preprocess.tables import DOCUMENTS, write_columns
from preprocess.units import UNITS, make_unit
from preprocess.vocabulary import Vocabulary

ROOT = Path(__file__).resolve().parents[1]
ROWS = [*range(1, 55), 56, 57, 59, *range(61, 66), *range(67, 71), 78, 79, 80]
ROW_RE = re.compile(r"\| (\d+) \| (.+) \| (.+) \| (.+) \|")
TEST_RE = re.compile(r"^def test_fault_(\d\d)_\w+", re.MULTILINE)
PAGE = {
    int(row[1]): row[4]
    for line in (ROOT / "docs/faults.md").read_text(encoding="utf-8").splitlines()
    if (row := ROW_RE.fullmatch(line))
}


def files_of_tests():
    """Return, for each number, the names of the files that have tests of it."""
    files = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for number in TEST_RE.findall(path.read_text(encoding="utf-8")):
            files.setdefault(int(number), set()).add(path.name)
    return files


FILES = files_of_tests()
SUBWORDS = product(("unigram", "bpe"), ("syllable", "jamo"))
every_unit = pytest.mark.parametrize(
    "unit",
    [{"kind": kind} for kind in sorted(set(UNITS) - {"subword"})]
    + [
        {"kind": "subword", "max_size": 350, "method": method, "over": over}
        for method, over in SUBWORDS
    ],
    ids=lambda unit: "-".join(str(unit[key]) for key in ("kind", "method", "over") if key in unit),
)


def write_corpus(folder, text):
    """Write a clean part and a split of one document, all of it train."""
    clean, split = folder / "clean.parquet", folder / "split.parquet"
    write_columns(clean, DOCUMENTS, [["a"], [""], [text]])
    write_columns(split, STRETCHES, [["a"], ["train"], [0], [len(text)]])
    return clean, split


def comes_back(folder, unit, text):
    """Whether a text comes back from its tokens, where train had none, half, or all of it."""
    for train in ("없다 있다 없다", text[: len(text) // 2], text):
        clean, split = write_corpus(folder, f"{train} {train}")
        counts, vocabulary = folder / "counts.parquet", folder / "vocabulary.parquet"
        count({"kind": unit["kind"]}, clean, split, 0, counts)
        build(unit, [counts], vocabulary)
        symbols = Vocabulary.load(vocabulary)
        if symbols.decode(symbols.encode(text)) != text:
            return False
    return True


def test_the_page_has_a_row_for_each_fault_and_no_test_is_of_another():
    assert list(PAGE) == ROWS
    assert set(FILES) <= set(ROWS)


@pytest.mark.parametrize("number", ROWS)
def test_a_fault_has_tests_where_the_page_says_or_a_reason_for_none(number):
    listed = set(re.findall(r"`(test_\w+\.py)`", PAGE[number]))
    if listed:
        assert listed <= FILES.get(number, set())
    else:
        assert re.match(r"none: \w+", PAGE[number])
        assert number not in FILES


@every_unit
def test_fault_13_single_jamo_come_back(unit, tmp_path):
    assert comes_back(tmp_path, unit, "ㅋㅋㅋㅠㅠ 가ㄱㅏㄳ 값ㅅ")


@every_unit
def test_fault_14_old_hangul_comes_back(unit, tmp_path):
    assert comes_back(tmp_path, unit, "\u1112\u119e\u11ab \ua960\ud7b0\ud7cb 가\u11ab")


@every_unit
def test_fault_23_emoji_come_back_whole(unit, tmp_path):
    assert comes_back(tmp_path, unit, "👨\u200d👩\u200d👧 🇰🇷 👍🏿 ❤\ufe0f\u200d🔥 𠀀")


@pytest.mark.parametrize(
    ("opener", "closer"),
    [
        ("{{{#red ", "}}}"),
        ('{{{#!wiki style="a"\n', "\n}}}"),
        ("[[무|", "]]"),
        ("||{{{#!wiki\n", "\n}}}||"),
    ],
)
def test_fault_32_broken_and_deep_namumark_keeps_its_text(opener, closer):
    for openers, closers in ((10_000, 10_000), (10_000, 0), (0, 10_000), (10_000, 9_999)):
        text = to_text(f"{opener * openers}무를 썬다.{closer * closers}")
        assert "무를 썬다." in text
        assert not residue(text)


@pytest.fixture
def encode(tmp_path):
    """Return a function that encodes a text of 100,000 random syllables, as the rule does."""
    text = "".join(map(chr, random.Random(1).choices(range(0xAC00, 0xD7A4), k=100_000)))
    clean, split = write_corpus(tmp_path, text)
    vocabulary = tmp_path / "vocabulary.parquet"
    Vocabulary(make_unit({"kind": "byte"}), [], np.zeros(257, np.int64)).save(vocabulary)

    def run(folder, max_bytes=resource.RLIM_INFINITY):
        shards = {name: folder / f"{name}.parquet" for name in ("train", "valid", "test")}
        flags = [part for name, shard in shards.items() for part in (f"--{name}", str(shard))]
        command = ["encode", str(clean), "--split", str(split), "--vocabulary", str(vocabulary)]
        return subprocess.run(
            [sys.executable, "-m", "preprocess", *command, *flags, "--part", "0"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (max_bytes, max_bytes)),
        )

    return run


def test_fault_45_a_disk_that_is_full_leaves_the_old_shards_and_nothing_else(encode, tmp_path):
    folder = tmp_path / "shards"
    assert encode(folder).returncode == 0
    before = {path: path.read_bytes() for path in folder.iterdir()}
    assert len(before) == 3
    full = encode(folder, max_bytes=50_000)
    assert full.returncode == 1
    assert "Traceback" not in full.stderr
    assert re.search(rf"File too large.*{folder}/\w+\.parquet", full.stderr)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_fault_52_a_folder_that_cannot_be_written_is_refused_by_name(encode, tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file" / "shards", Path("/proc/shards")):
        refused = encode(folder)
        assert refused.returncode == 1
        assert str(folder) in refused.stderr
        assert "Traceback" not in refused.stderr


def test_fault_52_names_that_are_hard_to_quote_are_names(encode, tmp_path):
    folder = tmp_path / '글 틀 \'$; "copy"' / ("가" * 85)
    assert encode(folder).returncode == 0
    assert sorted(path.name for path in folder.iterdir()) == [
        "test.parquet",
        "train.parquet",
        "valid.parquet",
    ]
