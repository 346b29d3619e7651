"""Readers of records, each a document: JSON lines, tables of tabs, Parquet."""

import itertools
import json
import reprlib
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from preprocess.documents import Document, Opened

ROWS_AT_ONCE = 128
# Else pyarrow reads a column of a row group at once, and that may be all of the file.
READ_BYTES = 1 << 20


def json_lines(file: Opened) -> Iterator[Document]:
    """Yield a document for each line, which is a JSON object."""
    for line in file.lines():
        text = line.text()
        if not text.strip():
            file.tally.skipped["empty"] += 1
            continue
        try:
            record = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{file.name}: line {line.number} is not JSON ({error})") from error
        yield from documents_of(file, line.number, record, line.position)


def tab_separated(file: Opened) -> Iterator[Document]:
    """Yield a document for each line but the first, which names the columns; nothing is quoted."""
    columns: list[str] | None = None
    for line in file.lines():
        text = line.text()
        if columns is None:
            columns = _columns(file, text)
        elif not text.strip():
            file.tally.skipped["empty"] += 1
        else:
            values = text.split("\t")
            if len(values) != len(columns):
                raise ValueError(
                    f"{file.name}: line {line.number} has {len(values)} fields, the first line "
                    f"names {len(columns)} columns; mend it: fields are divided by tabs, and "
                    "quotes do not protect one"
                )
            record = dict(zip(columns, values, strict=True))
            yield from documents_of(file, line.number, record, line.position)


def _columns(file: Opened, first_line: str) -> list[str]:
    """Return the names of the columns; those wanted must be there, and once."""
    columns = first_line.split("\t")
    for name in (file.options.text_column, file.options.title_column):
        if name is not None and columns.count(name) != 1:
            raise ValueError(
                f"{file.name}: its first line names the column {name!r} {columns.count(name)} "
                f"times, among {', '.join(columns)}; check `text_column` and `title_column`"
            )
    return columns


def parquet(file: Opened) -> Iterator[Document]:
    """Yield a document for each row."""
    wanted = (file.options.text_column, file.options.title_column)
    for number, record, position in rows(file, [name for name in wanted if name is not None]):
        yield from documents_of(file, number, record, position)


def rows(file: Opened, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, Any], int]]:
    """Yield number (from 1), columns wanted and position of the rows of a Parquet file."""
    try:
        table = pq.ParquetFile(file.stream, buffer_size=READ_BYTES, pre_buffer=False)
        names = table.schema_arrow.names
        for column in columns:
            if column not in names:
                raise ValueError(
                    f"{file.name}: has no column {column!r}, only {', '.join(names)}; rename it "
                    "there, or name another (`text_column`, `title_column` of format parquet)"
                )
        batches = table.iter_batches(ROWS_AT_ONCE, columns=list(columns))
        records = itertools.chain.from_iterable(batch.to_pylist() for batch in batches)
        for index, record in enumerate(records):
            yield index + 1, record, file.size * index // table.metadata.num_rows
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{file.name}: a text in it is not UTF-8 ({error}); write the file anew"
        ) from error
    except (pa.ArrowException, OSError) as error:
        raise ValueError(
            f"{file.name}: is no whole Parquet file ({error}); fetch it again"
        ) from error


def documents_of(file: Opened, number: int, record: object, position: int) -> Iterator[Document]:
    """Yield the document of a record with columns; one without a text is skipped and counted."""
    where = f"{file.name}: record {number}"
    column, title_column = file.options.text_column, file.options.title_column
    if not isinstance(record, dict) or column not in record:
        raise ValueError(f"{where} has no {column!r}; check `text_column`")
    text = record[column]
    title = None if title_column is None else record.get(title_column)
    if text is None:
        file.tally.skipped["null"] += 1
        return
    for value in (text, title):
        if value is not None and not isinstance(value, str):
            raise ValueError(f"{where}: {reprlib.repr(value)} is no text; check the columns' names")
    title = file.scalar_values(title or "", number)
    text = file.scalar_values(text, number)
    yield Document(file.identity(number), title, [text], position)
