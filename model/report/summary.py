"""summary.csv: a row for each run and model, for spreadsheets and scripts."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from model.report.runs import Run
from preprocess.files import write_text

OF_RUN = ("text_sha256", "bytes", "characters", "documents", "tokens", "parameters")
OF_MODEL = (
    "bits_per_byte",
    "bits_per_character",
    "nats_per_character",
    "perplexity_per_token",
    "given",
    "order",
)
COLUMNS = ("run", "corpus", "unit", "model", *OF_MODEL, *OF_RUN, "skipped")


def write_summary(path: Path, runs: Sequence[Run]) -> None:
    """
    Write the numbers of all runs, in the order of the runs, the best model of each first.

    A run that was not evaluated has one row without a model, and the reason as `skipped`; so has a
    model that was not measured.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for run in runs:
        about = {"run": run.name, "corpus": run.corpus, "unit": run.unit}
        about |= {column: run.evaluation.get(column, "") for column in OF_RUN}
        for name, row in run.models.items():
            told = {column: row.get(column, "") for column in (*OF_MODEL, "skipped")}
            writer.writerow({**about, "model": name, **told})
        if not run.models:
            reason = run.evaluation.get("skipped", "evaluation.json is missing")
            writer.writerow({**about, "skipped": reason})
    write_text(path, text.getvalue())
