"""Windows: as much of what a model writes and of what people wrote, to be measured side by side."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from model.sampling import SampleConfig

WINDOWS = 64
LONGEST = 1000  # characters of a window
LEAST = 12  # characters of a window: in a shorter one there is no copy to be found


def windows_of(text: Callable[[], Iterable[str]]) -> list[str]:
    """
    Return `WINDOWS` windows of a text, at even distances, or none where it is too short for that.

    They have one length, 1/64 of the text, or `LONGEST` characters.

    Args:
        text: gives it from its start, each time it is called, in pieces; read twice.

        >>> windows = windows_of(lambda: ["가나" * 400, "다라" * 400])
        >>> len(windows), windows[0] == "가나" * 12 + "가", windows[63] == "라" + "다라" * 12
        (64, True, True)
    """
    total = sum(map(len, text()))
    size = min(LONGEST, total // WINDOWS)
    if size < LEAST:
        return []
    starts = [window * total // WINDOWS for window in range(WINDOWS)]
    windows, before = [""] * WINDOWS, 0
    for piece in text():
        for window, start in enumerate(starts):
            begin, end = max(start - before, 0), start + size - before
            if begin < len(piece) and end > 0:
                windows[window] += piece[begin:end]
        before += len(piece)
    return windows


def window_config(config: SampleConfig, size: int) -> SampleConfig:
    """
    Return how windows of `size` characters are drawn: as samples are, but on and on.

    They begin with a document, whatever samples go on from, and write one after the other.
    """
    whole = replace(config, count=WINDOWS, length=size, prompt="", beam=0)
    return replace(whole, stop="none", lines=0, stop_text="", acrostic="")
