"""Command `sample` for people: samples of a run, as they are drawn."""

from collections.abc import Mapping
from dataclasses import replace
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
    configs = [config]
    if prompts is not None:
        lines = read_documents([prompts], reading)
        configs = [replace(config, prompt=line.text) for line in lines]
    of, screen = open_run(run), Screen()
    for number, config in enumerate(configs):
        for index, prompt, pieces in written(of, config):
            if as_json:
                text = prompt + "".join(pieces)
                sample = {"prompt": prompt, "text": text, **described(of, config, index)}
                screen.json(sample, indent=None)
                continue
            screen.say(("\n" if number or index else "") + header(config, index), style="dim")
            screen.flow(prompt, pieces)
