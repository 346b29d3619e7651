"""Trainings that diverge go back to their best weights, with half the rate, and stop in the end."""

import json
import math
import os
import signal

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.divergence import jump_of
from model.train import train
from model.trainer import Trainer
from tests.model.trainings import curve, newest_step, paths, settings, weights

UNIFORM = 6.0  # bits per byte of a model that knows nothing


def row(train_bits, valid_bits):
    return {"train_bits_per_byte": train_bits, "valid_bits_per_byte": valid_bits}


@pytest.mark.parametrize(
    ("new", "history", "words"),
    [
        (row(3.51, 3.61), [row(2.0, 2.1)], "3.51 bits per byte of train (best before: 2) and 3.61"),
        (row(3.51, None), [row(2.0, None), row(2.2, None)], "jumped to 3.51 bits per byte of"),
        (row(3.51, 3.59), [row(2.0, 2.1)], None),  # harder documents in train
        (row(1.9, 9.0), [row(2.0, 2.1)], None),  # train is learnt by heart
        (row(6.2, 7.4), [], None),  # nothing is learnt yet
        (row(9.0, 9.0), [], "best before: 6"),
        (row(9.0, 9.0), [row(7.0, 7.0)], "best before: 6"),
        (
            row(2.0, math.nan),
            [row(2.0, 2.0)],
            "jumped to 2 bits per byte of train (best before: 2) and nan",
        ),
        (row(9.0, math.inf), [row(2.0, 2.0)], "inf bits per byte of valid"),
    ],
)
def test_a_jump_is_of_train_and_of_valid(new, history, words):
    jump = jump_of(new, history, UNIFORM)
    assert (words is None) == (jump is None)
    assert words is None or words in jump


losses = st.floats(0, 2 * UNIFORM)


@given(st.lists(st.tuples(losses, losses), max_size=5), losses, losses, losses)
def test_what_is_better_than_before_is_no_jump(before, train_bits, valid_bits, worse):
    history = [row(*both) for both in before]
    if jump_of(row(train_bits, valid_bits), history, UNIFORM) is None:
        assert jump_of(row(min(train_bits, worse), valid_bits), history, UNIFORM) is None
        assert jump_of(row(train_bits, min(valid_bits, worse)), history, UNIFORM) is None
    lowest = [min(column, default=UNIFORM) for column in zip(*before, strict=True)]
    for bits in (lowest or [UNIFORM])[:1]:
        assert jump_of(row(min(bits, UNIFORM), worse), history, UNIFORM) is None


@pytest.fixture
def spoil(monkeypatch):
    """Return a function that spoils the weights before a step, as long as setbacks are few."""
    do_step = Trainer._step

    def spoil(step, change, setbacks=1):
        def spoilt_step(self, batch):
            position = self.position
            if position.step + 1 == step and len(position.setbacks) < setbacks:
                with torch.no_grad():
                    change(self.model.embedding.weight)
            do_step(self, batch)

        monkeypatch.setattr(Trainer, "_step", spoilt_step)

    return spoil


def lose(weight):
    weight[5] = math.nan


def blow_up(weight):
    weight.mul_(500)


def test_fault_63_a_loss_that_is_no_number_goes_back_with_half_the_rate(
    tmp_path, song_corpus, undisturbed, spoil, caplog
):
    spoil(20, lose)
    train(settings(), code="c", threads=1, **paths(tmp_path, song_corpus))
    [setback] = json.loads((tmp_path / "run.json").read_text())["setbacks"]
    assert (setback["step"], setback["back_to"]) == (20, 18)
    assert setback["reason"].startswith("the loss is nan and the length of its gradient")
    assert "at step 20 the loss is nan" in caplog.text
    assert "back to step 18, with 0.5 of the learning rate from there on" in caplog.text
    rows, usual = curve(tmp_path), curve(undisturbed)
    assert [int(row["step"]) for row in rows] == [6, 12, 18, 24, 30, 36, 42, 48]
    assert rows[:3] == usual[:3]
    for now, then in zip(rows[3:], usual[3:], strict=True):  # warmed up within five steps
        assert float(now["learning_rate"]) == pytest.approx(float(then["learning_rate"]) / 2, 1e-4)
    assert [row["tokens"] for row in rows] == [row["tokens"] for row in usual]
    assert math.isfinite(float(rows[-1]["valid_bits_per_byte"]))


def test_fault_63_a_jump_is_found_at_the_next_validation(tmp_path, song_corpus, spoil, caplog):
    spoil(13, blow_up)
    train(settings(), code="c", threads=1, **paths(tmp_path, song_corpus))
    [setback] = json.loads((tmp_path / "run.json").read_text())["setbacks"]
    assert (setback["step"], setback["back_to"]) == (18, 12)
    assert "the loss has jumped to" in setback["reason"]
    rows = curve(tmp_path)
    assert [int(row["step"]) for row in rows] == [6, 12, 18, 24, 30, 36, 42, 48]
    assert max(float(row["train_bits_per_byte"]) for row in rows) < 10


@pytest.mark.parametrize("stop", [19, 20, 21])
def test_fault_63_stopped_around_a_setback_it_ends_with_the_same_bytes(
    tmp_path, song_corpus, spoil, monkeypatch, stop
):
    spoil(20, lose)
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    train(settings(), code="c", threads=1, **paths(whole, song_corpus))
    with monkeypatch.context() as patched:
        do_step, done = Trainer._step, []

        def step_and_signal(self, batch):
            done.append(batch)
            if len(done) == stop:
                os.kill(os.getpid(), signal.SIGTERM)
            do_step(self, batch)

        patched.setattr(Trainer, "_step", step_and_signal)
        with pytest.raises(SystemExit):
            train(settings(), code="c", threads=1, **paths(stopped, song_corpus))
    assert newest_step(stopped / "work") == stop  # steps that are undone count as well
    train(settings(), code="c", threads=1, **paths(stopped, song_corpus))
    assert weights(stopped) == weights(whole)
    assert curve(stopped) == curve(whole)
    records = [json.loads((folder / "run.json").read_text()) for folder in (stopped, whole)]
    assert records[0]["setbacks"] == records[1]["setbacks"]


def test_fault_63_losses_that_are_read_later_lead_to_the_same_bytes(
    tmp_path, song_corpus, spoil, monkeypatch
):
    """As on a GPU, which is not waited for at each step."""
    spoil(20, lose)
    at_once, later = tmp_path / "at once", tmp_path / "later"
    train(settings(), code="c", threads=1, **paths(at_once, song_corpus))
    monkeypatch.setattr("model.trainer.READ_EVERY", {"cpu": 50})
    train(settings(), code="c", threads=1, **paths(later, song_corpus))
    assert weights(later) == weights(at_once)
    assert curve(later) == curve(at_once)


def test_fault_63_a_checkpoint_that_finds_a_bad_loss_is_of_the_way_back(
    tmp_path, song_corpus, spoil, monkeypatch
):
    monkeypatch.setattr("model.trainer.READ_EVERY", {"cpu": 50})
    spoil(20, lose)
    rare, often = tmp_path / "rare", tmp_path / "often"
    train(settings(), code="c", threads=1, **paths(rare, song_corpus))
    train(settings(checkpoint_seconds=0), code="c", threads=1, **paths(often, song_corpus))
    assert weights(often) == weights(rare)
    assert curve(often) == curve(rare)


def test_fault_63_before_the_first_validation_it_begins_anew(tmp_path, song_corpus, spoil):
    spoil(3, lose)
    train(settings(), code="c", threads=1, **paths(tmp_path, song_corpus))
    [setback] = json.loads((tmp_path / "run.json").read_text())["setbacks"]
    assert (setback["step"], setback["back_to"]) == (3, 0)
    assert [int(row["step"]) for row in curve(tmp_path)] == [6, 12, 18, 24, 30, 36, 42, 48]


def test_fault_63_in_the_end_it_stops_and_keeps_the_last_good_checkpoint(
    tmp_path, song_corpus, spoil, caplog
):
    spoil(20, lose, setbacks=9)
    for retries, tried in ((0, ""), (2, ", also at 0.25 of its learning rate")):
        asked = settings(retries=retries, checkpoint_seconds=0)
        with pytest.raises(
            ValueError,
            match=rf"^at step 20 the loss is nan .*: the training has diverged{tried}; lower "
            r"train\.learning_rate \(0\.01\) or train\.clip \(1\.0\)$",
        ):
            train(asked, code="c", threads=1, **paths(tmp_path, song_corpus))
        assert newest_step(tmp_path / "work") >= 19
        assert not (tmp_path / "model").exists()
        assert not (tmp_path / "metrics.csv").exists()
    assert caplog.text.count("back to step 18") == 2


@pytest.mark.parametrize("rate", [1e6, 1e30])
def test_fault_63_an_absurd_learning_rate_is_a_clear_error(tmp_path, song_corpus, rate):
    wild = settings({"cell": "rnn"}, learning_rate=rate, warmup_steps=0, clip=1e30)
    with pytest.raises(ValueError, match=r"the training has diverged, also at .*; lower train\."):
        train(wild, code="c", threads=1, **paths(tmp_path, song_corpus))
    assert not (tmp_path / "model").exists()


def test_tensorboard_has_no_step_that_was_undone(tmp_path, song_corpus, spoil):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    spoil(13, blow_up)
    train(settings(), code="c", threads=1, **paths(tmp_path, song_corpus))
    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    steps = [event.step for event in events.Scalars("bits_per_byte/valid")]
    assert steps == [6, 12, 18, 24, 30, 36, 42, 48]
