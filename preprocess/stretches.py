"""
Stretches: runs of characters of one split inside one document, and the text of a split by them.

A split file has the rows `document_id, split, start, end`, in code points of the clean text, in
source order. They cover every character; a document without characters (a piece of a cut one can
be empty) has one row too. A document cut in pieces has the ids `id#n`: the pieces share one state.

Notation: D documents, S stretches, N code points.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from preprocess.files import REMEDY
from preprocess.split_rows import NAMES, STRETCHES, Fitting, SplitRows
from preprocess.tables import DOCUMENTS, one_chunk, read_tables, utf8_of
from preprocess.units import CodePoints, code_points_of

TEXTS = pa.schema([DOCUMENTS.field("document_id"), DOCUMENTS.field("text")])
IDS = pa.schema([DOCUMENTS.field("document_id")])
BATCH_BYTES = 1 << 20  # of text at once, so that what is made of it stays small


class Stretch(NamedTuple):
    """A run of characters of one split inside one document: [start, end) in code points."""

    document_id: str
    split: str
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class TextBatch:
    """
    Neighbouring stretches and their text, as arrays.

    Attributes:
        document_ids: (S,) names of the documents that the stretches lie in.
        splits: (S,) indices into `NAMES`, of which the first three are those of `SPLITS`.
        starts: (S,) where each begins in its document, in code points.
        lengths: (S,) sizes in code points.
        encoded: (S,) the text of each, in UTF-8.
        ends: (S,) whether the end of a true document follows (not a cut of ours).
        continues: (S,) whether the text goes on where the previous stretch of this split stopped,
            which may be in another batch or part, so that state is carried into it.
    """

    document_ids: pa.LargeStringArray
    splits: npt.NDArray[np.int8]
    starts: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int64]
    encoded: pa.LargeStringArray
    ends: npt.NDArray[np.bool_]
    continues: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.splits)

    @cached_property
    def code_points(self) -> CodePoints:
        """The text of all, in order: (N,)."""
        data, _ = utf8_of(self.encoded)
        return code_points_of(str(data.data, "utf-8"))

    @cached_property
    def bounds(self) -> npt.NDArray[np.int64]:
        """(S + 1,): stretch s is code_points[bounds[s] : bounds[s + 1]]."""
        return np.append(0, self.lengths.cumsum())

    @property
    def num_bytes(self) -> npt.NDArray[np.int64]:
        """(S,) sizes in UTF-8."""
        return np.diff(utf8_of(self.encoded)[1])

    def select(self, split: str) -> "TextBatch":
        """Return the stretches of one split."""
        chosen = self.splits == NAMES.index(split)
        if chosen.all():
            return self
        mask = pa.array(chosen)
        return TextBatch(
            self.document_ids.filter(mask),
            self.splits[chosen],
            self.starts[chosen],
            self.lengths[chosen],
            self.encoded.filter(mask),
            self.ends[chosen],
            self.continues[chosen],
        )

    def stretches(self) -> Iterator[Stretch]:
        """Yield where each lies."""
        splits = (NAMES[split] for split in self.splits.tolist())
        ends = self.starts + self.lengths
        columns = self.document_ids.to_pylist(), splits, self.starts.tolist(), ends.tolist()
        return map(Stretch._make, zip(*columns, strict=True))

    def texts(self) -> Iterator[str]:
        """Yield the text of each."""
        return iter(self.encoded.to_pylist())


def read_split(path: Path) -> Iterator[Stretch]:
    """Yield the stretches of a split file in source order; a damaged file is refused by name."""
    for table in read_tables(path, REMEDY, STRETCHES):
        yield from map(Stretch._make, zip(*_lists(table, Stretch._fields), strict=True))


def clean_documents(clean: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """Yield (document_id, text) of the clean parts in order; a damaged one is refused by name."""
    for path in clean:
        for table in read_tables(path, REMEDY, TEXTS):
            yield from zip(*_lists(table, TEXTS.names), strict=True)


def clean_ids(clean: Iterable[Path]) -> Iterator[str]:
    """Yield the document_id of each row of the clean parts in order."""
    for path in clean:
        for table in read_tables(path, REMEDY, IDS):
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
    for batch in text_batches(clean, split_path):
        flags = zip(batch.ends.tolist(), batch.continues.tolist(), strict=True)
        for row, text, (ends, continues) in zip(
            batch.stretches(), batch.texts(), flags, strict=True
        ):
            yield row, text, ends, continues


def text_batches(clean: Iterable[Path], split_path: Path) -> Iterator[TextBatch]:
    """
    Yield the stretches of every split, in source order, about `BATCH_BYTES` of text at a time.

    Args:
        clean: all parts of the clean text in order, or a run of neighbouring ones.
        split_path: the split of the whole corpus.

    Raises:
        ValueError: an input is damaged, or the split was not made of this clean text.
    """
    split_rows = SplitRows(split_path)
    for path in clean:
        for table in read_tables(path, REMEDY, TEXTS):
            ids, texts = one_chunk(table["document_id"]), one_chunk(table["text"])
            for part in _parts(texts):
                lengths = pc.utf8_length(texts[part]).to_numpy()
                yield _batch(texts[part], split_rows.take(ids[part], lengths))


def _parts(texts: pa.LargeStringArray) -> Iterator[slice]:
    """Divide documents into slices of about `BATCH_BYTES`."""
    _, bounds = utf8_of(texts)
    start = 0
    while start < len(texts):
        end = int(np.searchsorted(bounds, bounds[start] + BATCH_BYTES))
        end = min(max(end, start + 1), len(texts))
        yield slice(start, end)
        start = end


def _batch(texts: pa.LargeStringArray, found: Fitting) -> TextBatch:
    """Put documents and the rows that fit them together."""
    rows = found.rows
    lengths = rows.ends - rows.starts
    if len(rows) > len(texts):  # some document is divided
        data, _ = utf8_of(texts)
        first_bytes = np.flatnonzero((data & 0xC0) != 0x80)
        bounds = np.append(first_bytes, len(data))[np.append(0, lengths.cumsum())]
        buffers = pa.py_buffer(bounds), pa.py_buffer(data)
        texts = pa.LargeStringArray.from_buffers(len(rows), *buffers)
    begins = rows.starts == 0
    goes_on = _goes_on(found)
    split_before = found.before.splits if len(found.before) else rows.splits[:1]
    return TextBatch(
        rows.document_ids,
        rows.splits,
        rows.starts,
        lengths,
        texts,
        ends=np.append(begins[1:], True) & ~goes_on[1:],
        continues=goes_on[:-1] & (np.append(split_before, rows.splits[:-1]) == rows.splits),
    )


def _goes_on(found: Fitting) -> npt.NDArray[np.bool_]:
    """Say of each row, and of the one after all, whether its document goes on there: (S + 1,)."""
    ids = found.rows.document_ids
    goes_on = np.zeros(len(ids) + 1, np.bool_)
    for place, left, right in (
        (0, found.before.document_ids, ids[:1]),
        (-1, ids[-1:], found.after.document_ids),
    ):
        if len(left) and len(right):
            goes_on[place] = is_next_piece(left[0].as_py(), right[0].as_py())
    is_piece = pc.match_substring(ids, "#").to_numpy(zero_copy_only=False)
    is_piece &= found.rows.starts == 0
    # Only documents of many megabytes are cut, so these are few.
    for place in np.flatnonzero(is_piece[1:]).tolist():
        goes_on[place + 1] = is_next_piece(*ids[place : place + 2].to_pylist())
    return goes_on


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
