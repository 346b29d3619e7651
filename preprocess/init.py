"""A config file for a user's own texts, filled in by what the files look like."""

import io
import itertools
import json
import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from preprocess.decoding import Repairs, decode, detect
from preprocess.files import write_text
from preprocess.sources import expand

logger = logging.getLogger("geulteul")

NAME_RE = re.compile(r"[\w가-힣][\w가-힣.-]*")
SUFFIXES = {
    **{".jsonl": "jsonl", ".ndjson": "jsonl"},
    **{".tsv": "tsv", ".parquet": "parquet", ".json": "namuwiki"},
}
# In results/, or in config.yaml, with which the file is merged: its values would mix with ours.
RESERVED = {"logs", "benchmarks", "report.html", "summary.csv"} | {
    *("ballad", "ballad-syllable", "ballad-lyrics", "novel", "invisible-dragon"),
    *("namuwiki", "namuwiki-sample", "kowikitext", "nsmc", "petitions", "proverbs"),
    *("constitution", "bills", "chinese-news", "chinese-reviews", "c-source", "linux"),
    *("shakespeare", "tinyshakespeare", "sherlock"),
}
MANY_DOCUMENTS = 60  # with fewer, a tenth of them drawn by hash may well be none
HANGUL_SHARE = 0.3  # of the letters; from here on jamo say more than they cost
LOOK_BYTES = 16 << 20  # read of the files, taken together
LOOK_ROWS = 1000


@dataclass(frozen=True)
class Look:
    """What the files look like: values for the config, and the reasons for them in words."""

    format: str
    document: str | None = None
    columns: Mapping[str, str | None] | None = None
    by_hash: bool = False
    found: str = ""
    hangul: float = 0.0  # share of the letters


def init(files: Sequence[Path], name: str, output: Path) -> None:
    """
    Write a commented config file with one corpus of `files` and one run, both called `name`.

    At most 16 MB of the files are looked at. The format follows the suffix (.jsonl, .parquet,
    .json a namuwiki dump, anything else text); 60 files, or blocks between blank lines, are
    enough to split by hash, and what has fewer is taken for one long text.

    Raises:
        FileExistsError: `output` is there already.
        ValueError: a file is missing, is no text, or has another format than the others; or
            `name` cannot be the name of a run.
    """
    if output.exists():
        raise FileExistsError(f"{output}: is there already; remove it, or take another --output")
    if name in RESERVED:
        raise ValueError(f"name: {name!r} is taken by Geulteul itself; take another --name")
    if not NAME_RE.fullmatch(name):
        raise ValueError(f"name: {name!r} may have letters, digits, '_', '-' and '.' only")
    paths = expand([_pattern(file) for file in files])
    look = _look(paths)
    write_text(output, _config(name, _patterns(paths), look))
    logger.info("%s: %s", output, look.found)


def _look(paths: Sequence[Path]) -> Look:
    formats = {SUFFIXES.get(path.suffix.lower(), "text") for path in paths}
    if len(formats) > 1:
        raise ValueError(
            f"the files are of several formats ({', '.join(sorted(formats))}); take one"
        )
    looks = {"text": _look_text, "jsonl": _look_json_lines, "parquet": _look_parquet}
    return looks.get(formats.pop(), _look_namuwiki)(paths)


def _look_text(paths: Sequence[Path]) -> Look:
    texts = list(_beginnings(paths))
    hangul = _hangul_share(texts)
    if len(paths) >= MANY_DOCUMENTS:
        found = f"{len(paths)} files, each taken for one document"
        return Look("text", "file", by_hash=True, found=found, hangul=hangul)
    blocks = sum(_count_blocks(text) for text in texts)
    if blocks >= MANY_DOCUMENTS:
        found = f"at least {blocks} blocks between blank lines, each taken for one document"
        return Look("text", "blank-line", by_hash=True, found=found, hangul=hangul)
    found = f"too few documents (files: {len(paths)}, blocks: {blocks}), so one long text"
    return Look("text", "file", found=found, hangul=hangul)


def _look_json_lines(paths: Sequence[Path]) -> Look:
    records: list[Any] = []
    for path, text in zip(paths, _beginnings(paths), strict=False):
        for number, line in enumerate(io.StringIO(text, newline=""), start=1):
            if line.strip() and len(records) < LOOK_ROWS:
                try:
                    records.append(json.loads(line))
                except (ValueError, RecursionError) as error:
                    raise ValueError(f"{path}: line {number} is not JSON ({error})") from error
    return _look_records("jsonl", paths[0], records)


def _look_parquet(paths: Sequence[Path]) -> Look:
    try:
        with pq.ParquetFile(paths[0]) as table:
            batch = next(table.iter_batches(LOOK_ROWS), None)
    except pa.ArrowException as error:
        raise ValueError(f"{paths[0]}: is no whole Parquet file ({error})") from error
    return _look_records("parquet", paths[0], [] if batch is None else batch.to_pylist())


def _look_records(form: str, path: Path, records: Sequence[Any]) -> Look:
    """Take the column with the most text for the text, and one called title for the title."""
    sizes: Counter[str] = Counter()
    for record in records:
        if not isinstance(record, dict):
            raise ValueError(f"{path}: holds {record!r}, which has no columns")
        sizes.update({key: len(value) for key, value in record.items() if isinstance(value, str)})
    if not sizes:
        raise ValueError(f"{path}: has no column of text")
    column = "text" if "text" in sizes else max(sorted(sizes), key=lambda key: sizes[key])
    title = "title" if "title" in sizes and column != "title" else None
    texts = [record[column] for record in records if isinstance(record.get(column), str)]
    return Look(
        form,
        columns={"text_column": column, "title_column": title},
        by_hash=len(texts) >= MANY_DOCUMENTS,
        found=f"{len(texts)} records looked at, text under {column!r}",
        hangul=_hangul_share(texts),
    )


def _look_namuwiki(paths: Sequence[Path]) -> Look:
    for path, text in zip(paths, _beginnings(paths), strict=False):
        if not text.lstrip().startswith("["):
            raise ValueError(
                f"{path}: .json is read as a namuwiki dump, an array of pages; "
                "name a file of one JSON object a line .jsonl"
            )
    return Look("namuwiki", by_hash=True, found="a namuwiki dump", hangul=1.0)


def _beginnings(paths: Sequence[Path]) -> Iterator[str]:
    """Yield the text that each file begins with, up to `LOOK_BYTES` of all of them together."""
    left = LOOK_BYTES
    for path in paths:
        if not left:
            return
        with path.open("rb") as file:
            start = file.read(left)
        left -= len(start)
        if not left:  # the file goes on: stop at a line end
            start = start[: start.rfind(b"\n") + 1] or start
        stream = io.BytesIO(start)
        encoding = detect(stream, "auto", str(path))
        yield "".join(decode(stream, encoding, str(path), Repairs()))


def _count_blocks(text: str) -> int:
    lines = io.StringIO(text, newline="")
    return sum(
        has_text for has_text, _ in itertools.groupby(lines, lambda line: bool(line.strip()))
    )


def _hangul_share(texts: Iterable[str]) -> float:
    """Return the share of Hangul syllables among the letters of the texts' beginnings."""
    letters = [char for text in texts for char in text[:20_000] if char.isalpha()]
    return sum("가" <= char <= "힣" for char in letters) / max(1, len(letters))


def _pattern(file: Path) -> str:
    """Take a path as it stands where there is such a file: its name may hold a `*` or a `[`."""
    return escape(str(file)) if file.exists() else str(file)


def _patterns(paths: Sequence[Path]) -> list[str]:
    """Name many files by one pattern, where it matches them and no others."""
    folders, suffixes = {path.parent for path in paths}, {path.suffix for path in paths}
    if len(paths) > 3 and len(folders) == 1 and len(suffixes) == 1:
        pattern = str(Path(escape(str(paths[0].parent))) / f"*{escape(paths[0].suffix)}")
        if expand([pattern]) == list(paths):
            return [pattern]
    return [escape(str(path)) for path in paths]


def _config(name: str, patterns: Sequence[str], look: Look) -> str:
    """Spell the config file; strings are quoted as JSON does, which YAML reads alike."""
    is_korean = look.hangul >= HANGUL_SHARE
    unit = "jamo" if is_korean else "syllable"
    key = _quoted(name)
    lines = [
        "# A corpus of your own files, and a run that trains on it. What is not said here stands",
        "# in config.yaml under `defaults`. To train, and to read what the model writes:",
        f"#   snakemake results/{name}/samples.txt --configfile THIS_FILE",
        f"targets: [{key}]",
        "",
        "corpora:",
        f"  {key}:",
        "    source:",
        "      files:  # `*` any name, `**` any folders; paths are from where you run snakemake",
        *(f"        - {_quoted(pattern)}" for pattern in patterns),
        f"    # Found: {look.found}.",
        *(f"    {line}" for line in _format_lines(look)),
        *(f"    {line}" for line in _split_lines(look)),
        f"    language: {'ko' if is_korean else 'und'}  # und: undetermined",
        "    licence: null  # of the texts; it goes into the report",
        "",
        "runs:",
        f"  {key}:",
        f"    corpus: {key}",
        f"    unit: {unit}  # or syllable, jamo, byte: see `units` in config.yaml",
        "    preset: small  # trains on a CPU; see `presets` in config.yaml",
    ]
    return "\n".join(lines) + "\n"


def _format_lines(look: Look) -> list[str]:
    lines = [f"format: {look.format}  # or text, jsonl, parquet, namuwiki"]
    if look.document is not None:
        lines.append(f"document: {look.document}  # what one document is: file, line or blank-line")
    for key, column in (look.columns or {}).items():
        lines.append(f"{key}: {_quoted(column)}")
    return lines


def _split_lines(look: Look) -> list[str]:
    method, why = (
        ("hash", "each document goes to train, valid or test by its content")
        if look.by_hash
        else ("position", "one long text: the last part is the test")
    )
    return [
        "split:",
        f"  method: {method}  # {why}",
        "  valid: 0.1  # share that training is checked on; 0 for none",
        "  test: 0.1  # share that only the evaluation reads; 0 for none",
    ]


def _quoted(value: str | None) -> str:
    return json.dumps(value, ensure_ascii=False)
