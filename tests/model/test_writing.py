"""Texts as they are drawn: whole characters, seeds, one sample after the other."""

import re

import numpy as np
import pytest
import torch

from model.config import ModelConfig
from model.rnn import CharRNN
from model.writing import draw, header, preview, stream
from preprocess.grammar import Grammar
from preprocess.units import END, make_unit
from preprocess.vocabulary import Vocabulary
from tests.model.samplings import SETTINGS, config

SHAPE = {
    "cell": "lstm",
    "layers": 2,
    "hidden": 128,
    "embedding": 32,
    "embedding_dropout": 0.5,
    "dropout": 0.5,
    "weight_dropout": 0.5,
    "tie": True,
    "carry": "document",
}


def make(kind: str) -> tuple[CharRNN, Vocabulary, Grammar]:
    """Return a random model over the jamo or syllables of a few characters."""
    unit = make_unit({"kind": kind})
    code_points = np.array(sorted(map(ord, set("\n 사랑했던밤하늘 별ㅋ"))), np.uint32)
    code_points = code_points[unit.base.may_have_id(code_points)]
    size = 257 + len(unit.base.parts) + len(code_points)
    vocabulary = Vocabulary(unit, list(map(chr, code_points)), np.zeros(size, np.int64))
    torch.manual_seed(5)
    model = CharRNN(ModelConfig(**SHAPE), vocabulary.size).eval()
    # Write characters, which a random model would drown in bytes, and end now and then.
    bias = torch.zeros(vocabulary.size)
    bias[1:257] = -30.0
    bias[END] = 1.0
    model.register_forward_hook(lambda _, __, output: (output[0] + bias, output[1]))
    return model, vocabulary, Grammar.of(vocabulary)


@pytest.mark.parametrize("kind", ["jamo", "syllable"])
def test_a_sample_is_the_same_alone_and_in_a_batch(kind: str) -> None:
    made = make(kind)
    together = draw(*made, config(count=9, length=200, stop="none"))
    assert len(set(together)) == 9
    for index in (0, 4, 8):
        assert draw(*made, config(length=200, stop="none"), [index]) == [together[index]]
    assert draw(*made, config(count=3, length=200, stop="none")) == together[:3]
    assert draw(*made, config(count=3, length=200, stop="none", seed=2))[0] != together[0]


def test_more_samples_than_a_batch_holds(monkeypatch) -> None:
    made = make("syllable")
    whole = draw(*made, config(count=7))
    monkeypatch.setattr("model.writing.BATCH", 3)
    assert draw(*made, config(count=7)) == whole


def test_samples_stream_one_after_the_other() -> None:
    made = make("jamo")
    settings = config(prompt="사랑", stop="none")
    pieces = list(stream(*made, settings))
    indices = [index for index, _ in pieces]
    assert indices == sorted(indices)
    assert set(indices) == set(range(5))
    for index, text in enumerate(draw(*made, settings)):
        own = [piece for of, piece in pieces if of == index]
        assert own[0] == "사랑"
        assert all(len(piece) == 1 for piece in own[1:])
        assert "".join(own) == text
        assert len(text) == 2 + 40


def test_a_sample_that_ends_at_once_is_there_all_the_same() -> None:
    model, vocabulary, grammar = make("jamo")
    ends = torch.full((vocabulary.size,), -50.0)
    ends[END] = 50.0
    model.register_forward_hook(lambda _, __, output: (output[0] + ends, output[1]))
    assert list(stream(model, vocabulary, grammar, config(count=2))) == [(0, ""), (1, "")]
    assert draw(model, vocabulary, grammar, config(count=2, prompt="별")) == ["별", "별"]


def test_the_first_sample_flows_while_it_is_written() -> None:
    """A piece comes after few steps of the model, not after all."""
    model, vocabulary, grammar = make("jamo")
    calls = []
    model.register_forward_hook(lambda *_: calls.append(1))
    pieces = stream(model, vocabulary, grammar, config(length=1000, stop="none"))
    for _ in range(3):
        next(pieces)
    assert len(calls) <= 15


def test_a_jamo_model_writes_whole_syllables_only() -> None:
    text = "".join(draw(*make("jamo"), config(count=8, length=300, stop="none")))
    syllables = re.findall("[가-힣]", text)
    assert len(syllables) > 1000
    assert not re.findall("[\u1100-\u11ff]", text)  # conjoining jamo would be parts of syllables
    assert set(re.findall("[\u3130-\u318f]", text)) <= {"ㅋ"}  # which has an id of its own


@pytest.mark.parametrize("prompt", ["가나다", "漢字 é 😀 \x00", "사\r\n랑", "ㅋㅋㅠ", "한글"])
@pytest.mark.parametrize("kind", ["jamo", "syllable"])
def test_any_prompt_is_taken_as_it_is(kind: str, prompt: str) -> None:
    for text in draw(*make(kind), config(prompt=prompt)):
        assert text.startswith("한글" if prompt == "한글" else prompt)


def test_a_prompt_with_a_surrogate_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogate U\\+D800 at index 1"):
        draw(*make("jamo"), config(prompt="가\ud800"))


def test_threads_are_given_back() -> None:
    threads = torch.get_num_threads()
    list(stream(*make("jamo"), config(count=1)))
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize("training", [True, False])
def test_a_preview_leaves_the_model_in_its_mode(training: bool) -> None:
    model, vocabulary, grammar = make("jamo")
    model.train(training)
    text = preview(
        model, vocabulary, grammar, {**SETTINGS, "temperature": 1.0, "length": 400, "stop": "none"}
    )
    assert model.training == training
    assert len(text) == 120
    whole = draw(model.eval(), vocabulary, grammar, config(length=400, stop="none"), [0])
    assert whole[0].startswith(text)


def test_a_header_says_how_a_sample_was_drawn() -> None:
    usual = {"prompt": "사랑\n", "temperature": 0.8, "seed": 1}
    assert header(config(**usual), 0) == (
        '=== sample 1 of 5: prompt "사랑\\n", temperature 0.8, seed 1 ==='
    )
    told = config(**usual, top_k=40, top_p=0.9, draw="space", no_repeat_ngram=8, acrostic="별")
    assert header(told, 4) == (
        '=== sample 5 of 5: prompt "사랑\\n", temperature 0.8, top-k 40, top-p 0.9, '
        "drawn on spaces, no 8 characters twice, acrostic 별, seed 1 ==="
    )
    assert header(config(beam=9), 0) == '=== sample 1 of 5: prompt "", beam 9 ==='
