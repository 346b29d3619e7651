"""Beam search: the likeliest texts, as trying them all finds them."""

from itertools import product

import numpy as np
import pytest
import torch

from model.beam import search
from model.lane import Script
from model.writing import draw
from preprocess.grammar import Grammar
from preprocess.units import END
from tests.model.samplings import NO_BYTES, config, favour, make_model, make_vocabulary, writer


def script_of(kind):
    vocabulary = make_vocabulary(kind, "\n사ㅋ")
    return Script(vocabulary, Grammar.of(vocabulary))


def best_of_all(model, script, length):
    """Return all texts of up to `length` single tokens, the likeliest first, as `search` orders."""
    vocabulary = script.vocabulary
    known = [int(vocabulary.encode(character)[0]) for character in "\n사ㅋ"]
    scores = {}
    for size in range(length + 1):
        for tokens in product(known, repeat=size):
            with torch.inference_mode():
                logits = model(torch.tensor([[END, *tokens]]))[0][0].double()
            legal = torch.from_numpy(script.grammar.legal[script.grammar.start])
            logits = logits.masked_fill(~legal, -torch.inf).log_softmax(-1)
            nats = sum(float(logits[place, token]) for place, token in enumerate(tokens))
            ends = [END, *known] if size == length else [END]
            last = max(float(logits[size, token]) for token in ends)
            scores[vocabulary.decode(tokens)] = (nats + last) / (size + 1)
    return sorted(scores, key=lambda text: -scores[text])


def test_a_wide_beam_finds_what_trying_all_does():
    script = script_of("syllable")
    model = make_model(script.vocabulary.size)
    favour(model, {**NO_BYTES, END: -1.0})
    texts = best_of_all(model, script, 3)
    assert search(model, script, config(beam=90, length=3, count=1), "")[:30] == texts[:30]


def test_a_beam_of_one_is_what_the_likeliest_tokens_write():
    script = script_of("jamo")
    model = writer(script.vocabulary, ends=-50.0)
    settings = {"count": 1, "length": 20, "prompt": "사"}
    greedy = draw(model, script.vocabulary, script.grammar, config(temperature=0.0, **settings))
    assert draw(model, script.vocabulary, script.grammar, config(beam=1, **settings)) == greedy


@pytest.mark.parametrize("kind", ["syllable", "jamo", "byte"])
def test_a_beam_keeps_to_what_is_asked_of_every_sample(kind):
    script = script_of(kind)
    model = writer(script.vocabulary, ends=-3.0)
    made = (model, script.vocabulary, script.grammar)
    texts = draw(*made, config(beam=6, acrostic="사뷁", length=30, no_repeat_ngram=4), ["", "ㅋ\n"])
    assert len(set(texts)) == 10
    assert all(text.startswith("ㅋ\n") == (place >= 5) for place, text in enumerate(texts))
    for text in texts:
        lines = text.removeprefix("ㅋ\n").split("\n")
        assert len(lines) <= 2
        assert [line[0] for line in lines] == ["사", "뷁"][: len(lines)]
    assert (
        draw(*made, config(beam=6, acrostic="사뷁", length=30, no_repeat_ngram=4))[:5] == texts[:5]
    )
    several = draw(*made, config(beam=5, lines=2, length=30, stop="none"))
    assert all(len([line for line in text.split("\n") if line.strip()]) <= 2 for text in several)


def test_where_all_would_repeat_it_may():
    """Of two characters and spans of two, nothing is left to write soon."""
    script = script_of("syllable")
    model = writer(script.vocabulary, ends=-99.0)
    favour(model, dict.fromkeys(range(1, script.vocabulary.size), -99.0))
    favour(model, {int(script.vocabulary.encode(c)[0]): 99.0 for c in "\n사"})
    settings = {"no_repeat_ngram": 2, "length": 30, "count": 1, "stop": "none"}
    for more in ({"beam": 2}, {"temperature": 0.5}):
        text = draw(model, script.vocabulary, script.grammar, config(**settings, **more))[0]
        assert len(text) == 30


def test_ends_are_found_where_they_are_likely():
    script = script_of("jamo")
    model = writer(script.vocabulary, ends=60.0)
    assert search(model, script, config(beam=3, count=1, length=9), "")[0] == ""
    np.testing.assert_array_equal(
        search(model, script, config(beam=3, count=1, length=9), ""),
        search(model, script, config(beam=3, count=3, length=9, seed=8), ""),
    )
