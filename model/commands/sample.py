"""Command `sample` for people: samples of a run, as they are drawn."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model.commands.drawing import config_of, described, written
from model.commands.reading import Reading, read_documents
from model.commands.runs import open_run
from model.commands.screen import Screen
from model.writing import header


def sample(
    run: Path, asked: Mapping[str, Any], *, prompts: Path | None, as_json: bool, reading: Reading
) -> None:
    """
    Write samples, each with a header, as they are drawn.

    Args:
        run: its folder.
        asked: fields of `SampleConfig`; others are as the run's own samples were drawn.
        prompts: file of prompts, one a line, each of which gets `count` samples; `-` is stdin.
        as_json: write a JSON object a line instead, when a sample has ended.
        reading: how the prompts are read.

    Raises:
        OSError: a file or the run is missing.
        ValueError: a value is impossible, or the file of prompts is no text.
    """
    config = config_of(run, asked)
    lines = None if prompts is None else [one.text for one in read_documents([prompts], reading)]
    of, screen = open_run(run), Screen()
    head = ""
    for own, index, pieces in written(of, config, lines):
        if as_json:
            text = own.prompt + "".join(pieces)
            found = {"prompt": own.prompt, "text": text, **described(of, own, index)}
            screen.json(found, indent=None)
            continue
        screen.say(f"{head}{header(own, index)}", style="dim")
        screen.flow(own.prompt, pieces)
        head = "\n"
