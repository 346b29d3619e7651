"""Corpora of random tokens, written as the shards of a real one are."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from preprocess.shards import PARQUET, gather, pack_row_tokens, shard_schema
from preprocess.split_rows import SPLITS
from preprocess.tables import open_writer
from preprocess.units import make_unit
from preprocess.vocabulary import END, Vocabulary

FIRST_CHARACTER = 0xAC00
FIXED = 257  # tokens that every vocabulary has: the end and the bytes


def write_corpus(
    folder: Path, *, shards: int, shard_tokens: int, row_tokens: int, vocabulary_size: int
) -> tuple[Path, Path]:
    """
    Write a train split of random documents; valid and test are empty.

    Tokens are as unevenly frequent as the characters of a text; lengths vary evenly by half.

    Args:
        folder: where to write; made if need be.
        shards: of the train split.
        shard_tokens: tokens of each.
        row_tokens: mean tokens of a document.
        vocabulary_size: at least 258.

    Returns:
        The manifest of the shards, and the vocabulary.
    """
    manifest, vocabulary = folder / "shards/manifest.json", folder / "vocabulary.parquet"
    symbols = [chr(FIRST_CHARACTER + number) for number in range(vocabulary_size - FIXED)]
    counts = np.zeros(vocabulary_size, np.int64)
    Vocabulary(make_unit({"kind": "syllable"}), symbols, counts).save(vocabulary)
    rng = np.random.default_rng(1)
    tokens = _tokens(rng, shard_tokens, vocabulary_size)
    paths = []
    for part in range(shards):
        for split in SPLITS:
            paths.append(manifest.parent / f"{split}-{part:05d}.parquet")
            shown = np.roll(tokens, rng.integers(shard_tokens)) if split == "train" else tokens[:0]
            lengths = _lengths(rng, len(shown), row_tokens)
            _write_shard(paths[-1], split, part, shown, lengths, Vocabulary.load(vocabulary))
    gather(paths, vocabulary, manifest)
    return manifest, vocabulary


def _tokens(rng: np.random.Generator, size: int, vocabulary_size: int) -> npt.NDArray[np.uint16]:
    """Draw tokens from 1 on, the first ones the most frequent, by Zipf's law."""
    shares = 1 / np.arange(3, vocabulary_size + 2)
    bounds = np.cumsum(shares / shares.sum())
    return (1 + bounds.searchsorted(rng.random(size))).clip(max=vocabulary_size - 1).astype("u2")


def _lengths(rng: np.random.Generator, size: int, mean: int) -> npt.NDArray[np.int64]:
    """Draw lengths that make up `size`."""
    longest = mean + mean // 2
    lengths = rng.integers(max(1, mean // 2), longest, size // max(1, mean // 2) + 1, endpoint=True)
    ends = np.cumsum(lengths)
    return np.diff(np.append(ends[ends < size], size), prepend=0) if size else lengths[:0]


def _write_shard(
    path: Path,
    split: str,
    part: int,
    tokens: npt.NDArray[np.uint16],
    lengths: npt.NDArray[np.int64],
    vocabulary: Vocabulary,
) -> None:
    """Write a shard whose rows are documents of these lengths, as `preprocess.encode` does."""
    schema = shard_schema(tokens.dtype)
    offsets = np.append(0, np.cumsum(lengths))
    tokens = tokens.copy()
    tokens[offsets[1:] - 1] = END
    lists = pa.LargeListArray.from_arrays(offsets, tokens, schema.field("tokens").type)
    ids = pa.array([f"{part}-{row}" for row in range(len(lengths))], pa.large_string())
    with open_writer(path, schema, **PARQUET) as writer:
        writer.write_table(pa.table([ids, lists], schema=schema), lengths * tokens.itemsize)
        writer.metadata = {
            "split": split,
            "part": str(part),
            "vocabulary_sha256": vocabulary.sha256,
            "row_tokens": pack_row_tokens(lengths),
            "continued_rows": "[]",
            "rows": str(len(lengths)),
            "tokens": str(len(tokens)),
            "bytes": str(3 * len(tokens)),
            "characters": str(len(tokens)),
            "documents": str(len(lengths)),
        }
