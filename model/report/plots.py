"""Small pictures of a corpus as numbers for inline SVG, which needs no script and takes no room."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

WIDTH, HEIGHT = 400, 240
LEFT, RIGHT, TOP, BOTTOM = 46, 18, 12, 26  # borders, for the labels of the axes
LEAST_DECADES = 1
MOST_WIDTH = 60  # of a bar
TABLE_STEPS = (1, 2, 5)
MOST_LABELS = 7  # beneath the bars of lengths

Points = Sequence[Sequence[int]]


def short(number: float) -> str:
    """
    Write a count in a few characters, as for an axis.

        >>> [short(n) for n in (1, 500, 20_000, 3_000_000, 10**9)]
        ['1', '500', '20k', '3M', '1B']
    """
    for power, letter in ((9, "B"), (6, "M"), (3, "k")):
        if number >= 10**power:
            return f"{number / 10**power:g}{letter}"
    return f"{number:g}"


def zipf(series: Mapping[str, Points]) -> dict[str, Any] | None:
    """
    Lay out counts by rank, both on a scale of tens.

    Args:
        series: by name, [rank, count] with ranks and counts of 1 or more; may be empty.

    Returns:
        `lines`: name and `points` of a polyline; `x`, `y`: (place, label) of the tens; `table`:
        rows of (rank, count by name); None where there is nothing to draw.
    """
    drawn = {name: points for name, points in series.items() if points}
    if not drawn:
        return None
    ranks = _decades([rank for points in drawn.values() for rank, _ in points])
    counts = _decades([count for points in drawn.values() for _, count in points])
    lines = [
        {
            "name": name,
            "points": " ".join(
                f"{_across(math.log10(rank) / ranks):.1f},{_up(math.log10(count) / counts):.1f}"
                for rank, count in points
            ),
        }
        for name, points in drawn.items()
    ]
    return {
        "size": (WIDTH, HEIGHT),
        "across": (LEFT, WIDTH - RIGHT),
        "lines": lines,
        "x": [(f"{_across(n / ranks):.1f}", short(10**n)) for n in range(ranks + 1)],
        "y": [(f"{_up(n / counts):.1f}", short(10**n)) for n in range(counts + 1)],
        "table": _by_rank(drawn),
        "names": list(drawn),
    }


def lengths(histogram: Points) -> dict[str, Any] | None:
    """
    Lay out documents by length.

    Args:
        histogram: [at most so many characters, documents], rising.

    Returns:
        `bars`: place, size, `from` and `to` in characters and `documents` of each; `x`, `y`:
        (place, label); None where there is nothing to draw.

        >>> [(bar["x"], bar["width"]) for bar in lengths([[200, 3], [500, 590]])["bars"]]
        [('100.0', '60.0'), ('268.0', '60.0')]
    """
    if not any(documents for _, documents in histogram):
        return None
    highest = _round_up(max(documents for _, documents in histogram))
    step = (WIDTH - LEFT - RIGHT) / len(histogram)
    width = min(MOST_WIDTH, step * 0.84)
    every = -(-len(histogram) // MOST_LABELS)
    bars, labels = [], []
    for number, (bound, documents) in enumerate(histogram):
        x, y = LEFT + number * step, _up(documents / highest)
        bars.append(
            {
                "x": f"{x + (step - width) / 2:.1f}",
                "y": f"{y:.1f}",
                "width": f"{width:.1f}",
                "height": f"{_up(0) - y:.1f}",
                "from": histogram[number - 1][0] + 1 if number else 0,
                "to": bound,
                "documents": documents,
            }
        )
        if (len(histogram) - 1 - number) % every == 0:
            labels.append((f"{x + step / 2:.1f}", f"≤{short(bound)}"))
    return {
        "size": (WIDTH, HEIGHT),
        "across": (LEFT, WIDTH - RIGHT),
        "bars": bars,
        "x": labels,
        "y": [(f"{_up(part):.1f}", short(part * highest)) for part in (0, 0.5, 1)],
    }


def _across(share: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * share


def _up(share: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share


def _decades(values: Sequence[int]) -> int:
    """Return how many tens an axis needs that begins at 1."""
    return max(LEAST_DECADES, math.ceil(math.log10(max(values))))


def _round_up(number: int) -> int:
    """
    Return the next even number of the form 1, 2, 4, 5, 6, 8 or 10 times a power of ten.

        >>> [_round_up(n) for n in (1, 3, 37, 601)]
        [2, 4, 40, 800]
    """
    power: int = 10 ** (len(str(number)) - 1)
    steps = (1, 2, 4, 5, 6, 8, 10, 20)
    return next(s * power for s in steps if s * power >= number and s * power % 2 == 0)


def _by_rank(series: Mapping[str, Points]) -> list[tuple[int, list[int | None]]]:
    """Return rows for the ranks 1, 2, 5, 10, … and the count that each series has there."""
    counts = [{point[0]: point[1] for point in points} for points in series.values()]
    last = max(rank for known in counts for rank in known)
    ranks = [step * 10**power for power in range(len(str(last))) for step in TABLE_STEPS]
    rows = [(rank, [known.get(rank) for known in counts]) for rank in ranks]
    return [row for row in rows if any(row[1])]
