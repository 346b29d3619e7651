"""
Stretches: runs of characters of one split inside one document, and the text of a split by them.

A split file has the rows `document_id, split, start, end`, in code points of the clean text, in
source order. They cover every character; a document without characters (a piece of a cut one can
be empty) has one row too. A document cut in pieces has the ids `id#n`: the pieces share one state.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from preprocess.files import REMEDY
from preprocess.tables import read_tables

STRETCHES = pa.schema(
    [
        ("document_id", pa.large_string()),
        ("split", pa.string()),
        ("start", pa.int64()),
        ("end", pa.int64()),
    ]
)


class Stretch(NamedTuple):
    """A run of characters of one split inside one document: [start, end) in code points."""

    document_id: str
    split: str
    start: int
    end: int


def read_split(path: Path) -> Iterator[Stretch]:
    """Yield the stretches of a split file in source order; a damaged file is refused by name."""
    for table in read_tables(path, REMEDY):
        yield from map(Stretch._make, zip(*_lists(table, Stretch._fields), strict=True))


def clean_documents(clean: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """Yield (document_id, text) of the clean parts in order; a damaged one is refused by name."""
    for path in clean:
        for table in read_tables(path, REMEDY, ["document_id", "text"]):
            yield from zip(*_lists(table, ["document_id", "text"]), strict=True)


def clean_ids(clean: Iterable[Path]) -> Iterator[str]:
    """Yield the document_id of each row of the clean parts in order."""
    for path in clean:
        for table in read_tables(path, REMEDY, ["document_id"]):
            yield from table["document_id"].to_pylist()


def stretches(
    clean: Sequence[Path], split_path: Path, split_name: str
) -> Iterator[tuple[str, str, bool, bool]]:
    """
    Yield the text of one split, in source order: (document_id, text, ends, continues).

    Args:
        clean: all parts of the clean text in order, or a run of neighbouring ones.
        split_path: the split of the whole corpus.
        split_name: train, valid or test.

    `ends`: the end of a true document follows the text (not a cut of ours). `continues`: the text
    goes on where the previous stretch of this split stopped, so state is carried into it; it may
    do so from another part.

    Raises:
        ValueError: the split was not made of this clean text.
    """
    for row, text, ends, continues in all_stretches(clean, split_path):
        if row.split == split_name:
            yield row.document_id, text, ends, continues


def all_stretches(
    clean: Iterable[Path], split_path: Path
) -> Iterator[tuple[Stretch, str, bool, bool]]:
    """Yield (stretch, text, ends, continues) of every split, in source order; see `stretches`."""
    rows = _with_neighbours(read_split(split_path))
    skipping = True  # the stretches of earlier parts come first
    for document_id, text in clean_documents(clean):
        covered, complete = 0, False
        for before, row, after in rows:
            if row.document_id != document_id or row.start != covered:
                if skipping:
                    continue
                break
            skipping, covered = False, row.end
            last = after is None or after.document_id != document_id
            complete = last and covered == len(text)
            ends = last and (after is None or not is_next_piece(row.document_id, after.document_id))
            continues = (
                row.start == 0
                and before is not None
                and before.split == row.split
                and is_next_piece(before.document_id, row.document_id)
            )
            yield row, text[row.start : row.end], ends, continues
            if last:
                break
        if not complete:
            raise ValueError(
                f"{split_path}: its stretches do not fit the clean text at document "
                f"{document_id}; delete {split_path} and run the same command again"
            )


def is_next_piece(document_id: str, next_id: str) -> bool:
    """
    Say whether the second of two neighbouring ids is a further piece of the first one's document.

    Names of files cannot look like pieces: `read` writes their own `#` as `%23`.

        >>> is_next_piece("a.txt#1", "a.txt#2"), is_next_piece("a.txt#2", "b.txt#1")
        (True, False)
    """
    source, mark, _ = next_id.partition("#")
    return bool(mark) and source == document_id.partition("#")[0]


def _lists(table: pa.Table, columns: Iterable[str]) -> list[list[Any]]:
    return [table[column].to_pylist() for column in columns]


def _with_neighbours(
    rows: Iterable[Stretch],
) -> Iterator[tuple[Stretch | None, Stretch, Stretch | None]]:
    """Yield each row between the row before and the row after it."""
    before: Stretch | None = None
    row: Stretch | None = None
    for after in rows:
        if row is not None:
            yield before, row, after
        before, row = row, after
    if row is not None:
        yield before, row, None
