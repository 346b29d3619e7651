"""
Count the characters of the train split, one part at a time, for the vocabulary.

The counts of every base unit follow from those of the characters; units with pieces need those of
runs of characters too. Nothing is cut off here: what gets an id is decided over all parts.
"""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from preprocess.progress import progress
from preprocess.runs import as_strings, count_runs, pretoken_bounds, run_bounds
from preprocess.spelling import Bounds
from preprocess.stretches import TextBatch, text_batches
from preprocess.tallies import COUNTS, Tally, write_blocks
from preprocess.units import NUM_CODE_POINTS, CodePoints, unit_class
from preprocess.vocabulary import END_SYMBOL

logger = logging.getLogger("geulteul")


class _Runs(NamedTuple):
    """What is counted beside characters: the kind of the rows, how a text is cut, which count."""

    kind: str
    bounds: Callable[[CodePoints, Bounds], Bounds]
    least: int  # characters


RUNS = {
    "word": _Runs("word", run_bounds, 2),  # one of a single character is that character
    "subword": _Runs("pretoken", pretoken_bounds, 1),
}


def count(settings: dict[str, Any], clean: Path, split: Path, part: int, output: Path) -> None:
    """
    Write how often each character stands in the train split of one part: symbol, kind, count.

    The documents' ends come first, then the characters, then, for units with pieces, the runs
    (kind word or pretoken); each kind is sorted by symbol.

    Args:
        settings: of the unit; its kind decides what is counted.
        clean: the part of the clean text.
        split: the split of the corpus.
        part: the number of the part, for the log.
        output: Parquet file of counts.

    Raises:
        ValueError: there is no such kind of unit, or an input is damaged.
    """
    runs = RUNS.get(unit_class(settings.get("kind")).kind)
    documents = 0
    totals = np.zeros(NUM_CODE_POINTS, np.int64)
    with Tally(output.parent) as tally:
        for batch in _train_batches(clean, split, part):
            documents += int(batch.ends.sum())
            counts = np.bincount(batch.code_points)
            totals[: len(counts)] += counts
            if runs:
                _add_runs(tally, runs, batch)
        write_blocks(output, COUNTS, _rows(documents, totals, runs.kind if runs else "", tally))
    distinct = int(np.count_nonzero(totals))
    logger.info("part %d: %d characters, %d distinct", part, totals.sum(), distinct)
    if runs:
        logger.info("part %d: %d distinct %ss", part, tally.distinct, runs.kind)


def _train_batches(clean: Path, split: Path, part: int) -> Iterator[TextBatch]:
    """Yield the text of the train split, with a bar."""
    with progress(what=f"count part {part}", unit=" stretches") as bar:
        for batch in text_batches([clean], split):
            yield batch.select("train")
            bar.update(len(batch))


def _add_runs(tally: Tally, runs: _Runs, batch: TextBatch) -> None:
    """Count the runs of a batch."""
    edges = runs.bounds(batch.code_points, batch.bounds)
    code_points, bounds, counts = count_runs(batch.code_points, edges)
    counted = np.diff(bounds) >= runs.least
    tally.add(as_strings(code_points, bounds).filter(pa.array(counted)), pa.array(counts[counted]))


def _rows(
    documents: int, totals: npt.NDArray[np.int64], kind: str, tally: Tally
) -> Iterator[pa.Table]:
    """Yield the rows of a count file, in blocks."""
    seen = np.flatnonzero(totals)
    symbols = [END_SYMBOL, *map(chr, seen)]
    kinds = ["end"] + ["character"] * len(seen)
    yield pa.table([symbols, kinds, np.append(documents, totals[seen])], schema=COUNTS)
    for block in tally.sorted_blocks():
        columns = [block["symbol"], pa.repeat(kind, len(block)), block["count"]]
        yield pa.table(columns, schema=COUNTS)
