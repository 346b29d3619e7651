"""
Shards: the tokens of a corpus as Parquet files, with a manifest that says which belong to it.

A shard holds one split of one part, `document_id, tokens`, a row a stretch in source order. What
it is stands in its metadata: split, part, the vocabulary's sha256, rows, tokens, documents ended,
bytes and characters (UTF-8 bytes and code points, with one more for each end: the denominators
of the loss), the tokens of each row, and the rows that go on from the one before, whose state is
carried. So the rows of a split are known before a token is read.

Notation: N tokens, R rows.
"""

import base64
import logging
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from preprocess.files import read_json, sha256_of, write_json
from preprocess.split_rows import SPLITS
from preprocess.tables import read_metadata
from preprocess.vocabulary import Vocabulary

DTYPES = (np.uint16, np.uint32)  # of tokens
ROW_TOKENS = np.dtype("<u4")  # how many tokens a row has
COUNTS = ("rows", "tokens", "bytes", "characters", "documents")
# How a shard is written, chosen by measurement: see docs/units.md. Parquet knows integers of 32
# bits and more; with all first bytes together, then all second ones and so on, those that are zero
# take no room, and what is left takes less than after a dictionary, in less time. Statistics
# are for queries, of which there are none, and smaller batches only cost more calls.
PARQUET = {
    "compression_level": 1,
    "use_dictionary": False,
    "column_encoding": {
        "document_id": "DELTA_BYTE_ARRAY",
        "tokens.list.element": "BYTE_STREAM_SPLIT",
    },
    "write_statistics": False,
    "write_batch_size": 1 << 16,
}
REMEDY = "delete it and the manifest.json beside it, and run the same command again"

logger = logging.getLogger("geulteul")


def shard_schema(dtype: npt.DTypeLike) -> pa.Schema:
    """Return the columns of a shard whose tokens have the type `dtype`; nothing in it is null."""
    token = pa.field("element", pa.from_numpy_dtype(np.dtype(dtype)), nullable=False)
    return pa.schema(
        [
            pa.field("document_id", pa.large_string(), nullable=False),
            pa.field("tokens", pa.large_list(token), nullable=False),
        ]
    )


def pack_row_tokens(row_tokens: npt.ArrayLike) -> str:
    """Return the tokens of each row (R,) as text for a shard's metadata `row_tokens`."""
    packed = zlib.compress(np.ascontiguousarray(row_tokens, ROW_TOKENS).data, level=1)
    return base64.b64encode(packed).decode()


def unpack_row_tokens(text: str) -> npt.NDArray[np.uint32]:
    """
    Return what `pack_row_tokens` was given: (R,) uint32.

    Raises:
        ValueError: the text is damaged.

    >>> unpack_row_tokens(pack_row_tokens([3, 0, 70_000])).tolist()
    [3, 0, 70000]
    """
    try:
        return np.frombuffer(zlib.decompress(base64.b64decode(text, validate=True)), ROW_TOKENS)
    except zlib.error as error:
        raise ValueError(f"row_tokens is damaged: {error}") from error


def read_footer(path: Path, vocabulary_sha256: str) -> dict[str, str]:
    """Return what a shard says of itself; one of another vocabulary is refused."""
    metadata = read_metadata(path, REMEDY)
    found = metadata.get("vocabulary_sha256")
    if found is None:
        raise ValueError(f"{path}: is no shard of this program; {REMEDY}")
    if found != vocabulary_sha256:
        raise ValueError(
            f"{path}: was made with the vocabulary {found}, not {vocabulary_sha256}; {REMEDY}"
        )
    return metadata


def strays(folder: Path, entries: Iterable[dict[str, Any]]) -> list[Path]:
    """Return the Parquet files of a folder that the entries do not name."""
    names = {entry["name"] for entry in entries}
    return sorted(path for path in folder.glob("*.parquet") if path.name not in names)


def gather(shards: Sequence[Path], vocabulary: Path, output: Path) -> None:
    """
    Write the manifest of a corpus' shards, and remove others that lie beside it.

    Args:
        shards: the shards of all parts and splits, in any order, in the folder of `output`.
        vocabulary: the vocabulary that they must have been made with.
        output: the manifest.

    Raises:
        ValueError: a shard is damaged, of another vocabulary, misnamed, or one is lacking.
    """
    vocabulary_sha256 = Vocabulary.load(vocabulary).sha256
    entries = [_describe(path, vocabulary_sha256, output) for path in shards]
    entries.sort(key=lambda entry: (SPLITS.index(entry["split"]), entry["part"]))
    _refuse_gaps(entries, output)
    for stray in strays(output.parent, entries):
        logger.info("removed %s, which is no shard of this corpus", stray)
        stray.unlink()
    manifest = {
        "vocabulary_sha256": vocabulary_sha256,
        "shards": entries,
        "splits": _sums(entries),
    }
    write_json(output, manifest)


def read_manifest(path: Path) -> list[dict[str, Any]]:
    """
    Return the entries of a manifest that `gather` wrote: of all parts of train, valid, then test.

    Raises:
        FileNotFoundError: there is none.
        ValueError: it is damaged or was changed.
    """
    manifest = read_json(path)
    try:
        entries: list[dict[str, Any]] = manifest["shards"]
        is_whole = (
            manifest["splits"] == _sums(entries)
            and _places(entries) == _all_places(entries)
            and all(entry["name"] == _name(entry) for entry in entries)
            and all(isinstance(entry["sha256"], str) for entry in entries)
        )
    except (KeyError, TypeError, ValueError):
        is_whole = False
    if not is_whole:
        raise ValueError(f"{path}: is damaged or was changed; delete it and run snakemake again")
    return entries


def _sums(entries: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Return what the shards of each split hold together."""
    return {
        split: {
            name: sum(entry[name] for entry in entries if entry["split"] == split)
            for name in COUNTS
        }
        for split in SPLITS
    }


def _name(entry: Mapping[str, Any]) -> str:
    return f"{entry['split']}-{entry['part']:05d}.parquet"


def _describe(path: Path, vocabulary_sha256: str, manifest: Path) -> dict[str, Any]:
    """Return the entry of a shard in the manifest."""
    metadata = read_footer(path, vocabulary_sha256)
    try:
        entry = {"split": metadata["split"], "part": int(metadata["part"])}
        entry |= {count: int(metadata[count]) for count in COUNTS}
    except (KeyError, ValueError) as error:
        raise ValueError(f"{path}: its footer makes no sense ({error!r}); {REMEDY}") from error
    name = _name(entry)
    if path.name != name or path.parent != manifest.parent:
        raise ValueError(f"{path}: should be {manifest.parent / name} by what is in it; {REMEDY}")
    return {"name": name, **entry, "sha256": sha256_of(path)}


def _refuse_gaps(entries: Sequence[dict[str, Any]], manifest: Path) -> None:
    """Refuse a list that lacks a part of a split, or has one twice."""
    wanted, found = _all_places(entries), _places(entries)
    if found != wanted:
        split, part = next(pair for pair in wanted + found if found.count(pair) != 1)
        raise ValueError(
            f"{manifest}: part {part} of {split} is given {found.count((split, part))} times, "
            f"not once; {REMEDY}"
        )


def _places(entries: Sequence[Mapping[str, Any]]) -> list[tuple[str, int]]:
    return [(entry["split"], entry["part"]) for entry in entries]


def _all_places(entries: Sequence[Mapping[str, Any]]) -> list[tuple[str, int]]:
    """Return the split and part of each shard that there must be, in order."""
    num_parts = 1 + max((entry["part"] for entry in entries), default=0)
    return [(split, part) for split in SPLITS for part in range(num_parts)]
