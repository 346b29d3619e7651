"""Which numbers of two runs compare, and which of their settings differ."""

import pytest

from model.comparison import differing_settings, why_incomparable
from model.comparison import test_numbers as numbers_of


def evaluation(sha256="a" * 64, **models):
    return {
        "run": "r",
        "text_sha256": sha256,
        "models": {name: {"bits_per_byte": bits} for name, bits in models.items()},
        "unseen_lines": {"bits_per_byte": {"rnn": 3.5}} if "rnn" in models else {},
    }


def test_numbers_of_other_texts_do_not_compare():
    assert why_incomparable(evaluation(rnn=1.0), evaluation(rnn=2.0)) is None
    why = why_incomparable(evaluation(rnn=1.0), evaluation("b" * 64, rnn=2.0))
    assert "aaaaaaaaaaaa and bbbbbbbbbbbb" in why
    assert "cannot be compared" in why


def test_a_run_that_was_not_measured_has_none():
    skipped = evaluation() | {"skipped": "the corpus has no test split"}
    for pair in ((skipped, evaluation(rnn=1.0)), (evaluation(rnn=1.0), skipped)):
        assert why_incomparable(*pair) == "r has no numbers: the corpus has no test split"


def test_rows_come_in_their_order_and_those_that_one_lacks_are_empty():
    first = evaluation(xz=2.5, rnn=1.5, ngram=1.6)
    second = evaluation(rnn=1.4, ppmd=2.0)
    first["models"]["ppmd"] = {"skipped": "too long"}
    found = numbers_of(first, second)
    assert list(found) == ["rnn", "ngram", "xz", "ppmd", "rnn, unseen lines"]
    assert found["rnn"] == (1.5, 1.4)
    assert found["ngram"] == (1.6, None)
    assert found["ppmd"] == (None, 2.0)
    assert found["rnn, unseen lines"] == (3.5, 3.5)


@pytest.mark.parametrize("row", ["mixture", "dynamic"])
def test_rows_that_neither_has_are_left_out(row):
    assert row not in numbers_of(evaluation(rnn=1.0), evaluation(rnn=1.0))


def test_why_a_preset_was_chosen_is_no_setting():
    names = ("small", "thorough")
    chosen = [{"run": name, "preset": {"name": name, "why": f"{name} fits"}} for name in names]
    assert differing_settings(*chosen) == {"preset.name": names}
