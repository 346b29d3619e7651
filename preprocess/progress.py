"""Progress that a person can watch: a bar on a terminal, nothing in a file."""

from collections.abc import Iterable
from typing import Any

from tqdm import tqdm


def progress(
    items: Iterable[Any] | None = None,
    *,
    what: str,
    total: float | None = None,
    unit: str = "it",
) -> "tqdm[Any]":
    """
    Wrap `items` (or count by hand with `update`) in a bar on stderr, shown only on a terminal.

    Args:
        items: what to iterate over; None when the caller calls `update`.
        what: what is going on, such as "clean ballad".
        total: how many units there will be, where `items` cannot tell.
        unit: name of the unit counted; "B" is scaled to kB, MB.
    """
    return tqdm(
        items,
        desc=what,
        total=total,
        unit=unit,
        unit_scale=unit == "B",
        unit_divisor=1000,
        disable=None,
        leave=False,
        dynamic_ncols=True,
    )
