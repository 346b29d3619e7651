"""The characters of texts that a model expected least."""

import heapq
from collections.abc import Sequence
from typing import NamedTuple

from model.scored_text import ScoredText

CONTEXT = 12  # characters before and after, of the same line


class Surprise(NamedTuple):
    """
    A character that cost much.

    Attributes:
        bits: what it cost.
        text: number of its text, from 0.
        line: from 1.
        column: in characters, from 1.
        character: None is the document's end.
        before: what stands before it in its line, up to CONTEXT characters.
        after: what stands behind it, likewise.
    """

    bits: float
    text: int
    line: int
    column: int
    character: str | None
    before: str
    after: str


def most_surprising(scored: Sequence[ScoredText], count: int) -> list[Surprise]:
    """Return the characters that cost most, the dearest first; of equals, the first."""
    places = (
        (bits, -number, -place)
        for number, one in enumerate(scored)
        for place, bits in enumerate(one.bits.tolist())
    )
    dearest = heapq.nlargest(count, places)
    return [_surprise(-number, scored[-number], -place) for _, number, place in dearest]


def _surprise(number: int, scored: ScoredText, place: int) -> Surprise:
    text = scored.text
    line = text.count("\n", 0, place)
    begin, end = scored.line_bounds[line : line + 2].tolist()
    return Surprise(
        bits=float(scored.bits[place]),
        text=number,
        line=line + 1,
        column=place - begin + 1,
        character=text[place] if place < len(text) else None,
        before=text[max(begin, place - CONTEXT) : place],
        after=text[place + 1 : min(end, place + 1 + CONTEXT)].rstrip("\n"),
    )
