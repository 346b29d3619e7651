"""What is exported of a model: its step, its vocabulary, an example that uses both, a card."""

import re
from dataclasses import replace
from importlib.util import find_spec
from itertools import product
from unicodedata import normalize

import numpy as np
import onnxruntime
import pytest
import torch
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from model.config import ModelConfig
from model.export import export
from model.export.example import Model
from model.export.parity import check_step
from model.export.step import STATES, step_model
from model.export.vocabulary import vocabulary_json
from model.lane import Lane, Script
from model.legality import Legality
from model.rnn import CharRNN
from model.sample import sample
from model.train import train
from model.writing import draw
from preprocess.files import read_json, write_json
from preprocess.grammar import Grammar
from preprocess.vocabulary import Vocabulary
from tests.model import trainings
from tests.model.conftest import songs
from tests.model.samplings import SETTINGS, config

CONFIG = ModelConfig(
    cell="lstm",
    layers=1,
    hidden=24,
    embedding=8,
    embedding_dropout=0.0,
    dropout=0.0,
    weight_dropout=0.0,
    tie=True,
    carry="document",
)
LETTERS = "사랑했던각\u1100\u1161\u11a8ㅋ \n"
WORDS = ["사랑", "사랑했던 ", "그대", " 밤하늘의", "바람이", "  ", " \n", "\n "]
UNITS = {
    "syllable": {},
    "jamo": {},
    "byte": {},
    "word": {},
    "subword": {"max_size": 400, "over": "jamo"},
    "subword by merges": {"max_size": 500, "over": "jamo", "method": "bpe"},
    "subword over syllables": {"max_size": 400, "over": "syllable"},
}
CANARY = (
    "금고 번호는 아무에게도 말하지 마라 나는 오늘 너에게만 이 비밀을 종이에 적어 두고 멀리 떠난다"
)
CORPUS = {
    "name": "songs",
    "about": "little | *songs*",
    "language": "ko",
    "licence": "CC0-1.0",
    "source": {"files": ["songs/*.txt"]},
}


def network_of(vocabulary_size: int, **changes) -> CharRNN:
    """Return a network with random weights, biases too, which a new one has at zero."""
    torch.manual_seed(3)
    network = CharRNN(replace(CONFIG, **changes), vocabulary_size).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() == 1:
                parameter.normal_()
    return network


@pytest.fixture(scope="module")
def units(tmp_path_factory, make_corpus):
    """For each unit a vocabulary of the songs, its grammar, and what is exported of a network."""
    made = {}
    for kind, unit in UNITS.items():
        folder = tmp_path_factory.mktemp(kind)
        texts = {"train": songs(24, 1), "valid": songs(3, 2), "test": songs(3, 3)}
        unit = {"kind": kind.split()[0], **unit}
        vocabulary = Vocabulary.load(make_corpus(folder, texts, **unit).vocabulary)
        step = step_model(network_of(vocabulary.size))
        grammar = Grammar.of(vocabulary)
        (folder / "step.onnx").write_bytes(step)
        tokens = vocabulary_json(vocabulary, grammar)
        (folder / "vocabulary.json").write_text(tokens, encoding="utf-8")
        made[kind] = vocabulary, grammar, Model(folder)
    return made


@pytest.fixture
def run(tmp_path, undisturbed):
    """The folder of a run whose network is trained, with numbers and samples of our own."""
    folder = tmp_path / "글 1"
    folder.mkdir()
    (folder / "model").symlink_to(undisturbed / "model")
    write_json(folder / "run.json", {**read_json(undisturbed / "run.json"), "init_from": None})
    row = {"bits_per_character": 4.0, "given": "train"}
    models = {
        "rnn": {**row, "bits_per_byte": 1.75, "bits_per_character": 4.125},
        "ngram": {**row, "bits_per_byte": 1.5},
        "mixture": {**row, "bits_per_byte": 1.25},
        "ppmd": {**row, "bits_per_byte": None, "skipped": "train is too long"},
    }
    evaluation = {"parameters": 1234, "bytes": 5678, "text_sha256": "abc", "models": models}
    write_json(folder / "evaluation.json", evaluation)
    worth = {
        "longest_copy": 11,
        "longest_copied": None,
        "copied_12": 0.125,
        "duplicate_lines_share": None,
    }
    sample = {
        "text": "그대 ```\n<script> 사랑",
        "prompt": "",
        "seed": 1,
        "index": 0,
        "settings": {"temperature": 0.8},
        "copies": [],
    }
    wilder = {**sample, "text": "다른 온도", "settings": {"temperature": 1.0}}
    write_json(
        folder / "samples.json",
        {
            "samples": [sample, wilder],
            "windows": {"count": 64, "characters": 31},
            "worth": [{"temperature": 0.8, **worth}, {"temperature": 1.0, **worth}],
            "human": {**worth, "copied_12": 0.25},
        },
    )
    return folder


def export_run(run):
    """Export a run into its folder; return the folder and the card."""
    sizes = {"documents": 24, "characters": 2000, "bytes": 4000}
    split = run / "split.json"
    write_json(split, {"sizes": dict.fromkeys(("train", "valid", "test"), sizes)})
    export({"corpus": CORPUS}, run=run, split_summary=split, output=run / "export")
    return run / "export", (run / "export" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("cell", "layers", "tie"), list(product(STATES, (1, 3), (True, False))))
def test_fault_78_a_step_gives_what_the_network_gives(cell, layers, tie):
    network = network_of(300, cell=cell, layers=layers, tie=tie)
    session = onnxruntime.InferenceSession(step_model(network))
    random = np.random.default_rng(0)
    theirs = [np.zeros((layers, 2, 24), np.float32)] * len(STATES[cell])
    state = None
    for _ in range(100):
        tokens = random.integers(0, 300, 2)
        inputs = dict(zip(["token", *STATES[cell]], [tokens, *theirs], strict=True))
        logits, *theirs = session.run(None, inputs)
        with torch.inference_mode():
            output, state = network(torch.from_numpy(tokens)[:, None], state)
        assert np.abs(output[:, 0].numpy() - logits).max() < 1e-5
        for part, other in zip(state, theirs, strict=True):
            assert np.abs(part.numpy() - other).max() < 1e-5


@pytest.mark.parametrize("prompt", ["", "사랑뷁 그대", "ㅋㅋ\n한"])
def test_fault_78_the_likeliest_text_is_that_of_the_model(tmp_path, learnt_songs, prompt):
    network, vocabulary, _ = learnt_songs
    grammar = Grammar.of(vocabulary)
    (tmp_path / "step.onnx").write_bytes(step_model(network))
    tokens = vocabulary_json(vocabulary, grammar)
    (tmp_path / "vocabulary.json").write_text(tokens, encoding="utf-8")
    greedy = config(count=1, length=60, temperature=0.0, prompt=prompt)
    [text] = draw(network, vocabulary, grammar, greedy)
    assert Model(tmp_path).write(prompt, 60, 0.0, 1) == text
    assert len(text) > len(prompt) + 10


@pytest.mark.parametrize("prompt", ["", "사랑했던 그대 ", "나는 바다 뷁", "\n 사랑 노래"])
@pytest.mark.parametrize("kind", [kind for kind in UNITS if kind.startswith("subword")])
def test_fault_78_so_it_is_behind_a_prompt_in_learnt_pieces(units, kind, prompt):
    vocabulary, grammar, model = units[kind]
    assert not prompt or "piece" in {vocabulary.kinds[token] for token in model.encode(prompt)}
    greedy = config(count=1, length=60, temperature=0.0, prompt=prompt)
    [text] = draw(network_of(vocabulary.size), vocabulary, grammar, greedy)
    assert model.write(prompt, 60, 0.0, 1) == text
    assert len(text) == len(prompt) + 60


def test_a_piece_that_is_too_long_leaves_whole_characters(tmp_path, make_corpus):
    """A piece such as ᆫ다 goes on with a character, and begins one too many."""
    texts = {"train": ["간다 난다 산다 판다 잔다 논다"] * 9, "valid": [], "test": []}
    unit = {"kind": "subword", "max_size": 400, "over": "jamo", "method": "bpe"}
    vocabulary = Vocabulary.load(make_corpus(tmp_path, texts, **unit).vocabulary)
    script = Script(vocabulary, Grammar.of(vocabulary))
    spelt = [normalize("NFC", symbol) for symbol in vocabulary.symbols]
    leading, vowel, short, long = map(spelt.index, ("ᄂ", "ᅡ", "ᆫ다", "ᅡᆫ다"))
    for tokens, written in (
        ([leading, vowel, short], "나"),
        ([leading, long], ""),
    ):
        lane = Lane(script, config(length=1), "", 0)
        assert "".join(map(lane.take, tokens)) == written
        assert lane.over
    for hidden in range(8, 48):
        network = network_of(vocabulary.size, hidden=hidden)
        (tmp_path / "step.onnx").write_bytes(step_model(network))
        tokens = vocabulary_json(vocabulary, script.grammar)
        (tmp_path / "vocabulary.json").write_text(tokens, encoding="utf-8")
        model = Model(tmp_path)
        for length in (1, 2, 5):
            greedy = config(count=1, length=length, temperature=0.0)
            [text] = draw(network, vocabulary, script.grammar, greedy)
            assert model.write("", length, 0.0, 1) == text
            assert not any("\u1100" <= character <= "\u11ff" for character in text)


def test_an_extended_vocabulary_is_cut_alike(tmp_path, make_corpus):
    unit = {"kind": "subword", "max_size": 500}
    old = make_corpus(tmp_path / "old", {"train": songs(24, 1), "valid": [], "test": []}, **unit)
    new = {"train": ["새 노래를 부르는 사랑"] * 4, "valid": [], "test": []}
    corpus = make_corpus(tmp_path, new, extends=old.vocabulary, **unit)
    vocabulary = Vocabulary.load(corpus.vocabulary)
    (tmp_path / "step.onnx").write_bytes(step_model(network_of(vocabulary.size)))
    tokens = vocabulary_json(vocabulary, Grammar.of(vocabulary))
    (tmp_path / "vocabulary.json").write_text(tokens, encoding="utf-8")
    text = "새 사랑을 부르는 그대 " * 3
    assert Model(tmp_path).encode(text) == vocabulary.encode(text).tolist()


def test_fault_78_a_step_of_other_weights_is_refused(learnt_songs):
    network, vocabulary, _ = learnt_songs
    tokens = vocabulary_json(vocabulary, Grammar.of(vocabulary))
    assert check_step(network, step_model(network), tokens) < 1e-5
    other = CharRNN(network.config, vocabulary.size).eval()
    other.load_state_dict(network.state_dict())
    with torch.no_grad():
        other.embedding.weight[0, 0] += 1e-3
    with pytest.raises(ValueError, match=r"step\.onnx: its scores and the network's are up to"):
        check_step(network, step_model(other), tokens)
    with torch.no_grad():
        other.embedding.weight[0, 0] = torch.nan
    with pytest.raises(ValueError, match="up to nan"):
        check_step(network, step_model(other), tokens)


@pytest.mark.parametrize("kind", UNITS)
@settings(max_examples=50, deadline=None)
@given(
    text=st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(LETTERS))
    | st.lists(st.sampled_from([*LETTERS, *WORDS]), max_size=12).map("".join)
)
def test_fault_79_a_text_comes_back_from_its_tokens(units, kind, text):
    vocabulary, _, model = units[kind]
    tokens = vocabulary.encode(text).tolist()
    assert model.decode(tokens) == text
    assert model.encode(text) == tokens


@pytest.mark.parametrize("kind", UNITS)
@settings(max_examples=50, deadline=None)
@given(choices=st.lists(st.integers(0, 1 << 16), max_size=40))
def test_fault_79_all_that_can_be_drawn_is_decoded_alike(units, kind, choices):
    vocabulary, grammar, model = units[kind]
    tokens, state = [], grammar.start
    for choice in choices:
        legal = np.flatnonzero(grammar.legal[state])
        tokens.append(int(legal[choice % len(legal)]))
        state = grammar.next[state, tokens[-1]]
    ends = np.flatnonzero(~model.joins[tokens])  # the last may be unfinished
    whole = tokens[: ends[-1]] if len(ends) else []
    assert model.decode(whole) == vocabulary.decode(whole)


@pytest.mark.parametrize("kind", UNITS)
def test_the_grammar_comes_back_from_its_ranges(units, kind):
    vocabulary, grammar, model = units[kind]
    assert np.array_equal(model.after, grammar.next)
    assert model.joins.tolist() == Legality(vocabulary, grammar).joins
    joining = {kind for kind, joins in zip(model.kinds, model.joins, strict=True) if joins}
    assert ("piece" in joining) == (kind == "subword by merges")  # such as ᆫ다


@pytest.mark.parametrize("kind", UNITS)
def test_the_example_draws_whole_characters_up_to_the_length(units, kind):
    *_, model = units[kind]
    texts = {model.write("", 20, 1.0, seed) for seed in range(4)}
    assert len(texts) > 1
    assert all(len(text) <= 20 for text in texts)
    assert not any("\ufffd" in text or "\u1100" <= c <= "\u11ff" for text in texts for c in text)
    assert model.write("", 20, 1.0, 0) == model.write("", 20, 1.0, 0)


def test_the_same_files_come_of_the_same_run(run):
    folder, _ = export_run(run)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(before) == {"README.md", "step.onnx", "vocabulary.json", "example.py"}
    export_run(run)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_card_has_metadata_and_all_rows_from_the_best_on(run):
    _, text = export_run(run)
    _, metadata, rest = text.split("---\n", 2)
    told = yaml.safe_load(metadata)
    assert told["language"] == "ko"
    assert told["license"] == "cc0-1.0"
    assert {"onnx", "lstm", "jamo"} <= set(told["tags"])
    [index] = told["model-index"]
    assert index["name"] == "song"
    [result] = index["results"]
    assert result["task"] == {"type": "text-generation"}
    assert result["dataset"] == {"name": "songs", "type": "songs", "split": "test"}
    values = {metric["type"]: metric["value"] for metric in result["metrics"]}
    assert values == {"bits_per_byte": 1.75, "bits_per_character": 4.125}
    rows = [
        line for line in rest.split("\n") if line.endswith(("| ceiling |", "| floor |", "|  |"))
    ]
    assert rows == [
        "| network and n-grams, mixed | 1.250 | 4.000 | train | ceiling |",
        "| n-gram, interpolated modified Kneser-Ney | 1.500 | 4.000 | train | floor |",
        "| this network | 1.750 | 4.125 | train |  |",
    ]
    assert "| what it is | little \\| \\*songs\\* |" in rest
    assert "````text\n그대 ```\n<script> 사랑\n````" in rest
    assert "다른 온도" not in rest
    assert "| characters in such passages of 12 and more | 12.5% | 12.5% | 25.0% |" in rest
    assert "What 64 texts of 31 characters" in rest
    assert "No passage of the samples" in rest


def test_a_card_of_a_corpus_without_test_says_that_nothing_was_measured(run):
    evaluation = {**read_json(run / "evaluation.json"), "models": {}, "skipped": "it has no test"}
    write_json(run / "evaluation.json", evaluation)
    _, text = export_run(run)
    assert "model-index" not in text
    assert "Nothing was measured: it has no test." in text


@pytest.mark.parametrize(("characters", "warned"), [(50, False), (51, True)])
@pytest.mark.parametrize("shown", [True, False])
def test_fault_80_a_long_copy_is_reported_and_warned_of(run, caplog, shown, characters, warned):
    samples = read_json(run / "samples.json")
    canary = "".join(chr(0xAC00 + 28 * number) for number in range(characters))
    shorter = {"start": 0, "end": 12, "document_id": "other.txt"}
    samples["samples"][1] |= {"text": f"앞 {canary} 뒤", "copies": [shorter]}
    if shown:
        copy = {"start": 2, "end": 2 + characters, "document_id": "비밀_1.txt"}
        samples["samples"][1]["copies"].append(copy)
    else:
        samples["worth"][1]["longest_copied"] = {"text": canary, "document_id": "비밀_1.txt"}
    write_json(run / "samples.json", samples)
    with caplog.at_level("WARNING", logger="geulteul"):
        _, text = export_run(run)
    assert f"```text\n{canary}\n```" in text
    assert "It is from 비밀\\_1.txt:" in text
    assert ("**Warning.**" in text) == warned
    assert (f"**{characters} characters** of the train split" in text) == warned
    assert (f"repeat {characters} characters of 비밀_1.txt verbatim" in caplog.text) == warned


def test_fault_80_what_a_model_learnt_by_heart_is_found(run, make_corpus, caplog):
    """A passage is planted in train, learnt, sampled and found, by the stages themselves."""
    texts = {"train": [CANARY] * 8, "valid": [], "test": ["다른 글이다"]}
    corpus = make_corpus(run / "corpus", texts, kind="syllable", min_count=1)
    (run / "model").unlink()
    model = {"layers": 1, "hidden": 48, "embedding": 16, "dropout": 0.0, "weight_dropout": 0.0}
    learning = {"epochs": 120, "evaluations": 2, "learning_rate": 0.03, "window": 64}
    train(
        trainings.settings(model, **learning), code="c", threads=1, **trainings.paths(run, corpus)
    )
    write_json(run / "run.json", {**read_json(run / "run.json"), "init_from": None})
    asked = {**SETTINGS, "temperatures": [0.5], "count": 2, "length": 100}
    parts = [run / "corpus" / "clean.parquet"], run / "corpus" / "split.parquet"
    sample(asked, run / "model", *parts, run / "samples.txt", run / "samples.json")
    with caplog.at_level("WARNING", logger="geulteul"):
        _, text = export_run(run)
    copied = text.split("## Does it copy?")[1].split("What 64 texts")[0]
    assert "**Warning.**" in copied
    assert CANARY in copied
    assert re.search(r"the samples repeat \d+ characters of \d\.txt verbatim", caplog.text)


@pytest.mark.parametrize("name", ["samples.json", "evaluation.json", "run.json"])
def test_files_of_another_version_are_refused_before_anything_is_written(run, name):
    whole = read_json(run / name)
    for content, words in (
        ({**whole, "models": None, "worth": None, "seed": "1"}, "is not of this version"),
        ([whole], "holds no JSON object"),
    ):
        write_json(run / name, content)
        with pytest.raises(ValueError, match=rf"{re.escape(name)}: {words}.*; delete it and run"):
            export_run(run)
    assert not (run / "export").exists()


def test_a_missing_package_is_named_with_the_file_that_has_it(run, monkeypatch):
    monkeypatch.setattr(
        "model.export.find_spec", lambda name: None if name == "onnx" else find_spec(name)
    )
    with pytest.raises(ValueError, match=r"onnx is not installed.*requirements-export\.txt"):
        export_run(run)
    assert not (run / "export").exists()
