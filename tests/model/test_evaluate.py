"""evaluation.json: the keys, the digest of the text, and numbers that a plain reckoning gives."""

import hashlib
import json
import math

import numpy as np
import pytest
import torch

from model.config import ModelConfig
from model.evaluate import evaluate
from model.folder import save_model
from model.ngram import NgramModel
from model.other_spellings import find_other_spellings
from model.rnn import CharRNN
from model.scoring import bits_of_text, score_with_others
from preprocess.grammar import Grammar
from preprocess.tokens import load_split
from preprocess.vocabulary import END, Vocabulary

MODEL = {
    "cell": "lstm",
    "layers": 1,
    "hidden": 12,
    "embedding": 8,
    "embedding_dropout": 0.1,
    "dropout": 0.2,
    "weight_dropout": 0.3,
    "tie": True,
    "carry": "document",
}
TEXTS = {
    "train": ["사랑 노래\n밤바다 별", "별이 빛나는 밤\n사랑 노래", "그대 노래"],
    "valid": ["밤바다"],
    "test": ["사랑 노래\n새 노래 ☃", "별"],
}
LEAKS = {"test": {"lines": 1, "share": 0.0}}


def run_evaluate(folder, corpus, seed: int = 0, carry: str = "document"):
    """Evaluate an untrained model; return evaluation.json, the model and the vocabulary."""
    vocabulary = Vocabulary.load(corpus.vocabulary)
    torch.manual_seed(seed)
    shape = MODEL | {"carry": carry}
    network = CharRNN(ModelConfig(**shape), vocabulary.size)
    settings = {"run": "song", "model": shape, "train": {"device": "cpu"}}
    save_model(folder / "model", network.state_dict(), settings, corpus.vocabulary)
    summary = folder / "split.json"
    summary.write_text(json.dumps({"leaks": LEAKS}), encoding="utf-8")
    evaluate(
        {"run": "song", "corpus": "songs", "unit": "jamo", "ngram_order": 3},
        model=folder / "model",
        shards=corpus.shards,
        split_summary=summary,
        output=folder / "evaluation.json",
    )
    return json.loads((folder / "evaluation.json").read_text()), network.eval(), vocabulary


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory, make_corpus):
    folder = tmp_path_factory.mktemp("evaluate")
    return run_evaluate(folder, make_corpus(folder, TEXTS))


def test_it_has_the_keys_of_the_design(evaluated):
    result, network, vocabulary = evaluated
    assert result.keys() == {
        "run",
        "corpus",
        "unit",
        "text_sha256",
        "bytes",
        "characters",
        "documents",
        "tokens",
        "parameters",
        "models",
        "unseen_lines",
        "leaks",
    }
    assert (result["run"], result["corpus"], result["unit"]) == ("song", "songs", "jamo")
    text = "".join(text + "\0" for text in TEXTS["test"])
    assert result["text_sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert (result["bytes"], result["characters"], result["documents"]) == (
        len(text.encode()),
        len(text),
        2,
    )
    assert result["tokens"] == sum(len(vocabulary.encode(text)) + 1 for text in TEXTS["test"])
    assert result["parameters"] == network.num_parameters()
    assert result["leaks"] == LEAKS
    assert {name: row["given"] for name, row in result["models"].items()} == {
        "rnn": "train",
        "ngram": "train",
        "mixture": "train",
        "dynamic": "train, valid",
        "xz": "train, valid",
        "ppmd": "train, valid",
    }


def test_the_rnn_costs_what_its_texts_cost_alone(evaluated):
    result, network, vocabulary = evaluated
    grammar = Grammar.of(vocabulary)
    alone = [bits_of_text(network, vocabulary, grammar, text) for text in TEXTS["test"]]
    nats = sum(row["nats_per_character"] * row["characters"] for row in alone)
    row = result["models"]["rnn"]
    assert row["bits_per_byte"] == pytest.approx(nats / math.log(2) / result["bytes"], rel=1e-5)
    assert row["bits_per_character"] == pytest.approx(
        nats / math.log(2) / result["characters"], rel=1e-5
    )
    assert row["nats_per_character"] == pytest.approx(nats / result["characters"], rel=1e-5)
    assert row["perplexity_per_token"] == pytest.approx(math.exp(nats / result["tokens"]), rel=1e-5)


def test_the_ngram_learns_from_train_alone_a_document_at_a_time(evaluated):
    result, _, vocabulary = evaluated
    grammar = Grammar.of(vocabulary)
    train, test = (
        [np.append(vocabulary.encode(text), END) for text in TEXTS[split]]
        for split in ("train", "test")
    )
    ngram = NgramModel.fit(train, vocabulary.size, 3)
    nats = -sum(
        ngram.log_probabilities(stream, grammar.legal, grammar.states(stream)).sum()
        for stream in test
    )
    row = result["models"]["ngram"]
    assert row["bits_per_byte"] == pytest.approx(nats / math.log(2) / result["bytes"], rel=1e-12)


def test_unseen_lines_leave_out_what_train_has(evaluated):
    result, _, _ = evaluated
    unseen = result["unseen_lines"]
    assert (unseen["lines"], unseen["all_lines"]) == (2, 3)
    assert unseen["bytes"] == len("새 노래 ☃".encode()) + 1 + len("별".encode()) + 1
    assert unseen["bits_per_byte"].keys() == {"rnn", "ngram", "mixture", "dynamic"}
    assert unseen["bits_per_byte"]["ngram"] > result["models"]["ngram"]["bits_per_byte"]


def test_units_of_one_spelling_have_no_others(evaluated):
    result, _, _ = evaluated
    assert all("other_spellings" not in row for row in result["models"].values())


def test_words_say_what_other_spellings_are_given(tmp_path, make_corpus):
    corpus = make_corpus(tmp_path, TEXTS, "word")
    result, network, vocabulary = run_evaluate(tmp_path, corpus)
    grammar = Grammar.of(vocabulary)
    streams = [np.append(vocabulary.encode(text), END) for text in TEXTS["test"]]
    train = [np.append(vocabulary.encode(text), END) for text in TEXTS["train"]]
    ngram = NgramModel.fit(train, vocabulary.size, 3)
    masses = {"rnn": [], "ngram": []}
    for stream in streams:
        bounds = np.array([0, len(stream)])
        others = find_other_spellings(vocabulary, stream, bounds)
        masses["rnn"] += score_with_others(network, stream, bounds, grammar, others)[1].tolist()
        places, chosen = others.at(np.arange(len(stream)))
        states = grammar.states(stream)
        scores = ngram.log_probabilities_of(stream, places, chosen, grammar.legal, states)
        masses["ngram"] += np.bincount(places, np.exp(scores), len(stream)).tolist()
    for name, found in masses.items():
        row = result["models"][name]
        assert row["other_spellings"] == pytest.approx(np.mean(found), rel=1e-5)
        assert 0 < row["other_spellings"] < 1


@pytest.mark.parametrize("carry", ["document", "corpus"])
def test_a_document_cut_in_an_eojeol_is_measured_in_words(tmp_path, make_corpus, carry):
    """Each piece is encoded by itself; another spelling may reach over the cut all the same."""
    texts = {"train": ["가나 나다 가나 나다"], "test": ["가나", "나다", "다 가", "나  "]}
    names = ["a", "b#1", "b#2", "b#3", "b#4"]
    corpus = make_corpus(tmp_path, texts, "word", names=names)
    result, _, vocabulary = run_evaluate(tmp_path, corpus, carry=carry)
    test = load_split(corpus.shards, "test", vocabulary.sha256)
    assert test.continued.tolist() == [False, True, True, True]
    assert vocabulary.decode(test.tokens) == "".join(texts["test"])
    assert (result["tokens"], result["documents"]) == (len(test.tokens), 1)
    for name in ("rnn", "ngram", "mixture"):
        row = result["models"][name]
        assert 0 < row["bits_per_byte"] < 20
        assert 0 < row["other_spellings"] < 1


def test_it_says_the_same_each_time(evaluated, tmp_path, make_corpus):
    again, _, _ = run_evaluate(tmp_path, make_corpus(tmp_path, TEXTS))
    assert again == evaluated[0]


def test_without_test_it_measures_nothing_and_says_so(tmp_path, make_corpus):
    corpus = make_corpus(tmp_path, {**TEXTS, "test": []})
    result, _, _ = run_evaluate(tmp_path, corpus)
    assert (result["models"], result["unseen_lines"], result["bytes"]) == ({}, {}, 0)
    assert "has no test split" in result["skipped"]


def test_shards_of_another_vocabulary_are_refused_by_name(tmp_path, make_corpus):
    first = make_corpus(tmp_path / "first", TEXTS)
    other = make_corpus(tmp_path / "other", {**TEXTS, "train": ["바람 바람", "구름 구름"]})
    with pytest.raises(ValueError, match=r"train-00000\.parquet|test-00000\.parquet"):
        run_evaluate(tmp_path, first._replace(shards=other.shards))
