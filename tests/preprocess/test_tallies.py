from collections import Counter

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from preprocess import tallies
from preprocess.tallies import COUNTS, SUMS, Tally, merge, run_counts, write_blocks

STRINGS = st.text(st.sampled_from("가나a \U0010ffff\x00"), max_size=3)
PORTIONS = st.lists(st.lists(st.tuples(STRINGS, st.integers(1, 2**40))))


def rows_of(blocks):
    rows = [row for block in blocks for row in block.to_pylist()]
    assert [row["symbol"] for row in rows] == sorted({row["symbol"] for row in rows})
    return {row["symbol"]: row["count"] for row in rows}


def expected(portions):
    total = Counter()
    for portion in portions:
        for string, number in portion:
            total[string] += number
    return dict(total)


def table(counts):
    rows = sorted(counts.items())
    symbols, numbers = zip(*rows, strict=True) if rows else ((), ())
    return pa.table([symbols, numbers], schema=SUMS)


def of_kind(kind, rows):
    return pa.table([rows["symbol"], [kind] * len(rows), rows["count"]], schema=COUNTS)


@given(portions=PORTIONS, held=st.sampled_from([0, 50, 200, 1 << 20]))
def test_counts_are_exact_however_little_is_held(tmp_path_factory, portions, held):
    folder = tmp_path_factory.mktemp("tally")
    with Tally(folder, held_bytes=held) as tally:
        for portion in portions:
            strings = pa.array([string for string, _ in portion], pa.large_string())
            tally.add(strings, pa.array([number for _, number in portion], pa.int64()))
        if held == 0 and any(portions):
            assert any(folder.iterdir())
        assert rows_of(tally.sorted_blocks()) == expected(portions)
        assert tally.distinct == len(expected(portions))
    assert not any(folder.iterdir())


@given(sources=st.lists(st.tuples(st.dictionaries(STRINGS, st.integers(1, 9)), st.integers(1, 4))))
def test_tables_are_merged_wherever_their_blocks_end(sources):
    def in_blocks(counts, rows):
        whole = table(counts)
        return iter([whole[start : start + rows] for start in range(0, len(whole) + 1, rows)])

    merged = merge([in_blocks(counts, rows) for counts, rows in sources])
    assert rows_of(merged) == expected([counts.items() for counts, _ in sources])


def test_memory_is_bounded_by_blocks(monkeypatch):
    monkeypatch.setattr(tallies, "BLOCK_BYTES", 1000)
    whole = table({f"{number:05d}": 1 for number in range(1000)})
    blocks = list(tallies.blocks(whole))
    assert pa.concat_tables(blocks).equals(whole)
    assert {len(block) for block in blocks[:-1]} == {1000 // (5 + tallies.ROW_BYTES)}
    long = table({"가" * 5000: 1, "나" * 5000: 2})
    assert [len(block) for block in tallies.blocks(long)] == [1, 1]


def test_a_kind_is_read_from_all_files(tmp_path):
    paths = [tmp_path / f"{part}.parquet" for part in range(3)]
    for part, path in enumerate(paths):
        words = table({f"{number}": part + 1 for number in range(part, 10)})
        blocks = [words[start : start + 2] for start in range(0, 10, 2)]
        characters = of_kind("character", table({"가": 5}))
        write_blocks(path, COUNTS, [characters, *(of_kind("word", block) for block in blocks)])
    assert rows_of(run_counts(paths, "word")) == {"0": 1, "1": 3} | {
        str(n): 6 for n in range(2, 10)
    }
    assert rows_of(run_counts(paths, "character")) == {"가": 15}
    assert rows_of(run_counts(paths, "pretoken")) == {}


def test_no_strings_have_no_counts(tmp_path):
    with Tally(tmp_path) as tally:
        tally.add(pa.array([], pa.large_string()), pa.array(np.empty(0, np.int64)))
        assert list(tally.sorted_blocks()) == []
