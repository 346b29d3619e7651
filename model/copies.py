"""
Copies: the runs of characters of some texts that stand verbatim in the train split.

The texts are small and train may be large, so the texts are what is indexed, by a suffix automaton
(model/automaton.py), and train is streamed past them. All runs of all lengths are found, exactly:
time grows with the characters of both, memory with those of the texts.

Notation: N characters of a text, C copies.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from model import automaton
from preprocess.portions import portions
from preprocess.units import NUM_CODE_POINTS, code_points_of

INDEXED_CHARACTERS = 1 << 20  # of texts looked for at once, about: 200 MB
BREAK = "\0"  # no run goes across it

Ids = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Copies(NamedTuple):
    """
    The runs of one text that train has, and that it has no longer ones around: (C,) each.

    They are in order, and none holds another, but neighbours may overlap.

    Attributes:
        starts, ends: [start, end) in characters of the text.
        places: characters of train before the first place where it stands.
    """

    starts: Ids
    ends: Ids
    places: Ids

    @property
    def sizes(self) -> Ids:
        """Characters of each: (C,)."""
        return self.ends - self.starts

    def of(self, least: int) -> "Copies":
        """Return those of `least` characters and more."""
        chosen = self.sizes >= least
        return Copies(self.starts[chosen], self.ends[chosen], self.places[chosen])

    def characters(self) -> int:
        """Count the characters of the text that lie in them."""
        reached = np.append(0, self.ends)[:-1]
        return int((self.ends - np.maximum(self.starts, reached)).sum())

    def apart(self) -> "Copies":
        """Cut them so that none overlap; where two do, the longer one stays whole."""
        owners = np.full(self.ends.max(initial=0) + 1, -1)
        for copy in np.lexsort((-self.starts, self.sizes)).tolist():  # the last one has its way
            owners[self.starts[copy] : self.ends[copy]] = copy
        begins = np.flatnonzero(np.append(True, owners[1:] != owners[:-1]))
        ends = np.append(begins[1:], len(owners))
        kept = owners[begins] >= 0
        begins, ends = begins[kept], ends[kept]
        whole = owners[begins]
        return Copies(begins, ends, self.places[whole] + begins - self.starts[whole])


def copies(texts: Sequence[str], train: Callable[[], Iterable[str]]) -> list[Copies]:
    """
    Find what of each text stands in train.

    Args:
        texts: any number; `BREAK` in them or in train is found nowhere.
        train: gives the train text from its start, each time it is called, in pieces; a copy may
            go across the end of a piece.

        >>> [found] = copies(["나의 사랑아 안녕"], lambda: ["너의 사랑", "아 가지 마"])
        >>> found.of(3)
        Copies(starts=array([1]), ends=array([7]), places=array([1]))
    """
    found = list[Copies]()
    for portion in portions(texts, len, INDEXED_CHARACTERS):
        found += _copies(portion, train())
    return found


def _copies(texts: Sequence[str], train: Iterable[str]) -> Iterator[Copies]:
    joined = code_points_of(BREAK.join(texts))
    symbols = np.unique(joined)
    codes = np.searchsorted(symbols, joined).astype(np.int32)
    code_of = np.full(NUM_CODE_POINTS, -1, np.int32)
    code_of[symbols] = np.arange(len(symbols))
    code_of[ord(BREAK)] = -1
    index = automaton.build(codes)
    found, at, before = automaton.nothing_found(index), np.zeros(2, np.int64), 0
    for piece in train:
        code_points = code_points_of(piece)
        automaton.read(code_of[code_points], before, index, at, found)
        before += len(code_points)
    sizes, ends = automaton.longest_runs(index, found)
    begin = 0
    for text in texts:
        own = slice(begin, begin + len(text))
        yield _longest(sizes[own].astype(np.int64), ends[own])
        begin += len(text) + 1


def _longest(sizes: Ids, found_ends: Ids) -> Copies:
    """Choose from the longest copy that ends in each place, (N,), those that no other one holds."""
    ends = np.arange(1, len(sizes) + 1)
    starts = ends - sizes
    chosen = np.append(starts[1:] > starts[:-1], True)[: len(starts)] & (sizes > 0)
    return Copies(starts[chosen], ends[chosen], (found_ends - sizes)[chosen])
