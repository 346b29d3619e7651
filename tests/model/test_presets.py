"""Preset auto in the trainer: chosen by the size of the text, epochs by the minutes allowed."""

import json
import logging
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from model.folder import load_model
from model.presets import choose
from model.train import train
from preprocess.tokens import open_split
from preprocess.vocabulary import Vocabulary

DEFAULTS = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8"))[
    "defaults"
]["run"]
MODEL = {**DEFAULTS["model"], "cell": "gru", "hidden": 6, "embedding": 4}
TRAIN = {key: value for key, value in DEFAULTS["train"].items() if key != "threads"}
TRAIN |= {"device": "cpu", "epochs": 2, "batch": 4, "window": 16, "evaluations": 2}


def choice(train_bytes, preset, **changes):
    return {
        "train_bytes": train_bytes,
        "preset": preset,
        "tokens_per_minute": 1000,
        "min_epochs": 2,
        "max_epochs": 9,
        "model": {"name": preset},
        "train": {"epochs": 99, "batch": 4},
        **changes,
    }


def auto(*choices, minutes=15):
    return {"run": "song", "unit": "jamo", "auto": {"minutes": minutes, "choices": list(choices)}}


TIERS = [choice(100, "tiny"), choice(10_000, "small"), choice(None, "medium")]


def test_settings_without_auto_stay_as_they_are():
    settings = {"run": "song", "model": {}, "train": {"epochs": 3}}
    assert choose(settings, 5, 5) is settings


@pytest.mark.parametrize(
    ("size", "preset"),
    [(1, "tiny"), (100, "tiny"), (101, "small"), (10_000, "small"), (10_001, "medium")],
)
def test_the_size_chooses_and_the_choice_is_told(size, preset, caplog):
    caplog.set_level(logging.INFO, "geulteul")
    settings = choose(auto(*TIERS), size, 5000)
    assert settings == {
        "run": "song",
        "unit": "jamo",
        "model": {"name": preset},
        "train": {"epochs": 3, "batch": 4},
        "preset": {
            "name": preset,
            "why": f"{size} bytes to train on and 15 minutes; 3 epochs of 5000 tokens take about "
            "15.0 minutes on 2 cores",
        },
    }
    assert caplog.messages == [f"preset {preset}: {settings['preset']['why']}"]


@given(st.integers(1, 10**7), st.floats(0.1, 1000))
def test_the_minutes_are_used_up_to_half_an_epoch_or_the_bounds_hold(tokens, minutes):
    epochs = choose(auto(choice(None, "medium"), minutes=minutes), 1, tokens)["train"]["epochs"]
    assert 2 <= epochs <= 9
    over = epochs * tokens / 1000 - minutes
    half = tokens / 2000 + 1e-9  # what is half an epoch but for rounding
    if over > half:
        assert epochs == 2
    if over < -half:
        assert epochs == 9


def test_what_takes_longer_than_allowed_is_said(caplog):
    choose(auto(choice(None, "medium"), minutes=2), 1, 5000)
    assert "longer than the 2 minutes allowed, but 2 epochs are the least" in caplog.text
    caplog.clear()
    choose(auto(choice(None, "medium"), minutes=7), 1, 5000)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_the_trainer_chooses_and_trains_as_if_it_had_been_asked_for(tmp_path, song_corpus, caplog):
    split = open_split(song_corpus.shards, "train", Vocabulary.load(song_corpus.vocabulary).sha256)

    def trained(name, settings):
        folder = tmp_path / name
        outputs = {"metrics": folder / "metrics.csv", "record": folder / "run.json"}
        folders = {key: folder / key for key in ("model", "work", "tensorboard")}
        inputs = {"shards": song_corpus.shards, "vocabulary": song_corpus.vocabulary}
        train(settings, code="c", threads=1, **inputs, **outputs, **folders)
        record = json.loads((folder / "run.json").read_text())
        return record, (folder / "model" / "model.safetensors").read_bytes()

    values = {"model": MODEL, "train": TRAIN}
    rate = {**values, "tokens_per_minute": split.tokens, "min_epochs": 1}
    other = {**rate, "model": {**MODEL, "hidden": 7}}
    tiers = [choice(split.bytes - 1, "less", **other), choice(split.bytes, "right", **rate)]
    asked = auto(*tiers, choice(None, "more", **other), minutes=2)
    record, weights = trained("auto", asked)
    assert record["preset"]["name"] == "right"
    assert (record["train"]["epochs"], record["model"]) == (2, MODEL)
    _, _, config = load_model(tmp_path / "auto" / "model", "cpu")
    assert config["preset"] == record["preset"]
    assert config["train"] == {**TRAIN, "epochs": 2}
    assert "auto" not in config
    named, same = trained("named", {"run": "song", "unit": "jamo", **values})
    assert (weights, "preset" in named) == (same, False)

    # A number of a preset that is not chosen: nothing is trained again.
    caplog.clear()
    asked["auto"]["choices"][0]["model"]["hidden"] = 8
    _, again = trained("auto", asked)
    assert "had ended at step" in caplog.text
    assert again == weights
