"""
Which tokens may come next in a sample: those that the grammar allows, of a demand on the text.

A demand is what the sampler asks beyond the grammar: that a text begin with given characters, that
the character before it stay as it is, that a line end only at a token's end. It is answered by a
mask, made once and looked up from then on.

Notation: V tokens of the vocabulary, S states of the grammar, M masks.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from model.step_loops import Floats
from preprocess.grammar import Grammar
from preprocess.units import END
from preprocess.vocabulary import Vocabulary

FIRST_MASKS = 16  # that there is room for at first

Flags = npt.NDArray[np.bool_]


class Demand(NamedTuple):
    """
    What is asked of the next token, beyond the grammar.

    Attributes:
        spelling: tokens of the base that must come next, maybe first parts of a longer token.
        begins: it must begin a character, so that the one before it stays as it is.
        whole_lines: it must hold no line feed but at its end.
        goes_on: it must not be the end.
    """

    spelling: tuple[int, ...] = ()
    begins: bool = False
    whole_lines: bool = False
    goes_on: bool = False


ANY = Demand()


class Legality:
    """
    Masks of the tokens that may come next.

    Attributes:
        masks: (M, V) 0 for tokens that may come, -inf for others.
        joins: (V,) whether a token goes on with the character before it.
        may_end: (S,) whether a text may end: no character is unfinished.
        closed: (S,) whether, besides, nothing can be added to the last character.
    """

    def __init__(self, vocabulary: Vocabulary, grammar: Grammar) -> None:
        self._vocabulary = vocabulary
        self._grammar = grammar
        self._rows: dict[tuple[int, Demand], int] = {}
        self.masks: Floats = np.empty((FIRST_MASKS, vocabulary.size), np.float32)
        bounds, base = vocabulary.expansions
        self._bounds: list[int] = bounds.tolist()
        self._base: list[int] = base.tolist()
        begun = vocabulary.characters_begun
        is_base = np.diff(bounds) == 1
        base_joins = is_base & (begun == 0)
        joins: Flags = base_joins[base[bounds[:-1]]]
        self.joins: list[bool] = joins.tolist()
        ends: Flags = grammar.legal[:, END]
        self.may_end: list[bool] = ends.tolist()
        self.closed: list[bool] = (ends & ~(grammar.legal & joins).any(axis=1)).tolist()
        self._joins = joins
        self._cuts_lines = np.array(["\n" in symbol[:-1] for symbol in vocabulary.symbols])

    def row(self, state: int, demand: Demand = ANY) -> int:
        """
        Return which of `masks` holds in a state of the grammar.

        Where nothing meets the demand, the grammar alone holds.
        """
        key = (state, demand)
        row = self._rows.get(key)
        if row is None:
            legal = self._grammar.legal[state]
            allowed = legal & self._meets(demand)
            row = self._rows[key] = self._add(allowed if allowed.any() else legal)
        return row

    def spelling(self, text: str) -> tuple[int, ...]:
        """Return the tokens of the base that spell a text."""
        tokens = self._vocabulary.encode(text).tolist()
        return tuple(part for token in tokens for part in self.base_of(token))

    def base_of(self, token: int) -> list[int]:
        """Return the tokens of the base that a token stands for."""
        return self._base[self._bounds[token] : self._bounds[token + 1]]

    def _meets(self, demand: Demand) -> Flags:
        """Say which tokens meet a demand: (V,)."""
        meets = np.ones(self._vocabulary.size, np.bool_)
        if demand.begins:
            meets &= ~self._joins
        if demand.whole_lines:
            meets &= ~self._cuts_lines
        if demand.goes_on:
            meets[END] = False
        if demand.spelling:
            meets &= [self._spells(token, demand.spelling) for token in range(len(meets))]
        return meets

    def _spells(self, token: int, spelling: tuple[int, ...]) -> bool:
        """Say whether a token is the first part of a spelling, or goes on after it anew."""
        base = self.base_of(token)
        shared = min(len(base), len(spelling))
        if tuple(base[:shared]) != spelling[:shared]:
            return False
        return len(base) <= len(spelling) or not self.joins[base[len(spelling)]]

    def _add(self, allowed: Flags) -> int:
        """Add a mask; return its row."""
        row = len(self._rows)
        if row == len(self.masks):
            self.masks = np.concatenate([self.masks, np.empty_like(self.masks)])
        self.masks[row] = np.where(allowed, 0, -np.inf)
        return row
