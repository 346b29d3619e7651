from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess.spelling import CHUNK, SAMPLE, Spelling
from preprocess.units import END, MAX_SPELLING

# Rows: no token, one to four, and one of ids that only 32 bits hold.
ROWS = [[], [7], [3, 4], [9, 1, 9], [2, 5, 6, 8], [65_535]]
WIDE_ROWS = [*ROWS, [70_000], [65_536, 1, 131_072]]


def spelling_of(rows, dtype):
    table = np.full((len(rows), MAX_SPELLING), END, dtype)
    for row, ids in enumerate(rows):
        table[row, : len(ids)] = ids
    return Spelling(table)


def encode(spelling, stretches, dtype):
    """Encode stretches, each a list of code points; return the tokens of each."""
    bounds = np.append(0, np.cumsum([len(s) for s in stretches], dtype=np.int64))
    code_points = np.array([point for stretch in stretches for point in stretch], dtype)
    tokens, token_bounds = spelling.encode(code_points, bounds)
    assert token_bounds.dtype == np.int64
    assert len(token_bounds) == len(stretches) + 1
    assert (token_bounds[0], token_bounds[-1]) == (0, len(tokens))
    return tokens.dtype, [part.tolist() for part in np.split(tokens, token_bounds[1:-1])]


@pytest.mark.parametrize(("rows", "dtype"), [(ROWS, np.uint16), (WIDE_ROWS, np.uint32)])
@pytest.mark.parametrize("index_dtype", [np.uint16, np.uint32])
@given(data=st.data())
def test_each_stretch_is_spelt_as_its_code_points_are_one_after_another(
    rows, dtype, index_dtype, data
):
    stretches = data.draw(st.lists(st.lists(st.integers(0, len(rows) - 1)), min_size=1))
    spelt = [[token for point in stretch for token in rows[point]] for stretch in stretches]
    assert encode(spelling_of(rows, dtype), stretches, index_dtype) == (dtype, spelt)


def test_no_stretch_is_no_token():
    tokens, bounds = spelling_of(ROWS, np.uint16).encode(np.empty(0, np.uint16), np.zeros(1, int))
    assert (tokens.tolist(), tokens.dtype, bounds.tolist()) == ([], np.uint16, [0])


@pytest.mark.parametrize("dtype", [np.uint16, np.uint32])
def test_stretches_longer_than_a_chunk_go_on_in_the_next(dtype):
    points = np.random.default_rng(0).integers(0, len(ROWS), 3 * CHUNK + 5).tolist()
    cuts = [0, 1, CHUNK - 1, CHUNK, CHUNK, 3 * CHUNK + 4, len(points)]
    stretches = [points[a:b] for a, b in pairwise(cuts)]
    spelt = [[token for point in stretch for token in ROWS[point]] for stretch in stretches]
    assert encode(spelling_of(ROWS, dtype), stretches, np.uint16) == (dtype, spelt)


def test_rows_beyond_unicode_are_virtual_code_points():
    table = np.full((0x110002, MAX_SPELLING), END, np.uint16)
    table[0xAC00, 0], table[0x110001, :2] = 5, (300, 301)
    code_points = np.array([0xAC00, 0x110001, 0xAC00], np.uint32)
    tokens, bounds = Spelling(table).encode(code_points, np.array([0, 2, 3]))
    assert (tokens.tolist(), bounds.tolist()) == ([5, 300, 301, 5], [0, 3, 4])


@pytest.mark.parametrize(("rows", "dtype"), [(ROWS, np.uint16), (WIDE_ROWS, np.uint32)])
@given(data=st.data())
def test_a_text_of_which_few_characters_are_spelt_in_several_tokens_is_spelt_as_any(
    rows, dtype, data
):
    points = data.draw(st.lists(st.sampled_from([1, 1, 5]), min_size=40, max_size=80))
    places = data.draw(st.lists(st.integers(0, len(points) - 1), max_size=len(points) // 20))
    for place in places:
        points[place] = data.draw(st.integers(0, len(rows) - 1))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(points)))))
    stretches = [points[a:b] for a, b in pairwise([0, *cuts, len(points)])]
    spelt = [[token for point in stretch for token in rows[point]] for stretch in stretches]
    assert encode(spelling_of(rows, dtype), stretches, np.uint32) == (dtype, spelt)


def test_what_the_beginning_of_a_text_is_like_does_not_decide_its_spelling():
    for tail in ([4, 2, 1, 3], [4, 0, 1]):
        points = [1] * SAMPLE + tail * 50
        spelt = [token for point in points for token in ROWS[point]]
        assert encode(spelling_of(ROWS, np.uint16), [points], np.uint32) == (np.uint16, [spelt])
