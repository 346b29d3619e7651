"""The run that a command is asked for: loaded, or in words why it cannot be."""

import difflib
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.folder import SUMS, load_model
from model.rnn import CharRNN
from preprocess.grammar import Grammar
from preprocess.vocabulary import Vocabulary

RESULTS = Path("results")  # where the workflow puts runs, in the folder that it is called in


@dataclass(frozen=True, eq=False)
class Run:
    """
    A trained run.

    Attributes:
        folder: of the run, such as results/ballad.
        network: its model, on the CPU, ready to be used.
        vocabulary: of the model.
        grammar: of the vocabulary.
        config: the model's config.json.
    """

    folder: Path
    network: CharRNN
    vocabulary: Vocabulary
    grammar: Grammar
    config: dict[str, Any]

    @property
    def name(self) -> str:
        """Name of the run."""
        return self.folder.resolve().name


def open_run(folder: Path) -> Run:
    """
    Load a run's model.

    Raises:
        FileNotFoundError: there is no such run, or it has not been trained; the message says
            which runs there are, or what trains it.
        ValueError: the model is damaged.
    """
    require_run(folder)
    network, vocabulary, config = load_model(folder / "model", "cpu")
    return Run(folder, network, vocabulary, Grammar.of(vocabulary), config)


def require_run(folder: Path) -> None:
    """Refuse what is no folder of a trained run."""
    if (folder / "model" / SUMS).is_file():
        return
    if (folder / SUMS).is_file():
        raise FileNotFoundError(f"{folder}: is the model of a run; name the run, {folder.parent}")
    if runs := _runs_in(folder):
        raise FileNotFoundError(f"{folder}: is a folder of runs; name one of {', '.join(runs)}")
    if folder.is_dir():
        raise FileNotFoundError(
            f"{folder}: is not trained yet; `{build(folder, 'samples.txt')}` trains it"
        )
    raise FileNotFoundError(f"{folder}: there is no such run; {_others(folder)}")


def build(folder: Path, file: str) -> str:
    """
    Return the command that makes a file of a run.

    >>> build(Path("/home/kim/results/내 글"), "samples.txt")
    "snakemake 'results/내 글/samples.txt'"
    """
    return f"snakemake {shlex.quote(str(RESULTS / folder.resolve().name / file))}"


def _runs_in(folder: Path) -> list[str]:
    """Return the names of the trained runs in a folder."""
    return sorted(path.parent.parent.name for path in folder.glob(f"*/model/{SUMS}"))


def _others(folder: Path) -> str:
    """Say which run may be meant, which there are, and how the one that was named comes to be."""
    place = RESULTS if folder.parent == Path() else folder.parent
    runs = _runs_in(place)
    if near := difflib.get_close_matches(folder.name, runs, n=1, cutoff=0.5):
        return f"did you mean {place / near[0]}? Trained runs there: {', '.join(runs)}"
    there = f"trained runs in {place}: {', '.join(runs) or 'none'}"
    return f"{there}; if config.yaml has it, `{build(folder, 'samples.txt')}` trains it"
