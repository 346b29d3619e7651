"""Texts as they are drawn: whole characters, seeds, one sample after the other."""

import re
from itertools import islice

import pytest
import torch

from model.generate import generate
from model.rnn import CharRNN
from model.writing import draw, header, preview, stream
from preprocess.grammar import Grammar
from preprocess.units import END
from preprocess.vocabulary import Vocabulary
from tests.model.samplings import SETTINGS, config, favour, make_vocabulary, writer

SHAPES = [
    {"layers": 2, "hidden": 64},
    {"layers": 3, "hidden": 12, "tie": False},
    {"cell": "gru", "hidden": 31},
]


def make(kind: str, **shape) -> tuple[CharRNN, Vocabulary, Grammar]:
    """Return a random model over the jamo or syllables of a few characters."""
    vocabulary = make_vocabulary(kind, "\n 사랑했던밤하늘 별ㅋ")
    return writer(vocabulary, **shape), vocabulary, Grammar.of(vocabulary)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", ["jamo", "syllable"])
def test_a_sample_is_the_same_alone_and_in_any_batch(kind: str, shape, monkeypatch) -> None:
    """Whatever its place, whatever others begin with, and whichever of them end before."""
    made = make(kind, **shape)
    prompts = ["", "사랑", "사랑해 별 "]
    monkeypatch.setattr(torch, "get_num_threads", lambda: 3)  # which share lanes where many
    together = draw(*made, config(count=24, length=60), prompts)
    assert len(set(together)) > 50
    for batch in (1, 3, 71):
        monkeypatch.setattr("model.writing.BATCH", batch)
        assert draw(*made, config(count=24, length=60), prompts) == together
    assert draw(*made, config(count=1, length=60, prompt="사랑")) == [together[24]]
    assert draw(*made, config(count=24, length=60, seed=2))[0] != together[0]


def test_very_many_samples_are_begun_as_they_come() -> None:
    samples = stream(*make("syllable"), config(count=1 << 60, length=3))
    assert next(samples) == (0, "")
    assert {index for index, _ in islice(samples, 400)} > {0, 70}


def test_prompts_have_random_numbers_of_their_own() -> None:
    texts = draw(*make("syllable"), config(count=1, stop="none"), ["사", "랑"])
    assert texts[0][1:] != texts[1][1:]


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
        assert all(1 <= len(piece) <= 2 for piece in own[1:])
        assert "".join(own) == text
        assert len(text) == 2 + 40


def test_a_sample_that_ends_at_once_is_there_all_the_same() -> None:
    model, vocabulary, grammar = make("jamo")
    favour(model, {END: 100.0})
    assert list(stream(model, vocabulary, grammar, config(count=2))) == [(0, ""), (1, "")]
    assert draw(model, vocabulary, grammar, config(count=2, prompt="별")) == ["별", "별"]


def test_the_first_sample_flows_while_it_is_written(monkeypatch) -> None:
    """A piece comes after few tokens, not after all."""
    model, vocabulary, grammar = make("jamo")
    drawn = []

    def watched(*arguments):
        for lane, piece in generate(*arguments):
            drawn.append(piece)
            yield lane, piece

    monkeypatch.setattr("model.writing.generate", watched)
    pieces = stream(model, vocabulary, grammar, config(length=1000, stop="none"))
    for _ in range(3):
        next(pieces)
    assert len(drawn) <= 15


def test_a_jamo_model_writes_whole_syllables_only() -> None:
    text = "".join(draw(*make("jamo"), config(count=8, length=300, stop="none")))
    syllables = re.findall("[가-힣]", text)
    assert len(syllables) > 1000
    assert not re.findall("[\u1100-\u11ff]", text)  # conjoining jamo would be parts of syllables
    assert set(re.findall("[\u3130-\u318f]", text)) <= {"ㅋ"}  # which has an id of its own


@pytest.mark.parametrize("prompt", ["가나다", "漢字 é 😀 \x00", "사\r\n랑", "ㅋㅋㅠ", "한글"])
@pytest.mark.parametrize("settings", [{}, {"temperature": 0.0, "draw": "space"}, {"beam": 5}])
@pytest.mark.parametrize("kind", ["jamo", "syllable", "byte"])
def test_fault_31_any_prompt_is_taken_as_it_is(kind: str, settings, prompt: str) -> None:
    for text in draw(*make(kind), config(prompt=prompt, length=20, **settings)):
        assert text.startswith("한글" if prompt == "한글" else prompt)


def test_a_prompt_with_a_surrogate_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogate U\\+D800 at index 1"):
        draw(*make("jamo"), config(), ["가\ud800"])


@pytest.mark.parametrize("training", [True, False])
def test_a_preview_leaves_the_model_in_its_mode(training: bool) -> None:
    model, vocabulary, grammar = make("jamo")
    model.train(training)
    text = preview(
        model, vocabulary, grammar, {**SETTINGS, "temperature": 1.0, "length": 400, "stop": "none"}
    )
    assert model.training == training
    assert len(text) == 120
    whole = draw(model.eval(), vocabulary, grammar, config(count=1, length=400, stop="none"))
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
