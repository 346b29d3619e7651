"""Preset auto: what a run may come to by its minutes, and what is wrong with the table."""

import json
from pathlib import Path

import pytest
import yaml

from workflow.configuration import resolve
from workflow.entries import merge

CONFIG = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8"))
# Of all corpora and runs one: the checks of the others take their time.
ONE = {**CONFIG, "corpora": {"ballad": CONFIG["corpora"]["ballad"]}, "runs": {}, "matrices": {}}
ONE["targets"] = ["mine"]
PRESETS = {
    "little": {"model": {"hidden": 8}, "train": {"epochs": 7}},
    "big": {"model": {"hidden": 80}},
}


def row(preset, train_bytes, minutes, **changes):
    numbers = {"tokens_per_minute": 1000, "min_epochs": 2, "max_epochs": 9}
    return {
        "preset": preset,
        "train_bytes": train_bytes,
        "minutes": minutes,
        **numbers,
        **changes,
    }


TABLE = [row("little", 500, 0), row("big", None, 60), row("little", None, 0, max_epochs=5)]


def resolved(*changes, auto=TABLE, **own):
    mine = {"corpus": "ballad", "unit": "jamo", "preset": "auto", **own}
    change = {"presets": PRESETS, "auto": auto, "runs": {"mine": mine}}
    return resolve(merge(ONE, change, *changes))


def settings_of(configuration, run="mine"):
    return json.loads(configuration.settings_of("train", run))


def choices(**own):
    return settings_of(resolved(**own))["auto"]["choices"]


def problems(*changes, auto=TABLE, **own):
    with pytest.raises(ValueError, match="the configuration is not right") as refusal:
        resolved(*changes, auto=auto, **own)
    return [line.removeprefix("  - ") for line in str(refusal.value).splitlines()[1:]]


def test_a_run_takes_along_one_choice_for_each_size_by_its_minutes():
    def told(**own):
        return [(choice["train_bytes"], choice["preset"]) for choice in choices(**own)]

    assert told(minutes=59.9) == [(500, "little"), (None, "little")]
    assert told(minutes=60) == [(500, "little"), (None, "big")]
    assert told() == told(minutes=CONFIG["defaults"]["run"]["minutes"])
    assert settings_of(resolved(minutes=60))["auto"]["minutes"] == 60


def test_a_choice_is_the_defaults_then_its_preset_then_the_runs_own_keys():
    first, last = choices(model={"layers": 2}, train={"batch": 3}, minutes=60)
    assert (first["model"]["hidden"], last["model"]["hidden"]) == (8, 80)
    for choice in (first, last):
        assert (choice["model"]["layers"], choice["train"]["batch"]) == (2, 3)
        assert choice["train"]["clip"] == CONFIG["defaults"]["run"]["train"]["clip"]
        assert "threads" not in choice["train"]
    assert (first["min_epochs"], first["max_epochs"], first["tokens_per_minute"]) == (2, 9, 1000)


def test_epochs_of_the_runs_own_are_not_fitted():
    for choice in choices(train={"epochs": 33}):
        assert (choice["min_epochs"], choice["max_epochs"]) == (33, 33)


def test_a_preset_that_no_choice_is_made_of_is_no_setting_of_the_run():
    before = settings_of(resolved(minutes=15))
    change = {"presets": {"big": {"model": {"hidden": 81}}}}
    assert settings_of(resolved(change, minutes=15)) == before
    assert settings_of(resolved(change, minutes=60)) != before


def test_an_axis_of_a_matrix_may_be_auto():
    matrix = {"corpus": ["ballad"], "unit": ["jamo"], "preset": ["auto", "small"]}
    configuration = resolved({"matrices": {"m": {**matrix, "seed": [4]}}})
    chosen = settings_of(configuration, "m-ballad-jamo-auto-4")["auto"]["choices"]
    assert [choice["train"]["seed"] for choice in chosen] == [4, 4]
    assert "auto" not in settings_of(configuration, "m-ballad-jamo-small-4")


def test_what_a_job_is_planned_by_is_that_of_the_run_itself():
    run = resolved(train={"threads": 1, "device": "cpu"}, sample={"count": 2}).runs["mine"]
    assert (run.train["threads"], run.train["device"], run.sample["count"]) == (1, "cpu", 2)


@pytest.mark.parametrize(
    ("auto", "words"),
    [
        ([], "auto: is empty"),
        ([row("litle", None, 0)], "auto.0.preset: there is no 'litle' in presets; did you mean "),
        ([row("auto", None, 0)], "auto.0.preset: there is no 'auto' in presets; there are: "),
        (
            [row("little", 500, 0), row("big", 400, 0), row("big", None, 0)],
            "auto.1.train_bytes: is less than that of the row before; sort the rows",
        ),
        (
            [row("big", None, 0), row("little", 500, 0)],
            "auto.1.train_bytes: is less than that of the row before; sort the rows",
        ),
        (
            [row("little", None, 0), row("big", None, 60)],
            "auto.1.minutes: is not less than that of the row before, of the same train_bytes; "
            "begin with the most minutes",
        ),
        ([row("big", None, 0), row("big", None, 0)], "auto.1.minutes: is not less than that"),
        ([row("big", 500, 9)], "auto: the last row of train_bytes 500 must have minutes: 0"),
        ([row("big", None, 9)], "auto: the last row of train_bytes null must have minutes: 0"),
        ([row("big", 500, 0)], "auto: the last row must have train_bytes: null, for longer texts"),
        (
            [row("big", None, 0, min_epochs=10)],
            "auto.0.min_epochs: 10 is more than max_epochs, 9",
        ),
        (
            [row("big", None, 0, tokens_per_minute=0)],
            "auto.0.tokens_per_minute: 0 must be above 0",
        ),
        ([row("big", None, 0, epoch=1)], "auto.0: unknown key 'epoch'; did you mean 'min_epochs'?"),
        ([{"preset": "big"}], "auto.0: the key 'train_bytes' is missing"),
        (["big"], "auto.0: 'big' is not a mapping"),
        ({"big": 1}, "auto: {'big': 1} is not a list"),
    ],
)
def test_a_wrong_table_is_refused(auto, words):
    said = problems(auto=auto)
    assert any(line.startswith(words) for line in said), said


@pytest.mark.parametrize(
    ("change", "own", "words"),
    [
        ({}, {"minutes": 0}, "runs.mine.minutes: 0 must be above 0"),
        ({}, {"minutes": -1}, "runs.mine.minutes: -1 must be above 0"),
        ({}, {"minutes": "15"}, "runs.mine.minutes: '15' is not a number; write 15.0"),
        (
            {},
            {"preset": "small", "minutes": 5},
            "runs.mine.minutes: has no effect with preset: small; take it out, or set preset: auto",
        ),
        ({}, {"preset": "auot"}, "runs.mine.preset: there is no 'auot' in presets; did you mean "),
        (
            {"presets": {"auto": {}}},
            {},
            "presets.auto: the name stands for the table auto; take another name",
        ),
        (
            {"presets": {"big": {"sample": {"count": 1}}}},
            {},
            "presets.big.sample: is needed before the trainer chooses a preset by the table auto; "
            "take it out, or big out of that table",
        ),
        (
            {"presets": {"big": {"train": {"threads": 1}}}},
            {},
            "presets.big.train.threads: is needed before the trainer chooses",
        ),
    ],
)
def test_what_else_is_wrong_is_said_with_what_to_do(change, own, words):
    said = problems(change, **own)
    assert any(line.startswith(words) for line in said), said


def test_every_preset_of_the_table_of_config_yaml_is_one_of_its_presets():
    run = {"corpus": "ballad", "unit": "jamo", "preset": "auto"}
    configuration = resolve(merge(ONE, {"runs": {"mine": run}}))
    chosen = settings_of(configuration)["auto"]["choices"]
    assert [choice["train_bytes"] for choice in chosen][-1] is None
    for choice in chosen:
        named = resolve(merge(ONE, {"runs": {"mine": {**run, "preset": choice["preset"]}}}))
        direct = settings_of(named)
        assert (choice["model"], choice["train"]) == (direct["model"], direct["train"])
