"""The edge of the command line: what becomes of signals, and of errors."""

import argparse
import errno
import os
import signal

import pytest

from preprocess.command import run


@pytest.fixture(autouse=True)
def handlers():
    """What the signals do is set by the commands that the tests run."""
    before = {kind: signal.getsignal(kind) for kind in (signal.SIGTERM, signal.SIGUSR1)}
    yield
    for kind, handler in before.items():
        signal.signal(kind, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_a_signal_that_a_library_makes_an_error_of_its_own_is_still_a_signal(number):
    def importing(options):
        try:
            os.kill(os.getpid(), number)
        except SystemExit as error:
            raise ImportError("a library could not be loaded") from error

    parser = argparse.ArgumentParser()
    parser.set_defaults(function=importing)
    with pytest.raises(SystemExit) as stopped:
        run(parser, [])
    assert stopped.value.code == 128 + number


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "a.parquet"), "'a.parquet'; make room"),
        (OSError(errno.EDQUOT, "Quota exceeded"), "Quota exceeded; make room there, and run the"),
        (MemoryError("8 GiB"), "out of memory: 8 GiB"),
        (ValueError("x is 0"), "x is 0"),
    ],
)
def test_fault_45_an_error_is_one_line_that_says_what_to_do(capsys, error, words):
    def failing(options):
        raise error

    parser = argparse.ArgumentParser(prog="python -m model")
    parser.set_defaults(function=failing)
    assert run(parser, []) == 1
    [line] = capsys.readouterr().err.removesuffix("\n").split("\n")
    assert line.startswith("python -m model: ")
    assert words in line
