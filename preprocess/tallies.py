"""
Exact counts of strings in bounded memory, by external sorting.

Strings are added up in memory up to a bound, then written out as a sorted table; in the end the
sorted tables are merged, a block of each at a time. Tables are sorted by symbol, which is by code
point, without repetitions.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from preprocess.files import REMEDY
from preprocess.tables import one_chunk, open_writer, read_tables

COUNTS = pa.schema([("symbol", pa.large_string()), ("kind", pa.string()), ("count", pa.int64())])
SUMS = pa.schema([COUNTS.field("symbol"), COUNTS.field("count")])
HELD_BYTES = 1 << 25  # of strings and their counts; adding them up takes several times as much
BLOCK_BYTES = 1 << 19
ROW_BYTES = 16  # beside the bytes of the string


class Tally:
    """
    Counts strings. Use it in a `with` block, whose end removes its files.

    Args:
        folder: where sorted tables are written for the time being.
        held_bytes: of strings in memory; half of it is kept for strings that come again.

    Attributes:
        distinct: strings that `sorted_blocks` has yielded.
    """

    def __init__(self, folder: Path, held_bytes: int = HELD_BYTES) -> None:
        self._folder = folder
        self._held_bytes = held_bytes
        self._held = [SUMS.empty_table()]
        self._bytes = 0
        self.distinct = 0
        self._written: list[Path] = []
        self._stack = ExitStack()
        self._temporary: Path | None = None

    def __enter__(self) -> "Tally":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    def add(self, strings: pa.LargeStringArray, counts: pa.Int64Array) -> None:
        """Count strings, each so often; they may be repeated."""
        table = pa.table([strings, counts], schema=SUMS)
        self._held.append(table)
        self._bytes += _size(table)
        if self._bytes > self._held_bytes:
            self._held = [add_up(self._held)]
            self._bytes = _size(self._held[0])
            if self._bytes > self._held_bytes // 2:
                self._write_out()

    def sorted_blocks(self) -> Iterator[pa.Table]:
        """Yield all strings with their counts, sorted: tables `symbol, count`."""
        held = add_up(self._held)
        written = (read_tables(path, REMEDY) for path in self._written)
        for block in merge([*written, blocks(held)]):
            self.distinct += len(block)
            yield block

    def _write_out(self) -> None:
        """Write what is held as a sorted table."""
        if self._temporary is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            directory = TemporaryDirectory(prefix=".tmp-", dir=self._folder)
            self._temporary = Path(self._stack.enter_context(directory))
        path = self._temporary / f"{len(self._written)}.parquet"
        write_blocks(path, SUMS, blocks(self._held[0]))
        self._written.append(path)
        self._held, self._bytes = [SUMS.empty_table()], 0


def write_blocks(path: Path, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    """Write tables of counts, each as one row group, so that they are read one by one."""
    with open_writer(path, schema, use_dictionary=["kind"], compression_level=1) as writer:
        for table in tables:
            writer.write_table(table, np.zeros(len(table), np.int64))
            writer.flush()


def blocks(table: pa.Table) -> Iterator[pa.Table]:
    """Yield a table in blocks of about a mebibyte."""
    filled = np.cumsum(pc.binary_length(table["symbol"]).to_numpy() + ROW_BYTES)
    start = 0
    while start < len(table):
        before = filled[start - 1] if start else 0
        end = max(start + 1, int(filled.searchsorted(before + BLOCK_BYTES)))
        yield table[start:end]
        start = end


def run_counts(paths: Sequence[Path], kind: str) -> Iterator[pa.Table]:
    """Yield `symbol, count` of a kind in all files of counts, added up and sorted, in blocks."""
    return merge([_rows(path, kind) for path in paths])


def _rows(path: Path, kind: str) -> Iterator[pa.Table]:
    for table in read_tables(path, REMEDY, COUNTS):
        yield table.filter(pc.field("kind") == kind).select(SUMS.names)


def merge(sources: Sequence[Iterator[pa.Table]]) -> Iterator[pa.Table]:
    """
    Merge sorted tables of counts.

    Args:
        sources: each gives one table in blocks; a block of each is held.

    Yields:
        Blocks of the sorted sum.
    """
    heads = [head for source in sources if (head := _Head(source)).has_rows]
    while heads:
        # All that is up to here has come.
        last = min(head.last for head in heads)
        yield add_up([head.take(last) for head in heads])
        heads = [head for head in heads if head.has_rows]


class _Head:
    """The block of a source that is being merged; where it is used up, the next one."""

    def __init__(self, source: Iterator[pa.Table]) -> None:
        self._source = source
        self._next()

    def _next(self) -> None:
        rows = next((table for table in self._source if len(table)), None)
        self.has_rows = rows is not None
        if rows is not None:
            self._rows = rows
            self.last: str = rows["symbol"][-1].as_py()

    def take(self, last: str) -> pa.Table:
        """Use up the rows of the block up to the symbol `last`, which it reaches at the most."""
        if last == self.last:
            taken = self._rows
            self._next()
            return taken
        count = pc.sum(pc.less_equal(self._rows["symbol"], last)).as_py()
        taken, self._rows = self._rows[:count], self._rows[count:]
        return taken


def add_up(tables: Sequence[pa.Table]) -> pa.Table:
    """Return the sum of tables `symbol, count`, sorted, without repetitions."""
    rows = pa.concat_tables(tables)
    coded = one_chunk(rows["symbol"]).dictionary_encode()
    counts = np.zeros(len(coded.dictionary), np.int64)
    np.add.at(counts, coded.indices.to_numpy(), rows["count"].to_numpy())
    order = pc.sort_indices(coded.dictionary)
    return pa.table([coded.dictionary.take(order), counts[order.to_numpy()]], schema=SUMS)


def _size(table: pa.Table) -> int:
    lengths = pc.binary_length(table["symbol"]).to_numpy()
    return int(lengths.sum()) + ROW_BYTES * len(table)
