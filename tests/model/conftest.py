"""Small corpora as shards, made by the stages of `preprocess` themselves."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch

from model.folder import load_model
from model.texts import Text
from model.train import train
from preprocess.choice import build
from preprocess.count import count
from preprocess.encode import encode
from preprocess.grammar import Grammar
from preprocess.shards import SPLITS, gather
from preprocess.split_rows import STRETCHES
from preprocess.tables import DOCUMENTS, write_columns
from preprocess.tokens import load_split
from tests.model.trainings import paths, settings

torch.set_num_threads(1)  # models here are too small to share, and so may be the machine


class Corpus(NamedTuple):
    """Where a corpus lies."""

    shards: Path
    vocabulary: Path


@pytest.fixture(scope="session")
def make_corpus():
    """
    Return a function that encodes the documents given for each split into a folder.

    Names of the form `id#1`, `id#2` make them pieces of one document.
    """

    def make(
        folder: Path,
        texts: dict[str, list[str]],
        kind: str = "jamo",
        extends: Path | None = None,
        names: Sequence[str] | None = None,
        **unit: Any,
    ) -> Corpus:
        rows = [(split, text) for split, documents in texts.items() for text in documents]
        names = names or [f"{number}.txt" for number in range(len(rows))]
        clean, split = folder / "clean.parquet", folder / "split.parquet"
        write_columns(clean, DOCUMENTS, [names, [""] * len(rows), [text for _, text in rows]])
        ends = [len(text) for _, text in rows]
        write_columns(split, STRETCHES, [names, [name for name, _ in rows], [0] * len(rows), ends])
        counts, vocabulary = folder / "counts.parquet", folder / "vocabulary.parquet"
        count({"kind": kind}, clean, split, 0, counts)
        build({"kind": kind, **unit}, [counts], vocabulary, extends)
        shards = [folder / "shards" / f"{name}-00000.parquet" for name in SPLITS]
        train, valid, test = shards
        encode(clean, split, vocabulary, 0, train=train, valid=valid, test=test)
        gather(shards, vocabulary, folder / "shards" / "manifest.json")
        return Corpus(folder / "shards" / "manifest.json", vocabulary)

    return make


def songs(count: int, seed: int) -> list[str]:
    """Write little songs that have something to learn, and lengths that differ."""
    rng = random.Random(seed)
    words = ["사랑", "바다", "그대", "밤", "별", "노래", "비가", "오면", "나는", "漢", "ㅋㅋ"]
    return [
        "\n".join(
            " ".join(rng.choices(words, k=rng.randint(1, 4))) for _ in range(rng.randint(1, 6))
        )
        for _ in range(count)
    ]


@pytest.fixture(scope="session")
def song_corpus(tmp_path_factory, make_corpus):
    """A corpus of 30 little songs, most of them to train on."""
    texts = {"train": songs(24, 1), "valid": songs(3, 2), "test": songs(3, 3)}
    return make_corpus(tmp_path_factory.mktemp("songs"), texts)


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory, song_corpus):
    """The folder of a training of 48 steps that nothing interrupted."""
    folder = tmp_path_factory.mktemp("undisturbed")
    train(settings(), code="c", threads=1, **paths(folder, song_corpus))
    return folder


@pytest.fixture(scope="session")
def learnt_songs(undisturbed, song_corpus):
    """A network that learnt from the songs, their vocabulary, and the songs as texts by split."""
    network, vocabulary, _ = load_model(undisturbed / "model", "cpu")
    grammar = Grammar.of(vocabulary)
    texts = {
        name: Text.of(load_split(song_corpus.shards, name, vocabulary.sha256), grammar)
        for name in ("train", "valid", "test")
    }
    return network, vocabulary, texts
