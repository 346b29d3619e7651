"""The configuration: what entries come to, and how what is wrong is worded."""

import copy
import json
import unicodedata
from pathlib import Path

import pytest
import yaml

from model.config import ModelConfig, TrainConfig, from_settings
from model.sampling import configs_of
from preprocess.config_keys import repeated_keys
from preprocess.namumark import Options
from preprocess.units import make_unit
from workflow.configuration import resolve
from workflow.entries import merge
from workflow.settings import KIND_KEYS

CONFIG = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8"))
MINE = {"corpora": {"mine": {"source": {"files": ["mine/*.txt"]}}}}


def problems(*changes):
    """Return what is said of config.yaml with the changes merged in, one line a problem."""
    with pytest.raises(ValueError, match="the configuration is not right") as refusal:
        resolve(merge(CONFIG, *changes))
    return [line.removeprefix("  - ") for line in str(refusal.value).splitlines()[1:]]


def run(**values):
    return {"runs": {"mine": {"corpus": "ballad", "unit": "jamo", **values}}}


def corpus(**values):
    return merge(MINE, {"corpora": {"mine": values}})


def units(**entries):
    return {"units": entries}


# What comes out


def test_config_yaml_is_right_and_builds_the_ballads():
    configuration = resolve(CONFIG)
    assert configuration.targets == ["ballad", "ballad-syllable"]
    assert configuration.target_corpora() == ["ballad"]
    assert configuration.corpora["ballad"].part_names == ["00000"]


def test_a_corpus_and_a_run_of_the_users_own_are_all_that_is_needed():
    mine = merge(MINE, {"runs": {"mine": {"corpus": "mine", "unit": "jamo"}}, "targets": ["mine"]})
    configuration = resolve(merge(CONFIG, mine))
    assert configuration.targets == ["mine"]
    assert configuration.corpora["mine"].document == CONFIG["defaults"]["corpus"]["document"]
    assert configuration.runs["mine"].preset == "small"


def test_a_run_is_the_defaults_then_its_preset_then_its_own_keys():
    change = merge(
        {"defaults": {"run": {"model": {"layers": 1, "hidden": 10, "dropout": 0.1}}}},
        {"presets": {"two": {"model": {"layers": 2, "hidden": 20}}}},
        run(preset="two", model={"hidden": 30}),
    )
    model = resolve(merge(CONFIG, change)).runs["mine"].model
    assert (model["dropout"], model["layers"], model["hidden"]) == (0.1, 2, 30)


def test_a_matrix_is_the_product_of_its_lists():
    matrix = {"corpus": ["ballad"], "unit": ["jamo", "byte"], "cell": ["gru"], "seed": [1, 2]}
    change = {"matrices": {"m": {**matrix, "train": {"epochs": 3}}}, "targets": ["m", "ballad"]}
    configuration = resolve(merge(CONFIG, change))
    assert configuration.targets == [
        "m-ballad-jamo-gru-1",
        "m-ballad-jamo-gru-2",
        "m-ballad-byte-gru-1",
        "m-ballad-byte-gru-2",
        "ballad",
    ]
    run = configuration.runs["m-ballad-byte-gru-2"]
    assert (run.corpus, run.unit, run.model["cell"]) == ("ballad", "byte", "gru")
    assert (run.train["seed"], run.train["epochs"]) == (2, 3)
    assert configuration.runs["m-ballad-byte-gru-1"].train["seed"] == 1


def test_a_run_that_is_there_but_no_target_can_be_asked_for():
    assert resolve(CONFIG).runs["novel"].corpus == "novel"


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match=r"there is no 'balad' in runs; did you mean 'ballad'\?"):
        resolve(CONFIG).runs["balad"]


# Settings


def test_settings_are_json_with_sorted_keys():
    reversed_sample = dict(reversed(CONFIG["defaults"]["run"]["sample"].items()))
    changed = copy.deepcopy(CONFIG)
    changed["defaults"]["run"]["sample"] = reversed_sample
    settings = resolve(CONFIG).settings_of("sample", "ballad")
    assert settings == resolve(changed).settings_of("sample", "ballad")
    assert list(json.loads(settings)) == sorted(reversed_sample)


def test_settings_have_only_what_the_stage_uses():
    configuration = resolve(CONFIG)

    def keys(stage, *names):
        return set(json.loads(configuration.settings_of(stage, *names)))

    common = {"format", "parts", "max_document_bytes", "strict", "archive"}
    assert keys("read", "ballad") == common | {"document", "encoding"}
    assert keys("read", "namuwiki-sample") == common | {"namespaces", "allow_truncated"}
    assert "namumark" in keys("clean", "namuwiki-sample")
    assert "namumark" not in keys("clean", "ballad")
    assert "block_characters" in keys("split", "novel")
    assert "block_characters" not in keys("split", "ballad")
    for unit in ("jamo", "word", "subword"):
        assert keys("count", unit) == {"kind"}
    limits = {"kind", "min_count", "max_size", "coverage"}
    assert keys("vocabulary", "jamo") == keys("vocabulary", "word") == limits
    assert keys("vocabulary", "subword") == limits | {"method", "over"}
    assert keys("vocabulary", "byte") == {"kind"}
    assert keys("evaluate", "ballad") == {"run", "corpus", "unit", "ngram_order"}


def test_a_report_is_told_the_units_of_its_runs():
    change = units(grown={"kind": "jamo", "extends": "novel/jamo"})
    configuration = resolve(merge(CONFIG, change, run(unit="grown")))
    settings = json.loads(configuration.settings_of("report", "mine", "ballad-syllable"))
    limits = {"min_count": 2, "max_size": None, "coverage": None}
    assert settings["units"] == {
        "grown": {"kind": "jamo", **limits, "extends": "novel/jamo"},
        "syllable": {"kind": "syllable", **limits, "extends": None},
    }
    assert settings["runs"]["mine"] == {"corpus": "ballad", "unit": "grown"}


def test_threads_are_no_settings_of_a_training():
    settings = json.loads(resolve(CONFIG).settings_of("train", "ballad"))
    assert set(settings) == {"run", "corpus", "unit", "init_from", "model", "train"}
    assert "threads" not in settings["train"]


def test_settings_fit_what_the_stages_take():
    configuration = resolve(CONFIG)
    settings = json.loads(configuration.settings_of("train", "ballad"))
    from_settings(ModelConfig, settings["model"], "model")
    from_settings(TrainConfig, settings["train"], "train")
    configs_of(json.loads(configuration.settings_of("sample", "ballad")))
    for unit in configuration.units:
        make_unit(json.loads(configuration.settings_of("vocabulary", unit)))


def test_the_defaults_of_functions_are_those_of_config_yaml():
    defaults = CONFIG["defaults"]
    assert Options(**defaults["corpus"]["clean"]["namumark"]) == Options()
    limits = {key: defaults["unit"][key] for key in KIND_KEYS["jamo"]}
    assert make_unit({"kind": "jamo"}).settings == {"kind": "jamo", **limits}


# What is wrong, in words


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            run(train={"lerning_rate": 0.1}),
            "runs.mine.train: unknown key 'lerning_rate'; did you mean 'learning_rate'?",
        ),
        (run(hidden=300), "runs.mine: unknown key 'hidden'; it belongs under 'model'"),
        ({"corpra": {}}, "config.yaml: unknown key 'corpra'; did you mean 'corpora'?"),
        (
            run(train={"learning_rate": "4e-3"}),
            "runs.mine.train.learning_rate: '4e-3' is not a number; write 0.004",
        ),
        (run(model={"hidden": 64.0}), "runs.mine.model.hidden: 64.0 is not a whole number"),
        (run(model={"layers": True}), "runs.mine.model.layers: True is not a whole number"),
        (run(train={"epochs": 0}), "runs.mine.train.epochs: 0 must be at least 1"),
        (run(model={"dropout": 1}), "runs.mine.model.dropout: 1 must be below 1"),
        (run(train={"clip": -1}), "runs.mine.train.clip: -1 must be above 0"),
        (
            run(train={"learning_rate": float("nan")}),
            "runs.mine.train.learning_rate: nan is not a finite number",
        ),
        (
            run(sample={"temperatures": [0.8, float("inf")]}),
            "runs.mine.sample.temperatures.1: inf is not a finite number",
        ),
        (run(sample={"top_p": 0}), "runs.mine.sample.top_p: 0 must be above 0"),
        (run(sample={"top_k": 1 << 31}), "runs.mine.sample.top_k: 2147483648 must be at most 2147"),
        (
            run(sample={"acrostic": "사 랑"}),
            "runs.mine.sample.acrostic: '사 랑' is not without white space",
        ),
        (
            run(sample={"no_repeat_ngram": 1}),
            "runs.mine.sample.no_repeat_ngram: is 1, so that no character could come twice; ",
        ),
        (
            run(sample={"beam": 4}),
            "runs.mine.sample.beam: is 4, which finds as many texts, but sample.count is 8; ask ",
        ),
        (
            run(sample={"acrostic": "사랑", "lines": 2}),
            "runs.mine.sample.lines: is 2, but sample.acrostic already says how many lines there ",
        ),
        (
            run(model={"cell": "lsmt"}),
            "runs.mine.model.cell: 'lsmt' is not one of rnn, gru, lstm; did you mean 'lstm'?",
        ),
        (run(corpus="balad"), "runs.mine.corpus: there is no 'balad' in corpora; "),
        (run(unit="jmo"), "runs.mine.unit: there is no 'jmo' in units; did you mean 'jamo'?"),
        (
            run(preset="smal"),
            "runs.mine.preset: there is no 'smal' in presets; did you mean 'small'?",
        ),
        (
            {"runs": {"mine": {"corpus": "ballad"}}},
            "runs.mine: the key 'unit' is missing",
        ),
        ({"targets": ["balad"]}, "targets: there is no run or matrix 'balad'; did you mean "),
        ({"targets": "ballad"}, "targets: 'ballad' is not a list; write [ballad]"),
        ({"targets": []}, "targets: is empty"),
        ({"runs": {2024: {}}}, "runs: the key 2024 is not text; put it in quotes"),
        (
            {"runs": {"logs": run()["runs"]["mine"]}},
            "runs.logs: results/logs has another use; take another name",
        ),
        (
            {"runs": {"Ballad": run()["runs"]["mine"]}},
            "runs.Ballad: clashes with runs.ballad; give one of them another name",
        ),
        (
            {"matrices": {"ballad": {"corpus": ["ballad"], "unit": ["jamo"]}}},
            "matrices.ballad: clashes with runs.ballad; give one of them another name",
        ),
        (
            {"runs": {"units-ballad-jamo-lstm-1": run()["runs"]["mine"]}},
            "matrices.units (its run units-ballad-jamo-lstm-1): clashes with "
            "runs.units-ballad-jamo-lstm-1; give one of them another name",
        ),
        ({"runs": {"../x": run()["runs"]["mine"]}}, "runs.../x: '../x' is not a name: "),
        ({"runs": {"-x": run()["runs"]["mine"]}}, "runs.-x: '-x' is not a name: "),
        (
            {"runs": {unicodedata.normalize("NFD", "발라드"): run()["runs"]["mine"]}},
            f"runs.{unicodedata.normalize('NFD', '발라드')}: the name is spelt in decomposed "
            "letters (NFD); write it as '발라드'",
        ),
        (
            {"corpora": {"ballad": {"source": {"package": "konlpy==0.6.0"}}}},
            "corpora.ballad.source: is of two kinds, files and package; keep one. (A file given "
            "by --configfile is merged with config.yaml: take a new name for a new corpus)",
        ),
        (
            {"corpora": {"mine": {"source": {}}}},
            "corpora.mine.source: names no text; give it one of: files, url, package",
        ),
        (
            {"corpora": {"mine": {"source": {"package": "konlpy"}}}},
            "corpora.mine.source.package: 'konlpy' is not a package with its version, "
            "such as konlpy==0.6.0",
        ),
        (
            {"corpora": {"mine": {"source": {"package": "a==1", "sha256": 1234}}}},
            "corpora.mine.source.sha256: 1234 is not text (in quotes) or null or a list; "
            "write '1234'",
        ),
        (
            corpus(source={"files": ["a{b}.txt"]}),
            "corpora.mine.source.files: 'a{b}.txt' has a brace, which is a wildcard",
        ),
        (
            corpus(source={"sha256": None}),
            "corpora.mine.source: 'sha256' goes with url or package, not with files; take it out",
        ),
        (
            corpus(split={"valid": 0.5, "test": 0.5}),
            "corpora.mine.split: valid 0.5 and test 0.5 leave nothing to train on",
        ),
        (
            corpus(split={"method": "position"}, parts=2),
            "corpora.mine.split.method: position needs the text in one part, and parts is 2; "
            "set parts: 1, or method: hash",
        ),
        (corpus(split={"valid": -0.1}), "corpora.mine.split.valid: -0.1 must be at least 0"),
        (
            corpus(encoding="klingon"),
            "corpora.mine.encoding: 'klingon' is none that Python knows; try auto, utf-8",
        ),
        (corpus(parts=0), "corpora.mine.parts: 0 must be at least 1"),
        (
            units(mine={"kind": "sylable"}),
            "units.mine.kind: 'sylable' is not one of syllable, jamo, byte, word, subword; did you "
            "mean 'syllable'?",
        ),
        (
            units(jamo={"mincount": 3}),
            "units.jamo: unknown key 'mincount'; did you mean 'min_count'?",
        ),
        (units(jamo={"max_size": 100}), "units.jamo.max_size: 100 must be at least 325"),
        (units(word={"coverage": 0}), "units.word.coverage: 0 must be above 0"),
        (units(word={"coverage": 95}), "units.word.coverage: 95 must be at most 1"),
        (units(mine={"min_count": 3}), "units.mine: the key 'kind' is missing"),
        (
            units(subword={"method": "bep"}),
            "units.subword.method: 'bep' is not one of unigram, bpe; did you mean 'bpe'?",
        ),
        (units(subword={"over": "byte"}), "units.subword.over: 'byte' is not one of syllable, ja"),
        (
            units(byte={"min_count": 3}),
            "units.byte.min_count: has no effect with kind: byte; take it out, or set kind: "
            "syllable or jamo or word or subword",
        ),
        (
            units(word={"over": "jamo"}),
            "units.word.over: has no effect with kind: word; take it out, or set kind: subword",
        ),
        (
            units(byte={"extends": "novel/byte"}),
            "units.byte.extends: has no effect with kind: byte; take it out, or set kind: syllable",
        ),
        (
            units(subword={"max_size": None}),
            "units.subword.max_size: is null, and pieces are learnt up to a size; set one, such as "
            "max_size: 8000",
        ),
        (
            units(mine={"kind": "jamo", "extends": "novel"}),
            "units.mine.extends: 'novel' is not a corpus and a unit, such as novel/jamo",
        ),
        (
            units(mine={"kind": "jamo", "extends": "novle/jamo"}),
            "units.mine.extends: there is no 'novle' in corpora; did you mean 'novel'?",
        ),
        (
            units(mine={"kind": "jamo", "extends": "novel/jmo"}),
            "units.mine.extends: there is no 'jmo' in units; did you mean 'jamo'?",
        ),
        (
            units(mine={"kind": "jamo", "extends": "novel/syllable"}),
            "units.mine.extends: novel/syllable has kind: syllable, and this unit kind: jamo; "
            "a vocabulary can extend one of the same kind only",
        ),
        (
            units(
                mine={"kind": "subword", "max_size": 9, "over": "jamo", "extends": "novel/subword"}
            ),
            "units.mine.extends: novel/subword has over: syllable, and this unit over: jamo; a ",
        ),
        (
            units(jamo={"extends": "novel/jamo"}),
            "units.jamo.extends: goes round in a circle: jamo -> jamo; begin with a unit that "
            "extends none",
        ),
        (
            units(
                a={"kind": "jamo", "extends": "novel/b"},
                b={"kind": "jamo", "extends": "ballad/c"},
                c={"kind": "jamo", "extends": "novel/b"},
            ),
            "units.b.extends: goes round in a circle: b -> c -> b; begin with a unit that",
        ),
        (
            {"defaults": {"unit": {"extends": "novel/jamo"}}},
            "defaults.unit.extends: 'novel/jamo' is not null",
        ),
        (
            {"defaults": {"corpus": {"source": {"files": ["x"]}}}},
            "defaults.corpus.source: has no default; it belongs to each entry",
        ),
    ],
)
def test_fault_62_what_is_wrong_is_said_with_its_key_and_what_to_do(change, words):
    said = problems(change)
    assert any(line.startswith(words) for line in said), said


TWICE = "{}: stands twice in FILE, on lines {} and {}, and only the last would count; {}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("targets: []\nruns: {}\n'targets': []\n", TWICE.format("targets", 1, 3, "take one out")),
        (
            "runs: &a {mine: {}}\ncorpora: {}\nruns:\n  <<: *a\n  mine: {}\n",
            TWICE.format("runs", 1, 3, "put what is under both under one of them"),
        ),
        (
            '{\n\t"auto": [\n\t\t{"minutes": 1,\n\t\t"minutes": 2}\n\t]\n}\n',
            TWICE.format("auto.0.minutes", 3, 4, "take one out"),
        ),
        ("a: 1\nb: {a: 1, c: [{a: 2}, {a: 3}]}\n", ""),
        ("a: &b\n  c: *b\n", ""),
        ("", ""),
        ('{"a": "\\ud83d\\ude00"}', "FILE: cannot be read as YAML (while parsing a quoted scalar"),
    ],
    ids=["key", "mapping", "json", "none", "itself", "empty", "surrogates"],
)
def test_fault_62_a_key_that_stands_twice_is_said_with_both_lines(tmp_path, text, said):
    file = tmp_path / "my.yaml"
    file.write_text(text, encoding="utf-8")
    found = "\n".join(repeated_keys(file))
    assert found.startswith(said.replace("FILE", str(file)))
    assert bool(found) == bool(said)


def test_fault_62_keys_that_stand_twice_are_said_with_all_else_that_is_wrong(tmp_path):
    file = tmp_path / "my.yaml"
    file.write_text("runs: {mine: {corpus: balad}}\nruns: {mine: {unit: jamo}}\n", "utf-8")
    with pytest.raises(ValueError, match="the configuration is not right") as refusal:
        resolve(merge(CONFIG, yaml.safe_load(file.read_text("utf-8"))), [file])
    first, second = str(refusal.value).splitlines()[1:]
    assert first.startswith(f"  - runs: stands twice in {file}, on lines 1 and 2, ")
    assert second == "  - runs.mine: the key 'corpus' is missing"


def test_fault_52_a_name_too_long_for_a_file_is_refused():
    assert problems({"runs": {"가" * 67: run()["runs"]["mine"]}}) == [
        f"runs.{'가' * 67}: the name has 201 bytes; 200 is the most"
    ]


def test_a_default_that_is_missing_is_named():
    config = copy.deepcopy(CONFIG)
    del config["defaults"]["run"]["sample"]["temperatures"]
    with pytest.raises(
        ValueError, match=r"defaults\.run\.sample: the key 'temperatures' is missing"
    ):
        resolve(config)


def test_a_circle_of_units_is_said_once():
    circle = units(
        a={"kind": "jamo", "extends": "novel/b"}, b={"kind": "jamo", "extends": "novel/a"}
    )
    assert len(problems(circle)) == 1


def test_defaults_of_units_may_hold_what_a_kind_does_not_use():
    change = {"defaults": {"unit": {"method": "bpe", "coverage": 0.99}}}
    assert resolve(merge(CONFIG, change)).units["subword"].method == "bpe"


def test_a_unit_extends_that_of_another_corpus():
    change = units(grown={"kind": "jamo", "extends": "novel/jamo"})
    assert resolve(merge(CONFIG, change)).units["grown"].extends == "novel/jamo"


def test_all_that_is_wrong_is_said_at_once():
    said = problems(run(corpus="mien", unit="jmo", train={"epochs": 0}), corpus(documnt="line"))
    assert [line.split(":")[0] for line in said] == [
        "corpora.mine",
        "runs.mine.train.epochs",
        "runs.mine.corpus",
        "runs.mine.unit",
    ]


def test_no_share_is_a_legal_split():
    configuration = resolve(merge(CONFIG, corpus(split={"valid": 0, "test": 0})))
    assert configuration.corpora["mine"].split["test"] == 0


def test_a_run_may_begin_with_the_model_of_another():
    configuration = resolve(CONFIG)
    assert configuration.runs["ballad-from-novel"].init_from == "novel"
    settings = json.loads(configuration.settings_of("train", "ballad-from-novel"))
    assert settings["init_from"] == "novel"
    assert configuration.runs["novel"].init_from is None


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (run(init_from="novl"), "there is no 'novl' in runs; did you mean 'novel'?"),
        (
            run(init_from="ballad-syllable"),
            "ballad-syllable has kind: syllable, and this run kind: jamo; a run can begin with a "
            "model of the same kind only",
        ),
        (
            run(init_from="novel", model={"hidden": 32})
            | {"presets": {"small": {"model": {"hidden": 48}}}},
            "novel has model.hidden: 48, and this run model.hidden: 32; a run can begin with a "
            "model of the same model.hidden only",
        ),
        (
            run(init_from="mine"),
            "goes round in a circle: mine -> mine; begin with a run that begins with no other's "
            "model",
        ),
    ],
)
def test_a_model_that_no_run_can_begin_with_is_refused(change, problem):
    assert f"runs.mine.init_from: {problem}" in problems(change)


def test_runs_that_begin_with_one_another_are_refused_once():
    change = {"runs": {"novel": {"init_from": "ballad-from-novel"}}}
    assert len(problems(change)) == 1
