"""Signals that ask a training to stop are taken between steps."""

import os
import signal
import threading

import pytest

from model.interruption import Interruption


def send(*numbers: int) -> int | None:
    """Take signals and end as they ask; return the one that was noted, if nothing ended it."""
    with Interruption() as interruption:
        for number in numbers:
            os.kill(os.getpid(), number)
        interruption.end()
    return interruption.signal


def test_without_a_signal_nothing_ends():
    before = signal.getsignal(signal.SIGTERM)
    with Interruption() as interruption:
        assert signal.getsignal(signal.SIGTERM) is not before
        interruption.end()
    assert interruption.signal is None
    assert signal.getsignal(signal.SIGTERM) is before


def test_the_first_signal_is_noted_and_ends_when_asked_to():
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as ended:
        send(signal.SIGTERM, signal.SIGTERM, signal.SIGINT)
    assert ended.value.code == 128 + signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) is before


def test_control_c_ends_as_an_interrupt():
    with pytest.raises(KeyboardInterrupt):
        send(signal.SIGINT, signal.SIGTERM)


def test_a_second_control_c_does_not_wait():
    reached = []

    def ask_twice():
        with Interruption():
            for count in (1, 2):
                os.kill(os.getpid(), signal.SIGINT)
                reached.append(count)

    with pytest.raises(KeyboardInterrupt):
        ask_twice()
    assert reached == [1]


def test_other_threads_take_no_signals():
    seen = []

    def work():
        with Interruption() as interruption:
            seen.append(interruption.signal)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [None]
