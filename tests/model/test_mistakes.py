"""
Mistakes that make a loss look better than it is: one test for each.

docs/numbers.md lists them, each with its test. Those that are tested where the code is tested stand
there; the others are here, and the list itself is tested.
"""

import ast
import json
import math
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from model.config import ModelConfig
from model.dynamic_rnn import DynamicRNN
from model.evaluate import evaluate
from model.folder import save_model
from model.rnn import CharRNN
from model.scoring import bits_of_text, score
from model.segments import stream_bounds
from model.texts import Text
from model.train import train
from preprocess.files import read_json, write_json
from preprocess.grammar import Grammar
from preprocess.tokens import load_split
from preprocess.vocabulary import END, Vocabulary
from workflow.configuration import resolve
from workflow.entries import merge

ROOT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
RUN = CONFIG["defaults"]["run"]
MODEL = {**RUN["model"], "hidden": 6, "embedding": 4}
TRAIN = {key: value for key, value in RUN["train"].items() if key != "threads"}
TRAIN |= {"device": "cpu", "batch": 4, "window": 16, "epochs": 1, "evaluations": 2}
WINDOW = 7  # tokens that the scorer reads at once; few, so that texts have many windows


@pytest.fixture
def text(song_corpus, monkeypatch):
    """An untrained model that cares for what it has read, and train as tokens and streams."""
    monkeypatch.setattr("model.scoring.LONGEST_WINDOW", WINDOW)
    symbols = Vocabulary.load(song_corpus.vocabulary)
    grammar = Grammar.of(symbols)
    split = load_split(song_corpus.shards, "train", symbols.sha256)
    torch.manual_seed(0)
    model = CharRNN(ModelConfig(**MODEL), symbols.size)
    with torch.no_grad():
        model.embedding.weight.mul_(30)
    bounds = stream_bounds(split.offsets, split.continued, "document")
    return model, split.tokens, bounds, grammar


def costs(text, bounds):
    """Return what each token costs where streams begin at `bounds`, in nats."""
    model, tokens, _, grammar = text
    states = grammar.states(tokens, text[2])  # not those that a cut would make
    return score(model, tokens, np.array(bounds), grammar, states)


def test_state_is_not_reset_at_each_window(text, monkeypatch):
    _, _, bounds, _ = text
    nats = costs(text, bounds)
    cut = sorted({*bounds.tolist(), *(p for a, b in pairwise(bounds) for p in range(a, b, WINDOW))})
    assert abs(costs(text, cut) - nats).max() > 0.1
    monkeypatch.setattr("model.scoring.LONGEST_WINDOW", 10_000)
    np.testing.assert_allclose(nats, costs(text, bounds), rtol=0, atol=1e-5)


def test_the_last_window_of_a_document_is_not_dropped(text):
    _, tokens, bounds, _ = text
    nats = costs(text, bounds)
    assert any((end - begin) % WINDOW for begin, end in pairwise(bounds))
    assert nats.shape == tokens.shape
    assert (tokens[bounds[1:] - 1] == END).all()
    assert (nats[bounds[1:] - 1] > 0.1).all()


def test_the_text_is_not_cut_into_parallel_streams(text):
    """Carried through the corpus, it is one stream; each cut would begin with nothing read."""
    _, tokens, _, _ = text
    whole = costs(text, [0, len(tokens)])
    halves = costs(text, [0, len(tokens) // 2, len(tokens)])
    assert abs(halves - whole).max() > 0.1
    order = [costs(text, [0, cut, len(tokens)])[:cut] for cut in (10, 40, 90)]
    for part in order:
        np.testing.assert_allclose(part, whole[: len(part)], rtol=0, atol=1e-5)


def test_the_first_token_of_a_document_is_paid_for(text):
    model, tokens, bounds, grammar = text
    with torch.no_grad():
        logits = model.eval()(torch.tensor([[END]]))[0][0, 0].double().numpy()
    legal = logits[grammar.legal[grammar.start]]
    wanted = np.log(np.exp(legal).sum()) - logits[tokens[bounds[:-1]]]
    np.testing.assert_allclose(costs(text, bounds)[bounds[:-1]], wanted, rtol=0, atol=1e-5)
    assert wanted.min() > 0


def test_unknown_characters_are_not_one_symbol(text, song_corpus):
    """Two that train has not are told apart, and each of their bytes is paid for."""
    model, _, _, grammar = text
    symbols = Vocabulary.load(song_corpus.vocabulary)
    first, second = (bits_of_text(model, symbols, grammar, char) for char in "愛戀")
    assert (first["tokens"], second["tokens"]) == (4, 4)  # three bytes and an end
    assert first["bits_per_byte"] != second["bits_per_byte"]
    assert symbols.encode("愛").tolist() != symbols.encode("戀").tolist()


def test_sums_are_not_in_32_bits(text, song_corpus):
    model, _, _, grammar = text
    symbols = Vocabulary.load(song_corpus.vocabulary)
    words = "사랑 노래 별 밤\n" * 40
    tokens = np.append(symbols.encode(words), END)
    nats = score(model, tokens, np.array([0, len(tokens)]), grammar)
    exact = math.fsum(nats)
    told = bits_of_text(model, symbols, grammar, words)
    assert told["bits_per_byte"] * told["bytes"] * math.log(2) == pytest.approx(exact, rel=1e-13)
    assert float(np.cumsum(nats, dtype=np.float32)[-1]) != pytest.approx(exact, rel=1e-10)


@pytest.mark.parametrize("learns", [False, True])
def test_dropout_is_left_on_in_no_row(text, song_corpus, learns):
    """The rows rnn and mixture read by `score`, dynamic by a network that goes on learning."""
    model, tokens, bounds, grammar = text
    assert min(rate for key, rate in MODEL.items() if key.endswith("dropout")) > 0
    with torch.no_grad():
        inputs = torch.tensor([[END, *tokens[: bounds[1] - 1].tolist()]])
        wanted = torch.log_softmax(model.eval()(inputs)[0][0], dim=-1).numpy()
    nats = costs(text, bounds)
    model.train()
    np.testing.assert_array_equal(costs(text, bounds), nats)
    symbols = Vocabulary.load(song_corpus.vocabulary)
    whole = Text.of(load_split(song_corpus.shards, "train", symbols.sha256), grammar)
    begin, end, found = next(DynamicRNN(model, learns).read(whole))
    assert begin == 0
    np.testing.assert_allclose(found, wanted[:end], rtol=0, atol=1e-5)


def test_stopping_is_not_picked_on_test(tmp_path, make_corpus):
    """Another test text, and the same model to the byte."""
    words = {"train": ["사랑 노래"] * 9, "valid": ["노래"]}
    folders = []
    for name, test in (("love", ["사랑 노래"] * 2), ("stars", ["별 밤 별"])):
        folder = tmp_path / name
        folder.mkdir()
        corpus = make_corpus(folder, {**words, "test": test})
        outputs = {key: folder / key for key in ("model", "work", "tensorboard")}
        train(
            {"run": "song", "init_from": None, "model": MODEL, "train": TRAIN},
            code="c",
            threads=1,
            shards=corpus.shards,
            vocabulary=corpus.vocabulary,
            metrics=folder / "metrics.csv",
            record=folder / "run.json",
            **outputs,
        )
        folders.append(folder)
    shards = [(folder / "shards" / "test-00000.parquet").read_bytes() for folder in folders]
    assert shards[0] != shards[1]
    models = [(folder / "model" / "model.safetensors").read_bytes() for folder in folders]
    assert models[0] == models[1]


def test_orders_and_weights_are_not_picked_on_test(tmp_path, make_corpus):
    """Where test is like train or like noise they are the same; where valid is, they follow."""
    train_texts = ["가나다라마바사아자차카타파하 " * 3] * 4
    like, noise = ["가나다라마바사아자차카타파하 " * 3], ["파나카다타라하마자바아사가차 "] * 3

    def chosen(name, valid, test):
        folder = tmp_path / name
        folder.mkdir()
        texts = {"train": train_texts, "valid": valid, "test": test}
        corpus = make_corpus(folder, texts, min_count=1)
        symbols = Vocabulary.load(corpus.vocabulary)
        torch.manual_seed(0)
        network = CharRNN(ModelConfig(**MODEL), symbols.size)
        settings = {"run": "song", "model": MODEL, "train": {"device": "cpu"}}
        save_model(folder / "model", network.state_dict(), settings, corpus.vocabulary)
        write_json(folder / "split.json", {"leaks": {}})
        evaluate(
            {"run": "song", "corpus": "songs", "unit": "jamo", "ngram_order": None},
            model=folder / "model",
            shards=corpus.shards,
            split_summary=folder / "split.json",
            output=folder / "evaluation.json",
        )
        rows = read_json(folder / "evaluation.json")["models"]
        keys = ("order", "weights")
        return {name: {key: row[key] for key in keys if key in row} for name, row in rows.items()}

    one, other = chosen("one", noise, like), chosen("other", noise, noise)
    follows = chosen("follows", like, noise)
    assert one == other
    assert one["ngram"]["order"] < follows["ngram"]["order"]
    assert one["mixture"]["weights"] != follows["mixture"]["weights"]


def test_the_seed_of_a_training_is_not_that_of_the_split():
    """It reaches no stage before the training, so other seeds are about the same text."""
    change = {"defaults": {"run": {"train": {"seed": 2}}}}
    first, second = resolve(CONFIG), resolve(merge(CONFIG, change))
    for stage in ("clean", "split"):
        assert first.settings_of(stage, "ballad") == second.settings_of(stage, "ballad")
        assert "seed" not in json.loads(first.settings_of(stage, "ballad"))
    for stage in ("count", "vocabulary"):
        assert first.settings_of(stage, "jamo") == second.settings_of(stage, "jamo")
    assert first.settings_of("train", "ballad") != second.settings_of("train", "ballad")


def test_each_mistake_of_the_list_has_its_test():
    page = (ROOT / "docs/numbers.md").read_text(encoding="utf-8")
    section = page.partition("## Mistakes")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")][2:]
    assert len(rows) >= 13
    for row in rows:
        mistake, tests = (cell.strip() for cell in row.strip("|").split("|"))
        ids = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", tests)
        assert ids, mistake
        for path, name in ids:
            tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
            names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
            assert name in names, (mistake, path, name)
