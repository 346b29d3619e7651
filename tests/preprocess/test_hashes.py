"""Sets of hashes, against Python's own sets."""

import subprocess
import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from preprocess import hashes
from preprocess.hashes import (
    Seen,
    Sought,
    contains,
    distinct,
    distinct_of_all,
    found_in,
    text_hashes,
)

NUMBERS = st.lists(st.integers(0, 20).map(lambda i: i * 0x9E3779B97F4A7C15 % 2**64), max_size=20)
BATCHES = st.lists(NUMBERS, max_size=4)


def arrays(batches):
    return [np.array(batch, np.uint64) for batch in batches]


@given(BATCHES, BATCHES)
def test_found_in_and_contains_are_set_operations(known, stream):
    sought = distinct_of_all(arrays(known))
    assert sought.tolist() == sorted({n for batch in known for n in batch})
    found = found_in(sought, arrays(stream))
    streamed = {n for batch in stream for n in batch}
    assert found.tolist() == [n for n in sought.tolist() if n in streamed]
    for batch in stream:
        held = set(sought.tolist())
        flags = contains(sought, np.array(batch, np.uint64))
        assert flags.tolist() == [n in held for n in batch]


@given(BATCHES)
def test_seen_says_what_is_new(batches):
    seen, before = Seen(), set()
    for batch in batches:
        flags = seen.add(np.array(batch, np.uint64)).tolist()
        for number, is_new in zip(batch, flags, strict=True):
            assert is_new == (number not in before)
            before.add(number)


def test_seen_goes_on_after_sorting_in(monkeypatch):
    monkeypatch.setattr(hashes, "FRESH", 2)
    seen = Seen()
    texts = [str(i % 7) for i in range(20)]
    assert [seen.add(text_hashes([text])).item() for text in texts] == [i < 7 for i in range(20)]


def test_the_stream_is_not_begun_when_nothing_is_sought():
    def unread():
        raise AssertionError("the stream was read")
        yield

    assert len(found_in(distinct(text_hashes([])), unread())) == 0


def test_hashes_that_share_the_table_s_bits_are_told_apart():
    known = np.array([1, 3, 1 << 63], np.uint64)
    sought = Sought(known)
    sought.look(np.array([2, 3, (1 << 63) + 1], np.uint64))
    assert sought.found.tolist() == [3]


def test_hashes_are_those_of_every_process():
    code = "from preprocess.hashes import text_hashes; print(text_hashes(['가', ''])[0])"
    told = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert told[0] == told[1] == f"{text_hashes(['가'])[0]}\n"
