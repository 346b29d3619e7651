"""Signals that ask a training to stop, taken where its state is whole."""

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)
"""SIGUSR1 is what batch systems are often asked to send some time before they end a job."""

logger = logging.getLogger("geulteul")


class Interrupted(BaseException):
    """A signal came within `Interruption.at_once`."""


class Interruption:
    """
    Within `with`, SIGTERM, SIGUSR1 and Ctrl-C are noted instead of ending the process.

    Several may come for one wish to stop: a terminal interrupts the workflow and its jobs, and the
    workflow then terminates them; a batch system warns first. Only a second Ctrl-C, by who cannot
    wait, ends the process. Only the main thread can take signals; in another one nothing changes.
    """

    def __init__(self) -> None:
        self.signal: int | None = None
        """The first signal that came, if one did."""
        self._raises = False
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> "Interruption":
        if threading.current_thread() is threading.main_thread():
            self._previous = {number: signal.signal(number, self._note) for number in SIGNALS}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._restore()
        if kind is Interrupted:
            logger.warning("stopped by a signal; the same command begins again")
            self.end()

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """
        Let signals break off what is done here: long work that changes nothing.

        Raises:
            Interrupted: a signal came, here or before.
        """
        if self.signal is not None:
            raise Interrupted
        self._raises = True
        try:
            yield
        finally:
            self._raises = False

    def end(self) -> None:
        """End as the signal would have: KeyboardInterrupt, or SystemExit with 128 + its number."""
        if self.signal == signal.SIGINT:
            raise KeyboardInterrupt
        if self.signal is not None:
            raise SystemExit(128 + self.signal)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if number == self.signal == signal.SIGINT:
            raise KeyboardInterrupt
        self.signal = self.signal or number
        if self._raises:
            self._raises = False  # what is broken off may clean up undisturbed
            raise Interrupted

    def _restore(self) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self._previous = {}
