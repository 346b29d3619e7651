"""How many threads a training claims, so that two of them never share a core."""

import os

from workflow.configuration import Run

MOST_THREADS = 8  # a recurrent step is too small for more


def training_threads(run: Run) -> int:
    """Return `train.threads` of a run, or all cores that this process may use, up to 8."""
    asked: int | None = run.train["threads"]
    return asked or min(_num_cores(), MOST_THREADS)


def _num_cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # Linux: a container or a job may have only some
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
