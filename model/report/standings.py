"""Who beats whom: all that was measured on one text, on one scale."""

import math
from collections.abc import Sequence
from typing import Any

from model.report import words
from model.report.charts import colour_of
from model.report.fine_tuning import fine_tuning_view
from model.report.leaks import leaks_view
from model.report.runs import Run
from model.report.words import TOO_CLOSE, Words

FLOORS = ("ngram", "xz", "ppmd")  # what counts and what compresses; all others learn
MOST_TICKS = 6
MARGIN = 0.04  # of the width, on either side of the dots


def standings(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """
    Gather the runs that were measured on the same text; only their numbers compare.

    Groups and their runs keep the order of the runs, but a better network goes first in its group.
    """
    by_text: dict[str, list[int]] = {}
    for number, run in enumerate(runs):
        if run.models:
            by_text.setdefault(run.evaluation.get("text_sha256", ""), []).append(number)
    return [_group([(number, runs[number]) for number in group]) for group in by_text.values()]


def _group(numbered: Sequence[tuple[int, Run]]) -> dict[str, Any]:
    runs = [run for _, run in numbered]
    first = runs[0]
    return {
        "corpus": first.corpus,
        "evaluation": first.evaluation,
        "leaks": leaks_view(first.evaluation.get("leaks") or {}),
        "fine_tuning": fine_tuning_view(runs),
        "unseen": first.evaluation.get("unseen_lines") or {},
        "units": {run.unit: words.token_words(run.unit_settings) for run in runs if run.unit},
        "spellings": any("other_spellings" in row for run in runs for row in run.models.values()),
        "verdict": verdict_on_all(runs),
        "picture": picture(numbered),
        "runs": sorted(
            (_row_of_run(number, run) for number, run in numbered), key=lambda view: view["best"]
        ),
    }


def _row_of_run(number: int, run: Run) -> dict[str, Any]:
    unseen = (run.evaluation.get("unseen_lines") or {}).get("bits_per_byte") or {}
    first = run.models.get("rnn") or next(iter(run.models.values()))
    best = first["bits_per_byte"]
    return {
        "name": run.name,
        "number": number,
        "best": math.inf if best is None else best,
        "colour": colour_of(number),
        "unit": run.unit,
        "verdict": words.verdict(run.models),
        "winner": words.winner(run.models),
        "beaten": words.beaten_by_counting(run.models),
        "models": {name: {**row, "unseen": unseen.get(name)} for name, row in run.models.items()},
    }


def verdict_on_all(runs: Sequence[Run]) -> Words | None:
    """
    Say which of the networks measured on one text is best, and how many beat counting.

    None where there are fewer than two networks.
    """
    networks = sorted(
        (row["bits_per_byte"], run.name) for run in runs if (row := run.models.get("rnn"))
    )
    if len(networks) < 2:
        return None
    (bits, name), (next_bits, next_name) = networks[:2]
    compared = [run for run in runs if {"rnn", "ngram"} <= run.models.keys()]
    winners = sum(words.winner(run.models) == "rnn" for run in compared)
    ko = f"신경망 {len(networks)}개 가운데 {name}의 것이 가장 낫다."
    en = f"Of {len(networks)} networks that of {name} is best."
    if next_bits - bits < TOO_CLOSE:
        ko += f" {next_name}의 것과는 우열을 가릴 수 없다."
        en += f" That of {next_name} is too close to call."
    if compared:
        ko += f" n-그램을 이기는 것은 {len(compared)}개 가운데 {winners}개이다."
        en += f" {winners} of {len(compared)} beat their n-gram."
    return Words(ko, en)


def picture(numbered: Sequence[tuple[int, Run]]) -> dict[str, Any] | None:
    """
    Lay out dots on a scale of bits per byte, a row for each kind of model, the best first.

    Args:
        numbered: runs with their numbers on the page, which decide their colours.

    Returns:
        `rows`: `name` of each kind, whether it is a `floor`, its `best` bits, `worst` bits where
        they differ, `begin` and `end` of the dots, and `dots`: `run`, `colour`, `bits`, `left`;
        `ticks`: (left, label); `line`: (left, bits) of the best n-gram, or None. All places are
        in percent of the width. None where nothing was measured.
    """
    measured: dict[str, list[tuple[float, int, str]]] = {}
    for number, run in numbered:
        for name, row in run.models.items():
            if row["bits_per_byte"] is not None:
                measured.setdefault(name, []).append((row["bits_per_byte"], number, run.name))
    if not measured:
        return None
    everything = [bits for dots in measured.values() for bits, _, _ in dots]
    ticks = ticks_between(min(everything), max(everything))
    decimals = max(len(f"{tick:g}".partition(".")[2]) for tick in ticks)
    low, high = min(ticks[0], *everything), max(ticks[-1], *everything)

    def left(bits: float) -> float:
        share = (bits - low) / (high - low) if high > low else 0.5
        return round(100 * (MARGIN + (1 - 2 * MARGIN) * share), 2)

    rows = [
        {
            "name": name,
            "floor": name in FLOORS,
            "best": min(dots)[0],
            "worst": max(dots)[0] if max(dots)[0] - min(dots)[0] >= 0.0005 else None,
            "begin": left(min(dots)[0]),
            "end": left(max(dots)[0]),
            "dots": [
                {"run": run, "colour": colour_of(number), "bits": bits, "left": left(bits)}
                for bits, number, run in sorted(dots, reverse=True)  # the best lies on top
            ],
        }
        for name, dots in sorted(measured.items(), key=lambda item: (min(item[1])[0], item[0]))
    ]
    floor = min((bits for bits, _, _ in measured.get("ngram", ())), default=None)
    return {
        "rows": rows,
        "ticks": [(left(tick), f"{tick:.{decimals}f}") for tick in ticks],
        "line": None if floor is None else (left(floor), floor),
    }


def ticks_between(low: float, high: float) -> list[float]:
    """
    Return round numbers around an interval, evenly spaced.

        >>> ticks_between(1.369, 2.045), ticks_between(1.5, 1.5)
        ([1.2, 1.4, 1.6, 1.8, 2.0, 2.2], [1.5])
    """
    span = high - low
    if span <= 0:
        return [low]
    power: float = 10.0 ** math.floor(math.log10(span / MOST_TICKS))
    for step in (power, 2 * power, 5 * power, 10 * power, 20 * power):
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first < MOST_TICKS:
            break
    return [round(number * step, 10) for number in range(first, last + 1)]
