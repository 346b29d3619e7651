"""
The table of characters that become others or nothing, normalise.tsv: its rows, and patterns.

A row is a range of code points; a range in its column `becomes` is of the same length, nothing
there means removed. Rows of a reason are counted under it.
"""

import csv
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).with_name("normalise.tsv")


class Row(NamedTuple):
    """A row of the table: the code points `first` to `last` and what becomes of each."""

    first: int
    last: int
    becomes: tuple[str, ...]
    reason: str
    kept_in: str
    name: str


@cache
def table() -> tuple[Row, ...]:
    """Read the table."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(_row(**fields) for fields in csv.DictReader(file, delimiter="\t"))


@cache
def any_row() -> re.Pattern[str]:
    """Return the pattern of one character of any row."""
    return re.compile(f"[{ranges(table())}]")


@cache
def characters_of(reason: str) -> re.Pattern[str]:
    """Return the pattern of one character of the table's rows of a reason."""
    return re.compile(f"[{ranges(row for row in table() if row.reason == reason)}]")


@cache
def replacements(reason: str) -> dict[str, str]:
    """Return what each character of the table's rows of a reason becomes."""
    rows = [row for row in table() if row.reason == reason]
    return {chr(row.first + i): new for row in rows for i, new in enumerate(row.becomes)}


def ranges(rows: Iterable[Row]) -> str:
    """Return rows as they stand in a set of a pattern."""
    return "".join(f"{re.escape(chr(row.first))}-{re.escape(chr(row.last))}" for row in rows)


def _row(first: str, last: str, becomes: str, reason: str, kept_in: str, name: str) -> Row:
    start, end = int(first, 16), int(last, 16)
    size = end - start + 1
    if "-" in becomes:
        target, target_end = (int(code, 16) for code in becomes.split("-"))
        if target_end - target + 1 != size:
            raise ValueError(f"{TABLE}: {first}-{last} and {becomes} differ in length")
        characters = tuple(map(chr, range(target, target_end + 1)))
    else:
        characters = (chr(int(becomes, 16)) if becomes else "",) * size
    return Row(start, end, characters, reason, kept_in, name)
