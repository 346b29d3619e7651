"""Trainings that are killed at random moments, or asked to stop, and end with the same bytes."""

import logging
import os
import random
import signal
import time

import pytest

import model.train as MODULE
from benchmarks import kills
from model.train import train
from model.trainer import Trainer
from tests.model.forked import Forked
from tests.model.trainings import curve, newest_step, paths, settings, weights

SIGNALS = [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1]


@pytest.fixture(autouse=True)
def handlers():
    """What the signals do is set by the commands that the tests run in this process too."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    assert {number: signal.getsignal(number) for number in SIGNALS} == before


def test_fault_57_killed_at_five_moments_it_ends_with_the_same_bytes(
    tmp_path, song_corpus, undisturbed
):
    words = tmp_path / "words.txt"
    rng, done = random.Random(1301), []
    for number in range(5):  # one is enough where the machine is not too busy to kill in time
        folder = tmp_path / str(number)
        arguments = kills.command(
            song_corpus.shards, song_corpus.vocabulary, folder, settings(checkpoint_seconds=0)
        )
        done += kills.kills(lambda line: Forked(line, words), arguments, folder, rng, startup=1.0)
        assert all(kill.is_right for kill in done), done
        assert weights(folder) == weights(undisturbed)
        assert curve(folder) == curve(undisturbed)
        assert len(list((folder / "model").iterdir())) == 4
        if len(done) >= 5:
            break
    assert {kill.signal for kill in done} == {number.name for number in kills.SIGNALS}
    assert "going on from step" in words.read_text("utf-8")


@pytest.mark.parametrize("number", [signal.SIGUSR1, signal.SIGTERM])
def test_fault_56_a_signal_in_the_first_moments_leaves_nothing(tmp_path, song_corpus, number):
    process = kills.start(
        kills.command(song_corpus.shards, song_corpus.vocabulary, tmp_path, settings())
    )
    time.sleep(0.3)
    process.send_signal(number)
    assert process.wait() in (-number, 128 + number)
    assert not (tmp_path / "model").exists()
    assert not (tmp_path / "metrics.csv").exists()


def stop_after(monkeypatch, step, number):
    """Send a signal while the step with this number is done."""
    do_step = Trainer._step

    def step_and_signal(self, batch):
        if self.position.step + 1 == step:
            os.kill(os.getpid(), number)
        do_step(self, batch)

    monkeypatch.setattr(Trainer, "_step", step_and_signal)


def test_fault_56_asked_to_stop_in_any_step_it_goes_on_after_it(
    tmp_path, song_corpus, undisturbed, monkeypatch, caplog
):
    for step, number in ((1, 10), (6, 15), (7, 2), (29, 10), (47, 15), (48, 10)):
        with monkeypatch.context() as patched:
            stop_after(patched, step, number)
            with pytest.raises((SystemExit, KeyboardInterrupt)) as ended:
                train(settings(), code="c", threads=1, **paths(tmp_path, song_corpus))
        if number != signal.SIGINT:
            assert ended.value.code == 128 + number  # what a batch system may requeue by
        assert newest_step(tmp_path / "work") == step
        assert f"stopped by a signal after step {step} of 48; the same" in caplog.text
        assert not (tmp_path / "model").exists()
        assert not (tmp_path / "metrics.csv").exists()
    train(settings(), code="c", threads=1, **paths(tmp_path, song_corpus))
    assert weights(tmp_path) == weights(undisturbed)
    assert curve(tmp_path) == curve(undisturbed)


def then_signal(function, calls):
    """Return the function as one that sends SIGUSR1 in one call of those that are still to come."""
    left = [calls]

    def called(*arguments, **named):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGUSR1)
            logging.getLogger("geulteul").warning("the signal was not taken at once")
        return function(*arguments, **named)

    return called


@pytest.mark.parametrize(
    ("name", "calls", "step"),
    [("load_split", 1, 0), ("score", 3, 18), ("score", 8, 48), ("resume", 1, 0)],
)
def test_fault_56_a_signal_breaks_off_loading_and_validations(
    tmp_path, song_corpus, undisturbed, monkeypatch, caplog, name, calls, step
):
    with monkeypatch.context() as patched:
        patched.setattr(f"model.train.{name}", then_signal(getattr(MODULE, name), calls))
        with pytest.raises(SystemExit) as ended:
            train(settings(), code="c", threads=1, **paths(tmp_path, song_corpus))
    assert ended.value.code == 128 + signal.SIGUSR1
    assert "not taken at once" not in caplog.text
    assert newest_step(tmp_path / "work") == step
    train(settings(), code="c", threads=1, **paths(tmp_path, song_corpus))
    assert weights(tmp_path) == weights(undisturbed)
    assert curve(tmp_path) == curve(undisturbed)


def test_fault_56_a_signal_breaks_off_a_sample(tmp_path, song_corpus, undisturbed, caplog):
    def look(model, step):
        if step == 24:
            os.kill(os.getpid(), signal.SIGTERM)
            raise AssertionError

    with pytest.raises(SystemExit):
        train(settings(), code="c", threads=1, on_validation=look, **paths(tmp_path, song_corpus))
    assert newest_step(tmp_path / "work") == 24
    train(settings(), code="c", threads=1, **paths(tmp_path, song_corpus))
    assert "going on from step 24 of 48" in caplog.text
    assert weights(tmp_path) == weights(undisturbed)
    assert curve(tmp_path) == curve(undisturbed)


def test_fault_56_outputs_that_are_being_written_are_finished(
    tmp_path, song_corpus, undisturbed, monkeypatch
):
    with monkeypatch.context() as patched:
        for name in ("save_model", "write_metrics"):
            patched.setattr(f"model.train.{name}", then_signal(getattr(MODULE, name), 1))
        train(settings(), code="c", threads=1, **paths(tmp_path, song_corpus))
    assert weights(tmp_path) == weights(undisturbed)
    assert curve(tmp_path) == curve(undisturbed)
    assert (tmp_path / "run.json").exists()


def test_fault_65_going_on_twice_from_one_checkpoint_has_no_step_twice(
    tmp_path, song_corpus, undisturbed, monkeypatch
):
    """As where the disk lost what was written last: the older checkpoint is gone on from again."""
    for _ in range(2):
        with monkeypatch.context() as patched:
            stop_after(patched, 30, signal.SIGTERM)
            with pytest.raises(SystemExit):
                train(
                    settings(checkpoint_seconds=0),
                    code="c",
                    threads=1,
                    **paths(tmp_path, song_corpus),
                )
        (tmp_path / "work" / "checkpoint-00000030.json").unlink()
    train(settings(), code="c", threads=1, **paths(tmp_path, song_corpus))
    steps = [int(row["step"]) for row in curve(tmp_path)]
    assert steps == [6, 12, 18, 24, 30, 36, 42, 48]
    assert curve(tmp_path) == curve(undisturbed)
    assert weights(tmp_path) == weights(undisturbed)
