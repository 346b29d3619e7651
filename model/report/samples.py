"""Samples on the page: tabs by temperature, copies marked."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from model.report import words
from model.report.runs import Run
from model.report.worth import worth_view

EXCERPT_CHARACTERS = 220
EXCERPT_LINES = 9
NAME_CHARACTERS = 120
FRAME_CHARACTERS = 200  # that a sample takes beside its text

Json = Mapping[str, Any]


def samples_view(run: Run, characters: int) -> dict[str, Any] | None:
    """
    Gather the samples of a run by temperature, as far as they fit into so many characters.

    Returns:
        `tabs`: `temperature`, `samples`, how many are `left_out` of each; `seed`; `worth`, see
        `worth_view`. None for a run without samples.
    """
    if not run.samples.get("samples"):
        return None
    settings = run.samples.get("settings", {})
    groups = _by_temperature(run.samples)
    return {
        "tabs": [
            {"temperature": temperature, **_tab(samples, characters // len(groups))}
            for temperature, samples in groups.items()
        ],
        "seed": settings.get("seed"),
        "worth": worth_view(run.samples),
    }


def excerpt(run: Run) -> dict[str, Any] | None:
    """Return `text`, the first lines of the first sample, and its `temperature`; None if none."""
    for temperature, samples in _by_temperature(run.samples).items():
        written = [text for sample in samples if (text := sample["text"].strip())]
        if written:
            lines = words.cut(written[0], EXCERPT_CHARACTERS).split("\n")
            text = "\n".join(lines[:EXCERPT_LINES])
            return {"text": text, "whole": text == written[0], "temperature": temperature}
    return None


def _by_temperature(told: Json) -> dict[Any, list[Json]]:
    """Part samples by temperature, in the order of the settings."""
    settings = told.get("settings", {})
    groups: dict[Any, list[Json]] = {t: [] for t in settings.get("temperatures", ())}
    for sample in told.get("samples", ()):
        temperature = sample.get("settings", {}).get("temperature", settings.get("temperature"))
        groups.setdefault(temperature, []).append(sample)
    return {temperature: samples for temperature, samples in groups.items() if samples}


def _tab(samples: Sequence[Json], characters: int) -> dict[str, Any]:
    """Return as many samples as fit, one at least, and how many are left out."""
    shown: list[dict[str, Any]] = []
    for sample in samples:
        text = words.cut(sample["text"], characters)
        if shown and len(text) > characters:
            break
        characters = max(0, characters - len(text) - FRAME_CHARACTERS)
        shown.append(_sample(sample, text))
    return {"samples": shown, "left_out": len(samples) - len(shown)}


def _sample(sample: Json, text: str) -> dict[str, Any]:
    prompt = sample.get("prompt", "")
    copies = [copy for copy in sample.get("copies", ()) if copy["start"] < len(text)]
    copies.sort(key=lambda copy: copy["start"])
    sources = list(dict.fromkeys(str(copy.get("document_id", "")) for copy in copies))
    # Names of sources take no more room than the text that they are beneath.
    named = [words.cut(source, NAME_CHARACTERS) for source in sources]
    room = next((n for n in range(len(named)) if len("".join(named[: n + 1])) > len(text)), None)
    return {
        "pieces": list(
            _pieces(text, len(prompt) if text.startswith(prompt) else 0, copies, sources)
        ),
        "sources": named[:room],
        "sources_more": len(named) - len(named[:room]),
        "score": sample.get("score"),
        "novelty": sample.get("novelty", {}),
    }


def _pieces(
    text: str, told: int, copies: Sequence[Json], sources: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """
    Part a text where its prompt ends, and where copies begin and end, without blanks at their ends.

    Yields:
        `text`; `told`, whether it is of the prompt; `source`, the number from 1 on of the document
        that it is copied from, or None; `ends`, whether that copy ends with it.
    """
    ends = [len(text[: copy["end"]].rstrip()) for copy in copies]
    borders = {0, told, len(text), *ends, *(copy["start"] for copy in copies)}
    for begin, end in pairwise(sorted(borders)):
        copy = next((n for n, copy in enumerate(copies) if copy["start"] <= begin < ends[n]), None)
        source = None if copy is None else sources.index(str(copies[copy].get("document_id", "")))
        yield {
            "text": text[begin:end],
            "told": begin < told,
            "source": None if source is None else source + 1,
            "ends": copy is not None and end == ends[copy],
        }
