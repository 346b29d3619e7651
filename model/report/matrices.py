"""The runs of a matrix, a row for each combination: means over its seeds, and how they spread."""

import csv
import io
import statistics
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from model.report.runs import Run
from model.report.words import Words
from preprocess.files import write_text

AXES = {
    "corpus": Words("코퍼스", "Corpus"),
    "unit": Words("단위", "Unit"),
    "preset": Words("프리셋", "Preset"),
    "cell": Words("셀", "Cell"),
}
MODELS = ("rnn", "ngram", "mixture", "dynamic")
ROWS = (*MODELS, "xz", "ppmd")  # of evaluation.json
COLUMNS = (
    *AXES,
    "seeds",
    *(f"{model}_bits_per_byte_{value}" for model in ROWS for value in ("mean", "sd")),
    "parameters",
    "seconds_mean",
    "tokens_per_second_mean",
    "text_sha256",
)

Places = Mapping[str, Mapping[str, str]]
"""By run, its value on each of AXES."""


class Mean(NamedTuple):
    """A mean over seeds and the sample standard deviation; None where there are too few."""

    mean: float | None
    sd: float | None


def matrix_rows(places: Places, runs: Sequence[Run]) -> list[dict[str, Any]]:
    """
    Return a row for each combination, in the order of the runs.

    A row has AXES, `seeds` (runs that it is of), for each of ROWS a Mean of bits per byte,
    `parameters`, the Means of `seconds` and `tokens_per_second` of training, and `text_sha256`.
    What was not measured is None, and takes no part in a mean.

    Args:
        places: of the runs of the matrix.
        runs: these, and maybe others.
    """
    groups: dict[tuple[str, ...], list[Run]] = {}
    for run in runs:
        if run.name in places:
            groups.setdefault(tuple(places[run.name][axis] for axis in AXES), []).append(run)
    return [dict(zip(AXES, values, strict=True)) | _row(group) for values, group in groups.items()]


def matrix_view(name: str, places: Places, runs: Sequence[Run]) -> dict[str, Any]:
    """
    Gather what the page shows of a matrix.

    Returns:
        `name`; `rows`; `axes`, those of several values, with their names; `shared`, the values of
        the others; `models`, those of MODELS that some row has.
    """
    rows = matrix_rows(places, runs)
    measured = [model for model in MODELS if any(row[model].mean is not None for row in rows)]
    several = [axis for axis in AXES if len({row[axis] for row in rows}) > 1]
    return {
        "name": name,
        "rows": rows,
        "axes": {axis: AXES[axis] for axis in several},
        "shared": [rows[0][axis] for axis in AXES if axis not in several] if rows else [],
        "models": measured,
    }


def write_matrix(path: Path, places: Places, runs: Sequence[Run]) -> None:
    """Write the rows as CSV, with COLUMNS; what was not measured is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for row in matrix_rows(places, runs):
        flat = {column: row[column] for column in (*AXES, "seeds", "parameters", "text_sha256")}
        for name in ROWS:
            flat[f"{name}_bits_per_byte_mean"], flat[f"{name}_bits_per_byte_sd"] = row[name]
        for name in ("seconds", "tokens_per_second"):
            flat[f"{name}_mean"] = row[name].mean
        writer.writerow(flat)
    write_text(path, text.getvalue())


def _row(group: Sequence[Run]) -> dict[str, Any]:
    first = group[0].evaluation
    bits = {
        name: _mean(run.models.get(name, {}).get("bits_per_byte") for run in group) for name in ROWS
    }
    return {
        "seeds": len(group),
        **bits,
        "parameters": first.get("parameters"),
        "seconds": _mean(run.record.get("seconds") for run in group),
        "tokens_per_second": _mean(run.record.get("tokens_per_second") for run in group),
        "text_sha256": first.get("text_sha256"),
    }


def _mean(values: Iterable[float | None]) -> Mean:
    known = [value for value in values if value is not None]
    return Mean(
        statistics.fmean(known) if known else None,
        statistics.stdev(known) if len(known) > 1 else None,
    )
