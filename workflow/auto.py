"""
`preset: auto`: what a run may come to by the table `auto`, and what is wrong with that table.

The minutes that a run allows are known here; the size of its train split is known to the trainer
alone. So a run takes along one choice for each size, and `model.presets` takes one of them.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby, pairwise
from typing import Any

from workflow.entries import Settings, entries_of, merge, runs_of
from workflow.schema import did_you_mean

AUTO = "auto"
EPOCHS = ("min_epochs", "max_epochs")
CHOSEN = ("model", "train")  # sections of a preset that reach the trainer
BEFORE_TRAINING = ("device", "threads")  # keys of `train` that a job is planned by


def choices_of(config: Settings, entry: Settings) -> list[dict[str, Any]]:
    """
    Return what a run of preset auto may come to, from the smallest size of the train split.

    Of the rows of one size the first counts whose minutes the run allows. The run's own keys are
    over those of the preset, and its own `train.epochs` over what a row would fit to the text.

    Args:
        config: one in which nothing is wrong.
        entry: the run's own keys.
    """
    defaults = config["defaults"]["run"]
    minutes = merge(defaults, entry)["minutes"]
    epochs = entry.get("train", {}).get("epochs")
    choices: dict[int | None, dict[str, Any]] = {}
    for row in config["auto"]:
        if row["minutes"] <= minutes:
            merged = merge(defaults, config["presets"][row["preset"]], entry)
            choice = {key: row[key] for key in ("train_bytes", "preset", "tokens_per_minute")}
            for key in EPOCHS:
                choice[key] = row[key] if epochs is None else epochs
            choice |= {section: merged[section] for section in CHOSEN}
            choices.setdefault(row["train_bytes"], choice)
    return list(choices.values())


def auto_problems(config: Settings) -> Iterator[str]:
    """Yield what is wrong with the table `auto`, its presets, and the minutes of runs."""
    presets = entries_of(config, "presets")
    if AUTO in presets:
        yield f"presets.{AUTO}: the name stands for the table auto; take another name"
    table = config.get("auto")
    rows = table if isinstance(table, list) else []
    yield from _presets(rows, presets)
    if rows and all(map(_is_sortable, rows)):
        yield from _order(rows)
    default = entries_of(config, "defaults").get("run", {}).get("preset")
    for where, _, entry in runs_of(config):
        preset = entry.get("preset", default)
        if "minutes" in entry and isinstance(preset, str) and preset != AUTO:
            yield (
                f"{where}.minutes: has no effect with preset: {preset}; take it out, or set "
                f"preset: {AUTO}"
            )


def _presets(rows: Iterable[object], presets: Mapping[str, Settings]) -> Iterator[str]:
    """Say which presets of the table are not there, or say what the trainer comes too late for."""
    named: dict[str, None] = {}
    for number, row in enumerate(rows):
        name = row.get("preset") if isinstance(row, Mapping) else None
        if isinstance(name, str):
            named[name] = None
            if name not in presets:
                hint = did_you_mean(name, presets)
                yield f"auto.{number}.preset: there is no {name!r} in presets; {hint}"
    for name in named:
        preset = presets.get(name, {})
        below = preset.get("train")
        keys = [key for key in preset if key not in CHOSEN]
        keys += [f"train.{key}" for key in BEFORE_TRAINING if key in (below or {})]
        for key in keys:
            yield (
                f"presets.{name}.{key}: is needed before the trainer chooses a preset by the table "
                f"auto; take it out, or {name} out of that table"
            )


def _is_sortable(row: object) -> bool:
    return (
        isinstance(row, Mapping)
        and isinstance(row.get("train_bytes", ""), int | None)
        and isinstance(row.get("minutes"), int | float)
    )


def _order(rows: list[Settings]) -> Iterator[str]:
    """Say where a row could never be reached, and which texts no row is for."""
    sizes = [math.inf if row["train_bytes"] is None else row["train_bytes"] for row in rows]
    for number, (before, after) in enumerate(pairwise(zip(sizes, rows, strict=True)), start=1):
        if after[0] < before[0]:
            yield f"auto.{number}.train_bytes: is less than that of the row before; sort the rows"
        elif after[0] == before[0] and after[1]["minutes"] >= before[1]["minutes"]:
            yield (
                f"auto.{number}.minutes: is not less than that of the row before, of the same "
                "train_bytes; begin with the most minutes"
            )
    for size, group in groupby(rows, key=lambda row: row["train_bytes"]):
        if list(group)[-1]["minutes"] > 0:
            yield f"auto: the last row of train_bytes {size or 'null'} must have minutes: 0"
    if sizes[-1] < math.inf:
        yield "auto: the last row must have train_bytes: null, for longer texts than all others"
    for number, row in enumerate(rows):
        least, most = (row.get(key) for key in EPOCHS)
        if isinstance(least, int) and isinstance(most, int) and least > most:
            yield f"auto.{number}.min_epochs: {least} is more than max_epochs, {most}"
