"""Symbols: what the tokens of a vocabulary are called, and which ones a unit can have."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from preprocess.runs import run_bounds
from preprocess.units import Unit, code_points_of

END_SYMBOL = "<end>"


def fixed_symbols(unit: Unit) -> list[tuple[str, str]]:
    """Return (kind, symbol) of what every vocabulary of a unit begins with."""
    bytes_ = (("byte", f"<0x{byte:02X}>") for byte in range(256))
    return [("end", END_SYMBOL), *bytes_, *unit.base.parts]


def refuse_symbols(unit: Unit, symbols: Sequence[str]) -> None:
    """
    Refuse entries that a unit cannot have.

    Raises:
        ValueError: one is there twice, or cannot be; the message names the first.
    """
    if "" in symbols:
        raise ValueError("a symbol is empty")
    if len(set(symbols)) < len(symbols):
        ranked = sorted(symbols)
        twice = next(one for one, other in pairwise(ranked) if one == other)
        raise ValueError(f"the symbol {twice!r} has two ids")
    longer = [symbol for symbol in symbols if len(symbol) > 1]
    if longer and unit.pieces is None:
        raise ValueError(f"{longer[0]!r} is no symbol of unit {unit.kind}")
    if unit.pieces == "word":
        bounds = np.append(0, np.cumsum([len(word) for word in longer], dtype=np.int64))
        edges = run_bounds(code_points_of("".join(longer)), bounds)
        if len(edges) > len(bounds):
            inside = np.setdiff1d(edges, bounds)[0]
            word = longer[int(np.searchsorted(bounds, inside)) - 1]
            raise ValueError(f"the word {word!r} has white space and other characters")
    characters = code_points_of("".join(symbol for symbol in symbols if len(symbol) == 1))
    refused = characters[~unit.base.may_have_id(characters)]
    if refused.size:
        raise ValueError(f"{chr(refused[0])!r} is no symbol of unit {unit.kind}")
