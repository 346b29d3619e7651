"""Ways to write the tokens of a shard as Parquet, measured on the same tokens."""

import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.markdown import table
from preprocess.shards import PARQUET
from preprocess.tables import read_metadata, read_tables

MB = 1e6  # bytes


class Layout(NamedTuple):
    """A way to write a shard."""

    name: str
    nullable: bool
    """Whether columns and items may be null, which takes a level for each."""
    options: dict[str, Any]
    """Of `pyarrow.parquet.ParquetWriter`."""


class Cost(NamedTuple):
    """What a layout takes for a MB of text: seconds of CPU, and bytes."""

    write: float
    read: float
    size: float


OURS: dict[str, Any] = {"compression": "zstd", **PARQUET}
DELTAS = {**OURS["column_encoding"], "tokens.list.element": "DELTA_BINARY_PACKED"}
LAYOUTS = (
    Layout("pyarrow's defaults with zstd: a dictionary", True, {"compression": "zstd"}),
    Layout("the same, nothing nullable", False, {"compression": "zstd"}),
    Layout("plain, zstd 1", False, {**OURS, "column_encoding": None}),
    Layout("bytes split, zstd 1: **ours**", False, OURS),
    Layout("bytes split, zstd 3", False, {**OURS, "compression_level": 3}),
    Layout("bytes split, zstd -1", False, {**OURS, "compression_level": -1}),
    Layout("bytes split, lz4", False, {**OURS, "compression": "lz4", "compression_level": None}),
    Layout("bytes split only", False, {**OURS, "compression": "none", "compression_level": None}),
    Layout("deltas, zstd 1", False, {**OURS, "column_encoding": DELTAS}),
)


def measure_layouts(shard: Path, repeat: int) -> dict[str, Cost]:
    """
    Write and read the rows of a shard in each layout, in turns.

    The first turn warms up. What is written lies beside the shard, and is deleted.

    Returns:
        By the layout's name, medians of seconds of CPU to write and to read the tokens, and bytes,
        each for a MB of text.
    """
    groups = list(read_tables(shard, "make the shards again"))
    tables = [[group.cast(_schema(group, layout)) for group in groups] for layout in LAYOUTS]
    taken: dict[str, list[tuple[float, float, int]]] = {layout.name: [] for layout in LAYOUTS}
    path = shard.with_suffix(".layout")
    for turn in range(repeat + 1):
        for layout, groups in zip(LAYOUTS, tables, strict=True):
            written = _seconds(partial(_write, path, groups, layout.options))
            read = _seconds(partial(_read, path))
            if turn:
                taken[layout.name].append((written, read, path.stat().st_size))
    path.unlink()
    megabytes = int(read_metadata(shard, "")["bytes"]) / MB
    return {
        name: Cost(*(statistics.median(column) / megabytes for column in zip(*turns, strict=True)))
        for name, turns in taken.items()
    }


def say_layouts(unit: str, costs: Mapping[str, Cost]) -> None:
    """Write a table of the layouts."""
    header = [f"{unit}: layout", "write, ms a MB", "read, ms a MB", "bytes a byte of text"]
    rows = [
        [name, f"{1000 * cost.write:.1f}", f"{1000 * cost.read:.1f}", f"{cost.size / MB:.3f}"]
        for name, cost in costs.items()
    ]
    sys.stdout.write(table(header, rows))
    sys.stdout.write("\n")


def _schema(rows: pa.Table, layout: Layout) -> pa.Schema:
    item = pa.field("element", rows.schema.field("tokens").type.value_type, layout.nullable)
    columns = {"document_id": pa.large_string(), "tokens": pa.large_list(item)}
    return pa.schema([pa.field(name, kind, layout.nullable) for name, kind in columns.items()])


def _write(path: Path, groups: Sequence[pa.Table], options: Mapping[str, Any]) -> None:
    with pq.ParquetWriter(path, groups[0].schema, write_page_checksum=True, **options) as writer:
        for group in groups:
            writer.write_table(group)


def _read(path: Path) -> None:
    for _ in read_tables(path, "", pa.schema([pq.read_schema(path).field("tokens")])):
        pass


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
