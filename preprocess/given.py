"""Files that people name on a command line, of which `-` is stdin."""

import logging
import os
import sys
from pathlib import Path

STDIN = Path("-")

logger = logging.getLogger("geulteul")


def name_of(file: Path) -> str:
    """Return how a file is called, in characters, as JSON and terminals take no other bytes."""
    return "stdin" if file == STDIN else os.fsencode(file).decode("utf-8", "replace")


def bytes_of(file: Path) -> bytes:
    """
    Return what stands in a file.

    Raises:
        OSError: it cannot be read.
        ValueError: it is stdin, and that is closed.
    """
    if file == STDIN:
        if sys.stdin is None:
            raise ValueError("stdin is closed; name a file, or pipe a text in")
        if sys.stdin.isatty():
            logger.info("type the text; Ctrl-D on a line of its own ends it")
        return sys.stdin.buffer.read()
    if file.is_dir():
        raise IsADirectoryError(f"{file}: is a folder; name the files in it, such as {file}/*")
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{file}: there is no such file") from error
