"""Encode one part of the clean text into a shard of tokens for each split."""

import json
import logging
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from preprocess.shards import SPLITS, pack_row_tokens, shard_schema
from preprocess.stretches import all_stretches
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
    outputs = zip(SPLITS, (train, valid, test), strict=True)
    with ExitStack() as stack:
        schema = shard_schema(symbols.dtype)
        shards = {
            name: _Shard(stack.enter_context(open_writer(path, schema)), symbols)
            for name, path in outputs
        }
        for stretch, text, ends, continues in all_stretches([clean], split):
            shards[stretch.split].add(stretch.document_id, text, ends, continues)
        for name, shard in shards.items():
            shard.finish(name, part)
    tokens = {name: shard.counts["tokens"] for name, shard in shards.items()}
    logger.info("part %d: tokens %s", part, json.dumps(tokens))


class _Shard:
    """One shard as it is written, and what it holds."""

    def __init__(self, writer: TableWriter, vocabulary: Vocabulary) -> None:
        self._writer = writer
        self._vocabulary = vocabulary
        self._end = np.array([END], vocabulary.dtype)
        self._continued: list[int] = []
        self._row_tokens: list[int] = []
        # Bytes and characters are the denominators of the loss: one more for each document's end.
        self.counts = dict.fromkeys(("rows", "tokens", "bytes", "characters", "documents"), 0)

    def add(self, document_id: str, text: str, ends: bool, continues: bool) -> None:
        """Add one stretch."""
        tokens = self._vocabulary.encode(text)
        if ends:
            tokens = np.concatenate([tokens, self._end])
        if continues:
            self._continued.append(self.counts["rows"])
        self._row_tokens.append(len(tokens))
        self.counts["rows"] += 1
        self.counts["tokens"] += len(tokens)
        self.counts["bytes"] += len(text.encode()) + ends
        self.counts["characters"] += len(text) + ends
        self.counts["documents"] += ends
        self._writer.write({"document_id": document_id, "tokens": tokens}, tokens.nbytes)

    def finish(self, split: str, part: int) -> None:
        """Put into the metadata what the shard is and holds."""
        self._writer.metadata = {
            "split": split,
            "part": str(part),
            "vocabulary_sha256": self._vocabulary.sha256,
            "row_tokens": pack_row_tokens(self._row_tokens),
            "continued_rows": json.dumps(self._continued),
            **{name: str(number) for name, number in self.counts.items()},
        }
