"""Every fault that docs/faults.md lists has tests named after it, or says why not."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROWS = [*range(1, 31), *range(34, 45)]
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
