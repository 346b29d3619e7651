"""The command line of the models: one subcommand a stage, and those for people."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from model.commands import flags
from preprocess.command import add_stage_arguments, run

# Threads that wait for each other spin a little before they sleep. By GNU's default they spin so
# long that another busy process on the same cores makes a training up to a hundred times slower.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand and return its exit status."""
    return run(parser(), arguments)


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line; each subcommand sets `function`."""
    found = argparse.ArgumentParser(
        prog="python -m model",
        description="From shards of tokens to a language model. The workflow calls the stages; "
        "`sample`, `complete`, `score` and `compare` are for people.",
    )
    commands = found.add_subparsers(required=True, metavar="COMMAND")
    _add_train(commands)
    _add_evaluate(commands)
    _add_sample(commands)
    flags.add_commands_for_people(commands)
    _add_report(commands)
    _add_matrix(commands)
    _add_export(commands)
    return found


def _add_train(commands: "Commands") -> None:
    train = commands.add_parser("train", help="train a model, or go on with a stopped training")
    train.add_argument("shards", type=Path, help="manifest of the shards")
    train.add_argument("--vocabulary", type=Path, required=True, help="vocabulary")
    train.add_argument("--model", type=Path, required=True, help="model folder to write")
    train.add_argument("--metrics", type=Path, required=True, help="metrics.csv to write")
    train.add_argument("--record", type=Path, required=True, help="run.json to write")
    train.add_argument("--work", type=Path, required=True, help="folder of the checkpoints")
    train.add_argument("--tensorboard", type=Path, required=True, help="folder of the events")
    train.add_argument("--init-from", type=Path, metavar="FOLDER", help="model to begin with")
    train.add_argument("--threads", type=int, required=True, help="threads to train with")
    train.add_argument("--code", required=True, help="digest of the code that trains")
    add_stage_arguments(train)
    train.set_defaults(function=_train)


def _add_evaluate(commands: "Commands") -> None:
    evaluate = commands.add_parser("evaluate", help="measure the model and its floor on test")
    evaluate.add_argument("model", type=Path, help="model folder")
    evaluate.add_argument("--shards", type=Path, required=True, help="manifest of the shards")
    evaluate.add_argument(
        "--split-summary", type=Path, required=True, help="JSON of the split: sizes and leaks"
    )
    evaluate.add_argument("--output", type=Path, required=True, help="evaluation.json to write")
    add_stage_arguments(evaluate)
    evaluate.set_defaults(function=_evaluate)


def _add_sample(commands: "Commands") -> None:
    sample = flags.add_sample(commands)
    stage = sample.add_argument_group("for the workflow")
    stage.add_argument("--clean", type=Path, nargs="+", help="clean parts, to measure novelty")
    stage.add_argument("--split", type=Path, help="split of the corpus")
    stage.add_argument("--text", type=Path, help="samples.txt to write")
    stage.add_argument("--samples", type=Path, help="samples.json to write")
    add_stage_arguments(sample)
    sample.set_defaults(function=_sample)


def _add_report(commands: "Commands") -> None:
    report = commands.add_parser("report", help="draw the page of one run or of all")
    report.add_argument("output", type=Path, help="HTML page to write")
    report.add_argument("--run-folder", type=Path, nargs="+", required=True, help="runs to show")
    report.add_argument("--summary", type=Path, help="CSV of all runs to write")
    report.add_argument(
        "--corpus-files",
        action="append",
        default=[],
        metavar="CORPUS=DOCUMENTS,CLEANING,SPLIT",
        help="manifests of a corpus: documents, cleaning, split",
    )
    add_stage_arguments(report)
    report.set_defaults(function=_report)


def _add_matrix(commands: "Commands") -> None:
    matrix = commands.add_parser("matrix", help="write the table of a matrix of runs")
    matrix.add_argument("output", type=Path, help="CSV to write")
    matrix.add_argument("--run-folder", type=Path, nargs="+", required=True, help="its runs")
    add_stage_arguments(matrix)
    matrix.set_defaults(function=_matrix)


def _add_export(commands: "Commands") -> None:
    export = commands.add_parser("export", help="write a model card, and the model as ONNX")
    export.add_argument("run", type=Path, help="folder of the run, such as results/ballad")
    export.add_argument("--split-summary", type=Path, required=True, help="JSON of the split")
    export.add_argument("--output", type=Path, required=True, help="folder to write")
    add_stage_arguments(export)
    export.set_defaults(function=_export)


# Each command imports what it needs when it runs: torch takes seconds to load.


def _train(options: argparse.Namespace) -> None:
    from model.terminal import previewer
    from model.train import train

    train(
        options.settings,
        code=options.code,
        threads=options.threads,
        shards=options.shards,
        vocabulary=options.vocabulary,
        model=options.model,
        metrics=options.metrics,
        record=options.record,
        work=options.work,
        tensorboard=options.tensorboard,
        init_from=options.init_from,
        on_validation=previewer(options.vocabulary),
    )


def _evaluate(options: argparse.Namespace) -> None:
    from model.evaluate import evaluate

    evaluate(
        options.settings,
        model=options.model,
        shards=options.shards,
        split_summary=options.split_summary,
        output=options.output,
    )


def _sample(options: argparse.Namespace) -> None:
    outputs = [options.text, options.samples, options.clean, options.split]
    if any(output is not None for output in outputs):
        if None in outputs:
            raise ValueError("--clean, --split, --text and --samples go together")
        from model.sample import sample

        sample(
            options.settings,
            options.run / "model",
            options.clean,
            options.split,
            options.text,
            options.samples,
        )
        return
    flags.sample(options)


def _report(options: argparse.Namespace) -> None:
    from model.report import report

    corpora = {}
    for flag in options.corpus_files:
        name, _, files = flag.partition("=")
        documents, cleaning, split = (Path(file) for file in files.split(","))
        corpora[name] = (documents, cleaning, split)
    report(options.output, options.run_folder, corpora, options.summary, options.settings)


def _matrix(options: argparse.Namespace) -> None:
    from model.report import matrix

    matrix(options.output, options.run_folder, options.settings)


def _export(options: argparse.Namespace) -> None:
    from model.export import export

    export(
        options.settings,
        run=options.run,
        split_summary=options.split_summary,
        output=options.output,
    )


if __name__ == "__main__":
    sys.exit(main())
