"""The settings of `SampleConfig` as flags. Light, as all flags are."""

import argparse
from typing import Any

from model.sampling import DRAWS, STOPS

# The prompt is no flag of every command.
HELP: dict[str, tuple[type, str]] = {
    "count": (int, "samples, of each prompt"),
    "length": (int, "characters a sample at most, the prompt not counted"),
    "temperature": (float, "0: always the likeliest; 1: as learnt; more is wilder"),
    "top_k": (int, "draw from the k likeliest tokens only; 0: from all"),
    "top_p": (float, "draw from the likeliest that together have this share; 1: from all"),
    "draw": (str, "token: draw each; space: only where a word begins, else the likeliest"),
    "no_repeat_ngram": (int, "write no span of so many characters twice; 0: any"),
    "beam": (int, "find the likeliest text, so many side by side; 0: draw"),
    "seed": (int, "the same seed gives the same text"),
    "stop": (str, "document: end with it; none: write on, and begin another"),
    "lines": (int, "end with this line, blank ones not counted; 0: not by lines"),
    "stop_text": (str, "end after this text; '': not by text"),
    "acrostic": (str, "a syllable for each line to begin with; '': none"),
}
CHOICES = {"draw": DRAWS, "stop": STOPS}
METAVARS = {int: "N", float: "X", str: "TEXT"}


def add(parser: argparse.ArgumentParser, count: int | None = None) -> None:
    """Add a flag for each setting but the prompt; `count`: how many samples if none is given."""
    own = "Not given: as the run's own samples were"
    group = parser.add_argument_group(
        "how samples are drawn (docs/sampling.md)",
        own + (f", and --count {count}." if count else "."),
    )
    group.set_defaults(count=count)
    for name, (kind, words) in HELP.items():
        choices = CHOICES.get(name)
        metavar = None if choices else METAVARS[kind]
        group.add_argument(flag(name), type=kind, choices=choices, metavar=metavar, help=words)


def asked(options: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that were given, by name."""
    given = {name: getattr(options, name, None) for name in (*HELP, "prompt")}
    return {name: value for name, value in given.items() if value is not None}


def flag(name: str) -> str:
    """
    Return the flag of a setting.

    >>> flag("top_k")
    '--top-k'
    """
    return f"--{name.replace('_', '-')}"
