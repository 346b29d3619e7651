"""
Report: one page over one run or many, that opens from the disk and asks for nothing else.

runs.py and curves.py read what the stages left, words.py puts numbers into words, charts.py draws
the curves, corpora.py, leaks.py and markup.py put the card of a corpus in order, plots.py draws its
pictures, matrices.py and fine_tuning.py compare runs, page.py lays the page out from templates/,
summary.py writes the table.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from model.report.matrices import write_matrix
from model.report.page import render
from model.report.runs import read_corpus, read_run
from model.report.summary import write_summary
from preprocess.files import write_text


def report(
    output: Path,
    run_folders: Sequence[Path],
    corpora: Mapping[str, tuple[Path, Path, Path]],
    summary: Path | None,
    settings: Mapping[str, Any],
) -> None:
    """
    Write the page, the same bytes for the same files.

    What is missing in a run's folder is named on the page, and the rest shown.

    Args:
        output: the page: one file, at most 6 MB, in Korean and in English.
        run_folders: `results/{run}` of each run, in the order wanted.
        corpora: by corpus, the manifest of its documents, its cleaning.json and its split's JSON.
        summary: table of all runs to write beside; None for none.
        settings: `runs`: corpus and unit of each run; `units`: what makes each of these units;
            `corpora`: `about`, `language`, `licence` and `source` of each corpus; `matrices`: where
            each run of a matrix stands in it, see `model.report.matrices`. All may lack entries.

    Raises:
        ValueError: a file is there and damaged.
    """
    runs = [read_run(folder, settings) for folder in run_folders]
    described = settings.get("corpora", {})
    cards = [read_corpus(name, files, described) for name, files in corpora.items()]
    if summary is not None:
        write_summary(summary, runs)
    write_text(output, render(runs, cards, settings.get("matrices", {})))


def matrix(output: Path, run_folders: Sequence[Path], settings: Mapping[str, Any]) -> None:
    """
    Write the table of one matrix as CSV; `run_folders` and `settings` are as in `report`.

    Raises:
        ValueError: a file is there and damaged.
    """
    (places,) = settings["matrices"].values()
    write_matrix(output, places, [read_run(folder, settings) for folder in run_folders])
