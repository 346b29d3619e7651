"""Dumps of namuwiki, of any year: a JSON array of pages, or Parquet, in bounded memory."""

import re
import reprlib
from collections.abc import Iterator
from dataclasses import replace

from preprocess.archives import DamagedError
from preprocess.arrays import BrokenArrayError, Fault, NoArrayError, elements
from preprocess.documents import Document, Opened
from preprocess.records import documents_of, rows

FIELDS = ("namespace", "title", "text")  # others, such as `contributors`, are passed over
FIELDS_SHOWN = 8
BOM_BYTES = 3
# Only the first line of a page can redirect it (the wiki's own rule).
REDIRECT_RE = re.compile(r"#(?:redirect|넘겨주기)(?:\s|$)", re.IGNORECASE)


def namuwiki(file: Opened) -> Iterator[Document]:
    """
    Yield the pages of the namespaces wanted that are no redirects; dumps write 0 or "0".

    All pages are counted by namespace, those that are not wanted too. Of a JSON dump that is cut
    off or broken, by itself or in a damaged .gz, .bz2, .xz, .lzma or .zst, the pages before the
    fault are used where `allow_truncated` is set. The index of Parquet, .zip and .7z is at their
    end, so that nothing is used of a part of one.

    Raises:
        ValueError: the file is no dump of pages, or not a whole one; the message names the record
            and, in JSON, the byte. Bytes that were wrong, and replaced, may shift it by a few.
    """
    asked = file.options.namespaces
    wanted = None if asked is None else {str(name) for name in asked}
    records = rows(file, FIELDS) if _is_parquet(file) else _records(file)
    options = replace(file.options, text_column="text", title_column="title")
    pages = replace(file, options=options)
    for number, record, position in records:
        namespace = _namespace(file, number, record)
        file.tally.namespaces[namespace] += 1
        if wanted is not None and namespace not in wanted:
            file.tally.skipped["namespace"] += 1
        elif isinstance(record["text"], str) and REDIRECT_RE.match(record["text"]):
            file.tally.skipped["redirect"] += 1
        else:
            yield from documents_of(pages, number, record, position)


def _is_parquet(file: Opened) -> bool:
    """Tell it by the name, or by how the file begins."""
    magic = file.stream.read(4)
    file.stream.seek(0)
    return magic == b"PAR1" or file.name.endswith(".parquet")


def _namespace(file: Opened, number: int, record: dict[str, object]) -> str:
    """Return the namespace of a page as text, 0 and "0" alike."""
    value = record["namespace"]
    if not isinstance(value, int | str):
        raise ValueError(
            f"{file.name}: record {number}: its namespace is {reprlib.repr(value)}, which is "
            "neither a number nor a text, as 0 or '0' are; mend the dump"
        )
    return file.scalar_values(str(value), number)


def _records(file: Opened) -> Iterator[tuple[int, dict[str, object], int]]:
    """Yield number (from 1), record and position of the pages of a JSON dump."""
    number = end = 0
    try:
        for record, start, stop in elements(file.pieces()):
            number, end = number + 1, stop
            yield number, _page(file, number, record, _in_file(file, start)), start
    except NoArrayError as error:
        raise ValueError(
            f"{file.name}: is no JSON array of pages: it {error}. Take the array out of what is "
            "around it, or, where each line is a page, make one: jq -s . lines.json > dump.json"
        ) from error
    except DamagedError as error:  # found as it is unpacked
        if not file.options.allow_truncated:
            raise ValueError(f"{error}, or {_way_out(number)}") from error
        file.tally.fault = Fault(number + 1, _in_file(file, end), str(error))
    except BrokenArrayError as error:
        fault = error.fault._replace(byte=_in_file(file, error.fault.byte))
        if not file.options.allow_truncated:
            raise ValueError(
                f"{file.name}: is broken in record {fault.element}, at byte {fault.byte}: "
                f"{fault.reason}; fetch the dump again, or {_way_out(number)}"
            ) from error
        file.tally.fault = fault


def _way_out(records: int) -> str:
    return f"set `allow_truncated: true` to use only the {records} records before it"


def _in_file(file: Opened, byte: int) -> int:
    """Return the offset in the file of a byte of its text, which has no byte order marks."""
    return byte + BOM_BYTES * file.tally.repairs.boms


def _page(file: Opened, number: int, record: object, byte: int) -> dict[str, object]:
    """Refuse what is no page of a wiki, and say what it is."""
    if isinstance(record, dict) and all(name in record for name in FIELDS):
        return record
    where = f"{file.name}: record {number}, at byte {byte}, is no page"
    if not isinstance(record, dict):
        raise ValueError(
            f"{where} but {reprlib.repr(record)}; a page is an object with the fields "
            f"{', '.join(FIELDS)}"
        )
    missing = ", ".join(name for name in FIELDS if name not in record)
    names = ", ".join(reprlib.repr(name) for name in list(record)[:FIELDS_SHOWN]) or "none"
    raise ValueError(
        f"{where}: it has no {missing}; its fields are {names}. Rename them to "
        f"{', '.join(FIELDS)} in the dump (jq can), or convert it to `format: jsonl`"
    )
