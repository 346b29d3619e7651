"""The edge of the command line: what becomes of signals."""

import argparse
import os
import signal

import pytest

from preprocess.command import run


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_a_signal_that_a_library_makes_an_error_of_its_own_is_still_a_signal(number):
    def importing(options):
        try:
            os.kill(os.getpid(), number)
        except SystemExit as error:
            raise ImportError("a library could not be loaded") from error

    parser = argparse.ArgumentParser()
    parser.set_defaults(function=importing)
    before = {kind: signal.getsignal(kind) for kind in (signal.SIGTERM, signal.SIGUSR1)}
    try:
        with pytest.raises(SystemExit) as stopped:
            run(parser, [])
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
    assert stopped.value.code == 128 + number
