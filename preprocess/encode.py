"""Encode one part of the clean text into a shard of tokens for each split."""

import json
import logging
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from preprocess.shards import COUNTS, PARQUET, ROW_TOKENS, pack_row_tokens, shard_schema
from preprocess.spelling import Bounds, Tokens
from preprocess.split_rows import SPLITS
from preprocess.stretches import TextBatch, text_batches
from preprocess.tables import TableWriter, open_writer
from preprocess.vocabulary import END, Vocabulary

logger = logging.getLogger("geulteul")


def encode(
    clean: Path,
    split: Path,
    vocabulary: Path,
    part: int,
    train: Path,
    valid: Path,
    test: Path,
) -> None:
    """
    Write the tokens of one part: a row a stretch, in source order, one shard a split.

    The end token follows where a true document ends, and nowhere else. A shard without rows is
    written too.

    Args:
        clean: the part of the clean text.
        split: the split of the corpus.
        vocabulary: the vocabulary, which has the unit's settings too.
        part: the number of the part.
        train: the shard of the train split to write.
        valid: the shard of the valid split to write.
        test: the shard of the test split to write.

    Raises:
        ValueError: an input is damaged, or the split is not of this clean text.
    """
    symbols = Vocabulary.load(vocabulary)
    schema = shard_schema(symbols.dtype)
    outputs = zip(SPLITS, (train, valid, test), strict=True)
    with ExitStack() as stack:
        shards = {
            name: _Shard(stack.enter_context(open_writer(path, schema, **PARQUET)), symbols)
            for name, path in outputs
        }
        for batch in text_batches([clean], split):
            for name, shard in shards.items():
                shard.add(batch.select(name))
        for name, shard in shards.items():
            shard.finish(name, part)
    tokens = {name: shard.counts["tokens"] for name, shard in shards.items()}
    logger.info("part %d: tokens %s", part, json.dumps(tokens))


class _Shard:
    """One shard as it is written, and what it holds."""

    def __init__(self, writer: TableWriter, vocabulary: Vocabulary) -> None:
        self._writer = writer
        self._vocabulary = vocabulary
        self._schema = shard_schema(vocabulary.dtype)
        self._continued: list[int] = []
        self._row_tokens = [np.empty(0, ROW_TOKENS)]
        self.counts = dict.fromkeys(COUNTS, 0)

    def add(self, batch: TextBatch) -> None:
        """Add stretches of its split."""
        tokens, bounds = self._vocabulary.encode_stretches(batch.code_points, batch.bounds)
        tokens, bounds = with_ends(tokens, bounds, batch.ends)
        rows = pa.LargeListArray.from_arrays(bounds, tokens, type=self._schema.field("tokens").type)
        lengths = np.diff(bounds)
        self._writer.write_table(
            pa.table([batch.document_ids, rows], schema=self._schema), lengths * tokens.itemsize
        )
        self._continued += (self.counts["rows"] + np.flatnonzero(batch.continues)).tolist()
        self._row_tokens.append(lengths.astype(ROW_TOKENS))  # of rows there may be millions
        # Bytes and characters are the denominators of the loss: one more for each document's end.
        documents = int(batch.ends.sum())
        self.counts["rows"] += len(batch)
        self.counts["tokens"] += len(tokens)
        self.counts["bytes"] += int(batch.num_bytes.sum()) + documents
        self.counts["characters"] += len(batch.code_points) + documents
        self.counts["documents"] += documents

    def finish(self, split: str, part: int) -> None:
        """Put into the metadata what the shard is and holds."""
        self._writer.metadata = {
            "split": split,
            "part": str(part),
            "vocabulary_sha256": self._vocabulary.sha256,
            "row_tokens": pack_row_tokens(np.concatenate(self._row_tokens)),
            "continued_rows": json.dumps(self._continued),
            **{name: str(number) for name, number in self.counts.items()},
        }


def with_ends(tokens: Tokens, bounds: Bounds, ends: npt.NDArray[np.bool_]) -> tuple[Tokens, Bounds]:
    """
    Put the end token behind the stretches that a document ends with.

    Args:
        tokens: (T,) ids.
        bounds: (S + 1,) of the stretches in them.
        ends: (S,) whether a document ends with each.

    Returns:
        The ids and bounds with E more tokens.

    >>> with_ends(np.array([5, 6, 7]), np.array([0, 1, 3]), np.array([True, False]))
    (array([5, 0, 6, 7]), array([0, 2, 4]))
    """
    ended_bounds = bounds + np.append(0, ends.cumsum())
    is_token = np.ones(ended_bounds[-1], np.bool_)
    is_token[ended_bounds[1:][ends] - 1] = False
    ended = np.full(len(is_token), END, tokens.dtype)
    ended[is_token] = tokens
    return ended, ended_bounds
