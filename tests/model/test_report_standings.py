"""Who beats whom, vocabularies, provenance, setbacks; and colours that can be read."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.report.charts import PALETTE, curves_item
from model.report.curves import Curve
from model.report.page import TEMPLATES
from model.report.provenance import provenance_view
from model.report.runs import Run
from model.report.standings import picture, ticks_between, verdict_on_all
from model.report.vocabulary import coverage, vocabulary_cards
from tests.model.pages import make_page
from tests.model.reports import a_vocabulary, evaluation, make_run


def run(name: str, **bits: float | None) -> Run:
    models = {model: {"bits_per_byte": value} for model, value in bits.items()}
    return Run(name=name, corpus="ballad", unit="jamo", evaluation={"models": models})


def test_dots_stand_on_one_scale_the_best_row_first() -> None:
    runs = [run("a", rnn=1.5, ngram=1.6, xz=2.0), run("b", rnn=1.4, ngram=1.7, xz=None)]
    shown = picture(list(enumerate(runs)))
    assert [(row["name"], row["floor"]) for row in shown["rows"]] == [
        ("rnn", False),
        ("ngram", True),
        ("xz", True),
    ]
    rnn, ngram, xz = shown["rows"]
    assert (rnn["best"], rnn["worst"], xz["worst"]) == (1.4, 1.5, None)
    assert [dot["run"] for dot in rnn["dots"]] == ["a", "b"]  # the better one is drawn on top
    assert [dot["run"] for dot in xz["dots"]] == ["a"]
    assert rnn["begin"] < rnn["end"] < ngram["begin"] < ngram["end"] < xz["begin"]
    assert shown["line"] == (ngram["begin"], 1.6)
    places = [dot["left"] for row in shown["rows"] for dot in row["dots"]]
    assert np.corrcoef(places, [1.5, 1.4, 1.7, 1.6, 2.0])[0, 1] == pytest.approx(1)


def test_a_single_number_stands_in_the_middle() -> None:
    shown = picture([(3, run("a", rnn=1.5))])
    assert shown["rows"][0]["dots"] == [
        {"run": "a", "colour": PALETTE[3], "bits": 1.5, "left": 50.0}
    ]
    assert shown["line"] is None
    assert picture([(0, run("a", xz=None))]) is None


@given(st.floats(0.01, 20), st.floats(0, 20))
def test_ticks_are_few_and_around(low: float, span: float) -> None:
    ticks = ticks_between(low, low + span)
    assert len(ticks) <= 7
    if low + span > low:
        assert ticks[0] <= low + 1e-6
        assert ticks[-1] >= low + span - 1e-6
        steps = np.diff(ticks)
        np.testing.assert_allclose(steps, steps[0], rtol=1e-3)


def test_the_verdict_over_several_networks() -> None:
    runs = [run("a", rnn=1.5, ngram=1.6), run("b", rnn=1.4, ngram=1.3), run("c", ngram=2.0)]
    assert verdict_on_all(runs).en == "Of 2 networks that of b is best. 1 of 2 beat their n-gram."
    close = [run("a", rnn=1.5), run("b", rnn=1.495)]
    assert verdict_on_all(close).en == (
        "Of 2 networks that of b is best. That of a is too close to call."
    )
    assert verdict_on_all(runs[1:]) is None


def test_the_first_screen_says_what_came_of_the_runs(tmp_path: Path) -> None:
    runs = [
        make_run(tmp_path / name, **{"evaluation.json": evaluation(name, rnn)})
        for name, rnn in (("a", 1.625), ("b", 1.5))
    ]
    page = make_page(tmp_path, runs)
    first = page.text[: page.text.index("숫자")]
    assert "1.500" in first
    assert "The recurrent network beats the n-gram by 0.250" in first
    assert "Of 2 networks that of b is best. 2 of 2 beat their n-gram." in first
    assert "사랑했던 그대" in first
    assert "written by the model of b" in first


def test_runs_that_share_a_vocabulary_share_its_card(tmp_path: Path) -> None:
    other = a_vocabulary("syllable", "가", **{"가": 7})
    runs = [
        make_run(tmp_path / "a"),
        make_run(tmp_path / "b"),
        make_run(tmp_path / "c", vocabulary=other),
    ]
    page = make_page(tmp_path, runs)
    assert page.text.count("Most frequent tokens") == 2
    assert "a, b" in page.text


def test_the_card_of_a_vocabulary() -> None:
    vocabulary = a_vocabulary("jamo", " ", "a", **{"\u1112": 6, "\u1161": 3, " ": 1})
    told = evaluation("a") | {"tokens": 500, "characters": 200}
    (card,) = vocabulary_cards([Run("a", vocabulary=vocabulary, evaluation=told), Run("b")])
    assert (card["size"], card["used"], card["written"]) == (1 + 256 + 67 + 2, 3, 10)
    assert card["per_character"] == 2.5
    assert [(row["words"].en, row["size"], row["share"]) for row in card["kinds"]][:4] == [
        ("leading consonants", 19, 0.6),
        ("vowels", 21, 0.3),
        ("trailing consonants", 27, 0.0),
        ("characters", 2, 0.1),
    ]
    assert [(row["symbol"], row["count"]) for row in card["frequent"]] == [
        ("ㅎ", 6),
        ("ㅏ", 3),
        ("␣", 1),
    ]
    assert card["frequent"][0]["colour"] == card["kinds"][0]["colour"]
    assert card["coverage"] == [(0.5, 1), (0.9, 2), (0.99, 3), (1.0, 3)]
    assert coverage([0, 0]) == []


def test_provenance_says_what_people_ask_for() -> None:
    record = {
        "device": "cuda",
        "machine": {"gpu": "H9", "cores": 8, "memory_bytes": 2_000_000_000},
        "threads": 4,
        "seconds": 245.2,
        "peak_memory_bytes": {"cpu": 588_000_000, "cuda": 1_000_000_000},
        "steps": 5000,
        "best_step": 4750,
        "ended_by": "patience",
        "seed": 3,
        "code": "ab" * 32,
        "inputs_sha256": {"train": "cd" * 32},
        "versions": {"torch": "2.13.0"},
    }
    view = provenance_view(Run("a", record=record), 10_000)
    told = {words.en: getattr(value, "en", value) for words, value in view["facts"]}
    assert told == {
        "Device": "cuda · H9",
        "Machine": "8 cores (4 threads), 2 GB of memory",
        "Training": "4 min 5 s",
        "Peak memory (CPU)": "588 MB",
        "Peak memory (CUDA)": "1 GB",
        "Steps": "5,000; that of 4,750 is kept",
        "Ended by": "valid got no better",
        "Seed": "3",
        "Versions": "torch 2.13.0",
        "SHA-256": "code abababababab, train cdcdcdcdcdcd",
    }
    assert ("machine.cores", "8") in view["rows"]
    assert provenance_view(Run("a"), 10_000) is None


def test_what_a_record_has_not_is_a_dash() -> None:
    record = {"init_from": None, "setbacks": [], "train": {"seed": 0}}
    rows = provenance_view(Run(name="ballad", record=record), 1000)["rows"]
    assert rows == [("init_from", "–"), ("setbacks", "–"), ("train.seed", "0")]


@pytest.mark.parametrize("record", [{"machine": "?"}, {"seconds": "long"}, {"versions": [1]}])
def test_a_record_of_another_shape_tells_less(record: dict) -> None:
    assert provenance_view(Run("a", record=record), 10_000)["facts"] == []


def test_a_setback_is_marked_where_the_training_went_back(tmp_path: Path) -> None:
    record = {"setbacks": [{"step": 9, "reason": "<b>it jumped", "back_to": 6}]}
    page = make_page(tmp_path, [make_run(tmp_path / "ballad", **{"run.json": record})])
    (marks,) = [
        dict(source["attributes"]["data"]["entries"])
        for source in sources_of(page.curves)
        if "back_to" in dict(source["attributes"]["data"]["entries"])
    ]
    assert (marks["tokens"], marks["seconds"], marks["losses"]) == ([6 * 512.0], [9.0], [3.5])
    assert (marks["step"], marks["back_to"]) == ([9], [6])
    assert "diverged at step 9, went back to step 6" in page.text
    assert "<b>it jumped" in page.text


def test_a_training_that_went_back_to_its_start_is_marked_at_its_first_point() -> None:
    curve = Curve(*[np.array([4.0, 8.0])] * 4)
    told = Run("a", curves={"train": curve}, record={"setbacks": [{"step": 3, "back_to": 0}]})
    (marks,) = [
        entries
        for source in sources_of(curves_item([told]))
        if "back_to" in (entries := dict(source["attributes"]["data"]["entries"]))
    ]
    assert marks["tokens"] == [4.0]


def sources_of(value) -> list[dict]:
    """Return the sources of a Bokeh item, at whatever depth."""
    if isinstance(value, list):
        return [found for inner in value for found in sources_of(inner)]
    if not isinstance(value, dict):
        return []
    own = [value] if value.get("name") == "ColumnDataSource" else []
    return own + [found for inner in value.values() for found in sources_of(inner)]


def luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


STYLE = (TEMPLATES / "style.css").read_text(encoding="utf-8")
COLOURS = dict(re.findall(r"--(\w+): light-dark\((#\w{6}, #\w{6})\)", STYLE))


@pytest.mark.parametrize("screen", [0, 1])
def test_colours_can_be_told_from_their_grounds(screen: int) -> None:
    """WCAG AA: texts by 4.5, what is drawn by 3."""
    colours = {name: pair.split(", ")[screen] for name, pair in COLOURS.items()}
    for ground in ("paper", "card", "wash"):
        for text in ("ink", "soft", "ours", "good", "bad"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    assert contrast(colours["ink"], colours["mark"]) >= 4.5
    for drawn in (*PALETTE, colours["ours"], colours["floor"]):
        assert contrast(drawn, colours["card"]) >= 3, drawn
