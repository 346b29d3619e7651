"""Seeds: one number in the settings, a stream of random numbers for each purpose."""

from hypothesis import given
from hypothesis import strategies as st

from model.seeds import derive_seed


@given(st.integers(0, 2**63), st.text("abc", max_size=5), st.lists(st.integers(0, 9), max_size=3))
def test_seeds_are_in_range_and_the_same_again(seed, purpose, numbers):
    derived = derive_seed(seed, purpose, *numbers)
    assert 0 <= derived < 2**63
    assert derived == derive_seed(seed, purpose, *numbers)


def test_every_purpose_number_and_seed_has_its_own():
    seeds = {
        derive_seed(seed, purpose, number)
        for seed in range(20)
        for purpose in ("order", "dropout", "initialisation")
        for number in range(20)
    }
    assert len(seeds) == 20 * 3 * 20
    assert derive_seed(1, "order", 12) != derive_seed(11, "order", 2)


def test_seeds_stay_what_they_are_in_later_versions():
    """Another way of deriving would be another model for the same settings."""
    assert derive_seed(1, "order", 0) == 433034383059858670
