"""Subwords are learnt from the counts of pre-tokens, and counted as they are written."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from preprocess.frequent import MostFrequent
from preprocess.runs import code_points_in
from preprocess.spelling import Spelling
from preprocess.subword import base_ids, private, private_runs, train
from preprocess.tables import one_chunk
from preprocess.tallies import run_counts
from preprocess.units import END, FIRST_BYTE, FIRST_PART
from preprocess.vocabulary import Vocabulary

MOST_PRETOKENS = 1 << 18  # that are learnt from


def choose_subwords(vocabulary: Vocabulary, paths: Sequence[Path]) -> Vocabulary:
    """
    Add the pieces that are learnt, unless it has some, and the counts of what `encode` writes.

    Args:
        vocabulary: what the pieces are made of; its spellings are those of the base unit.
        paths: files of counts.
    """
    if vocabulary.tokenizer is None:
        vocabulary = _with_pieces(vocabulary, paths)
    vocabulary.counts = np.zeros(vocabulary.size, np.int64)
    for block in run_counts(paths, "pretoken"):
        code_points, bounds = code_points_in(one_chunk(block["symbol"]))
        tokens, bounds = vocabulary.encode_stretches(code_points, bounds)
        counts = np.repeat(block["count"].to_numpy(), np.diff(bounds))
        np.add.at(vocabulary.counts, tokens, counts)
    return vocabulary


def _with_pieces(vocabulary: Vocabulary, paths: Sequence[Path]) -> Vocabulary:
    """Learn pieces, from the 2^18 most frequent pre-tokens."""
    unit = vocabulary.made_by.settings
    # Bytes stand for parts of a character, and conjoining jamo could not be told from parts.
    parts = {symbol for _, symbol in vocabulary.made_by.base.parts}
    alone = [*range(FIRST_BYTE, FIRST_PART)] + [
        token
        for token, (kind, symbol) in enumerate(
            zip(vocabulary.kinds, vocabulary.symbols, strict=True)
        )
        if kind == "character" and symbol in parts
    ]
    tokenizer, pieces = train(
        _pretokens(vocabulary, paths),
        list(private(np.arange(END + 1, vocabulary.size))),
        unit["method"],
        unit["max_size"] - vocabulary.size,
        private(np.array(alone)),
    )
    symbols = ["".join(vocabulary.symbols[token] for token in base_ids(piece)) for piece in pieces]
    return vocabulary.extended(symbols, tokenizer)


def _pretokens(vocabulary: Vocabulary, paths: Sequence[Path]) -> Iterator[tuple[str, int]]:
    """Yield the most frequent pre-tokens in private characters, with their counts."""
    ranked = _most_frequent(paths)
    pa.default_memory_pool().release_unused()  # what merging took, before learning takes as much
    code_points, bounds = code_points_in(one_chunk(ranked["symbol"]))
    ids, bounds = Spelling(vocabulary.spellings).encode(code_points, bounds)
    yield from zip(private_runs(ids, bounds), ranked["count"].to_pylist(), strict=True)


def _most_frequent(paths: Sequence[Path]) -> pa.Table:
    """Return `symbol, count` of the most frequent pre-tokens."""
    # A whole corpus may have tens of millions, which do not fit into memory.
    found = MostFrequent(MOST_PRETOKENS)
    for block in run_counts(paths, "pretoken"):
        found.add(block)
    return found.ranked()
