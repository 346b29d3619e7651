"""Raw files to documents: one reader a format, and for text one a kind of document."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping

from preprocess import dumps, records
from preprocess.documents import Document, Opened, Options, Tally, escaped
from preprocess.fragments import Line
from preprocess.raw import RawFile

__all__ = ["Document", "Options", "Tally", "read_file"]

Reader = Callable[[Opened], Iterator[Document]]


def read_file(file: RawFile, options: Options, tally: Tally) -> Iterator[Document]:
    """
    Yield the documents of one raw file, in its order, and count in `tally` what is no document.

    A document's `text` must be used up before the next document is asked for.

    Raises:
        ValueError: the file is not what `options` say; the message names the line or record.
    """
    reader = _reader(options)
    with file.open() as stream:
        yield from reader(Opened(file.name, file.size, stream, options, tally))


def _reader(options: Options) -> Reader:
    formats = {
        "jsonl": records.json_lines,
        "tsv": records.tab_separated,
        "parquet": records.parquet,
        "namuwiki": dumps.namuwiki,
    }
    forms = {"file": _whole_file, "line": _lines, "blank-line": _blocks}
    if options.format != "text":
        return _chosen(formats, options.format, "format", "text, ")
    return _chosen(forms, options.document, "document")


def _chosen(readers: Mapping[str, Reader], name: str | None, key: str, others: str = "") -> Reader:
    reader = readers.get(name or "")
    if reader is None:
        raise ValueError(f"{key}: is {name!r}; it must be one of {others}{', '.join(readers)}")
    return reader


def _whole_file(file: Opened) -> Iterator[Document]:
    yield Document(escaped(file.name), "", file.pieces(), 0)


def _lines(file: Opened) -> Iterator[Document]:
    for line in file.lines():
        yield Document(file.identity(line.number), "", line.parts, line.position)


def _blocks(file: Opened) -> Iterator[Document]:
    """Yield what stands between lines that are empty or white space, line ends inside kept."""
    for has_text, group in itertools.groupby(file.lines(), key=Line.has_text):
        if has_text:
            yield _block(file, group)


def _block(file: Opened, lines: Iterator[Line]) -> Document:
    first = next(lines)
    text = _joined(itertools.chain([first], lines))
    return Document(file.identity(first.number), "", text, first.position)


def _joined(lines: Iterable[Line]) -> Iterator[str]:
    """Yield the text of lines, with the line ends between them."""
    end = ""
    for line in lines:
        yield end
        yield from line.parts
        end = line.end
