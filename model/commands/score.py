"""Command `score`: what texts cost under a run, by document, by line and by character."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from rich.text import Text

from model.commands.reading import Document, Reading, read_documents
from model.commands.runs import open_run, require_run
from model.commands.screen import Screen, columns
from model.scored_text import ScoredText, score_texts, total
from model.surprises import Surprise, most_surprising

# Bits from which on a character stands out, and how: less likely than 1 in 64, 512, 4,096.
HEAT = ((12, "bold white on red"), (9, "black on orange1"), (6, "black on yellow"))


def score(
    run: Path,
    files: Sequence[Path],
    *,
    lines: bool,
    surprises: int,
    as_json: bool,
    reading: Reading,
) -> None:
    """
    Write what texts cost under a run.

    Args:
        run: its folder.
        files: text; `-` is stdin.
        lines: write each line too.
        surprises: how many of the most surprising characters to name.
        as_json: write the object that docs/commands.md describes.
        reading: how the files are read.

    Raises:
        OSError: a file or the run is missing.
        ValueError: a file is no text.
    """
    require_run(run)
    texts = read_documents(files, reading)
    of = open_run(run)
    scored = score_texts(of.network, of.vocabulary, of.grammar, [text.text for text in texts])
    dearest = most_surprising(scored, surprises)
    screen = Screen()
    if as_json:
        screen.json(
            {"run": of.name, **_rows(texts, scored, lines), "surprises": _listed(texts, dearest)}
        )
        return
    _show_totals(screen, texts, scored)
    if lines:
        for text, one in zip(texts, scored, strict=True):
            _show_lines(screen, text.name if len(texts) > 1 else "", one)
    if dearest:
        _show_surprises(screen, texts, dearest)


def _rows(texts: Sequence[Document], scored: Sequence[ScoredText], lines: bool) -> dict[str, Any]:
    rows = []
    for text, one in zip(texts, scored, strict=True):
        row: dict[str, Any] = {"name": text.name, **total([one])}
        if lines:
            row["lines"] = list(_line_rows(one))
        rows.append(row)
    return {**total(scored), "texts": rows}


def _listed(texts: Sequence[Document], surprises: Sequence[Surprise]) -> list[dict[str, Any]]:
    names = ("bits", "line", "column", "character")
    return [
        {"name": texts[found.text].name, **{name: getattr(found, name) for name in names}}
        for found in surprises
    ]


def _line_rows(scored: ScoredText) -> Iterator[dict[str, Any]]:
    rows = zip(
        scored.lines,
        scored.line_bits.tolist(),
        scored.line_bytes.tolist(),
        pairwise(scored.line_bounds.tolist()),
        strict=True,
    )
    for text, bits, size, (begin, end) in rows:
        yield {
            "text": text,
            "bits_per_byte": bits / size,
            "bits": bits,
            "bytes": size,
            "character_bits": scored.bits[begin:end].tolist(),
        }


def _show_totals(screen: Screen, texts: Sequence[Document], scored: Sequence[ScoredText]) -> None:
    table = columns("text", "bits/byte", "bits/character", "characters", "bytes")
    rows = [(text.name, total([one])) for text, one in zip(texts, scored, strict=True)]
    if len(rows) > 1:
        rows.append(("all", total(scored)))
    for name, row in rows:
        table.add_row(
            name,
            f"{row['bits_per_byte']:.3f}",
            f"{row['bits_per_character']:.3f}",
            f"{row['characters']:,}",
            f"{row['bytes']:,}",
        )
    screen.table(table)


def _show_lines(screen: Screen, name: str, scored: ScoredText) -> None:
    """Write each line's bits per byte and its characters, coloured by what they cost."""
    screen.say()
    if name:
        screen.say(name, style="bold")
    per_byte = scored.line_bits / scored.line_bytes
    for cost, (begin, end) in zip(per_byte, pairwise(scored.line_bounds.tolist()), strict=True):
        line = Text.assemble((f"{cost:7.3f}  ", "dim"))
        for place in range(begin, end):
            line.append(_sign(scored, place), style=heat(scored.bits[place]))
        screen.say(line)


def _sign(scored: ScoredText, place: int) -> str:
    """Return a character as shown: a line feed where it surprises, and so an end not on its own."""
    character = scored.text[place] if place < len(scored.text) else None
    if character is not None and character != "\n":
        return character
    alone = character is None and scored.text.endswith("\n")
    return _named(character) if alone or heat(scored.bits[place]) else ""


def _show_surprises(
    screen: Screen, texts: Sequence[Document], surprises: Sequence[Surprise]
) -> None:
    screen.say()
    table = columns("bits", "place", "character", "in", left=(1, 2, 3))
    for found in surprises:
        style = heat(found.bits) or "bold"
        place = f"{texts[found.text].name}:{found.line}:{found.column}"
        context = Text.assemble(found.before, (_named(found.character), style), found.after)
        table.add_row(f"{found.bits:.1f}", place, _named(found.character), context)
    screen.table(table)


def _named(character: str | None) -> str:
    """Return a sign for what cannot be seen."""
    if character is None:
        return "(end)"
    return {"\n": "↵", " ": "␣", "\t": "⇥"}.get(character, character)


def heat(bits: float) -> str:
    """
    Return the style of a character that cost so much.

    >>> heat(5.9), heat(6.0), heat(30.0)
    ('', 'black on yellow', 'bold white on red')
    """
    return next((style for least, style in HEAT if bits >= least), "")
