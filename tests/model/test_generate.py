"""Samples of each kind of unit: legal, whole, as asked, and as a plain loop would draw them."""

import re

import numpy as np
import pytest
import torch

from model import generate as generating
from model.generate import generate
from model.lane import Lane, Script
from preprocess.grammar import Grammar
from preprocess.units import END
from preprocess.vocabulary import Vocabulary
from tests.model.samplings import NO_BYTES, config, favour, make_model, make_vocabulary, writer

UNITS = {
    "syllable": {"kind": "syllable"},
    "jamo": {"kind": "jamo"},
    "byte": {"kind": "byte"},
    "word": {"kind": "word", "max_size": 300},
    "subword": {"kind": "subword", "max_size": 300},
    "subword over jamo": {"kind": "subword", "max_size": 420, "over": "jamo"},
}


@pytest.fixture(scope="module", params=UNITS)
def made(request, tmp_path_factory, make_corpus):
    """A vocabulary of each kind with pieces of small songs, and a random model of it."""
    texts = {"train": ["사랑 노래 사랑 노래\n밤바다 별\n\n", "그대 노래 ㅋㅋ 별.\n간다 산다 "] * 9}
    corpus = make_corpus(tmp_path_factory.mktemp("songs"), texts, **UNITS[request.param])
    vocabulary = Vocabulary.load(corpus.vocabulary)
    return writer(vocabulary, ends=-1.0, hidden=24), Script(vocabulary, Grammar.of(vocabulary))


def texts_of(model, script, settings, prompt="", count=4):
    """Return the texts of some samples, without their prompt."""
    lanes = [Lane(script, settings, prompt, number) for number in range(count)]
    texts = [""] * count
    over = []
    for lane, piece in generate(model, script, settings, lanes):
        if piece is None:
            over.append(lane)
        else:
            texts[lane] += piece
    assert sorted(over) == list(range(count))
    return texts


def test_texts_are_whole_characters_up_to_the_length(made):
    for text in texts_of(*made, config(stop="none", length=60)):
        assert 50 < len(text) <= 60  # a piece that is too long is left out
        assert not re.search("[\ufffd\u1100-\u11ff]", text)
    for text in texts_of(*made, config(stop="none", length=1)):
        assert len(text) <= 1


def test_the_prompts_last_character_stays(made):
    """A trailing consonant would make another syllable of it."""
    model, script = made
    settings = config(stop="none", length=3, temperature=3.0)
    steps = [texts_of(model, script, settings, "사라", count=30) for _ in range(2)]
    assert steps[0] == steps[1]
    vocabulary = script.vocabulary
    model = writer(vocabulary)
    trailing = [token for token, kind in enumerate(vocabulary.kinds) if kind == "trailing"]
    favour(model, dict.fromkeys(trailing, 50.0))
    lane = Lane(script, settings, "사라", 0)
    allowed = script.legality.masks[lane.mask] == 0
    assert not allowed[trailing].any()
    assert allowed[END]
    assert not any(allowed & np.array(script.legality.joins))


@pytest.mark.parametrize("prompt", ["", "그대 노래\n"])
@pytest.mark.parametrize("stop", ["document", "none"])
def test_each_line_of_an_acrostic_begins_with_its_syllable(made, prompt, stop):
    settings = config(acrostic="사뷁.노", stop=stop, length=2000, temperature=0.5)
    for text in texts_of(*made, settings, prompt):
        assert [line[0] for line in text.split("\n")] == ["사", "뷁", ".", "노"]


def test_an_acrostic_ends_the_prompts_own_line_first(made):
    for text in texts_of(*made, config(acrostic="별밤", length=2000), "그대"):
        assert [line[:1] for line in text.split("\n")[1:]] == ["별", "밤"]


def test_a_sample_ends_with_its_line_and_blank_ones_do_not_count(made):
    endless = texts_of(*made, config(stop="none", length=500))
    for lines in (1, 3):
        settings = config(stop="none", length=500, lines=lines)
        for text, longer in zip(texts_of(*made, settings), endless, strict=True):
            assert longer.startswith(text + "\n")
            assert sum(1 for line in text.split("\n") if line.strip()) == lines
            assert text.split("\n")[-1].strip()


def test_a_sample_ends_after_its_text(made):
    endless = texts_of(*made, config(stop="none", length=500))
    for stop_text in ("노", "래 ", "\n"):
        for text, longer in zip(
            texts_of(*made, config(stop="none", length=500, stop_text=stop_text)),
            endless,
            strict=True,
        ):
            end = longer.find(stop_text)
            assert text == (longer[: end + len(stop_text)] if end >= 0 else longer)


def test_no_span_that_ends_as_a_word_begins_is_written_twice(made):
    prompt = "그대 노래 그대"
    for temperature in (0.0, 0.3):
        settings = config(no_repeat_ngram=4, stop="none", length=150, temperature=temperature)
        for text in texts_of(*made, settings, prompt, count=2):
            whole = prompt + text
            spans = [
                whole[end - 3 : end + 1]
                for end in range(len(prompt), len(whole))
                if whole[end].isalnum() and not whole[end - 1].isalnum()
            ]
            assert len(set(spans)) == len(spans)
            assert all(whole.index(span) >= len(prompt) - 3 for span in spans)


def test_on_spaces_words_are_drawn_and_the_rest_is_the_likeliest(made):
    model, script = made
    settings = config(draw="space", stop="none", length=60, temperature=2.0)
    assert len(set(texts_of(model, script, settings))) == 4
    for prompt in ("", "그대 "):
        lane = Lane(script, settings, prompt, 0)
        assert lane.temperature == 2.0
    assert Lane(script, settings, "그대", 0).temperature == 0.0


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("kind", ["jamo", "syllable", "byte"])
def test_tokens_keep_to_the_grammar_and_are_as_encode_writes_them(kind, cell):
    vocabulary = make_vocabulary(kind)
    grammar = Grammar.of(vocabulary)
    script = Script(vocabulary, grammar)
    model = make_model(vocabulary.size, cell)
    settings = config(stop="none")
    lanes = [Lane(script, settings, "", number) for number in range(5)]
    taken = [record(lane) for lane in lanes]
    list(generate(model, script, settings, lanes))
    for tokens in map(np.array, taken):
        grammar.states(tokens)  # raises where a token is illegal
        assert vocabulary.characters_begun[tokens[:-1]].sum() == 40  # the last is one too many
        decoded = [vocabulary.decode(part) for part in np.split(tokens[:-1], ends_of(tokens))]
        assert "\N{REPLACEMENT CHARACTER}" not in "".join(decoded)
        spelt = np.concatenate([vocabulary.encode(text) for text in decoded])
        np.testing.assert_array_equal(tokens[:-1][tokens[:-1] != END], spelt)


def record(lane):
    """Return a list that all tokens which the lane takes will be in."""
    tokens, take = [], lane.take
    lane.take = lambda token: tokens.append(token) or take(token)
    return tokens


def ends_of(tokens):
    return np.flatnonzero(tokens[:-1] == END)


def test_a_sample_ends_with_its_document():
    script = script_of("syllable")
    model = make_model(script.vocabulary.size)
    favour(model, {**NO_BYTES, END: 1.0})
    ended = texts_of(model, script, config(), count=8)
    lanes = [Lane(script, config(stop="none"), "", number) for number in range(8)]
    taken = [record(lane) for lane in lanes]
    list(generate(model, script, config(stop="none"), lanes))
    for text, tokens in zip(ended, taken, strict=True):
        first = tokens.index(END)
        assert text == script.vocabulary.decode(tokens[:first])
    assert len(set(ended)) > 4


@pytest.mark.parametrize("carry", ["document", "corpus"])
def test_the_state_begins_anew_with_each_document(carry, monkeypatch):
    """Where an end is read, the state is zero, unless it is carried across documents."""
    script = script_of("syllable")
    model = make_model(script.vocabulary.size, "gru", carry)
    favour(model, {**NO_BYTES, END: 1.0})
    seen, make = [], generating.stepper

    def watched(model):
        steps = make(model)
        advance = type(steps)._advance

        def look(self, tokens, lanes):
            is_zero = (self._state[:, :, lanes] == 0).all(axis=(0, 1, 3))
            seen.extend(zip(tokens[lanes] == END, is_zero, strict=True))
            advance(self, tokens, lanes)

        monkeypatch.setattr(type(steps), "_advance", look)
        return steps

    monkeypatch.setattr(generating, "stepper", watched)
    texts_of(model, script, config(stop="none"), count=6)
    ends = [is_zero for is_end, is_zero in seen[1:] if is_end]
    assert len(ends) > 10
    assert all(is_zero == (carry == "document") for is_zero in ends)
    assert not any(is_zero for is_end, is_zero in seen if not is_end)


def test_tokens_are_those_of_a_plain_loop():
    """Greedy tokens after a prompt equal those found by reading the whole text anew each time."""
    script = script_of("jamo")
    model, grammar = make_model(script.vocabulary.size), script.grammar
    favour(model, {END: -50.0})
    prompt = "사랑해 " * 50
    lane = Lane(script, config(temperature=0.0), prompt, 0)
    taken = record(lane)
    list(generate(model, script, config(temperature=0.0), [lane]))
    text = [END, *script.vocabulary.encode(prompt).tolist()]
    state = grammar.start
    with torch.no_grad():
        for token in taken[:12]:
            logits = model(torch.tensor([text]))[0][0, -1]
            logits[torch.from_numpy(~grammar.legal[state])] = -np.inf
            assert int(logits.argmax()) == token
            text.append(token)
            state = grammar.next[state, token]


def script_of(kind):
    vocabulary = make_vocabulary(kind)
    return Script(vocabulary, Grammar.of(vocabulary))
