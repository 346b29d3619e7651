"""What `sample` and `complete` share: the settings that hold, and samples one after the other."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields, replace
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from model.commands.runs import Run, build, require_run
from model.commands.settings import flag
from model.run_files import read_object
from model.sampling import SampleConfig, configs_of
from model.writing import stream

OF_THE_SAMPLE = ("count", "prompt", "seed")  # which JSON has beside the settings, or not at all


def config_of(folder: Path, asked: Mapping[str, Any]) -> SampleConfig:
    """
    Return how a run's samples are to be drawn.

    Args:
        folder: of the run.
        asked: fields of `SampleConfig`; others are as the run's own samples were drawn, at their
            main temperature.

    Raises:
        FileNotFoundError: the run is not trained, or has no samples of its own yet.
        ValueError: a value is impossible, and the message names its flag; or samples.json is
            damaged.
    """
    require_run(folder)
    own = folder / "samples.json"
    remedy = f"`{build(folder, 'samples.txt')}` writes it"
    if not own.is_file():
        raise FileNotFoundError(f"{own}: is missing, which says how to draw; {remedy}")
    settings = {**read_object(own, settings=dict)["settings"], **asked}
    if "temperature" in asked:
        settings["temperatures"] = [settings.pop("temperature")]
    try:
        return configs_of(settings)[0]
    except (KeyError, TypeError) as error:
        raise ValueError(f"{own}: has not the settings of this version; {remedy}") from error
    except ValueError as error:
        raise ValueError(_with_flags(str(error))) from error


def written(
    run: Run, config: SampleConfig, prompts: Sequence[str] | None = None
) -> Iterator[tuple[SampleConfig, int, Iterator[str]]]:
    """
    Yield samples as they are drawn, one after the other.

    Args:
        run: that writes them.
        config: how.
        prompts: each of which gets `config.count` samples; None for that of `config`.

    Yields:
        How it is drawn, with the prompt in NFC; its number among the samples of the prompt; and
        what is written after the prompt, in pieces.
    """
    drawn = stream(run.network, run.vocabulary, run.grammar, config, prompts)
    before, number = None, 0
    for _, group in groupby(drawn, key=itemgetter(0)):
        pieces = (piece for _, piece in group)
        prompt = next(pieces)
        number = number + 1 if prompt == before and number + 1 < config.count else 0
        before = prompt
        yield replace(config, prompt=prompt), number, pieces


def described(run: Run, config: SampleConfig, index: int) -> dict[str, Any]:
    """Return what JSON says of a sample but its text."""
    settings = {key: value for key, value in asdict(config).items() if key not in OF_THE_SAMPLE}
    return {"run": run.name, "seed": config.seed, "index": index, "settings": settings}


def _with_flags(message: str) -> str:
    """
    Name the flags where a message names the settings.

    >>> _with_flags("sample.top_k is -1; it must be 0 or more")
    '--top-k is -1; it must be 0 or more'
    """
    names = "|".join(field.name for field in fields(SampleConfig))
    return re.sub(rf"\bsample\.({names})\b", lambda found: flag(found[1]), message)
