"""Parquet files of ours: page checksums written and verified, complete or absent, in row groups."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from preprocess.files import atomic_path

DOCUMENTS = pa.schema(
    [
        ("document_id", pa.large_string()),
        ("title", pa.large_string()),
        ("text", pa.large_string()),
    ]
)
ROW_GROUP_BYTES = 8 << 20
METADATA_SHA256 = "metadata_sha256"  # page checksums leave the metadata out


class TableWriter:
    """Gathers rows and writes them in row groups of about `ROW_GROUP_BYTES`."""

    def __init__(self, path: Path, writer: pq.ParquetWriter, schema: pa.Schema) -> None:
        self._path = path
        self._writer = writer
        self._schema = schema
        self._tables: list[pa.Table] = []
        self._rows: list[Mapping[str, Any]] = []  # those behind the tables
        self._bytes = 0
        self.metadata: dict[str, str] = {}

    def write(self, row: Mapping[str, Any], size: int) -> None:
        """Add one row of about `size` bytes; the row that fills a row group is its last."""
        self._rows.append(row)
        self._bytes += size
        if self._bytes >= ROW_GROUP_BYTES:
            self.flush()

    def write_table(self, table: pa.Table, sizes: npt.NDArray[np.int64]) -> None:
        """Add R rows at once, `sizes` (R,) their bytes; the row groups are as if one by one."""
        self._gather_rows()
        filled = np.cumsum(sizes)
        start, first_byte = 0, -self._bytes  # of the row group, in this table
        while (last := int(filled.searchsorted(first_byte + ROW_GROUP_BYTES))) < len(filled):
            self._tables.append(table[start : last + 1])
            self.flush()
            start, first_byte = last + 1, int(filled[last])
        if start < len(filled):
            self._tables.append(table[start:])
            self._bytes = int(filled[-1]) - first_byte

    def flush(self) -> None:
        """Write the gathered rows as one row group."""
        self._gather_rows()
        if self._tables:
            with _failure_named(self._path):
                self._writer.write_table(pa.concat_tables(self._tables))
        self._tables, self._bytes = [], 0

    def finish(self) -> None:
        """Write what is left, and the metadata that only the end knows."""
        self.flush()
        if self.metadata:
            digest = {METADATA_SHA256: _digest(self.metadata)}
            self._writer.add_key_value_metadata(self.metadata | digest)
        with _failure_named(self._path):
            self._writer.close()

    def _gather_rows(self) -> None:
        """Put the rows that came one by one into a table."""
        if self._rows:
            columns = [
                pa.array([row[field.name] for row in self._rows], field.type)
                for field in self._schema
            ]
            self._tables.append(pa.table(columns, schema=self._schema))
            self._rows = []


@contextmanager
def open_writer(path: Path, schema: pa.Schema, **settings: Any) -> Iterator[TableWriter]:  # noqa: ANN401 (those of pyarrow)
    """
    Open a Parquet file for writing; it appears at `path` when the block ends without an error.

    Every page carries a checksum: without one, most flipped bits are read back as other data.
    Set `writer.metadata` at any time before the end to add key-value metadata to the file.

    Args:
        path: the file.
        schema: its columns.
        settings: of `pyarrow.parquet.ParquetWriter`, where they differ from what stands here.
    """
    # Documents are all different: a dictionary of them takes time and saves nothing.
    settings = {"use_dictionary": schema != DOCUMENTS} | settings
    with (
        atomic_path(path) as temporary,
        pq.ParquetWriter(
            temporary, schema, compression="zstd", write_page_checksum=True, **settings
        ) as parquet,
    ):
        writer = TableWriter(path, parquet, schema)
        yield writer
        writer.finish()


def write_columns(
    path: Path,
    schema: pa.Schema,
    columns: Sequence[Any],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write a small table, given as one array or list a column, in one row group."""
    with open_writer(path, schema) as writer:
        arrays = [pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)]
        table = pa.table(arrays, schema=schema)
        writer.write_table(table, np.zeros(len(table), np.int64))
        writer.metadata.update(metadata or {})


def read_tables(path: Path, remedy: str, schema: pa.Schema | None = None) -> Iterator[pa.Table]:
    """
    Yield the row groups of a Parquet file of ours, page checksums verified, one at a time.

    Args:
        path: the file.
        remedy: what the user can do about a damaged or missing file, such as "run rule encode
            again", for the error message.
        schema: the columns wanted, which must be of these types; None for all.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is damaged, or has other columns.
    """
    columns = None if schema is None else schema.names
    with _damage_named(path, remedy):
        file = pq.ParquetFile(path, page_checksum_verification=True)
    with file:
        # Page checksums leave the footer out.
        if schema is not None and not set(schema) <= set(file.schema_arrow):
            raise ValueError(
                f"{path}: is damaged or another file: its columns are {_said(file.schema_arrow)}, "
                f"and {_said(schema)} are wanted; {remedy}"
            )
        for group in range(file.num_row_groups):
            with _damage_named(path, remedy):
                # Jobs run side by side, a part each: threads for a few columns gain nothing.
                table = file.read_row_group(group, columns=columns, use_threads=False)
            yield table


def read_rows(path: Path, remedy: str, schema: pa.Schema | None = None) -> Iterator[dict[str, Any]]:
    """Yield the rows of a Parquet file of ours as dictionaries; errors as `read_tables`."""
    for table in read_tables(path, remedy, schema):
        yield from table.to_pylist()


def one_chunk(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as one array, which is copied only where it is in several chunks."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def utf8_of(strings: pa.LargeStringArray) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Return the bytes of R strings, one after another, and the (R + 1,) bounds of each."""
    _, offsets, data = strings.buffers()
    bounds = np.frombuffer(offsets, np.int64)[strings.offset : strings.offset + len(strings) + 1]
    start, end = int(bounds[0]), int(bounds[-1])
    return np.frombuffer(data or b"", np.uint8)[start:end], bounds - start


def read_metadata(path: Path, remedy: str) -> dict[str, str]:
    """Return the key-value metadata of a Parquet file of ours; errors as `read_tables`."""
    with _damage_named(path, remedy):
        pairs = pq.read_metadata(path).metadata or {}
        pairs = {key.decode(): value.decode() for key, value in pairs.items()}
    pairs.pop("ARROW:schema", None)
    digest = pairs.pop(METADATA_SHA256, None)
    if digest is not None and digest != _digest(pairs):
        raise ValueError(f"{path}: is damaged (its metadata are not those written); {remedy}")
    return pairs


def _digest(metadata: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(metadata, sort_keys=True).encode()).hexdigest()


def _said(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name} ({field.type})" for field in schema)


@contextmanager
def _failure_named(path: Path) -> Iterator[None]:
    """Put the file that was to be written into an error of the disk, of which pyarrow says less."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


@contextmanager
def _damage_named(path: Path, remedy: str) -> Iterator[None]:
    """Put what pyarrow says of a damaged file into words of ours."""
    try:
        yield
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{path}: is missing; {remedy}") from error
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: is damaged ({error}); {remedy}") from error
