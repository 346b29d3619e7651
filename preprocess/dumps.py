"""Dumps of namuwiki, of any year: a JSON array of pages, or Parquet, in bounded memory."""

import re
import reprlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from preprocess.archives import DamagedError
from preprocess.arrays import BrokenArrayError, Fault, NoArrayError, elements
from preprocess.documents import Document, Opened
from preprocess.records import documents_of, rows

NONE = type(None)
TYPES = {str: "a text", int: "a number", float: "a number", NONE: "null"}
# Of a page, and their types; others, such as `contributors`, are passed over.
FIELDS = {"namespace": (str, int, float, NONE), "title": (str, NONE), "text": (str, NONE)}
FIELDS_SHOWN = 8
BOM_BYTES = 3
WIDE_RE = re.compile(rb"\xff\xfe|\xfe\xff|\0+\[|\[\0")  # how UTF-16 and UTF-32 begin
NULL = "null"  # the name of the namespace that pages without one are counted in
# What a page begins with that is a redirect. `namumark.scan` has the same; were it imported, every
# change of the scanner would read the dumps again.
REDIRECT_RE = re.compile(r"[\ufeff\s]*#(?:redirect|넘겨주기)[ \t]", re.IGNORECASE)


def namuwiki(file: Opened) -> Iterator[Document]:
    """
    Yield the pages of the namespaces wanted that are no redirects; dumps write 0, 0.0 or "0".

    All pages are counted by namespace, those that are not wanted too; null is `NULL`. Of a
    JSON dump that is cut off or broken, by itself or in a damaged .gz, .bz2, .xz, .lzma or .zst,
    the pages before the fault are used where `allow_truncated` is set. The index of Parquet, .zip
    and .7z is at their end, so that nothing is used of a part of one.

    Raises:
        ValueError: the file is no dump of pages, or not a whole one; the message names the record
            and, in JSON, the byte. Bytes that were wrong, and replaced, may shift it by a few.
    """
    asked = file.options.namespaces
    wanted = None if asked is None else {str(name) for name in asked}
    records = _rows(file) if _is_parquet(file) else _records(file)
    options = replace(file.options, text_column="text", title_column="title")
    pages = replace(file, options=options)
    for number, record, position in records:
        namespace = file.scalar_values(_name(record["namespace"]), number)
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


def _name(namespace: str | float | None) -> str:
    """
    Return the name that a namespace is counted and asked for by.

        >>> _name("문서"), _name(0), _name(0.0), _name(None)
        ('문서', '0', '0', 'null')
    """
    if namespace is None:
        return NULL
    is_whole = isinstance(namespace, float) and namespace.is_integer()
    return str(int(namespace) if is_whole else namespace)


def _rows(file: Opened) -> Iterator[tuple[int, dict[str, Any], int]]:
    """Yield number (from 1), record and position of the pages of a Parquet dump."""
    for number, record, position in rows(file, tuple(FIELDS)):
        yield number, _page(f"{file.name}: record {number}", record), position


def _records(file: Opened) -> Iterator[tuple[int, dict[str, Any], int]]:
    """Yield number (from 1), record and position of the pages of a JSON dump."""
    _refuse_wide(file)
    number = end = 0
    try:
        for record, start, stop in elements(file.pieces()):
            number, end = number + 1, stop
            where = f"{file.name}: record {number}, at byte {_in_file(file, start)},"
            yield number, _page(where, record), start
    except NoArrayError as error:
        raise ValueError(
            f"{file.name}: is no JSON array of pages: it {error}. Fetch the dump again, or take "
            "the array out of what is around it, or, where each line is a page, make one "
            "(jq -s . lines.json > dump.json). Of an archive with other files in it, name the "
            "dump as the corpus's `source.member`"
        ) from error
    except DamagedError as error:  # found as it is unpacked
        if not file.options.allow_truncated:
            raise ValueError(f"{error}{_way_out(number)}") from error
        file.tally.fault = Fault(number + 1, _in_file(file, end), str(error))
    except BrokenArrayError as error:
        fault = error.fault._replace(byte=_in_file(file, error.fault.byte))
        if not file.options.allow_truncated:
            raise ValueError(
                f"{file.name}: is broken in record {fault.element}, at byte {fault.byte}: "
                f"{fault.reason}; fetch the dump again{_way_out(number)}"
            ) from error
        file.tally.fault = fault


def _refuse_wide(file: Opened) -> None:
    """Refuse UTF-16 and UTF-32, as some programs of Windows write."""
    head = file.stream.read(4)
    file.stream.seek(0)
    if WIDE_RE.match(head):
        raise ValueError(
            f"{file.name}: begins with the bytes {head.hex(' ')}, as UTF-16 or UTF-32 does; a dump "
            "is in UTF-8, as all JSON: convert it (iconv -f UTF-16 -t UTF-8)"
        )


def _way_out(records: int) -> str:
    """Say what else can be done where there are records before the fault."""
    if not records:
        return ""
    return f", or set `allow_truncated: true` to use only the {records} records before it"


def _in_file(file: Opened, byte: int) -> int:
    """Return the offset in the file of a byte of its text, which has no byte order marks."""
    return byte + BOM_BYTES * file.tally.repairs.boms


def _page(where: str, record: object) -> dict[str, Any]:
    """Refuse what is no page of a wiki, and say what it is."""
    if not isinstance(record, dict):
        raise ValueError(
            f"{where} is no page but {reprlib.repr(record)}; a page is an object with the fields "
            f"{', '.join(FIELDS)}"
        )
    missing = ", ".join(name for name in FIELDS if name not in record)
    if missing:
        names = ", ".join(reprlib.repr(name) for name in list(record)[:FIELDS_SHOWN]) or "none"
        raise ValueError(
            f"{where} is no page: it has no {missing}; its fields are {names}. Rename them to "
            f"{', '.join(FIELDS)} in the dump (jq can), or convert it to `format: jsonl`"
        )
    for name, types in FIELDS.items():
        if not isinstance(record[name], types):
            raise ValueError(
                f"{where} has a {name} of another type, {reprlib.repr(record[name])}; it must be "
                f"{' or '.join(dict.fromkeys(TYPES[one] for one in types))}: mend the dump"
            )
    return record
