"""
The tokens of a split, read from its shards: all at once, or some shards at a time.

What a shard holds is known from its footer; its tokens are read straight to their place in one
contiguous array. Its sha256 is verified when it is first read, and page checksums each time.

Notation: N tokens, R rows.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from preprocess.files import sha256_of
from preprocess.shards import (
    COUNTS,
    DTYPES,
    REMEDY,
    read_footer,
    read_manifest,
    shard_schema,
    strays,
    unpack_row_tokens,
)
from preprocess.spelling import Tokens
from preprocess.split_rows import SPLITS
from preprocess.tables import read_tables
from preprocess.vocabulary import END

Offsets = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


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
    offsets: Offsets
    continued: Flags
    bytes: int
    characters: int
    documents: int
    sha256: str


class Shard:
    """
    One shard, of which no more than the footer is read until its tokens are wanted.

    Attributes:
        path: the file.
        sha256: of the file, as the manifest has it.
        rows: R.
        tokens: N.
        bytes: as in a `Split`; so are `characters` and `documents`.
        dtype: of the tokens.
    """

    def __init__(self, entry: Mapping[str, Any], manifest: Path, vocabulary_sha256: str) -> None:
        """
        Read the footer.

        Args:
            entry: of the shard in the manifest.
            manifest: what `preprocess.shards.gather` wrote, beside the shard.
            vocabulary_sha256: of the vocabulary that the caller has.

        Raises:
            ValueError: the shard is damaged, of another vocabulary, or not what the manifest says.
        """
        self.path = manifest.parent / entry["name"]
        self.sha256: str = entry["sha256"]
        self.rows, self.tokens, self.bytes, self.characters, self.documents = (
            int(entry[name]) for name in COUNTS
        )
        self._manifest = manifest
        self._is_verified = False
        with self._damage_told():
            footer = read_footer(self.path, vocabulary_sha256)
            for name in COUNTS:
                if int(footer[name]) != entry[name]:
                    raise self._refused(f"its {name} are {footer[name]}, not {entry[name]}")
            self._row_tokens = footer["row_tokens"]
            self._continued = np.array(json.loads(footer["continued_rows"]), np.int64)
            if np.any((self._continued < 0) | (self._continued >= self.rows)):
                raise self._refused(f"its continued_rows are not within its {self.rows} rows")
            schema = pq.read_schema(self.path)
            found = [dtype for dtype in DTYPES if shard_schema(dtype) == schema]
            if not found:
                raise self._refused("its columns are not those of a shard")
            [self.dtype] = map(np.dtype, found)

    @property
    def offsets(self) -> Offsets:
        """(R + 1,) where each row begins, and the end."""
        with self._damage_told():
            row_tokens = unpack_row_tokens(self._row_tokens)
            if (len(row_tokens), row_tokens.sum()) != (self.rows, self.tokens):
                raise self._refused("its row_tokens are not those of its rows and tokens")
        offsets = np.zeros(self.rows + 1, np.int64)
        np.cumsum(row_tokens, out=offsets[1:])
        return offsets

    @property
    def continued(self) -> Flags:
        """(R,) whether a row goes on from the one before."""
        continued = np.zeros(self.rows, np.bool_)
        continued[self._continued] = True
        return continued

    @property
    def begins_anew(self) -> bool:
        """Whether there is a first row, and it does not go on from the shard before."""
        return self.rows > 0 and 0 not in self._continued

    def read(self, into: Tokens) -> None:
        """
        Read the tokens, a row group at a time.

        Args:
            into: (N,), of the type of the shard or a wider one; it is filled.

        Raises:
            FileNotFoundError: the file is gone.
            ValueError: it is damaged, or its tokens are not those that its footer tells of.
        """
        if not self._is_verified:
            self._verify()
        offsets, row, documents = self.offsets, 0, 0
        tokens_only = pa.schema([shard_schema(self.dtype).field("tokens")])
        for table in read_tables(self.path, REMEDY, tokens_only):
            for column in table["tokens"].chunks:
                bounds = offsets[row : row + len(column) + 1]
                if not np.array_equal(np.diff(bounds), column.value_lengths()):
                    raise self._refused(f"its row_tokens are not those of row {row} and on")
                tokens = column.flatten().to_numpy()
                into[bounds[0] : bounds[-1]] = tokens
                documents += int(np.count_nonzero(tokens == END))
                row += len(column)
        if row != self.rows:
            raise self._refused(f"its rows are {row}, not {self.rows}")
        if documents != self.documents:
            raise self._refused(f"its documents are {documents}, not {self.documents}")
        self._is_verified = True
        pa.default_memory_pool().release_unused()  # else what row groups took is kept for others

    def _verify(self) -> None:
        """Refuse a file whose bytes are not those that the manifest was made of."""
        _refuse_missing(self.path, self._manifest)
        found = sha256_of(self.path)
        if found != self.sha256:
            raise self._refused(
                f"is damaged or of another run: its sha256 is {found}, {self._manifest} says "
                f"{self.sha256}"
            )

    @contextmanager
    def _damage_told(self) -> Iterator[None]:
        """Where the footer makes no sense, tell first of all whether the file is damaged."""
        try:
            yield
        except (ValueError, KeyError) as error:
            self._verify()
            if str(self.path) in str(error):
                raise
            raise self._refused(f"its footer makes no sense ({error!r})") from error

    def _refused(self, reason: str) -> ValueError:
        return ValueError(f"{self.path}: {reason}; {REMEDY}")


@dataclass(frozen=True, eq=False)
class ShardedSplit:
    """The shards of one split, in order; or some of them that follow one another."""

    shards: tuple[Shard, ...]

    @property
    def tokens(self) -> int:
        """N."""
        return sum(shard.tokens for shard in self.shards)

    @property
    def bytes(self) -> int:
        """As in a `Split`."""
        return sum(shard.bytes for shard in self.shards)

    @property
    def characters(self) -> int:
        """As in a `Split`."""
        return sum(shard.characters for shard in self.shards)

    @property
    def documents(self) -> int:
        """As in a `Split`."""
        return sum(shard.documents for shard in self.shards)

    @property
    def sha256(self) -> str:
        """Digest over the list of shards, as in a `Split`."""
        digests = "".join(f"{shard.sha256}\n" for shard in self.shards)
        return hashlib.sha256(digests.encode()).hexdigest()

    @property
    def dtype(self) -> np.dtype[Any]:
        """The narrowest type that holds the tokens of all shards."""
        return np.result_type(*(shard.dtype for shard in self.shards))

    @property
    def offsets(self) -> Offsets:
        """(R + 1,) as in a `Split`."""
        offsets, begin = [], 0
        for shard in self.shards:
            offsets.append(begin + shard.offsets[:-1])
            begin += shard.tokens
        return np.concatenate([*offsets, [begin]])

    @property
    def continued(self) -> Flags:
        """(R,) as in a `Split`."""
        return np.concatenate([shard.continued for shard in self.shards])

    def read(self) -> Tokens:
        """Read the tokens of all shards into one array (N,); errors as `Shard.read`."""
        tokens = np.empty(self.tokens, self.dtype)
        begin = 0
        for shard in self.shards:
            shard.read(tokens[begin : begin + shard.tokens])
            begin += shard.tokens
        return tokens


def open_split(manifest: Path, split: str, vocabulary_sha256: str) -> ShardedSplit:
    """
    Open the shards of one split: footers are read, and tokens when they are wanted.

    Args:
        manifest: what `preprocess.shards.gather` wrote; the shards lie beside it.
        split: train, valid or test.
        vocabulary_sha256: of the vocabulary that the caller has.

    Raises:
        FileNotFoundError: the manifest or a shard of any split is lost.
        ValueError: a shard is stray, of another vocabulary, or its footer is damaged; the message
            names it.
    """
    if split not in SPLITS:
        raise ValueError(f"split is {split!r}; it must be one of {', '.join(SPLITS)}")
    entries = read_manifest(manifest)
    for entry in entries:
        _refuse_missing(manifest.parent / entry["name"], manifest)
    for stray in strays(manifest.parent, entries):
        if not stray.name.startswith("."):  # a temporary file of ours harms nobody
            raise ValueError(f"{stray}: is not in {manifest}; delete it, or {REMEDY}")
    return ShardedSplit(
        tuple(
            Shard(entry, manifest, vocabulary_sha256)
            for entry in entries
            if entry["split"] == split
        )
    )


def load_split(manifest: Path, split: str, vocabulary_sha256: str) -> Split:
    """Read the tokens of one split into memory, verified; errors as `open_split`, `Shard.read`."""
    shards = open_split(manifest, split, vocabulary_sha256)
    return Split(
        tokens=shards.read(),
        offsets=shards.offsets,
        continued=shards.continued,
        bytes=shards.bytes,
        characters=shards.characters,
        documents=shards.documents,
        sha256=shards.sha256,
    )


def _refuse_missing(path: Path, manifest: Path) -> None:
    if not path.exists():
        raise FileNotFoundError(f"{path}: is missing, {manifest} names it; {REMEDY}")
