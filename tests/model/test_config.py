"""Settings of models and trainings: all there, none else, none impossible."""

import math

import pytest

from model.config import ModelConfig, TrainConfig, from_settings

MODEL = {
    "cell": "lstm",
    "layers": 1,
    "hidden": 8,
    "embedding": 4,
    "embedding_dropout": 0.0,
    "dropout": 0.2,
    "weight_dropout": 0,
    "tie": True,
    "carry": "document",
}
TRAIN = {
    "device": "auto",
    "seed": 1,
    "batch": 8,
    "window": 64,
    "epochs": 20,
    "learning_rate": 0.004,
    "final_learning_rate": 0.02,
    "warmup_steps": 100,
    "weight_decay": 0.01,
    "beta1": 0.9,
    "beta2": 0.99,
    "clip": 1.0,
    "evaluations": 40,
    "patience": 8,
    "retries": 3,
    "checkpoint_seconds": 30,
    "sample_every": 0,
    "cache_bytes": 1_000_000,
    "compose": True,
    "precision": "auto",
    "restart": False,
}


def test_settings_become_a_config():
    assert from_settings(ModelConfig, MODEL, "model").hidden == 8
    assert from_settings(TrainConfig, TRAIN, "train").learning_rate == 0.004


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("cell", "transformer", "model.cell must be one of rnn, gru, lstm, got 'transformer'"),
        ("carry", "line", "model.carry must be one of document, corpus"),
        ("layers", 0, "model.layers must be at least 1, got 0"),
        ("hidden", -5, "model.hidden must be at least 1, got -5"),
        ("dropout", 1.0, r"model.dropout must be within 0\.\.1 \(and below it\), got 1.0"),
        ("weight_dropout", -0.1, r"model.weight_dropout must be within 0\.\.1"),
    ],
)
def test_impossible_models_are_refused_by_key(key, value, words):
    with pytest.raises(ValueError, match=words):
        from_settings(ModelConfig, {**MODEL, key: value}, "model")


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("device", "tpu", "train.device must be one of auto, cpu, cuda, got 'tpu'"),
        ("precision", "int8", "train.precision must be one of"),
        ("batch", 0, "train.batch must be at least 1, got 0"),
        ("learning_rate", 0, "train.learning_rate must be above 0, got 0"),
        ("learning_rate", math.nan, "train.learning_rate must be above 0, got nan"),
        ("clip", math.inf, "train.clip must be above 0, got inf"),
        ("weight_decay", -1, "train.weight_decay must be at least 0"),
        ("final_learning_rate", 1.5, r"train.final_learning_rate must be within 0\.\.1, got 1.5"),
        ("beta2", 1, r"train.beta2 must be within 0\.\.1"),
    ],
)
def test_impossible_trainings_are_refused_by_key(key, value, words):
    with pytest.raises(ValueError, match=words):
        from_settings(TrainConfig, {**TRAIN, key: value}, "train")


def test_missing_and_unknown_keys_are_refused():
    with pytest.raises(ValueError, match=r"train\.lerning_rate is no setting"):
        from_settings(TrainConfig, {**TRAIN, "lerning_rate": 1}, "train")
    without = {key: value for key, value in TRAIN.items() if key != "clip"}
    with pytest.raises(ValueError, match=r"train\.clip is missing"):
        from_settings(TrainConfig, without, "train")
