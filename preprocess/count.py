"""
Count the characters of the train split, one part at a time, for the vocabulary.

Each unit's counts follow from those of the characters, so no character is cut off here: which
ones get an id is decided over all parts.
"""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from preprocess.portions import portions
from preprocess.stretches import stretches
from preprocess.tables import write_columns
from preprocess.units import NUM_CODE_POINTS, code_points_of, unit_class
from preprocess.vocabulary import COUNTS, END_SYMBOL

BATCH = 1 << 20  # characters counted at once, so that many short documents are as fast as a long

logger = logging.getLogger("geulteul")


def count(settings: dict[str, Any], clean: Path, split: Path, part: int, output: Path) -> None:
    """
    Write how often each character stands in the train split of one part: symbol, kind, count.

    Characters stand in code point order, after the documents' ends.

    Args:
        settings: of the unit, see `make_unit`.
        clean: the part of the clean text.
        split: the split of the corpus.
        part: the number of the part, for the log.
        output: Parquet file of counts.
    """
    unit_class(settings.get("kind"))  # an impossible one is refused before the work
    documents = 0

    def texts() -> Iterator[str]:
        nonlocal documents
        for _, text, ends, _ in stretches([clean], split, "train"):
            documents += ends
            yield text

    totals = count_characters(texts())
    seen = np.flatnonzero(totals)
    symbols = [END_SYMBOL, *(chr(character) for character in seen)]
    kinds = ["end"] + ["character"] * len(seen)
    write_columns(output, COUNTS, [symbols, kinds, [documents, *totals[seen].tolist()]])
    logger.info("part %d: %d characters, %d distinct", part, totals.sum(), len(seen))


def count_characters(texts: Iterable[str]) -> npt.NDArray[np.int64]:
    """Return how often each code point stands in the texts: (0x110000,)."""
    totals = np.zeros(NUM_CODE_POINTS, np.int64)
    for batch in portions(texts, len, BATCH):
        counts = np.bincount(code_points_of("".join(batch)))
        totals[: len(counts)] += counts
    return totals
