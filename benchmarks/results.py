"""
Our results on six corpora, in four units and three cells, as a page of tables.

    python -m benchmarks.results

The workflow trains and evaluates what benchmarks/results.yaml lists, and what it has done before is
not done again; then docs/results.md is written from what stands in results/. Three of the corpora
come from the package index. It takes two to three hours on 2 cores, on which nothing else should
run, or the minutes in the tables are not those of the trainings.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from benchmarks.markdown import table
from model.report.matrices import ROWS, Mean, matrix_rows
from model.report.runs import Run, read_run
from preprocess.files import write_text
from workflow.configuration import Configuration, resolve
from workflow.entries import merge

ROOT = Path(__file__).parents[1]
UNITS = ("syllable", "jamo", "word", "byte")
CELL = "lstm"  # of the tables of units
NONE = "–"

Row = Mapping[str, Any]


def configuration_of(files: Sequence[Path]) -> tuple[Configuration, list[str]]:
    """Return config.yaml with files merged over it, and the matrices among the targets."""
    layers = [yaml.safe_load(path.read_text("utf-8")) for path in [ROOT / "config.yaml", *files]]
    configuration = resolve(merge(*layers))
    return configuration, list(configuration.target_matrices)


def rows_of(configuration: Configuration, matrices: Sequence[str], results: Path) -> list[Row]:
    """
    Return a row for each combination of all matrices, see `model.report.matrices.matrix_rows`.

    Raises:
        ValueError: a run was not evaluated.
    """
    rows: list[Row] = []
    for name in matrices:
        settings = json.loads(configuration.settings_of("matrix", name))
        runs = runs_of(configuration, [name], results)
        rows += matrix_rows(settings["matrices"][name], runs)
    return rows


def runs_of(configuration: Configuration, matrices: Sequence[str], results: Path) -> list[Run]:
    """Read the runs of matrices; ValueError where one has no numbers."""
    names = [run for matrix in matrices for run in configuration.matrices[matrix].runs]
    runs = [read_run(results / name, {}) for name in names]
    for run in runs:
        if not run.models or not run.record:
            raise ValueError(
                f"{results / run.name}: has no evaluation.json or run.json with numbers; run "
                "`python -m benchmarks.results` again without --no-build"
            )
    return runs


def page(rows: Sequence[Row], runs: Sequence[Run]) -> str:
    """Return docs/results.md."""
    corpora = list(dict.fromkeys(row["corpus"] for row in rows))
    parts = [
        "# Results",
        "Bits per byte of the test text (docs/numbers.md): lower is better, and only numbers of "
        "one text compare. ± is the sample standard deviation over seeds. Each network was "
        "trained on one core, most of them for a few minutes, so that anyone can do it again in an "
        "afternoon.",
        "Made by `python -m benchmarks.results`, which trains what benchmarks/results.yaml lists.",
        "## Units",
        f"Networks of cell {CELL}. Parameters and minutes are those of the network; minutes are by "
        "the clock, and more of them on a machine that has other things to do.",
    ]
    for corpus in corpora:
        parts += [f"### {corpus}", units_table(rows, corpus)]
        if missing := _without_jamo(rows, corpus):
            parts.append(missing)
    parts += ["## Cells", "All with the settings that were found for LSTMs.", *_cells(rows)]
    parts += ["## Texts", _texts(rows, runs)]
    parts += ["## Made with", _made_with(runs)]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def units_table(rows: Sequence[Row], corpus: str) -> str:
    """Return the table of the units of a corpus."""
    found = [row for row in rows if (row["corpus"], row["cell"]) == (corpus, CELL)]
    ranked = sorted(found, key=lambda row: UNITS.index(row["unit"]))
    return _numbers("Unit", [(row["unit"], row) for row in ranked])


def _cells(rows: Sequence[Row]) -> Iterator[str]:
    """Yield a table for each corpus and unit that several cells were trained on."""
    by_text: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        by_text.setdefault((row["corpus"], row["unit"]), []).append(row)
    for (corpus, unit), found in by_text.items():
        if len({row["cell"] for row in found}) > 1:
            yield f"### {corpus}, {unit}"
            yield _numbers("Cell", [(row["cell"], row) for row in found])


def _numbers(first: str, named: Sequence[tuple[str, Row]]) -> str:
    header = [first, *ROWS, "parameters", "minutes", "tokens/s", "seeds"]
    return table(header, ([name, *_cells_of(row)] for name, row in named))


def _cells_of(row: Row) -> list[str]:
    seconds, rate = row["seconds"].mean, row["tokens_per_second"].mean
    return [
        *(_bits(row[name]) for name in ROWS),
        f"{row['parameters']:,}",
        NONE if seconds is None else f"{seconds / 60:.1f}",
        NONE if rate is None else f"{rate:,.0f}",
        str(row["seeds"]),
    ]


def _bits(value: Mean) -> str:
    if value.mean is None:
        return NONE
    # What does not hang on the seed has no spread.
    return f"{value.mean:.3f} ± {value.sd:.3f}" if value.sd else f"{value.mean:.3f}"


def _without_jamo(rows: Sequence[Row], corpus: str) -> str:
    units = {row["unit"] for row in rows if row["corpus"] == corpus}
    if "jamo" in units or "syllable" not in units:
        return ""
    return "Jamo is left out: without Hangul, its tokens are those of syllable."


def _texts(rows: Sequence[Row], runs: Sequence[Run]) -> str:
    """Return the table of test texts; numbers compare only within one digest."""
    texts = {}
    for run in runs:
        told = run.evaluation
        key = (run.corpus, told["text_sha256"])
        texts[key] = [run.corpus, f"{told['bytes']:,}", f"{told['documents']:,}", key[1]]
    return table(["Corpus", "test bytes", "documents", "sha256 of the test text"], texts.values())


def _made_with(runs: Sequence[Run]) -> str:
    """Return what the numbers hang on beside the texts: versions, code, threads."""
    versions = {
        ", ".join(f"{name} {number}" for name, number in run.record["versions"].items())
        for run in runs
    }
    threads = sorted({run.record["threads"] for run in runs})
    devices = sorted({run.record["device"] for run in runs})
    codes = sorted({run.record["code"] for run in runs})
    rows = [["versions", text] for text in sorted(versions)]
    rows += [["trained on", f"{', '.join(devices)}, {', '.join(map(str, threads))} threads"]]
    rows += [["digest of the code that trained", code] for code in codes]
    return table(["What", "Which"], rows)


def build(configuration: Configuration, matrices: Sequence[str], files: Sequence[Path]) -> int:
    """Train and evaluate all runs of the matrices, but what is up to date; return the status."""
    names = [run for matrix in matrices for run in configuration.matrices[matrix].runs]
    targets = [f"results/{name}/evaluation.json" for name in names]
    command = [sys.executable, "-m", "snakemake", *targets, "--configfile", *map(str, files)]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def main(arguments: list[str] | None = None) -> int:
    """Build what is missing, write the page, and return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().partition("\n")[0])
    parser.add_argument(
        "--configfile",
        type=Path,
        nargs="+",
        default=[Path("benchmarks/results.yaml")],
        help="merged with config.yaml; all matrices among its targets are shown",
    )
    parser.add_argument("--output", type=Path, default=ROOT / "docs/results.md", help="page")
    parser.add_argument("--no-build", action="store_true", help="only write the page")
    options = parser.parse_args(arguments)
    files = [path.resolve() for path in options.configfile]
    try:
        configuration, matrices = configuration_of(files)
        if not options.no_build and (status := build(configuration, matrices, files)):
            return status  # Snakemake has said why
        rows = rows_of(configuration, matrices, ROOT / "results")
        runs = runs_of(configuration, matrices, ROOT / "results")
    except (ValueError, OSError) as error:
        parser.error(str(error))
    write_text(options.output, page(rows, runs))
    return 0


if __name__ == "__main__":
    sys.exit(main())
