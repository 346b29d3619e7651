"""
The choice of a vocabulary's symbols, by how often they stand in train.

The more frequent comes first, of equals the lower code point or symbol. Counts are added up over
all parts before anything is left out, so any order of parts gives the same vocabulary.

Notation: U = 0x110000 code points, C candidates, V tokens.
"""

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from preprocess.candidates import Counts, counts_of_characters, num_chosen
from preprocess.files import REMEDY
from preprocess.runs import code_points_in
from preprocess.tables import one_chunk, read_tables
from preprocess.tallies import COUNTS
from preprocess.units import END, NUM_CODE_POINTS, Unit, code_points_of, make_unit
from preprocess.vocabulary import Vocabulary
from preprocess.word_choice import choose_words

NONE = np.empty(0, np.int64)

logger = logging.getLogger("geulteul")


def build(
    settings: dict[str, Any], counts: Sequence[Path], output: Path, extends: Path | None = None
) -> None:
    """
    Choose the symbols that get an id, from the counts of all parts, and write the vocabulary.

    Characters come first, then words or pieces, which fill up `max_size`. A vocabulary that
    extends another begins with all of its symbols, and what else the limits let in comes behind
    them; subwords are only learnt once, so there it is characters. What is written in the old
    symbols alone is written by the other vocabulary in the same way.

    Args:
        settings: of the unit, see `make_unit`.
        counts: what `count` wrote, one file a part.
        output: the vocabulary.
        extends: the vocabulary whose ids are kept; None for none.

    Raises:
        ValueError: the other vocabulary is of another kind or has more tokens than this may have,
            or an input is damaged.
    """
    unit = make_unit(settings)
    old = _extended(unit, extends) if extends else Vocabulary(unit, [], NONE)
    totals, documents = add_characters(counts)
    # Words leave few characters to be spelt: the share is that of words.
    coverage = None if unit.pieces == "word" else unit.coverage
    vocabulary = old.extended(_characters(old, totals, coverage))
    if unit.pieces == "word":
        vocabulary = choose_words(old, vocabulary, totals, counts)
    elif unit.pieces == "piece":
        from preprocess.subword_choice import choose_subwords  # its library takes long to load

        vocabulary = choose_subwords(vocabulary, counts)
    else:
        vocabulary.counts = counts_of_characters(vocabulary, totals)
    vocabulary.counts[END] = documents
    logger.info("%d tokens", vocabulary.size)
    vocabulary.save(output)


def _extended(unit: Unit, path: Path) -> Vocabulary:
    """Return the vocabulary to extend, as one of this unit."""
    old = Vocabulary.load(path)
    for key in ("kind", "over", "method"):
        found, wanted = old.unit.get(key), unit.settings.get(key)
        if found != wanted:
            raise ValueError(
                f"{path}: has {key} {found!r}, and the unit that extends it has {wanted!r}; give "
                f"both the same {key}"
            )
    if unit.max_size is not None and old.size > unit.max_size:
        raise ValueError(
            f"{path}: has {old.size} tokens, and the unit that extends it has max_size "
            f"{unit.max_size}, which counts them all; give a larger one"
        )
    return Vocabulary(unit, old.entries, NONE, old.tokenizer)


def add_characters(paths: Iterable[Path]) -> tuple[Counts, int]:
    """Return how often each code point stands in train, (U,), and the documents ended."""
    totals = np.zeros(NUM_CODE_POINTS, np.int64)
    documents = 0
    for path in paths:
        for table in read_tables(path, REMEDY, COUNTS):
            documents += pc.sum(table.filter(pc.field("kind") == "end")["count"]).as_py() or 0
            rows = table.filter(pc.field("kind") == "character")
            characters, _ = code_points_in(one_chunk(rows["symbol"]))
            np.add.at(totals, characters, rows["count"].to_numpy())
    return totals, documents


def _characters(old: Vocabulary, totals: Counts, coverage: float | None) -> list[str]:
    """Return the characters that get an id and have none, in the order of their ids."""
    unit = old.made_by
    seen = np.flatnonzero(totals).astype(np.uint32)
    candidates = seen[unit.base.may_have_id(seen)]
    of_all = int(totals[candidates].sum())
    known = code_points_of("".join(symbol for symbol in old.entries if len(symbol) == 1))
    fresh = candidates[~np.isin(candidates, known)]
    ranked = fresh[np.argsort(-totals[fresh], kind="stable")]
    covered = int(totals[known].sum())
    chosen = num_chosen(totals[ranked], old, coverage, covered, of_all)
    return list(map(chr, ranked[:chosen]))
