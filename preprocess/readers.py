"""Raw files to documents, one reader a format: text, JSON lines, Parquet, namuwiki dumps."""

import io
import itertools
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from operator import itemgetter
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from preprocess.decoding import Encoding, decoded, detect, encoded_size
from preprocess.raw import RawFile

PIECE_CHARACTERS = 1 << 20
ROWS_AT_ONCE = 1024
# Only the first line of a page can redirect it (the wiki's own rule).
REDIRECT_RE = re.compile(r"#(?:redirect|넘겨주기)(?:\s|$)", re.IGNORECASE)
SURROGATE_RE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Document:
    """A document as read; `position` is how many bytes of its file stand before it."""

    document_id: str
    title: str
    text: Iterable[str]  # pieces, which joined are the text
    position: int


@dataclass(frozen=True)
class Options:
    """How a corpus is read: keys of its config entry, None where its format has no use for one."""

    format: str
    encoding: str | None = None
    document: str | None = None
    text_column: str | None = None
    title_column: str | None = None
    namespaces: Sequence[object] | None = None

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Options":
        """Take the reader's keys out of the settings of the stage."""
        names = [field.name for field in fields(cls)]
        return cls(**{key: settings[key] for key in names if key in settings})


@dataclass
class Tally:
    """What was counted while one file was read."""

    encoding: Encoding | None = None  # None: the format has none to tell
    skipped: Counter[str] = field(default_factory=Counter)
    replaced_surrogates: int = 0


@dataclass(frozen=True)
class _Opened:
    """A raw file while it is read: its bytes, how to read them, what was counted."""

    name: str
    size: int
    stream: IO[bytes]
    options: Options
    tally: Tally

    def text(self) -> io.TextIOWrapper:
        """Decode it, and note its encoding."""
        asked = self.options.encoding or "utf-8"  # a dump is JSON, which is UTF-8 by its standard
        self.tally.encoding = detect(self.stream, asked, self.name)
        return decoded(self.stream, self.tally.encoding)

    def identity(self, number: int) -> str:
        """Name the document that is line, row or record `number`, from 1."""
        return f"{_escaped(self.name)}:{number}"


def read_file(file: RawFile, options: Options, tally: Tally) -> Iterator[Document]:
    """
    Yield the documents of one raw file, in its order, and count in `tally` what is no document.

    A document's `text` must be used up before the next document is asked for.

    Raises:
        ValueError: the file is not what `options` say; the message names the line or record.
    """
    reader = _reader(options)
    with file.open() as stream:
        yield from reader(_Opened(file.name, file.size, stream, options, tally))


def _reader(options: Options) -> Callable[[_Opened], Iterator[Document]]:
    formats = {"jsonl": _json_lines, "parquet": _parquet, "namuwiki": _namuwiki}
    forms = {"file": _whole_file, "line": _lines, "blank-line": _blocks}
    if options.format != "text":
        return _chosen(formats, options.format, "format", "text, ")
    return _chosen(forms, options.document, "document")


def _chosen(
    readers: Mapping[str, Callable[[_Opened], Iterator[Document]]],
    name: str | None,
    key: str,
    others: str = "",
) -> Callable[[_Opened], Iterator[Document]]:
    reader = readers.get(name or "")
    if reader is None:
        raise ValueError(f"{key}: is {name!r}; it must be one of {others}{', '.join(readers)}")
    return reader


def _whole_file(file: _Opened) -> Iterator[Document]:
    text = file.text()
    yield Document(_escaped(file.name), "", iter(lambda: text.read(PIECE_CHARACTERS), ""), 0)


def _lines(file: _Opened) -> Iterator[Document]:
    for number, line, position in _numbered(file):
        yield Document(file.identity(number), "", [line.rstrip("\r\n")], position)


def _blocks(file: _Opened) -> Iterator[Document]:
    """Yield what stands between lines that are empty or white space, line ends inside kept."""
    lines = ((bool(line.strip()), number, line, at) for number, line, at in _numbered(file))
    for has_text, group in itertools.groupby(lines, key=itemgetter(0)):
        if has_text:
            _, number, first, position = next(group)
            text = "".join([first, *(line for _, _, line, _ in group)])
            yield Document(file.identity(number), "", [text.rstrip("\r\n")], position)


def _numbered(file: _Opened) -> Iterator[tuple[int, str, int]]:
    """Yield number (from 1), text with its line end, and byte offset of each line."""
    text, position = file.text(), 0
    encoding = file.tally.encoding
    assert encoding is not None
    for number, line in enumerate(text, start=1):
        yield number, line, position
        position += encoded_size(line, encoding)


def _json_lines(file: _Opened) -> Iterator[Document]:
    for number, line, position in _numbered(file):
        if not line.strip():
            file.tally.skipped["empty"] += 1
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{file.name}: line {number} is not JSON ({error})") from error
        yield from _of_record(file, number, record, position)


def _parquet(file: _Opened) -> Iterator[Document]:
    wanted = (file.options.text_column, file.options.title_column)
    for number, record, position in _rows(file, [name for name in wanted if name is not None]):
        yield from _of_record(file, number, record, position)


def _namuwiki(file: _Opened) -> Iterator[Document]:
    """Yield the pages of the namespaces wanted that are no redirects; dumps write 0 or "0"."""
    columns = ("namespace", "title", "text")
    asked = file.options.namespaces
    wanted = None if asked is None else {str(name) for name in asked}
    records = _rows(file, columns) if file.name.endswith(".parquet") else _records(file)
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


def _records(file: _Opened) -> Iterator[tuple[int, object, int]]:
    """Yield number (from 1), record and position of the elements of a JSON array."""
    text = file.text().read()
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


def _rows(file: _Opened, columns: Sequence[str]) -> Iterator[tuple[int, object, int]]:
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
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"{file.name}: is no whole Parquet file ({error})") from error


def _of_record(file: _Opened, number: int, record: object, position: int) -> Iterator[Document]:
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
            raise ValueError(f"{where}: {value!r} is no text; check the columns' names")
    title = _scalar_values(title or "", file.tally)
    text = _scalar_values(text, file.tally)
    yield Document(file.identity(number), title, [text], position)


def _scalar_values(text: str, tally: Tally) -> str:
    """Replace lone surrogates, which JSON can spell and no file of text can hold, by U+FFFD."""
    text, replaced = SURROGATE_RE.subn("\ufffd", text)
    tally.replaced_surrogates += replaced
    return text


def _escaped(name: str) -> str:
    """Keep `#` for the pieces of documents that are cut."""
    return name.replace("%", "%25").replace("#", "%23")
