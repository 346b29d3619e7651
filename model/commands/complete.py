"""Command `complete`: goes on with a text from stdin."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from model.commands.drawing import config_of, described, written
from model.commands.reading import Reading, read_documents
from model.commands.runs import open_run, require_run
from model.commands.screen import Screen
from model.writing import header
from preprocess.given import STDIN

SHOWN = 20  # characters of the text's end that a header shows


def complete(
    run: Path, asked: Mapping[str, Any], *, with_text: bool, as_json: bool, reading: Reading
) -> None:
    """
    Write what follows the text on stdin, as it is drawn; several continuations have headers.

    Args:
        run: its folder.
        asked: fields of `SampleConfig`, `count` among them; others are as the run's own samples
            were drawn.
        with_text: write the text too, before each continuation.
        as_json: write a JSON object a line instead, when a continuation has ended.
        reading: how the text is read.

    Raises:
        OSError: the run is missing.
        ValueError: a value is impossible, or stdin is empty or no text.
    """
    require_run(run)
    [document] = read_documents([STDIN], reading)
    config = config_of(run, {**asked, "prompt": document.text})
    of, screen = open_run(run), Screen()
    for own, index, pieces in written(of, config):
        text = own.prompt
        if as_json:
            continuation = "".join(pieces)
            found = {"prompt": text, "continuation": continuation, **described(of, own, index)}
            screen.json(found, indent=None)
            continue
        if config.count > 1:
            end = replace(own, prompt=f"…{text[-SHOWN:]}" if len(text) > SHOWN else text)
            screen.say(("\n" if index else "") + header(end, index), style="dim")
        screen.flow(text if with_text else "", pieces)
