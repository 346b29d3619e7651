"""A config file for a user's own texts, filled in by what the files look like."""

import io
import itertools
import json
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from glob import escape
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from preprocess.archives import Limits, is_named_archive, open_archive
from preprocess.config_keys import repeated_keys
from preprocess.decoding import Repairs, decode, detect
from preprocess.files import write_text
from preprocess.names import NAME_RE, RESERVED
from preprocess.raw import RawFile
from preprocess.sources import expand
from preprocess.starter import Look, config_text

logger = logging.getLogger("geulteul")

SUFFIXES = {
    **{".jsonl": "jsonl", ".ndjson": "jsonl"},
    **{".tsv": "tsv", ".parquet": "parquet", ".json": "namuwiki"},
}
CONFIG = Path(__file__).resolve().parents[1] / "config.yaml"
MANY_DOCUMENTS = 60  # with fewer, a tenth of them drawn by hash may well be none
LOOK_BYTES = 16 << 20  # read of the files, taken together
LOOK_ROWS = 1000
LIMITS = Limits(max_bytes=50 << 30, max_ratio=200)


def init(files: Sequence[Path], name: str, output: Path) -> None:
    """
    Write a commented config file with one corpus of `files` and one run, both called `name`.

    At most 16 MB of the files are looked at. The format follows the suffix (.jsonl, .tsv, .parquet,
    .json a namuwiki dump, anything else text), an archive stands for its members; 60 files, or
    blocks between blank lines, are enough to split by hash, and what has fewer is taken for one
    long text.

    Raises:
        FileExistsError: `output` is there already.
        ValueError: a file is missing, is no text, or has another format than the others; or
            `name` cannot be the name of a run.
    """
    if output.exists():
        raise FileExistsError(f"{output}: is there already; remove it, or take another --output")
    if name in _taken():
        raise ValueError(f"name: {name!r} is taken by Geulteul itself; take another --name")
    if not NAME_RE.fullmatch(name):
        raise ValueError(f"name: {name!r} may have letters, digits, '_', '-' and '.' only")
    paths = expand([_pattern(file) for file in files])
    with ExitStack() as archives:
        look = _look(_opened(paths, archives))
    write_text(output, config_text(name, _patterns(paths), look))
    logger.info("%s: %s", output, look.found)


def _taken() -> set[str]:
    """Return names with a use in results/, or in config.yaml: its values would mix with ours."""
    config = _ours() if CONFIG.exists() else {}
    sections = [config.get(section) or {} for section in ("corpora", "runs", "matrices")]
    return {*RESERVED, *itertools.chain.from_iterable(sections)}


def _ours() -> dict[str, Any]:
    """Read config.yaml, which may have been edited; a name that stands in it twice is lost."""
    if problems := list(repeated_keys(CONFIG)):
        raise ValueError("\n".join(problems))
    config: dict[str, Any] = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    return config


def _opened(paths: Sequence[Path], archives: ExitStack) -> list[RawFile]:
    """Take archives for their members, as `read` does."""
    files: list[RawFile] = []
    for path in paths:
        if is_named_archive(path):
            members = open_archive(path, path.name, None, LIMITS, archives)
            files += [RawFile(f"{path}: {m.name}", m.size, m.opener) for m in members]
        else:
            files.append(RawFile(str(path), path.stat().st_size, _opener(path)))
    return files


def _opener(path: Path) -> Callable[[], IO[bytes]]:
    return lambda: path.open("rb")


def _look(files: Sequence[RawFile]) -> Look:
    formats = {SUFFIXES.get(Path(file.name).suffix.lower(), "text") for file in files}
    if len(formats) > 1:
        raise ValueError(
            f"the files are of several formats ({', '.join(sorted(formats))}); take one"
        )
    looks = {
        "text": _look_text,
        "jsonl": _look_json_lines,
        "tsv": _look_tab_separated,
        "parquet": _look_parquet,
    }
    return looks.get(formats.pop(), _look_namuwiki)(files)


def _look_text(files: Sequence[RawFile]) -> Look:
    texts = list(_beginnings(files))
    hangul = _hangul_share(texts)
    if len(files) >= MANY_DOCUMENTS:
        found = f"{len(files)} files, each taken for one document"
        return Look("text", "file", by_hash=True, found=found, hangul=hangul)
    found = f"too few documents (files: {len(files)}), so one long text"
    # Blocks may be poems, or the paragraphs of a novel. Among paragraphs that are trained on, those
    # of test would be easier than they are.
    blocks = sum(_count_blocks(text) for text in texts)
    if blocks >= MANY_DOCUMENTS:
        found += (
            f"; if its blocks between blank lines ({blocks} or more) are texts of their own, say "
            "document: blank-line and method: hash"
        )
    return Look("text", "file", found=found, hangul=hangul)


def _look_json_lines(files: Sequence[RawFile]) -> Look:
    records: list[Any] = []
    for file, text in zip(files, _beginnings(files), strict=False):
        for number, line in enumerate(io.StringIO(text, newline=""), start=1):
            if line.strip() and len(records) < LOOK_ROWS:
                try:
                    records.append(json.loads(line))
                except (ValueError, RecursionError) as error:
                    raise ValueError(f"{file.name}: line {number} is not JSON ({error})") from error
    return _look_records("jsonl", files[0].name, records)


def _look_tab_separated(files: Sequence[RawFile]) -> Look:
    records: list[Any] = []
    for file, text in zip(files, _beginnings(files), strict=False):
        rows = (line.rstrip("\r\n").split("\t") for line in io.StringIO(text, newline=""))
        columns = next(rows, [""])
        records += [
            dict(zip(columns, row, strict=False))
            for row in itertools.islice(rows, LOOK_ROWS - len(records))
        ]
        if len(columns) < 2:
            raise ValueError(
                f"{file.name}: its first line has no tab, so it names no columns; name it .txt to "
                "have it read as plain text"
            )
    return _look_records("tsv", files[0].name, records)


def _look_parquet(files: Sequence[RawFile]) -> Look:
    try:
        with files[0].open() as stream, pq.ParquetFile(stream) as table:
            batch = next(table.iter_batches(LOOK_ROWS), None)
    except pa.ArrowException as error:
        raise ValueError(f"{files[0].name}: is no whole Parquet file ({error})") from error
    return _look_records("parquet", files[0].name, [] if batch is None else batch.to_pylist())


def _look_records(form: str, name: str, records: Sequence[Any]) -> Look:
    """Take the column with the most text for the text, and one called title for the title."""
    sizes: Counter[str] = Counter()
    for record in records:
        if not isinstance(record, dict):
            raise ValueError(f"{name}: holds {record!r}, which has no columns")
        sizes.update({key: len(value) for key, value in record.items() if isinstance(value, str)})
    if not sizes:
        raise ValueError(f"{name}: has no column of text")
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


def _look_namuwiki(files: Sequence[RawFile]) -> Look:
    for file, text in zip(files, _beginnings(files), strict=False):
        if not text.lstrip().startswith("["):
            raise ValueError(
                f"{file.name}: .json is read as a namuwiki dump, an array of pages; "
                "name a file of one JSON object a line .jsonl"
            )
    return Look("namuwiki", by_hash=True, found="a namuwiki dump", hangul=1.0)


def _beginnings(files: Sequence[RawFile]) -> Iterator[str]:
    """Yield the text that each file begins with, up to `LOOK_BYTES` of all of them together."""
    left = LOOK_BYTES
    for file in files:
        if not left:
            return
        with file.open() as raw:
            start = raw.read(left)
        left -= len(start)
        if not left:  # the file goes on: stop at a line end
            start = start[: start.rfind(b"\n") + 1] or start
        stream = io.BytesIO(start)
        encoding = detect(stream, "auto", file.name)
        yield "".join(decode(stream, encoding, file.name, Repairs()))


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
