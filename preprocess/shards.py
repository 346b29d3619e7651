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
import hashlib
import json
import logging
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from preprocess.files import read_json, sha256_of, write_json
from preprocess.split_rows import SPLITS
from preprocess.tables import read_metadata, read_tables
from preprocess.vocabulary import Tokens, Vocabulary

COUNTS = ("rows", "tokens", "bytes", "characters", "documents")
# How a shard is written, chosen by measurement: see docs/units.md. A dictionary of the tokens would
# be as large as their 16 bits and takes twice the time; of two bytes the higher ones compress best
# by themselves. Statistics serve queries, which nobody makes. Arrow's batches of 1,024 values
# would cost as much as the encoding.
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


@dataclass(frozen=True, eq=False)
class Split:
    """
    The tokens of one split, all parts in order.

    Attributes:
        tokens: (N,) ids, contiguous.
        offsets: (R + 1,) where each row begins; row r is tokens[offsets[r] : offsets[r + 1]].
        continued: (R,) whether a row goes on from the one before, so that state is carried.
        bytes: UTF-8 bytes of the text and documents ended: the denominator of bits per byte.
        characters: code points of the text and documents ended.
        documents: documents ended.
        sha256: digest over the list of shards, so equal digests mean equal tokens.
    """

    tokens: Tokens
    offsets: npt.NDArray[np.int64]
    continued: npt.NDArray[np.bool_]
    bytes: int
    characters: int
    documents: int
    sha256: str


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
    packed = zlib.compress(np.asarray(row_tokens, "<u4").tobytes(), level=1)
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
        return np.frombuffer(zlib.decompress(base64.b64decode(text, validate=True)), "<u4")
    except zlib.error as error:
        raise ValueError(f"row_tokens is damaged: {error}") from error


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
    for stray in _strays(output.parent, entries):
        logger.info("removed %s, which is no shard of this corpus", stray)
        stray.unlink()
    splits = {
        split: {
            name: sum(entry[name] for entry in entries if entry["split"] == split)
            for name in COUNTS
        }
        for split in SPLITS
    }
    manifest = {"vocabulary_sha256": vocabulary_sha256, "shards": entries, "splits": splits}
    write_json(output, manifest)


def _describe(path: Path, vocabulary_sha256: str, manifest: Path) -> dict[str, Any]:
    """Return the entry of a shard in the manifest."""
    metadata = _metadata(path, vocabulary_sha256)
    name = f"{metadata['split']}-{int(metadata['part']):05d}.parquet"
    if path.name != name or path.parent != manifest.parent:
        raise ValueError(f"{path}: should be {manifest.parent / name} by what is in it; {REMEDY}")
    return {
        "name": name,
        "split": metadata["split"],
        "part": int(metadata["part"]),
        **{count: int(metadata[count]) for count in COUNTS},
        "sha256": sha256_of(path),
    }


def _metadata(path: Path, vocabulary_sha256: str) -> dict[str, str]:
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


def _refuse_gaps(entries: Sequence[dict[str, Any]], manifest: Path) -> None:
    """Refuse a list that lacks a part of a split, or has one twice."""
    num_parts = 1 + max((entry["part"] for entry in entries), default=0)
    wanted = [(split, part) for split in SPLITS for part in range(num_parts)]
    found = [(entry["split"], entry["part"]) for entry in entries]
    if found != wanted:
        split, part = next(pair for pair in wanted + found if found.count(pair) != 1)
        raise ValueError(
            f"{manifest}: part {part} of {split} is given {found.count((split, part))} times, "
            f"not once; {REMEDY}"
        )


def _strays(folder: Path, entries: Iterable[dict[str, Any]]) -> list[Path]:
    """Return the Parquet files of a folder that the entries do not name."""
    names = {entry["name"] for entry in entries}
    return sorted(path for path in folder.glob("*.parquet") if path.name not in names)


def load_split(manifest: Path, split: str, vocabulary_sha256: str) -> Split:
    """
    Read the tokens of one split into memory, verified.

    Args:
        manifest: what `gather` wrote; the shards lie beside it.
        split: train, valid or test.
        vocabulary_sha256: of the vocabulary that the caller has.

    Raises:
        FileNotFoundError: the manifest or a shard of any split is lost.
        ValueError: a shard is damaged, stray, or of another vocabulary; the message names it.
    """
    if split not in SPLITS:
        raise ValueError(f"split is {split!r}; it must be one of {', '.join(SPLITS)}")
    entries = read_json(manifest)["shards"]
    for entry in entries:
        path = manifest.parent / entry["name"]
        if not path.exists():
            raise FileNotFoundError(f"{path}: is missing, {manifest} names it; {REMEDY}")
    for stray in _strays(manifest.parent, entries):
        if not stray.name.startswith("."):  # a temporary file of ours harms nobody
            raise ValueError(f"{stray}: is not in {manifest}; delete it, or {REMEDY}")
    shards = [
        _read_shard(entry, manifest, vocabulary_sha256)
        for entry in entries
        if entry["split"] == split
    ]
    return _join(shards)


def _read_shard(entry: dict[str, Any], manifest: Path, vocabulary_sha256: str) -> Split:
    """Read one shard; numbers are taken from its metadata, which its sha256 covers."""
    path = manifest.parent / entry["name"]
    found = sha256_of(path)
    if found != entry["sha256"]:
        raise ValueError(
            f"{path}: is damaged or of another run: its sha256 is {found}, {manifest} says "
            f"{entry['sha256']}; {REMEDY}"
        )
    metadata = _metadata(path, vocabulary_sha256)
    columns = [table["tokens"].combine_chunks() for table in read_tables(path, REMEDY, ["tokens"])]
    rows = int(metadata["rows"])
    offsets = np.zeros(rows + 1, np.int64)
    if columns:
        np.cumsum(np.concatenate([pc.list_value_length(c) for c in columns]), out=offsets[1:])
    continued = np.zeros(rows, np.bool_)
    continued[json.loads(metadata["continued_rows"])] = True
    return Split(
        # A shard without rows has no row group, and any type goes with no tokens.
        tokens=np.concatenate([c.flatten() for c in columns] or [np.empty(0, np.uint16)]),
        offsets=offsets,
        continued=continued,
        bytes=int(metadata["bytes"]),
        characters=int(metadata["characters"]),
        documents=int(metadata["documents"]),
        sha256=found,
    )


def _join(shards: Sequence[Split]) -> Split:
    """Put the shards of one split behind one another."""
    starts = np.cumsum([0, *(len(shard.tokens) for shard in shards)])
    offsets = [start + shard.offsets[:-1] for start, shard in zip(starts, shards, strict=False)]
    digests = "".join(f"{shard.sha256}\n" for shard in shards)
    return Split(
        tokens=np.concatenate([shard.tokens for shard in shards]),
        offsets=np.concatenate([*offsets, starts[-1:]]),
        continued=np.concatenate([shard.continued for shard in shards]),
        bytes=sum(shard.bytes for shard in shards),
        characters=sum(shard.characters for shard in shards),
        documents=sum(shard.documents for shard in shards),
        sha256=hashlib.sha256(digests.encode()).hexdigest(),
    )
