"""
Every fault that docs/faults.md lists has tests named after it, or says why not.

Here are also the tests that go beyond one stage: what cleaning keeps comes back from every unit.
"""

import re
from pathlib import Path

import numpy as np
import pytest

from preprocess.namumark import residue, to_text
from preprocess.units import UNITS, code_points_of, make_unit
from preprocess.vocabulary import Vocabulary

ROOT = Path(__file__).resolve().parents[1]
ROWS = [*range(1, 31), *range(32, 45)]
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
every_unit = pytest.mark.parametrize("kind", sorted(UNITS))


def comes_back(kind, text):
    """Whether a text comes back from its tokens, with ids for none, half or all its characters."""
    unit = make_unit({"kind": kind})
    characters = np.unique(code_points_of(text))
    characters = characters[unit.base.may_have_id(characters)]
    for size in (0, len(characters) // 2, len(characters)):
        vocabulary = Vocabulary(unit, list(map(chr, characters[:size])), np.zeros(0, np.int64))
        if vocabulary.decode(vocabulary.encode(text)) != text:
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
def test_fault_13_single_jamo_come_back(kind):
    assert comes_back(kind, "ㅋㅋㅋㅠㅠ 가ㄱㅏㄳ 값ㅅ")


@every_unit
def test_fault_14_old_hangul_comes_back(kind):
    assert comes_back(kind, "\u1112\u119e\u11ab \ua960\ud7b0\ud7cb 가\u11ab")


@every_unit
def test_fault_23_emoji_come_back_whole(kind):
    assert comes_back(kind, "👨\u200d👩\u200d👧 🇰🇷 👍🏿 ❤\ufe0f\u200d🔥 𠀀")


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
