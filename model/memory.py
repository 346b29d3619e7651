"""Memory that was not to be had, in words that say what to lower."""

import contextlib
import errno
from collections.abc import Iterator
from typing import Any

import torch

# Of the messages of torch's plain RuntimeErrors.
WORDS = (
    "can't allocate memory",  # DefaultCPUAllocator
    "not enough memory",
    "out of memory",
    "std::bad_alloc",
    "ALLOC_FAILED",  # cuBLAS and cuDNN
    "can't start new thread",  # whose stack has no place
)
LARGE_VOCABULARY = 5000
"""Tokens from which on the scores of a window take more memory than the rest of the training."""


@contextlib.contextmanager
def memory_errors_named(settings: dict[str, Any], vocabulary_size: int) -> Iterator[None]:
    """
    Make errors of memory that was not to be had a MemoryError that says what to do.

    Args:
        settings: "model" and "train", whose present values are named.
        vocabulary_size: tokens.
    """
    try:
        yield
    except (MemoryError, RuntimeError, OSError) as error:
        if not _is_of_memory(error):
            raise
        words = str(error).split("\n")[0] or type(error).__name__
        raise MemoryError(f"lower {_what(settings, vocabulary_size)} ({words})") from error


def _is_of_memory(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    is_kind = isinstance(error, MemoryError | torch.OutOfMemoryError)
    return is_kind or any(words in str(error) for words in WORDS)


def _what(settings: dict[str, Any], vocabulary_size: int) -> str:
    """List the settings that take memory, with their values."""
    model, train = settings["model"], settings["train"]
    listed = (
        f"train.batch ({train['batch']}), train.window ({train['window']}), "
        f"model.hidden ({model['hidden']}) or train.cache_bytes ({train['cache_bytes']})"
    )
    if vocabulary_size >= LARGE_VOCABULARY:
        listed += f", or give the unit a max_size below its {vocabulary_size} tokens"
    return listed
