"""What one watches a training by: samples every so many steps, and a smoothed loss."""

import logging
import sys
from pathlib import Path

import pytest
import yaml

from model.checkpoints import load_checkpoints
from model.position import Position
from model.terminal import GLANCE, previewer
from model.train import train
from model.writing import preview
from preprocess.grammar import Grammar
from preprocess.vocabulary import Vocabulary

ROOT = Path(__file__).parents[2]
DEFAULTS = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))["defaults"]["run"]
MODEL = {**DEFAULTS["model"], "hidden": 6, "embedding": 4}
TRAIN = {key: value for key, value in DEFAULTS["train"].items() if key != "threads"}
TRAIN |= {"device": "cpu", "batch": 4, "window": 16, "epochs": 1, "evaluations": 24}


def trained(folder, corpus, on_validation=None, **changes):
    """Train 24 steps and return the position at the end."""
    settings = {"run": "song", "model": MODEL, "train": {**TRAIN, **changes}}
    outputs = {"metrics": folder / "metrics.csv", "record": folder / "run.json"}
    folders = {name: folder / name for name in ("model", "work", "tensorboard")}
    inputs = {"shards": corpus.shards, "vocabulary": corpus.vocabulary}
    train(
        settings,
        code="c",
        threads=1,
        on_validation=on_validation,
        **inputs,
        **outputs,
        **folders,
    )
    return next(load_checkpoints(folder / "work")).position


def test_the_smoothed_loss_is_a_running_mean_of_the_losses_of_the_steps():
    position = Position()
    for bits in (8.0, 4.0, 2.0):
        position.smooth(bits)
    assert position.smoothed == pytest.approx((8 * 0.999 + 4 * 0.001) * 0.999 + 2 * 0.001)


def test_a_training_goes_on_with_its_smoothed_loss(tmp_path, song_corpus, caplog):
    caplog.set_level(logging.INFO, "geulteul")

    def stop(_, step):
        if step == 9:
            raise OSError("the disk is gone")

    whole = trained(tmp_path / "whole", song_corpus)
    mean = None
    for row in whole["history"]:  # of one step each
        loss = row["train_bits_per_byte"]
        mean = loss if mean is None else 0.999 * mean + 0.001 * loss
        assert row["smoothed_bits_per_byte"] == pytest.approx(mean)
    assert len(whole["history"]) == 24
    assert whole["smoothed"] == row["smoothed_bits_per_byte"]
    assert f"bits per byte of train ({mean:.4f} smoothed)" in caplog.text
    with pytest.raises(OSError, match="the disk is gone"):
        trained(tmp_path / "torn", song_corpus, on_validation=stop, checkpoint_seconds=0)
    torn = trained(tmp_path / "torn", song_corpus)
    assert "going on from step 8 of 24" in caplog.text
    smoothed = [[row["smoothed_bits_per_byte"] for row in p["history"]] for p in (torn, whole)]
    assert smoothed[0] == smoothed[1]


def test_samples_are_shown_every_so_many_steps(tmp_path, song_corpus, caplog, capsys, monkeypatch):
    caplog.set_level(logging.INFO, "geulteul")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    symbols = Vocabulary.load(song_corpus.vocabulary)
    show, texts = previewer(song_corpus.vocabulary), {}

    def look(model, step):
        show(model, step)
        texts[step] = preview(model, symbols, Grammar.of(symbols), GLANCE)

    trained(tmp_path, song_corpus, look, sample_every=7)
    said = capsys.readouterr().err
    written = [message for message in caplog.messages if " writes: " in message]
    assert written == [f"step {step} writes: {texts[step]}" for step in (7, 14, 21)]
    assert len(set(texts.values())) == 3
    for step, text in texts.items():
        assert f"step {step}: {text}" in said
    assert "smoothed" in said
