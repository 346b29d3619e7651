"""Readers of records, each a document: JSON lines, tables of tabs, Parquet, namuwiki dumps."""

import itertools
import json
import re
import reprlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq

from preprocess.documents import Document, Opened

ROWS_AT_ONCE = 1024
# Only the first line of a page can redirect it (the wiki's own rule).
REDIRECT_RE = re.compile(r"#(?:redirect|넘겨주기)(?:\s|$)", re.IGNORECASE)


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
        yield from _of_record(file, line.number, record, line.position)


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
            yield from _of_record(file, line.number, record, line.position)


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
    for number, record, position in _rows(file, [name for name in wanted if name is not None]):
        yield from _of_record(file, number, record, position)


def namuwiki(file: Opened) -> Iterator[Document]:
    """Yield the pages of the namespaces wanted that are no redirects; dumps write 0 or "0"."""
    columns = ("namespace", "title", "text")
    asked = file.options.namespaces
    wanted = None if asked is None else {str(name) for name in asked}
    records = _rows(file, columns) if file.name.endswith(".parquet") else _elements(file)
    options = replace(file.options, text_column="text", title_column="title")
    pages = replace(file, options=options)
    for number, record, position in records:
        if not isinstance(record, dict) or "namespace" not in record:
            raise ValueError(f"{file.name}: record {number} is no page: it has no namespace")
        if wanted is not None and str(record["namespace"]) not in wanted:
            file.tally.skipped["namespace"] += 1
        elif isinstance(record.get("text"), str) and REDIRECT_RE.match(record["text"]):
            file.tally.skipped["redirect"] += 1
        else:
            yield from _of_record(pages, number, record, position)


def _elements(file: Opened) -> Iterator[tuple[int, object, int]]:
    """Yield number (from 1), record and position of the elements of a JSON array."""
    text = "".join(file.pieces())
    try:
        records = json.loads(text)
    except json.JSONDecodeError as error:
        at = len(text[: error.pos].encode())
        raise ValueError(f"{file.name}: is not JSON at byte {at} ({error.msg})") from error
    except RecursionError as error:
        raise ValueError(f"{file.name}: is nested too deep for a dump of pages") from error
    if not isinstance(records, list):
        raise ValueError(f"{file.name}: is no JSON array of pages")
    for index, record in enumerate(records):
        yield index + 1, record, file.size * index // len(records)


def _rows(file: Opened, columns: Sequence[str]) -> Iterator[tuple[int, object, int]]:
    """Yield number (from 1), columns wanted and position of the rows of a Parquet file."""
    try:
        table = pq.ParquetFile(file.stream)
        names = table.schema_arrow.names
        for column in columns:
            if column not in names:
                raise ValueError(f"{file.name}: has no column {column!r}, only {', '.join(names)}")
        batches = table.iter_batches(ROWS_AT_ONCE, columns=list(columns))
        rows = itertools.chain.from_iterable(batch.to_pylist() for batch in batches)
        for index, row in enumerate(rows):
            yield index + 1, row, file.size * index // table.metadata.num_rows
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{file.name}: a text in it is not UTF-8 ({error}); write the file anew"
        ) from error
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"{file.name}: is no whole Parquet file ({error})") from error


def _of_record(file: Opened, number: int, record: object, position: int) -> Iterator[Document]:
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
