"""Loops compiled by numba, and kept for the next process."""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numba

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def compiled(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """
    Compile a function, once for all processes where there is a place to keep it.

    All that it calls must stand in its own file: numba would not see a change in another one.
    """
    return _kept(function)


def fused(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Likewise, with a product and a sum rounded once, and while it runs other threads may too."""
    return _kept(function, fastmath={"contract"}, nogil=True)


def _kept(
    function: Callable[Arguments, Result],
    **options: Any,  # noqa: ANN401 (numba's)
) -> Callable[Arguments, Result]:
    try:
        kept: Callable[Arguments, Result] = numba.njit(cache=True, **options)(function)
    except RuntimeError:  # no folder can be written to
        kept = numba.njit(**options)(function)
    return kept
