"""Growth: a model that begins with the weights of another, whatever ids its tokens have."""

import json
import logging
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from model.config import ModelConfig
from model.folder import load_model, save_model
from model.growth import begin_with, grown_weights
from model.rnn import CharRNN
from model.train import train
from preprocess.units import FIRST_BYTE, make_unit
from preprocess.vocabulary import Vocabulary

DEFAULTS = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text("utf-8"))[
    "defaults"
]
MODEL = {**DEFAULTS["run"]["model"], "layers": 2, "hidden": 6, "embedding": 4}
TRAIN = {
    **{name: value for name, value in DEFAULTS["run"]["train"].items() if name != "threads"},
    **{"device": "cpu", "batch": 4, "window": 16, "epochs": 1, "evaluations": 4, "patience": 9},
    "checkpoint_seconds": 1000,
}
SYLLABLE = {"kind": "syllable"}
KNOWN = ["다", "한", "핸", "행", "홍", "a", " "]


def vocabulary(symbols, unit=SYLLABLE):
    made = make_unit(unit)
    size = Vocabulary(made, symbols, np.zeros(0, np.int64)).size
    return Vocabulary(made, symbols, np.ones(size, np.int64))


def network(size, **changes):
    torch.manual_seed(7)
    model = CharRNN(ModelConfig(**{**MODEL, **changes}), size)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.5)
    return model.eval()


def grown(other, known, new):
    model = CharRNN(other.config, new.size).eval()
    model.load_state_dict(grown_weights(other, known, new))
    return model


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("tie", [True, False])
def test_known_tokens_score_as_before_whatever_their_ids(cell, tie):
    known, new = vocabulary(KNOWN), vocabulary(["b", " ", "행", "漢", *KNOWN[:3]])
    other = network(known.size, cell=cell, tie=tie)
    model = grown(other, known, new)
    shared = [place for place, symbol in enumerate(new.symbols) if symbol in known.symbols]
    before = [known.symbols.index(new.symbols[place]) for place in shared]
    assert len(shared) == 257 + 5
    text = torch.randint(len(shared), (2, 9))
    logits, state = model(torch.tensor(shared)[text])
    expected, expected_state = other(torch.tensor(before)[text])
    torch.testing.assert_close(logits[..., shared], expected[..., before])
    for part, expected_part in zip(state, expected_state, strict=True):
        torch.testing.assert_close(part, expected_part)


def test_a_grown_vocabulary_keeps_all_ids_and_with_the_same_one_nothing_changes():
    known = vocabulary(KNOWN)
    other = network(known.size)
    more = grown_weights(other, known, vocabulary([*KNOWN, "항", "b"]))
    for name, value in other.state_dict().items():
        assert torch.equal(more[name][: len(value)], value)
        assert torch.equal(grown_weights(other, known, known)[name], value)


def row(symbol, known, unit=SYLLABLE, **changes):
    """Return the row and bias that a new token begins with, and those of the known model."""
    other, new = network(known.size, **changes), vocabulary([*known.entries, symbol], unit)
    weights = grown_weights(other, known, new)
    names = ("embedding.weight", "bias")
    return [weights[name][-1] for name in names], [other.state_dict()[name] for name in names]


@pytest.mark.parametrize(
    ("symbol", "of"),
    [
        ("항", ["한", "행", "홍"]),  # 핸 differs from it in two of its parts
        ("漢", KNOWN),
        ("뷁", KNOWN),  # no syllable is like it
    ],
)
def test_a_new_character_begins_with_what_is_like_it(symbol, of):
    known = vocabulary(KNOWN)
    rows, before = row(symbol, known)
    places = [known.symbols.index(each) for each in of]
    for mean, all_rows in zip(rows, before, strict=True):
        torch.testing.assert_close(mean, all_rows[places].mean(0))


def test_without_characters_a_new_one_begins_with_its_bytes():
    rows, (embedding, _) = row("é", vocabulary([]))
    places = [FIRST_BYTE + byte for byte in "é".encode()]
    torch.testing.assert_close(rows[0], embedding[places].mean(0))


def test_a_new_word_begins_with_all_words_and_the_first_ones_with_their_characters():
    unit = {"kind": "word"}
    known = vocabulary(["한다", "행한", *KNOWN], unit)
    rows, (embedding, _) = row("한한", known, unit)
    places = [known.symbols.index(word) for word in ("한다", "행한")]
    torch.testing.assert_close(rows[0], embedding[places].mean(0))
    known = vocabulary(["한"], unit)
    rows, (embedding, _) = row("한a", known, unit)
    places = [known.symbols.index("한"), FIRST_BYTE + ord("a")]
    torch.testing.assert_close(rows[0], embedding[places].mean(0))


def test_jamo_keep_their_kind():
    """ㄱ leads a syllable, ends one and stands alone as three tokens, each with its own row."""
    known, new = (vocabulary(symbols, {"kind": "jamo"}) for symbols in (["ㄱ"], ["a", "ㄱ"]))
    other = network(known.size)
    weights = grown_weights(other, known, new)["embedding.weight"]
    assert torch.equal(weights[: 257 + 67], other.embedding.weight[: 257 + 67])
    assert torch.equal(weights[-1], other.embedding.weight[-1])


@pytest.fixture(scope="module")
def source(tmp_path_factory, song_corpus):
    """A training of little songs."""
    folder = tmp_path_factory.mktemp("source")
    train(settings("songs"), code="c", threads=1, **paths(folder, song_corpus))
    return folder


@pytest.fixture(scope="module")
def poems(tmp_path_factory, make_corpus):
    """Another corpus, with characters that the songs do not have."""
    texts = {"train": ["나 보기가 역겨워 가실 때에는 QQ\n" * 4] * 3, "valid": ["가실 때에는 QQ"]}
    return make_corpus(tmp_path_factory.mktemp("poems"), texts)


def settings(run, init_from=None, **model):
    model = {**MODEL, **model}
    return {"run": run, "init_from": init_from, "model": model, "train": TRAIN}


def paths(folder, corpus):
    names = {"metrics": "metrics.csv", "record": "run.json"}
    folders = {name: folder / name for name in ("model", "work", "tensorboard")}
    named = {key: folder / name for key, name in names.items()}
    return {"shards": corpus.shards, "vocabulary": corpus.vocabulary, **named, **folders}


def go_on(folder, corpus, source, on_validation=None, **changes):
    values = settings("poems", "songs", **changes)
    if on_validation is not None:
        values["train"] = {**TRAIN, "checkpoint_seconds": 0}  # without effect on the outcome
    train(
        values,
        code="c",
        threads=1,
        init_from=source / "model",
        on_validation=on_validation,
        **paths(folder, corpus),
    )
    return (folder / "model" / "model.safetensors").read_bytes()


@pytest.fixture(scope="module")
def whole(tmp_path_factory, source, poems):
    """A training that began with that of the songs and that nothing interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    go_on(folder, poems, source)
    return folder


def test_the_record_and_the_model_tell_what_it_began_with(whole, source):
    record, config = (
        json.loads((whole / name).read_text("utf-8")) for name in ("run.json", "model/config.json")
    )
    assert record["init_from"] == config["init_from"] == "songs"
    _, known, _ = load_model(source / "model", "cpu")
    assert record["inputs_sha256"]["initial_vocabulary"] == known.sha256
    sums = (source / "model/SHA256SUMS").read_text("utf-8")
    assert f"{record['inputs_sha256']['initial_weights']}  model.safetensors" in sums


def test_stopped_and_gone_on_it_ends_with_the_same_bytes(tmp_path, whole, source, poems, caplog):
    class StopError(Exception):
        pass

    def stop(_network, step):
        raise StopError(step)

    with pytest.raises(StopError):
        go_on(tmp_path, poems, source, stop)
    with caplog.at_level(logging.WARNING):
        ended = go_on(tmp_path, poems, source)
    assert "going on from step" in caplog.text
    assert ended == (whole / "model/model.safetensors").read_bytes()


def test_another_source_starts_anew_and_is_named(tmp_path, whole, source, poems, caplog):
    known = source / "model/vocabulary.parquet"
    weights = network(Vocabulary.load(known).size).state_dict()
    save_model(tmp_path / "model", weights, settings("songs"), known)
    with caplog.at_level(logging.WARNING):
        ended = go_on(whole, poems, tmp_path)
    assert "starting anew" in caplog.text
    assert "inputs.initial_weights was" in caplog.text
    assert ended != (source / "model/model.safetensors").read_bytes()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cell": "gru"}, "has model.cell lstm, and the run that is to begin with it gru"),
        ({"hidden": 8}, "has model.hidden 6, and the run that is to begin with it 8"),
        ({"tie": False}, "has model.tie True, and the run that is to begin with it False"),
    ],
)
def test_a_model_of_another_shape_is_refused(tmp_path, source, poems, changes, words):
    with pytest.raises(ValueError, match=words):
        go_on(tmp_path, poems, source, **changes)


def test_a_model_of_another_kind_of_unit_is_refused(source):
    new = vocabulary(KNOWN)
    with pytest.raises(ValueError, match=r"has kind jamo, and the run .* syllable"):
        begin_with(network(new.size), new, source / "model")


def test_a_damaged_model_is_refused_by_name(tmp_path, source, poems):
    weights = tmp_path / "model/model.safetensors"
    save_model(
        tmp_path / "model",
        network(Vocabulary.load(source / "model/vocabulary.parquet").size).state_dict(),
        settings("songs"),
        source / "model/vocabulary.parquet",
    )
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(ValueError, match=r"model/model\.safetensors: is damaged"):
        go_on(tmp_path / "run", poems, tmp_path)
