"""Command `compare`: two runs side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import zip_longest
from pathlib import Path
from typing import Any

from model.bootstrap import paired_difference
from model.commands.compare_view import show
from model.commands.drawing import config_of
from model.commands.reading import Document, Reading, read_documents
from model.commands.runs import Run, build, open_run, require_run
from model.commands.screen import Screen
from model.comparison import differing_settings, test_numbers, why_incomparable
from model.run_files import read_object
from model.sampling import SampleConfig
from model.scored_text import ScoredText, score_split, score_texts, total
from model.writing import draw
from preprocess.tokens import load_split

Json = dict[str, Any]
Scored = tuple[list[ScoredText], list[ScoredText]]


def compare(
    runs: tuple[Path, Path],
    asked: Mapping[str, Any],
    *,
    files: Sequence[Path],
    test: bool,
    samples: bool,
    as_json: bool,
    reading: Reading,
) -> None:
    """
    Write what two runs have of the same, and what differs.

    Args:
        runs: their folders.
        asked: fields of `SampleConfig` for the samples; others are as the first run's own samples
            were drawn.
        files: text that both are to score, line by line; `-` is stdin.
        test: let both read the test split again, for a paired bootstrap.
        samples: let both write samples.
        as_json: write the object that docs/commands.md describes.
        reading: how the files are read.

    Raises:
        OSError: a file or a run is missing.
        ValueError: a file is no text, or a value is impossible.
    """
    for folder in runs:
        require_run(folder)
    config = config_of(runs[0], asked) if samples else None
    documents = read_documents(files, reading)
    first, second = (open_run(folder) for folder in runs)
    told = {
        "runs": _labels(first, second),
        "test": _test(first, second, test),
        "facts": _facts(first, second),
        "settings": differing_settings(first.config, second.config),
        "samples": _samples(first, second, config) if config else None,
        "text": _text(first, second, documents) if documents else None,
    }
    screen = Screen()
    if as_json:
        screen.json(told)
    else:
        show(screen, told)


def _labels(first: Run, second: Run) -> list[str]:
    """Return how the runs are called: by name, or where that is the same by folder."""
    names = [first.name, second.name]
    return names if names[0] != names[1] else [str(first.folder), str(second.folder)]


def _test(first: Run, second: Run, again: bool) -> Json:
    """Return the numbers of the runs' evaluations, or in words why they do not compare."""
    found = [run.folder / "evaluation.json" for run in (first, second)]
    missing = [path for path in found if not path.is_file()]
    why: str | None
    if missing:
        why = f"{missing[0]} is missing; `{build(missing[0].parent, missing[0].name)}` writes it"
        numbers = {}
    else:
        evaluations = [
            read_object(path, run=str, models=dict, text_sha256=str, unseen_lines=dict)
            for path in found
        ]
        why = why_incomparable(*evaluations)
        numbers = {} if why else test_numbers(*evaluations)
    read = _bootstrap((_score_test(first), _score_test(second))) if again else None
    return {"why_not": why, "bits_per_byte": numbers, "bootstrap": read}


def _score_test(run: Run) -> list[ScoredText]:
    """Let a run read its test split, from the shards beside the folder of results."""
    shards = run.folder.resolve().parents[1] / "data" / "shards"
    manifest = shards / str(run.config.get("corpus")) / str(run.config.get("unit"))
    manifest /= "manifest.json"
    if not manifest.is_file():
        raise FileNotFoundError(
            f"--test: {manifest} is missing; `{build(run.folder, 'evaluation.json')}` writes it"
        )
    split = load_split(manifest, "test", run.vocabulary.sha256)
    if not len(split.tokens):
        raise ValueError(f"--test: corpus {run.config['corpus']} has no test split")
    return score_split(run.network, run.vocabulary, run.grammar, split)


def _bootstrap(scored: Scored) -> Json:
    return paired_difference(*scored)._asdict()


def _facts(first: Run, second: Run) -> dict[str, tuple[Any, Any]]:
    """Return how large both are and how long they trained."""
    both = []
    for run in (first, second):
        path = run.folder / "run.json"
        record = read_object(path) if path.is_file() else {}
        both.append(
            {
                "parameters": run.network.num_parameters(),
                "vocabulary": run.vocabulary.size,
                **{key: record.get(key) for key in ("steps", "tokens", "seconds", "device")},
            }
        )
    return {key: (both[0][key], both[1][key]) for key in both[0]}


def _samples(first: Run, second: Run, config: SampleConfig) -> Json:
    """Let both write samples of the same prompt and seed; a beam may find fewer than the other."""
    texts = [draw(run.network, run.vocabulary, run.grammar, config) for run in (first, second)]
    return {"settings": asdict(config), "texts": list(zip_longest(*texts))}


def _text(first: Run, second: Run, documents: Sequence[Document]) -> Json:
    """Let both score a text."""
    texts = [document.text for document in documents]
    scored = (
        score_texts(first.network, first.vocabulary, first.grammar, texts),
        score_texts(second.network, second.vocabulary, second.grammar, texts),
    )
    rows = []
    for document, one, other in zip(documents, *scored, strict=True):
        row = {"name": document.name, **_paired([one], [other]), "lines": _lines(one, other)}
        rows.append(row)
    return {**_paired(*scored), "bootstrap": _bootstrap(scored), "texts": rows}


def _paired(first: Sequence[ScoredText], second: Sequence[ScoredText]) -> Json:
    """Return what both pay, and the sizes, which are the same."""
    one, other = total(first), total(second)
    pairs = {key: (one[key], other[key]) for key in ("bits_per_byte", "bits_per_character")}
    return {**pairs, **{key: one[key] for key in ("bytes", "characters", "documents")}}


def _lines(first: ScoredText, second: ScoredText) -> list[Json]:
    per_byte = [(one.line_bits / one.line_bytes).tolist() for one in (first, second)]
    columns = zip(first.lines, *per_byte, first.line_bytes.tolist(), strict=True)
    return [
        {"text": text, "bits_per_byte": (one, other), "bytes": size}
        for text, one, other, size in columns
    ]
