"""The page of results: what it lists, and that its numbers are those of the runs."""

import json
from pathlib import Path

import pytest
import yaml

from benchmarks.results import ROOT, configuration_of, main, page, rows_of, runs_of, units_table
from workflow.configuration import resolve
from workflow.entries import merge

RESULTS = ROOT / "benchmarks/results.yaml"
TINY = {
    "targets": ["tiny", "words"],
    "matrices": {
        "tiny": {
            "corpus": ["shakespeare"],
            "unit": ["byte", "syllable"],
            "cell": ["lstm", "gru"],
            "seed": [1, 2],
        },
        "words": {"corpus": ["shakespeare"], "unit": ["word"], "cell": ["lstm"], "seed": [1]},
    },
}


def numbers(unit, cell, seed):
    """Return evaluation.json and run.json of a run."""
    bits = {"syllable": 2.0, "byte": 2.1, "word": 2.2}[unit] + (cell == "gru") + seed / 100
    models = {"rnn": bits, "ngram": 2.5, "ppmd": 2.25}
    evaluation = {
        "corpus": "shakespeare",
        "unit": unit,
        "models": {name: {"bits_per_byte": value} for name, value in models.items()},
        "text_sha256": "ab" * 32,
        "bytes": 123_456,
        "documents": 7,
        "parameters": 45_678,
    }
    record = {
        "seconds": 90.0 * seed,
        "tokens_per_second": 5000.0,
        "versions": {"python": "3.11.7", "torch": "2.13.0"},
        "threads": 2,
        "device": "cpu",
        "code": "cd" * 32,
    }
    return {"evaluation.json": evaluation, "run.json": record}


@pytest.fixture
def tiny(tmp_path):
    """A configuration, its matrices, and the results of all of its runs."""
    file = tmp_path / "tiny.yaml"
    file.write_text(yaml.safe_dump(TINY), encoding="utf-8")
    configuration, matrices = configuration_of([file])
    for matrix in matrices:
        for name in configuration.matrices[matrix].runs:
            run = configuration.runs[name]
            folder = tmp_path / "results" / name
            folder.mkdir(parents=True)
            files = numbers(run.unit, run.model["cell"], run.train["seed"])
            for path, content in files.items():
                (folder / path).write_text(json.dumps(content), encoding="utf-8")
    return configuration, matrices, tmp_path / "results"


def test_a_table_has_the_mean_and_the_spread_of_each_unit(tiny):
    rows = rows_of(*tiny)
    lines = units_table(rows, "shakespeare").splitlines()
    assert [line.split(" | ")[0] for line in lines[2:]] == ["| syllable", "| word", "| byte"]
    assert lines[2] == (
        "| syllable | 2.015 ± 0.007 | 2.500 | – | – | – | 2.250 | 45,678 | 2.2 | 5,000 | 2 |"
    )
    assert lines[3] == "| word | 2.210 | 2.500 | – | – | – | 2.250 | 45,678 | 1.5 | 5,000 | 1 |"


def test_the_page_tells_what_the_numbers_hang_on(tiny):
    text = page(rows_of(*tiny), runs_of(*tiny))
    assert "### shakespeare, byte" in text
    cells = text.split("### shakespeare, byte")[1].split("###")[0]
    assert "| lstm | 2.115 ± 0.007 |" in cells
    assert "| gru | 3.115 ± 0.007 |" in cells
    assert "Jamo is left out: without Hangul, its tokens are those of syllable." in text
    assert f"| shakespeare | 123,456 | 7 | {'ab' * 32} |" in text
    assert "python 3.11.7, torch 2.13.0" in text
    assert "cd" * 32 in text
    assert text == page(rows_of(*tiny), runs_of(*tiny))


def test_a_run_without_numbers_is_named(tiny):
    configuration, matrices, results = tiny
    (results / "words-shakespeare-word-lstm-1/evaluation.json").unlink()
    with pytest.raises(ValueError, match=r"words-shakespeare-word-lstm-1: has no evaluation\.json"):
        rows_of(configuration, matrices, results)


def test_what_is_wrong_is_said_in_words(tmp_path, capsys):
    file = tmp_path / "wrong.yaml"
    file.write_text("targets: [balad]", encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["--configfile", str(file), "--no-build"])
    assert "there is no run or matrix 'balad'" in capsys.readouterr().err


def test_what_is_compared():
    """Six corpora in four units, but for jamo without Hangul; three cells; three seeds on one."""
    configuration, matrices = configuration_of([RESULTS])
    runs = [configuration.runs[n] for m in matrices for n in configuration.matrices[m].runs]
    listed = {(run.corpus, run.unit, run.model["cell"], run.train["seed"]) for run in runs}
    assert len(listed) == len(runs)
    units = ("syllable", "jamo", "word", "byte")
    korean, others = ("novel", "namuwiki-sample"), ("shakespeare", "chinese-news", "c-source")
    expected = {("ballad", unit, "lstm", seed) for unit in units for seed in (1, 2, 3)}
    expected |= {("ballad", "jamo", cell, seed) for cell in ("gru", "rnn") for seed in (1, 2, 3)}
    expected |= {(corpus, unit, "lstm", 1) for corpus in korean for unit in units}
    expected |= {(corpus, unit, "lstm", 1) for corpus in others for unit in units if unit != "jamo"}
    assert listed == expected


# tinyshakespeare


def test_tinyshakespeare_is_split_as_nanogpt_does():
    change = yaml.safe_load((ROOT / "benchmarks/tinyshakespeare.yaml").read_text("utf-8"))
    config = yaml.safe_load((ROOT / "config.yaml").read_text("utf-8"))
    configuration = resolve(merge(config, change))
    split = configuration.corpus_of("tinyshakespeare").split
    assert (split["method"], split["test"]) == ("position", 0.1)
    assert 0 < split["valid"] <= 0.02
    seeds = [configuration.runs[run] for run in configuration.targets]
    run = configuration.runs["tinyshakespeare"]
    assert [each.train["seed"] for each in seeds] == [1, 2, 3]
    for each in seeds:
        assert (each.corpus, each.unit, each.model) == (run.corpus, run.unit, run.model)
        assert {**each.train, "seed": 1} == {**run.train, "seed": 1}


def test_a_text_that_is_not_there_is_named_with_where_to_get_it(monkeypatch, tmp_path):
    change = yaml.safe_load((ROOT / "benchmarks/tinyshakespeare.yaml").read_text("utf-8"))
    config = yaml.safe_load((ROOT / "config.yaml").read_text("utf-8"))
    corpus = resolve(merge(config, change)).corpora["tinyshakespeare-local"]
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="matches no file") as refusal:
        corpus.own_files()
    told = str(refusal.value)
    assert told.startswith("corpora.tinyshakespeare-local: data/local/tinyshakespeare.txt: ")
    assert config["corpora"]["tinyshakespeare"]["source"]["sha256"] in told
    assert config["corpora"]["tinyshakespeare"]["source"]["url"] in told
    text = Path("data/local/tinyshakespeare.txt")
    text.parent.mkdir(parents=True)
    text.write_text("First Citizen:\n", encoding="utf-8")
    assert corpus.own_files() == ["data/local/tinyshakespeare.txt"]
