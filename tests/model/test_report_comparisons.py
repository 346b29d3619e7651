"""Runs beside one another: matrices with their seeds, and runs that begin with another's model."""

import csv
import json
import re

import pytest

from model.report import matrix, report
from model.report.fine_tuning import fine_tuning_view
from model.report.matrices import COLUMNS, matrix_rows
from model.report.runs import Run

HOSTILE = "<b>&a"
SHAPE = {"cell": "lstm", "layers": 1, "hidden": 8, "embedding": 4, "tie": True}
PLACES = {
    "jamo-1": {"corpus": "ballad", "unit": "jamo", "preset": "small", "cell": "lstm"},
    "jamo-2": {"corpus": "ballad", "unit": "jamo", "preset": "small", "cell": "lstm"},
    "byte-1": {"corpus": "ballad", "unit": HOSTILE, "preset": "small", "cell": "lstm"},
}


def run(name, bits=(), record=(), text="ab" * 32):
    rows = {model: {"bits_per_byte": value} for model, value in dict(bits).items()}
    evaluation = {"models": rows, "parameters": 1234, "text_sha256": text}
    return Run(name=name, corpus="ballad", unit="jamo", evaluation=evaluation, record=dict(record))


RUNS = [
    run("jamo-1", {"rnn": 1.5, "ngram": 1.75}, {"seconds": 100, "tokens_per_second": 3000}),
    run("jamo-2", {"rnn": 1.7, "ngram": 1.75}, {"seconds": 300, "tokens_per_second": 2000}),
    run("byte-1", {"rnn": 1.25}, {"seconds": 50}),
    run("other", {"rnn": 9.0}),
]


def written(folder, runs):
    """Write what a run left into folders, and return these."""
    folders = [folder / run.name for run in runs]
    for place, run_ in zip(folders, runs, strict=True):
        place.mkdir()
        evaluation = {
            **run_.evaluation,
            **{"corpus": "ballad", "unit": "jamo", "bytes": 900, "documents": 3},
            "unseen_lines": {"lines": 0, "all_lines": 9},
        }
        for row in evaluation["models"].values():
            row |= {"bits_per_character": 1, "nats_per_character": 1, "perplexity_per_token": 1}
        (place / "evaluation.json").write_text(json.dumps(evaluation), encoding="utf-8")
        (place / "run.json").write_text(json.dumps(run_.record), encoding="utf-8")
    return folders


def test_a_row_has_the_mean_and_the_spread_over_its_seeds():
    first, second = matrix_rows(PLACES, RUNS)
    assert (first["unit"], first["seeds"], second["unit"], second["seeds"]) == (
        "jamo",
        2,
        HOSTILE,
        1,
    )
    assert first["rnn"] == pytest.approx((1.6, 0.02**0.5))  # of a sample: divided by n - 1
    assert first["ngram"] == (1.75, 0)
    assert first["mixture"] == (None, None)
    assert first["seconds"].mean == 200
    assert first["tokens_per_second"].mean == 2500
    assert second["rnn"] == (1.25, None)
    assert second["tokens_per_second"] == (None, None)


def test_the_table_of_a_matrix_is_plain_numbers(tmp_path):
    output = tmp_path / "matrices" / "m.csv"
    matrix(output, written(tmp_path, RUNS[:3]), {"matrices": {"m": PLACES}})
    with output.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert [row["unit"] for row in rows] == ["jamo", HOSTILE]
    assert float(rows[0]["rnn_bits_per_byte_mean"]) == pytest.approx(1.6)
    assert float(rows[0]["rnn_bits_per_byte_sd"]) == pytest.approx(0.02**0.5)
    assert (rows[0]["parameters"], rows[0]["seeds"], rows[0]["seconds_mean"]) == (
        "1234",
        "2",
        "200.0",
    )
    assert rows[1]["rnn_bits_per_byte_sd"] == rows[1]["dynamic_bits_per_byte_mean"] == ""


def test_the_page_shows_matrices_with_what_was_measured(tmp_path):
    page = tmp_path / "report.html"
    report(page, written(tmp_path, RUNS[:3]), {}, None, {"matrices": {"seeds": PLACES}})
    section = page.read_text(encoding="utf-8").split('aria-labelledby="matrices"')[1]
    section = section.split("</section>")[0]
    cells = [re.sub(r"<.*?>", "", cell) for cell in re.findall(r"<td.*?>(.*?)</td>", section)]
    assert "<h3>seeds <small>ballad · small · lstm</small></h3>" in section
    assert cells[:5] == [
        "jamo",
        "2",
        "1.600 ± 0.141",
        "1.750 ± 0.000",
        "1,234",
    ]
    assert cells[7:10] == ["&lt;b&gt;&amp;a", "1", "1.250"]
    assert '<div class="wide"><table>' in section
    assert "ngram" not in section  # named in words
    assert "mixture of" not in section


def begun(name, bits, init_from=None, steps=100, seconds=60, **shape):
    model = {**SHAPE, **shape}
    record = {"init_from": init_from, "model": model, "steps": steps, "seconds": seconds}
    return run(name, {"rnn": bits}, record)


def test_a_run_that_begins_with_a_model_stands_beside_its_like():
    runs = [
        begun("fresh", 1.55, steps=200, seconds=130),
        begun("grown", 1.45, "novel"),
        begun("wide", 1.2, hidden=16),
    ]
    view = fine_tuning_view(runs)
    assert [(row["name"], row["init_from"]) for row in view["rows"]] == [
        ("grown", "novel"),
        ("fresh", None),
    ]
    assert view["rows"][1]["steps"] == 200
    assert view["verdicts"][0].en == (
        "grown, which begins with the model of novel (100 steps, 1 min 0 s), and fresh, which "
        "begins with nothing (200 steps, 2 min 10 s): grown is better by 0.100 bits per byte."
    )
    close = [begun("fresh", 1.455), begun("grown", 1.45, "novel")]
    assert "too close to call" in fine_tuning_view(close)["verdicts"][0].en
    worse = [begun("fresh", 1.35), begun("grown", 1.45, "novel")]
    assert "fresh is better by 0.100" in fine_tuning_view(worse)["verdicts"][0].en


def test_without_its_like_nothing_is_compared():
    assert fine_tuning_view([begun("grown", 1.45, "novel")]) is None
    assert fine_tuning_view([begun("fresh", 1.5), begun("fresh-2", 1.5)]) is None
    assert fine_tuning_view([begun("grown", 1.45, "novel"), begun("wide", 1.5, hidden=9)]) is None
    assert fine_tuning_view([begun("grown", 1.45, "novel"), run("bare", {"rnn": 1.5})]) is None


def test_the_page_tells_what_it_brought(tmp_path):
    page = tmp_path / "report.html"
    runs = [begun("fresh", 1.55), begun("grown", 1.45, HOSTILE)]
    report(page, written(tmp_path, runs), {}, None, {})
    text = page.read_text(encoding="utf-8")
    assert "which begins with the model of &lt;b&gt;&amp;a (100 steps" in text
    assert HOSTILE not in text
