"""Every kind of unit from text to samples: the same text, and numbers that compare."""

import hashlib
import math

import numpy as np
import pytest

from model.evaluate import evaluate
from model.sample import sample
from model.train import train
from preprocess.files import read_json, write_json
from preprocess.vocabulary import Vocabulary
from tests.model.samplings import SETTINGS

UNITS = {
    "syllable": {"kind": "syllable"},
    "jamo": {"kind": "jamo"},
    "byte": {"kind": "byte"},
    "word": {"kind": "word", "max_size": 300},
    "unigram": {"kind": "subword", "max_size": 300},
    "bpe": {"kind": "subword", "max_size": 300, "method": "bpe"},
    "unigram over jamo": {"kind": "subword", "max_size": 360, "over": "jamo"},
    "bpe over jamo": {"kind": "subword", "max_size": 360, "method": "bpe", "over": "jamo"},
}
OF_ONE_SPELLING = {"syllable", "jamo", "byte"}
TEXTS = {
    "train": [
        "사랑 노래 사랑 노래\n밤바다 별",
        "별이 빛나는 밤\n사랑 노래  그대",
        "그대 노래 ㅋㅋ 별",
    ]
    * 8,
    "valid": ["밤바다 그대"],
    "test": ["사랑 노래\n새 노래 ☃", "별  뷁"],
}
OLD_TEXTS = {"train": ["바람이 불면 바람이 운다\n새 바람"] * 4, "valid": ["바람"], "test": ["새"]}
MODEL = {
    "cell": "gru",
    "layers": 1,
    "hidden": 12,
    "embedding": 8,
    "embedding_dropout": 0.1,
    "dropout": 0.1,
    "weight_dropout": 0.1,
    "tie": True,
    "carry": "document",
}
TRAIN = {
    "device": "cpu",
    "precision": "auto",
    "seed": 1,
    "batch": 4,
    "window": 8,
    "epochs": 2,
    "learning_rate": 0.02,
    "final_learning_rate": 0.1,
    "warmup_steps": 2,
    "weight_decay": 0.01,
    "beta1": 0.9,
    "beta2": 0.99,
    "clip": 1.0,
    "evaluations": 2,
    "patience": 9,
    "retries": 3,
    "checkpoint_seconds": 1000,
    "sample_every": 0,
    "cache_bytes": 1_000_000,
    "compose": True,
    "restart": False,
}

SAMPLE = {
    **SETTINGS,
    "count": 4,
    "temperatures": [1.0],
    "prompt": "사랑 뷁",
    "seed": 1,
    "stop": "none",
}


def run(folder, corpus, unit):
    """Train, evaluate and sample; return evaluation.json and the texts written."""
    train(
        {"run": "song", "corpus": "songs", "unit": unit, "model": MODEL, "train": TRAIN},
        code="c",
        threads=1,
        shards=corpus.shards,
        vocabulary=corpus.vocabulary,
        model=folder / "model",
        metrics=folder / "metrics.csv",
        record=folder / "run.json",
        work=folder / "work",
        tensorboard=folder / "tensorboard",
    )
    write_json(folder / "split.json", {"leaks": {}})
    evaluate(
        {"run": "song", "corpus": "songs", "unit": unit, "ngram_order": 3},
        model=folder / "model",
        shards=corpus.shards,
        split_summary=folder / "split.json",
        output=folder / "evaluation.json",
    )
    clean, split = folder / "clean.parquet", folder / "split.parquet"
    written = folder / "samples.json"
    sample(SAMPLE, folder / "model", [clean], split, folder / "samples.txt", written)
    texts = [row["text"] for row in read_json(written)["samples"]]
    return read_json(folder / "evaluation.json"), texts


def check(evaluation, texts, unit):
    """Assert what holds of every unit."""
    text = "".join(text + "\0" for text in TEXTS["test"])
    assert evaluation["text_sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert (evaluation["bytes"], evaluation["characters"]) == (len(text.encode()), len(text))
    assert set(evaluation["models"]) == {"rnn", "ngram", "mixture", "dynamic", "xz", "ppmd"}
    for name, row in evaluation["models"].items():
        assert 0 < row["bits_per_byte"] < 8
        of_tokens = name not in ("xz", "ppmd")
        assert (row["perplexity_per_token"] is not None) is of_tokens
        if of_tokens:
            assert math.isfinite(row["perplexity_per_token"])
        told = name in ("rnn", "ngram", "mixture") and unit not in OF_ONE_SPELLING
        assert ("other_spellings" in row) is told
        assert 0 <= row.get("other_spellings", 0) < 1
    for written in texts:
        assert written.startswith("사랑 뷁")
        assert len(written) <= len("사랑 뷁") + SAMPLE["length"]
        assert "\ufffd" not in written
        assert not any("\u1100" <= character <= "\u11ff" for character in written)


@pytest.mark.parametrize("unit", UNITS)
def test_fault_31_a_unit_is_trained_measured_and_sampled_from_any_prompt(
    tmp_path, make_corpus, unit
):
    corpus = make_corpus(tmp_path, TEXTS, **UNITS[unit])
    check(*run(tmp_path, corpus, unit), unit)


@pytest.mark.parametrize("unit", ["jamo", "word", "unigram over jamo"])
def test_so_is_one_whose_vocabulary_extends_another(tmp_path, make_corpus, unit):
    old = make_corpus(tmp_path / "old", OLD_TEXTS, **UNITS[unit])
    grown = {**UNITS[unit]} | ({"max_size": 400} if unit != "jamo" else {})
    corpus = make_corpus(tmp_path, TEXTS, extends=old.vocabulary, **grown)
    before, after = (Vocabulary.load(path) for path in (old.vocabulary, corpus.vocabulary))
    assert after.symbols[: before.size] == before.symbols
    assert after.size > before.size
    assert np.array_equal(after.encode("바람이 불면"), before.encode("바람이 불면"))
    check(*run(tmp_path, corpus, unit), unit)
