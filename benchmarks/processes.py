"""Work in a process of its own, so that its memory is known. Linux only."""

import multiprocessing
import os
import re
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple


class Cost(NamedTuple):
    """What some work took."""

    cpu: float
    """Seconds of CPU, of all threads, without the process's own start."""
    seconds: float
    """Seconds by the clock."""
    peak: int
    """Bytes of the largest resident set, of the process as a whole."""


def in_own_process(work: Callable[..., object], *arguments: Any) -> Cost:  # noqa: ANN401
    """Call a function of a module in a fresh process; its error is raised here."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context) as executor:
        return executor.submit(_cost, work, arguments).result()


def _cost(work: Callable[..., object], arguments: tuple[Any, ...]) -> Cost:
    cpu, clock = time.process_time(), time.perf_counter()
    work(*arguments)
    return Cost(time.process_time() - cpu, time.perf_counter() - clock, high_water(os.getpid()))


def high_water(pid: int) -> int:
    """
    Return the bytes of the largest resident set that a process has had.

    `getrusage` would tell that of the process that started it, where that one's was larger.

    Raises:
        OSError: the process has ended.
    """
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    found = re.search(r"VmHWM:\s*(\d+) kB", status)
    if found is None:
        raise ProcessLookupError(f"process {pid} has ended")
    return int(found[1]) * 1024
