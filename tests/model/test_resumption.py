"""Checkpoints that are whole, and yet of another model, are not gone on from."""

import os
import signal

import pytest
import torch

from model.checkpoints import Checkpoint, load_checkpoints, save_checkpoint
from model.train import train
from model.trainer import Trainer
from tests.model.trainings import curve, paths, settings, weights


@pytest.fixture
def stopped(tmp_path, song_corpus, monkeypatch):
    """The folder of a training that was stopped after step 20, with checkpoints of 19 and 20."""
    do_step = Trainer._step

    def step_and_signal(self, batch):
        if self.position.step == 19:
            os.kill(os.getpid(), signal.SIGTERM)
        do_step(self, batch)

    with monkeypatch.context() as patched:
        patched.setattr(Trainer, "_step", step_and_signal)
        with pytest.raises(SystemExit):
            train(
                settings(checkpoint_seconds=0),
                code="c",
                threads=1,
                **paths(tmp_path, song_corpus),
            )
    return tmp_path


def without(tensors, name):
    return {key: value for key, value in tensors.items() if key != name}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t | {"model.bias": torch.zeros(3)}, "model: bias has the shape (3,) and not ("),
        (lambda t: t | {"kept.head": torch.zeros(1)}, "kept: head is not known"),
        (lambda t: t | {"state.0": torch.zeros(4)}, "state: 0 has the shape (4,) and not ("),
        (lambda t: without(t, "optimiser.1.step"), "optimiser: 1.step is missing"),
    ],
)
def test_fault_51_one_with_tensors_of_another_model_is_skipped_with_a_word(
    stopped, song_corpus, undisturbed, caplog, change, words
):
    found = next(load_checkpoints(stopped / "work"))
    foreign = Checkpoint(
        found.number, found.fingerprint, found.position, change(dict(found.tensors))
    )
    save_checkpoint(stopped / "work", foreign)
    train(settings(), code="c", threads=1, **paths(stopped, song_corpus))
    assert f"the checkpoint of step 20 is of another model ({words}" in caplog.text
    assert "it is not used" in caplog.text
    assert "going on from step 19 of 48" in caplog.text
    assert weights(stopped) == weights(undisturbed)
    assert curve(stopped) == curve(undisturbed)


def test_fault_51_where_all_are_of_another_model_it_starts_anew(
    stopped, song_corpus, undisturbed, caplog
):
    found = next(load_checkpoints(stopped / "work"))
    tensors = without(found.tensors, "model.bias")
    foreign = Checkpoint(found.number, found.fingerprint, found.position, tensors)
    save_checkpoint(stopped / "work", foreign)
    (stopped / "work" / "checkpoint-00000019.json").unlink()
    train(settings(), code="c", threads=1, **paths(stopped, song_corpus))
    assert "going on" not in caplog.text
    assert weights(stopped) == weights(undisturbed)
    assert curve(stopped) == curve(undisturbed)


def test_fault_51_one_with_another_position_is_skipped_with_a_word(stopped, song_corpus, caplog):
    found = next(load_checkpoints(stopped / "work"))
    position = found.position | {"colour": 1}
    foreign = Checkpoint(found.number, found.fingerprint, position, found.tensors)
    save_checkpoint(stopped / "work", foreign)
    train(settings(), code="c", threads=1, **paths(stopped, song_corpus))
    assert "the checkpoint of step 20 is of another training (" in caplog.text
    assert "going on from step 19 of 48" in caplog.text
