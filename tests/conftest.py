"""Settings of the whole suite, and corpora as shards of any tokens."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import settings

from preprocess.shards import PARQUET, gather, pack_row_tokens, shard_schema
from preprocess.split_rows import SPLITS
from preprocess.tables import open_writer
from preprocess.tokens import load_split, open_split
from preprocess.units import make_unit
from preprocess.vocabulary import END, Vocabulary

# Machines that run tests are shared: a slow example is no failure.
settings.register_profile("geulteul", deadline=None, max_examples=60)
settings.load_profile("geulteul")


class Shards:
    """A folder of shards, manifest and vocabulary; a row is (tokens, whether it goes on)."""

    def __init__(self, folder: Path, parts: dict, dtype: type = np.uint16, documents: int = 4):
        """Write for each split its parts, which are lists of rows; splits not given are empty."""
        self.vocabulary = folder / "vocabulary.parquet"
        self.sha256 = write_vocabulary(self.vocabulary, documents)
        self.folder = folder / "shards"
        self.manifest = self.folder / "manifest.json"
        num_parts = max(map(len, parts.values()), default=1)
        self.paths = [
            self.write(split, part, rows, dtype)
            for split in SPLITS
            for part, rows in enumerate(parts.get(split, [[]] * num_parts))
        ]
        self.gather()

    def path(self, split: str, part: int) -> Path:
        return self.folder / f"{split}-{part:05d}.parquet"

    def write(self, split: str, part: int, rows: list, dtype: type, metadata=()) -> Path:
        """Write a shard; metadata given take the place of the right ones."""
        tokens = [np.array(row, dtype) for row, _ in rows]
        right = {
            "split": split,
            "part": str(part),
            "vocabulary_sha256": self.sha256,
            "row_tokens": pack_row_tokens([len(row) for row in tokens]),
            "continued_rows": json.dumps([i for i, (_, goes_on) in enumerate(rows) if goes_on]),
            "rows": str(len(rows)),
            "tokens": str(sum(map(len, tokens))),
            "bytes": str(10 * len(rows)),
            "characters": str(5 * len(rows)),
            "documents": str(sum(row.count(END) for row, _ in rows)),
        }
        ids = [f"{part}-{row}" for row in range(len(rows))]
        path = self.path(split, part)
        schema = shard_schema(dtype)
        table = pa.table([ids, pa.array(tokens, schema.field("tokens").type)], schema=schema)
        with open_writer(path, schema, **PARQUET) as writer:
            writer.write_table(table, np.array([row.nbytes for row in tokens], np.int64))
            writer.metadata.update(right | dict(metadata))
        return path

    def gather(self) -> None:
        gather(self.paths[::-1], self.vocabulary, self.manifest)

    def load(self, split: str = "train"):
        return load_split(self.manifest, split, self.sha256)

    def open(self, split: str = "train"):
        return open_split(self.manifest, split, self.sha256)


def write_vocabulary(path: Path, documents: int) -> str:
    """Write a vocabulary of bytes; with another number of documents it is another one."""
    counts = np.zeros(257, np.int64)
    counts[END] = documents
    Vocabulary(make_unit({"kind": "byte"}), [], counts).save(path)
    return Vocabulary.load(path).sha256


@pytest.fixture(scope="session")
def make_shards():
    """Return the class of folders of shards."""
    return Shards
