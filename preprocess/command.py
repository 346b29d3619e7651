"""The edge of the command line, for both packages: logs, signals, errors in words."""

import argparse
import ctypes
import errno
import json
import logging
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Never

PR_SET_PDEATHSIG = 1  # linux/prctl.h

logger = logging.getLogger("geulteul")


def add_stage_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what every stage takes from its rule: settings and a log file."""
    parser.add_argument(
        "--settings", type=_settings, default={}, metavar="JSON", help="settings of the stage"
    )
    parser.add_argument("--log", type=Path, metavar="FILE", help="write plain log lines there")


def run(parser: argparse.ArgumentParser, arguments: list[str] | None = None) -> int:
    """
    Parse the arguments, call the chosen command's function, and put errors into words.

    Each subcommand sets `function`, which takes the namespace and may return an exit status.
    What a user can mend (ValueError, OSError, MemoryError) becomes one line on stderr, with the
    traceback in the log; anything else is a fault of ours and keeps its traceback.
    """
    options = parser.parse_args(arguments)
    log: Path | None = getattr(options, "log", None)
    _open_log(log)
    if log is not None:  # called by a rule: do not outlive the workflow
        die_with_parent()
    stopped: list[int] = []

    def stop(number: int, frame: FrameType | None) -> Never:
        """End by an exception, so that temporary files are removed on the way out."""
        stopped.append(number)
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGUSR1):  # the latter, of batch systems, as a warning
        signal.signal(number, stop)
    function: Callable[[argparse.Namespace], int | None] = options.function
    try:
        try:
            return function(options) or 0
        except Exception as error:
            if stopped:  # what is raised while a library is imported may come out as its own error
                raise SystemExit(128 + stopped[0]) from error
            raise
    except BrokenPipeError:  # `… | head` is no fault
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ValueError, OSError, MemoryError) as error:
        logger.debug(traceback.format_exc())
        logger.error("%s: %s", parser.prog, _words(error))
        return 1
    except KeyboardInterrupt:
        logger.error("%s: interrupted", parser.prog)
        return 130


def _words(error: Exception) -> str:
    """Say what went wrong, and of a full machine what to do."""
    words = str(error) or type(error).__name__
    if isinstance(error, MemoryError):
        return f"out of memory: {words}"
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{words}; make room there, and run the same command again"
    return words


def die_with_parent() -> None:
    """
    Ask Linux for SIGTERM when the parent process ends, so that no job lives on as an orphan.

    It works for a rule's job only because the shell `exec`s Python: Snakemake is the parent.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _settings(text: str) -> dict[str, Any]:
    try:
        settings = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"is not JSON ({error})") from error
    if not isinstance(settings, dict):
        raise argparse.ArgumentTypeError("is not a JSON object")
    return settings


def _open_log(log: Path | None) -> None:
    """Send lines to the log file with all details, and errors to stderr, where a person looks."""
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.handlers.clear()
    terminal = logging.StreamHandler()
    terminal.setLevel(logging.INFO if log is None else logging.WARNING)
    terminal.setFormatter(logging.Formatter("%(message)s"))
    logger.addHandler(terminal)
    if log is not None:
        log.parent.mkdir(parents=True, exist_ok=True)
        file = logging.FileHandler(log, mode="w", encoding="utf-8")
        file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        logger.addHandler(file)
