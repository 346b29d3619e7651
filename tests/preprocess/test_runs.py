import re
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess.runs import (
    IS_SPACE,
    as_strings,
    code_points_in,
    count_runs,
    distinct_runs,
    pretoken_bounds,
    run_bounds,
)
from preprocess.units import code_points_of

TEXTS = st.lists(st.text(st.sampled_from("가나a \n\u3000\x1c\xa0é漢👧"), max_size=12), max_size=4)
CUTS = {run_bounds: r"\s+|\S+", pretoken_bounds: r" ?\S+|\s+(?= \S)|\s+"}


def joined(texts):
    """Return the code points of texts and their bounds."""
    return code_points_of("".join(texts)), np.cumsum([0, *map(len, texts)])


def cut(texts, bounds):
    text = "".join(texts)
    return [text[start:end] for start, end in pairwise(bounds.tolist())]


@pytest.mark.parametrize("function", CUTS, ids=lambda function: function.__name__)
@given(texts=TEXTS)
def test_texts_are_cut_where_white_space_begins_and_ends(function, texts):
    expected = [run for text in texts for run in re.findall(CUTS[function], text)]
    assert cut(texts, function(*joined(texts))) == expected


def test_white_space_is_that_of_python():
    beyond = [c for c in range(len(IS_SPACE), 0x110000) if chr(c).isspace()]
    assert beyond == []
    assert not IS_SPACE[-1]  # it stands for all beyond
    white = [c for c in range(0x110000) if chr(c).isspace()]
    assert np.flatnonzero(IS_SPACE).tolist() == white


@given(texts=TEXTS)
def test_runs_are_the_same_as_strings(texts):
    code_points, bounds = joined(texts)
    edges = run_bounds(code_points, bounds)
    strings = as_strings(code_points, edges)
    assert strings.to_pylist() == cut(texts, edges)
    again, bounds = code_points_in(strings)
    assert again.tolist() == code_points.tolist()
    assert bounds.tolist() == edges.tolist()
    half = len(strings) // 2
    points, ends = code_points_in(strings[half:])
    assert points.tolist() == code_points[edges[half] :].tolist()
    assert ends.tolist() == (edges[half:] - edges[half]).tolist()


@given(texts=TEXTS)
def test_distinct_runs_come_by_their_first_occurrence(texts):
    code_points, bounds = joined(texts)
    edges = run_bounds(code_points, bounds)
    runs = cut(texts, edges)
    points, ends, which = distinct_runs(code_points, edges)
    distinct = as_strings(points, ends).to_pylist()
    assert distinct == list(dict.fromkeys(runs))
    assert [distinct[index] for index in which] == runs
    points, ends, counts = count_runs(code_points, edges)
    counted = zip(as_strings(points, ends).to_pylist(), counts.tolist(), strict=True)
    assert dict(counted) == Counter(runs)
