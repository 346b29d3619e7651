from unittest import mock

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import preprocess.tables
from preprocess.tables import one_chunk, open_writer, read_metadata, read_tables, write_columns

SCHEMA = pa.schema([pa.field("number", pa.int64(), nullable=False)])


def groups_of(path):
    """Return the numbers in each row group."""
    file = pq.ParquetFile(path)
    groups = range(file.num_row_groups)
    return [file.read_row_group(group)["number"].to_pylist() for group in groups]


def plain_groups(sizes, limit):
    """Put numbered rows into groups, each full with the row that reaches the limit."""
    groups, size = [[]], 0
    for row, row_size in enumerate(sizes):
        groups[-1].append(row)
        size += row_size
        if size >= limit:
            groups.append([])
            size = 0
    return [group for group in groups if group]


@settings(max_examples=60, deadline=None)
@given(
    batches=st.lists(st.tuples(st.booleans(), st.lists(st.integers(0, 30), max_size=20))),
    limit=st.integers(1, 60),
)
def test_rows_and_tables_make_the_same_row_groups(tmp_path_factory, batches, limit):
    path = tmp_path_factory.getbasetemp() / "numbers.parquet"
    rows = 0
    with (
        mock.patch.object(preprocess.tables, "ROW_GROUP_BYTES", limit),
        open_writer(path, SCHEMA) as writer,
    ):
        for at_once, sizes in batches:
            numbers = range(rows, rows + len(sizes))
            if at_once:
                table = pa.table([pa.array(numbers, pa.int64())], schema=SCHEMA)
                writer.write_table(table, np.array(sizes, np.int64))
            else:
                for number, size in zip(numbers, sizes, strict=True):
                    writer.write({"number": number}, size)
            rows += len(sizes)
    assert groups_of(path) == plain_groups([size for _, sizes in batches for size in sizes], limit)


def test_settings_of_the_writer_stand_beside_those_of_the_program(tmp_path):
    path = tmp_path / "numbers.parquet"
    with open_writer(path, SCHEMA, use_dictionary=False, write_statistics=False) as writer:
        writer.write({"number": 1}, 8)
    column = pq.read_metadata(path).row_group(0).column(0)
    assert (column.compression, column.has_dictionary_page, column.is_stats_set) == (
        "ZSTD",
        False,
        False,
    )


@pytest.mark.parametrize("chunks", [[], [[1, 2]], [[1], [], [2]]])
def test_a_column_in_chunks_is_one_array(chunks):
    column = pa.chunked_array([pa.array(chunk, pa.int64()) for chunk in chunks], pa.int64())
    assert one_chunk(column).to_pylist() == column.to_pylist()


def flipped(path, content, place):
    """Write a file with one bit flipped."""
    damaged = bytearray(content)
    damaged[place] ^= 1 << place % 8
    path.write_bytes(damaged)


@pytest.mark.parametrize("name", [b"number", b"name"])
def test_fault_46_a_flipped_bit_in_the_name_of_a_column_is_refused(tmp_path, name):
    schema = pa.schema([*SCHEMA, ("name", pa.string())])
    path = tmp_path / "numbers.parquet"
    write_columns(path, schema, [[1], ["one"]])
    content = path.read_bytes()
    assert [table.to_pylist() for table in read_tables(path, "", schema)] == [
        [{"number": 1, "name": "one"}]
    ]
    flipped(path, content, content.index(b"\x18" + bytes([len(name)]) + name) + 3)
    with pytest.raises(ValueError, match=r"numbers\.parquet: is damaged.*; make it again"):
        list(read_tables(path, "make it again", schema))


def test_columns_of_another_type_are_refused(tmp_path):
    path = tmp_path / "numbers.parquet"
    write_columns(path, pa.schema([("number", pa.int32())]), [[1]])
    words = r"its columns are number \(int32\), and number \(int64\) are wanted; make it again"
    with pytest.raises(ValueError, match=words):
        list(read_tables(path, "make it again", SCHEMA))


def test_fault_46_a_flipped_bit_in_the_metadata_is_refused(tmp_path):
    path = tmp_path / "numbers.parquet"
    write_columns(path, SCHEMA, [[1]], {"bytes": "1234", "글": "틀"})
    assert read_metadata(path, "") == {"bytes": "1234", "글": "틀"}
    content = path.read_bytes()
    place = content.rindex(b"1234")
    for damaged in (place + 1, place - 4, content.rindex("틀".encode())):
        flipped(path, content, damaged)
        with pytest.raises(ValueError, match=r"numbers\.parquet: is damaged.*; make it again"):
            read_metadata(path, "make it again")
