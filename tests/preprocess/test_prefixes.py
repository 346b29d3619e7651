"""No pair that is near is missed by the first members of its sets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess import prefixes
from preprocess.prefixes import Prefixes

SETS = st.lists(st.sets(st.integers(0, 12), min_size=1), min_size=1, max_size=12)


def ids(members):
    return np.array(sorted(members), np.int32)


def found(sets, places, threshold, wanted, size):
    looked_up = Prefixes([ids(each) for each in sets], np.array(places), threshold)
    return {int(place) for some in looked_up.candidates(ids(wanted), size) for place in some}


@given(SETS, st.sets(st.integers(0, 12)), st.integers(0, 5), st.sampled_from([0.05, 0.5, 0.8, 1]))
def test_all_that_are_near_are_candidates(sets, wanted, unknown, threshold):
    size = len(wanted) + unknown
    near = {
        place
        for place, each in enumerate(sets)
        if len(each & wanted) >= threshold * (len(each) + size - len(each & wanted))
    }
    assert near <= found(sets, range(len(sets)), threshold, wanted, size)
    assert found(sets, [0], threshold, wanted, size) <= {0}


@pytest.mark.parametrize("at_once", [1, 1 << 12])
def test_what_differs_by_rare_members_is_no_candidate(monkeypatch, at_once):
    monkeypatch.setattr(prefixes, "FOUND_AT_ONCE", at_once)
    common = set(range(100, 180))
    sets = [{3 * i, 3 * i + 1, 3 * i + 2} | common for i in range(20)]
    mould = [{*range(12 * i, 12 * i + 12)} | {c + 400 for c in common} for i in range(20)]
    assert found(sets, range(20), 0.9, {99, *common}, 81) == set(range(20))
    assert found(mould, range(20), 0.9, mould[3], 92) == {3}
