"""
The configuration, resolved: what every corpus, unit and run came to, and what is wrong with it.

A run is made of `defaults.run`, its preset and its own keys, merged in that order, where preset
`auto` leaves the trainer a choice (see `workflow.auto`); a corpus of `defaults.corpus` and its own;
a unit of `defaults.unit` and its own. A matrix stands for the product of its lists, each a run
named after the matrix and its values.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from preprocess.config_keys import repeated_keys
from preprocess.sources import expand
from workflow.auto import AUTO, choices_of
from workflow.checks import problems_of
from workflow.entries import Settings, matrix_runs, merge, runs_of
from workflow.schema import did_you_mean, schema_problems
from workflow.settings import STAGES

Entry = TypeVar("Entry", bound="Corpus | Unit | Run | Matrix")


@dataclass(frozen=True)
class Corpus:
    """A text: where it comes from, how it is read, cleaned and split."""

    name: str
    source: Mapping[str, Any]
    format: str
    document: str
    encoding: str
    strict: bool
    text_column: str
    title_column: str | None
    namespaces: Sequence[int | str]
    allow_truncated: bool
    parts: int
    max_document_bytes: int
    accept_licence: bool
    download: Mapping[str, Any]
    archive: Mapping[str, Any]
    clean: Mapping[str, Any]
    split: Mapping[str, Any]
    language: str
    licence: str | None
    about: str

    @property
    def part_names(self) -> list[str]:
        """The parts as they stand in file names: 00000, 00001, …"""
        return [f"{part:05d}" for part in range(self.parts)]

    def own_files(self) -> list[str]:
        """
        Return the user's own files that the text is made of; none where it is fetched.

        Raises:
            ValueError: one is not there; the message ends with what `about` says of the text.
        """
        try:
            return [str(path) for path in expand(self.source.get("files", []))]
        except ValueError as error:
            about = f". It is: {self.about}" if self.about else ""
            raise ValueError(f"corpora.{self.name}: {error}{about}") from error

    def check_licence(self) -> None:
        """
        Let no job be planned whose corpus has a licence that has to be accepted and is not.

        Raises:
            ValueError: `accept_licence` is false; the message says what the licence is.
        """
        if not self.accept_licence:
            raise ValueError(
                f"corpora.{self.name}: its licence has to be accepted: "
                f"{self.licence or 'not stated'}. Nothing of it is fetched until you say that you "
                "may use it, by law or by its owner's leave; if you may, set "
                f"corpora.{self.name}.accept_licence: true in a file given by --configfile"
            )


@dataclass(frozen=True)
class Unit:
    """What one token is; sizes in tokens, `min_count` in occurrences in the train split."""

    name: str
    kind: str
    min_count: int
    max_size: int | None
    coverage: float | None
    method: str
    over: str
    extends: str | None


@dataclass(frozen=True)
class Run:
    """
    One model: a corpus in a unit, trained, evaluated and sampled with these values.

    Of preset auto the trainer takes `model` and `train` from one of `choices`, and here they are
    without a preset. With any other preset there are no choices.
    """

    name: str
    corpus: str
    unit: str
    preset: str
    init_from: str | None
    minutes: float
    model: Mapping[str, Any]
    train: Mapping[str, Any]
    evaluate: Mapping[str, Any]
    sample: Mapping[str, Any]
    choices: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Matrix:
    """The names of the runs of all combinations of some lists."""

    name: str
    runs: Sequence[str]


class Entries(dict[str, Entry]):
    """The entries of one section by name; a name that is not there is answered with the nearest."""

    def __init__(self, section: str, entries: Iterable[Entry]) -> None:
        super().__init__((entry.name, entry) for entry in entries)
        self.section = section

    def __missing__(self, name: str) -> NoReturn:
        raise ValueError(f"there is no {name!r} in {self.section}; {did_you_mean(name, self)}")


@dataclass(frozen=True)
class Configuration:
    """All that config.yaml (and a file given by --configfile) came to."""

    corpora: Entries[Corpus]
    units: Entries[Unit]
    runs: Entries[Run]
    matrices: Entries[Matrix]
    targets: Sequence[str]
    target_matrices: Sequence[str]

    def corpus_of(self, run: str) -> Corpus:
        """Return the corpus that a run is trained on."""
        return self.corpora[self.runs[run].corpus]

    def target_corpora(self) -> list[str]:
        """Return the corpora of the target runs, each once, in their order."""
        return list(dict.fromkeys(self.runs[run].corpus for run in self.targets))

    def settings_of(self, stage: str, *names: str) -> str:
        """
        Return the settings that `stage` uses, and no others, as JSON with sorted keys.

        Args:
            stage: a key of `workflow.settings.STAGES`.
            names: what the stage works on: a corpus, a corpus and a unit, or runs.
        """
        return json.dumps(STAGES[stage](self, *names), sort_keys=True, ensure_ascii=False)


def resolve(config: Settings, files: Iterable[str | Path] = ()) -> Configuration:
    """
    Check `config` and merge what belongs together.

    Args:
        config: as Snakemake read and merged it.
        files: that it was read from; what stands in them twice is in `config` once.

    Raises:
        ValueError: something is wrong; the message lists everything that was found, each with
            its key and, where a word is misspelt, the nearest right one.
    """
    problems = [problem for file in files for problem in repeated_keys(Path(file))]
    problems += [*schema_problems(config), *problems_of(config)]
    if problems:
        lines = "\n".join(f"  - {problem}" for problem in problems)
        raise ValueError(f"the configuration is not right:\n{lines}")
    defaults = config["defaults"]
    corpora = (
        Corpus(name=name, **merge(defaults["corpus"], entry))
        for name, entry in config["corpora"].items()
    )
    units = (
        Unit(name=name, **merge(defaults["unit"], entry)) for name, entry in config["units"].items()
    )
    matrices = {
        name: Matrix(name, list(matrix_runs(name, matrix)))
        for name, matrix in config.get("matrices", {}).items()
    }
    targets = config["targets"]
    return Configuration(
        corpora=Entries("corpora", corpora),
        units=Entries("units", units),
        runs=Entries("runs", _runs(config)),
        matrices=Entries("matrices", matrices.values()),
        # Where a matrix is a target, all of its runs are.
        targets=list(
            dict.fromkeys(
                run
                for target in targets
                for run in (matrices[target].runs if target in matrices else [target])
            )
        ),
        target_matrices=[target for target in targets if target in matrices],
    )


def _runs(config: Settings) -> Iterator[Run]:
    defaults = config["defaults"]["run"]
    for _, name, entry in runs_of(config):
        preset = entry.get("preset", defaults["preset"])
        if preset == AUTO:
            yield Run(name=name, choices=choices_of(config, entry), **merge(defaults, entry))
        else:
            yield Run(name=name, **merge(defaults, config["presets"][preset], entry))
