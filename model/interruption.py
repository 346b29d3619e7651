"""Signals that ask a training to stop, taken between steps, where its state is whole."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Interruption:
    """
    Within `with`, SIGTERM and Ctrl-C are noted instead of ending the process.

    Several may come for one wish to stop: a terminal interrupts the workflow and its jobs, and the
    workflow then terminates them. Only a second Ctrl-C, by who cannot wait, ends the process.
    Only the main thread can take signals; in another one nothing changes.
    """

    def __init__(self) -> None:
        self.signal: int | None = None
        """The first signal that came, if one did."""
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

    def _restore(self) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self._previous = {}
