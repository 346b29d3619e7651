"""
The choice of words, and of the characters that spell what is no word.

Notation: W words, V tokens.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from preprocess.candidates import Counts, counts_of_characters, num_chosen
from preprocess.frequent import MostFrequent
from preprocess.runs import code_points_in
from preprocess.tables import one_chunk
from preprocess.tallies import SUMS, run_counts
from preprocess.units import NUM_CODE_POINTS
from preprocess.vocabulary import Vocabulary


def choose_words(
    old: Vocabulary, vocabulary: Vocabulary, totals: Counts, paths: Sequence[Path]
) -> Vocabulary:
    """
    Add words to a vocabulary of characters, with the counts of what `encode` then writes.

    New characters that are then written fewer than min_count times lose their id: one that is
    hardly trained costs more than the bytes do.

    Args:
        old: what is extended.
        vocabulary: the old one with new characters.
        totals: (0x110000,) how often each code point stands in train.
        paths: files of counts.
    """
    unit = vocabulary.made_by
    most = None if unit.max_size is None else unit.max_size - vocabulary.size
    found = _Words(old, unit.min_count, most)
    for block in run_counts(paths, "word"):
        found.add(block)
    new = found.new.ranked()
    covered = int(found.old["count"].to_numpy().sum())
    counts = new["count"].to_numpy()
    new = new[: num_chosen(counts, vocabulary, unit.coverage, covered, found.of_all)]
    words = pa.concat_tables([found.old, new])
    spelt = totals - _characters_in(words)
    first_new = len(old.entries)
    characters = [
        character
        for character in vocabulary.entries[first_new:]
        if spelt[ord(character)] >= unit.min_count
    ]
    chosen = old.extended([*characters, *new["symbol"].to_pylist()])
    chosen.counts = counts_of_characters(chosen, spelt)
    ids = {symbol: token for token, symbol in enumerate(chosen.symbols) if len(symbol) > 1}
    places = [ids[word] for word in words["symbol"].to_pylist()]
    chosen.counts[places] = words["count"].to_numpy()
    return chosen


class _Words:
    """
    Words as they come: those that have an id already, and the most frequent of the others.

    Attributes:
        of_all: how often there are words.
        old: counts of the words that have an id already, of those that occur.
        new: the others.
    """

    def __init__(self, old: Vocabulary, least: int, most: int | None) -> None:
        self._known = sorted(symbol for symbol in old.entries if len(symbol) > 1)
        self._least = least
        self.of_all = 0
        self.old = SUMS.empty_table()
        self.new = MostFrequent(most)

    def add(self, block: pa.Table) -> None:
        """Take a block of counts, sorted, that comes behind those before."""
        self.of_all += pc.sum(block["count"]).as_py() or 0
        symbols = block["symbol"]
        first = bisect_left(self._known, symbols[0].as_py())
        last = bisect_right(self._known, symbols[-1].as_py())
        known = pa.array(self._known[first:last], pa.large_string())
        is_known = pc.is_in(symbols, value_set=known)
        self.old = pa.concat_tables([self.old, block.filter(is_known)])
        frequent = pc.greater_equal(block["count"], self._least)
        self.new.add(block.filter(pc.and_not(frequent, is_known)))


def _characters_in(words: pa.Table) -> Counts:
    """Return how often each code point stands in words that occur so often: (0x110000,)."""
    code_points, bounds = code_points_in(one_chunk(words["symbol"]))
    counts = np.zeros(NUM_CODE_POINTS, np.int64)
    np.add.at(counts, code_points, np.repeat(words["count"].to_numpy(), np.diff(bounds)))
    return counts
