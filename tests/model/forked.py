"""`python -m model` in processes that a server with torch loaded forks, so as to start at once."""

import multiprocessing
import os
import resource
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path

from model.__main__ import main

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    ["model.train", "model.terminal", "torch.utils.tensorboard", "tests.model.forked"]
)


class Forked:
    """A process, with the methods of `subprocess.Popen` that `benchmarks.kills` uses."""

    def __init__(self, arguments: list[str], words: Path, more_bytes: int | None = None) -> None:
        """Start a command that writes its words to a file, with so many bytes of memory to take."""
        self._process: BaseProcess = CONTEXT.Process(
            target=_run, args=(arguments, words, more_bytes)
        )
        self._process.start()

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self) -> int:
        self._process.join()
        assert self._process.exitcode is not None
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self._process.exitcode is None:
            os.kill(self._process.pid, number)


def _run(arguments: list[str], words: Path, more_bytes: int | None) -> None:
    with words.open("ab") as file:
        os.dup2(file.fileno(), sys.stderr.fileno())
        os.dup2(file.fileno(), sys.stdout.fileno())
    if more_bytes is not None:
        pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0])
        most = pages * resource.getpagesize() + more_bytes
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    sys.exit(main(arguments))
