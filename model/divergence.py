"""
When a training has diverged.

What a loss is measured by is that of a model that knows nothing, to which all tokens of the
vocabulary are alike; so the limits hold for every unit and corpus. A healthy training stays well
below them: its loss rises by some percent where documents are harder, where the rate is high, or
on valid where train is learnt by heart.
"""

import math
from collections.abc import Sequence

from model.history import Row

ALARM_STEPS = 100
"""Steps since the last row from which on the loss of train may raise the alarm before the next."""


def jump_of(row: Row, history: Sequence[Row], uniform_bits: float) -> str | None:
    """
    Say in words that the loss of a row has jumped, None where it has not.

    It has where it is above the best one by more than a quarter of `uniform_bits`, on train and,
    where there is valid, on valid too: harder documents make the loss of train alone rise, and
    learning train by heart that of valid alone.

    Args:
        row: the new one.
        history: the rows before it.
        uniform_bits: bits per byte of a model that knows nothing.
    """
    columns = [name for name in ("train", "valid") if row[f"{name}_bits_per_byte"] is not None]
    now = [row[f"{name}_bits_per_byte"] or 0.0 for name in columns]
    best = [
        min([uniform_bits, *(before[f"{name}_bits_per_byte"] or 0.0 for before in history)])
        for name in columns
    ]
    is_high = [new > old + uniform_bits / 4 for new, old in zip(now, best, strict=True)]
    if not all(is_high) and not any(map(math.isnan, now)):
        return None
    words = (
        f"{new:.4g} bits per byte of {name} (best before: {old:.4g})"
        for name, new, old in zip(columns, now, best, strict=True)
    )
    return f"the loss has jumped to {' and '.join(words)}"


def runs_away(nats: float, tokens: float, uniform_nats: float) -> bool:
    """
    Whether a loss is so high that no validation has to be waited for.

    Args:
        nats: loss of all tokens since the last row, `ALARM_STEPS` steps at least.
        tokens: how many these are, about.
        uniform_nats: nats a token of a model that knows nothing.
    """
    return nats > 2 * uniform_nats * tokens
