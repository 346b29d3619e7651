"""Loops compiled by numba, and kept for the next process."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import numba

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def compiled(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """
    Compile a function, once for all processes where there is a place to keep it.

    All that it calls must stand in its own file: numba would not see a change in another one.
    """
    try:
        kept: Callable[Arguments, Result] = numba.njit(cache=True)(function)
    except RuntimeError:  # no folder can be written to
        kept = numba.njit(function)
    return kept
