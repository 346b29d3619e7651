"""Stage `read`: raw files to documents in Unicode, in parts, with a manifest that counts them."""

import itertools
import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from preprocess.archives import Limits
from preprocess.files import read_json, sha256_of, verify, write_json
from preprocess.fragments import cut
from preprocess.progress import progress
from preprocess.raw import RawFile, open_raw
from preprocess.readers import Document, Options, Tally, read_file
from preprocess.tables import DOCUMENTS, open_writer, read_rows

logger = logging.getLogger("geulteul")

MAX_WRONG, FEW_WRONG = 0.1, 16  # share of a file's bytes that may be wrong; bytes that always may
REPAIRS = ("replaced_bytes", "truncated", "boms", "recomposed")  # counts of `decoding.Repairs`


class _Row(NamedTuple):
    """A document, or a piece of one that was cut, and the part that it goes to."""

    document_id: str
    title: str
    text: str
    size: int  # UTF-8 bytes of the text
    part: int


@dataclass
class _Totals:
    """Counts over all files, and an entry for each file."""

    documents: int = 0
    characters: int = 0
    bytes: int = 0
    cut: int = 0
    repairs: Counter[str] = field(default_factory=Counter)
    replaced_surrogates: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    namespaces: Counter[str] = field(default_factory=Counter)
    encodings: Counter[str] = field(default_factory=Counter)
    files: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read(settings: Mapping[str, Any], raw: Path, manifest: Path) -> None:
    """
    Read the raw files of a corpus into `part-00000.parquet …` beside `manifest`, written last.

    Rows are `document_id, title, text` (`tables.DOCUMENTS`). Parts are contiguous in the order of
    the source and of about equal size in raw bytes; some may be empty. A document of more than
    `max_document_bytes` is cut into rows `id#1`, `id#2`, …, all in one part.

    Args:
        settings: the keys of `readers.Options`, `parts`, `max_document_bytes` (UTF-8), and
            `archive`, the limits of unpacking.
        raw: the manifest of the raw files.
        manifest: `{"parts": [{"name", "rows", "bytes", "sha256"}], "documents", "characters",
            "bytes", "cut", "files": [{"name", "bytes", "encoding", "confidence", "documents",
            and the counts of `decoding.Repairs`}], "skipped", "encodings", "boms",
            "replaced_bytes", "truncated", "recomposed", "replaced_surrogates", "warnings"}`; what
            is skipped is counted by reason, and warnings are sentences. Of dumps of namuwiki also
            `"namespaces"`, all pages by namespace, and in the entry of a file that is used only up
            to where it is broken `"truncated_at": {"record", "byte"}`.

    Raises:
        OSError: a file is missing or cannot be written.
        ValueError: a raw file is damaged, or not what the settings say.
    """
    options = Options.of(settings)
    parts, limit = settings["parts"], settings["max_document_bytes"]
    folder = manifest.parent
    totals = _Totals()
    with open_raw(raw, Limits(**settings["archive"])) as files:
        rows = _rows(files, options, parts, limit, totals)
        entries = [_write_part(folder, number, group) for number, group in _by_part(rows, parts)]
    _remove_strays(folder, {entry["name"] for entry in entries})
    content = {
        "parts": entries,
        "documents": totals.documents,
        "characters": totals.characters,
        "bytes": totals.bytes,
        "cut": totals.cut,
        "files": totals.files,
        "skipped": dict(totals.skipped),
        "encodings": dict(totals.encodings),
        **{key: totals.repairs[key] for key in REPAIRS},
        "replaced_surrogates": totals.replaced_surrogates,
        "warnings": totals.warnings,
    }
    if options.format == "namuwiki":
        content["namespaces"] = dict(totals.namespaces)
        _report_pages(options, totals)
    write_json(manifest, content)
    logger.info("%d documents, %d characters", totals.documents, totals.characters)


def _report_pages(options: Options, totals: _Totals) -> None:
    """Log what a dump has; refuse one of which nothing is in the namespaces wanted."""
    found = totals.namespaces
    pages = ", ".join(f"{count} in {name!r}" for name, count in sorted(found.items()))
    if found and found.total() == totals.skipped["namespace"]:
        raise ValueError(
            f"namespaces: none of the pages is in {options.namespaces}; there are {pages}: name "
            "those that you want as the corpus's `namespaces`"
        )
    redirects = totals.skipped["redirect"]
    logger.info("pages by namespace: %s; redirects skipped: %d", pages or "none", redirects)


def open_documents(manifest: Path, part: int) -> Iterator[dict[str, Any]]:
    """
    Yield the rows of one part (`document_id`, `title`, `text`), its bytes verified first.

    Raises:
        FileNotFoundError: the manifest or the part is missing.
        ValueError: the part is damaged, a stray lies beside it, or there is no such part.
    """
    remedy = f"delete {manifest} and run the same command again"
    entries = read_json(manifest)["parts"]
    if not 0 <= part < len(entries):
        raise ValueError(f"{manifest}: has {len(entries)} parts, so there is no part {part}")
    names = {entry["name"] for entry in entries}
    for path in sorted(manifest.parent.glob("[!.]*.parquet")):
        if path.name not in names:
            raise ValueError(f"{path}: is not in {manifest}; {remedy}")
    path = manifest.parent / entries[part]["name"]
    verify(path, entries[part]["sha256"], remedy)
    yield from read_rows(path, remedy, DOCUMENTS)


def _rows(
    files: list[RawFile], options: Options, parts: int, limit: int, totals: _Totals
) -> Iterator[_Row]:
    """Yield the rows of all files in order, and count them."""
    total = max(1, sum(file.size for file in files))
    before = 0
    with progress(what="read", total=total, unit="B") as bar:
        for file in files:
            tally, documents = Tally(), totals.documents
            for document in read_file(file, options, tally):
                # What was replaced may be longer in its encoding than the bytes were.
                position = before + min(document.position, file.size)
                bar.update(position - bar.n)
                part = min(parts - 1, position * parts // total)
                yield from _pieces(document, part, limit, tally, totals)
            _add(file, tally, totals.documents - documents, totals)
            before += file.size
            bar.update(before - bar.n)


def _pieces(
    document: Document, part: int, limit: int, tally: Tally, totals: _Totals
) -> Iterator[_Row]:
    """Yield the rows of one document: one, or several where it is too long, or none where empty."""
    pieces = cut(document.text, limit)
    first = next(pieces, "")
    second = next(pieces, None)
    if second is None:
        if not first.strip():
            tally.skipped["empty"] += 1
            return
        named = iter([(document.document_id, first)])
    else:
        totals.cut += 1
        numbered = enumerate(itertools.chain([first, second], pieces), start=1)
        named = ((f"{document.document_id}#{number}", text) for number, text in numbered)
    totals.documents += 1
    for document_id, text in named:
        size = len(text.encode())
        totals.characters += len(text)
        totals.bytes += size
        yield _Row(document_id, document.title, text, size, part)


def _add(file: RawFile, tally: Tally, documents: int, totals: _Totals) -> None:
    """Add what one file had to the totals, and say what was wrong in it; too much is refused."""
    encoding, repairs = tally.encoding, tally.repairs
    if encoding and repairs.replaced_bytes > max(FEW_WRONG, MAX_WRONG * file.size):
        raise ValueError(
            f"{file.name}: {repairs.replaced_bytes} of its {file.size} bytes are wrong in "
            f"{encoding.name}, the first at byte {repairs.wrong_bytes[0]}; it is damaged, or in "
            "another encoding: convert it to UTF-8 (iconv), or name that as the corpus's `encoding`"
        )
    counts = {key: getattr(repairs, key) for key in REPAIRS}
    entry = {
        "name": file.name,
        "bytes": file.size,
        "encoding": encoding.name if encoding else None,
        "confidence": encoding.confidence if encoding else None,
        "documents": documents,
        **counts,
    }
    if repairs.wrong_bytes:
        entry["wrong_bytes"] = [{"offset": offset} for offset in repairs.wrong_bytes]
    if len(repairs.lines) > 1:
        entry["lines"] = dict(repairs.lines)
    totals.files.append(entry)
    totals.repairs.update(counts)
    if tally.fault is not None:
        entry["truncated_at"] = {"record": tally.fault.element, "byte": tally.fault.byte}
    totals.skipped.update(tally.skipped)
    totals.namespaces.update(tally.namespaces)
    totals.replaced_surrogates += tally.replaced_surrogates
    if encoding:
        totals.encodings[encoding.name] += 1
    for sentence in tally.sentences(file.name):
        logger.warning("%s", sentence)
        totals.warnings.append(sentence)


def _by_part(rows: Iterator[_Row], parts: int) -> Iterator[tuple[int, Iterator[_Row]]]:
    """Group rows, whose parts never go down, by part; a part without rows comes too."""
    groups = itertools.groupby(rows, key=lambda row: row.part)
    group = next(groups, None)
    for number in range(parts):
        if group is not None and group[0] == number:
            yield number, group[1]
            group = next(groups, None)
        else:
            yield number, iter(())
    assert group is None, f"part {group[0]} of a row comes before that of an earlier row"


def _write_part(folder: Path, number: int, rows: Iterator[_Row]) -> dict[str, Any]:
    path = folder / f"part-{number:05d}.parquet"
    count = 0
    with open_writer(path, DOCUMENTS) as writer:
        for row in rows:
            values = {"document_id": row.document_id, "title": row.title, "text": row.text}
            writer.write(values, row.size)
            count += 1
    size = path.stat().st_size
    return {"name": path.name, "rows": count, "bytes": size, "sha256": sha256_of(path)}


def _remove_strays(folder: Path, names: set[str]) -> None:
    for path in sorted(folder.glob("*.parquet")):  # temporary files of a killed run too
        if path.name not in names:
            logger.info("%s: removed, no part of this corpus", path)
            path.unlink()
