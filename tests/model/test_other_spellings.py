"""Other spellings: found wherever they are, nowhere else, and their probability is as reckoned."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.config import ModelConfig
from model.ngram import NgramModel
from model.other_spellings import find_other_spellings, has_other_spellings
from model.rnn import CharRNN
from model.scoring import score, score_with_others
from preprocess.grammar import Grammar
from preprocess.units import make_unit
from preprocess.vocabulary import END, Vocabulary

SYMBOLS = ["사", "랑", "이", " ", "사랑", "사랑이", "  "]
TEXTS = ["사랑이 사랑", "사랑사  이뷁"]


def vocabulary_of(kind, symbols):
    return Vocabulary(make_unit({"kind": kind}), symbols, np.zeros(0, np.int64))


WORDS = vocabulary_of("word", SYMBOLS)


def encoded(texts, vocabulary=WORDS):
    """Return the tokens of texts as documents, and their bounds."""
    documents = [np.append(vocabulary.encode(text), END) for text in texts]
    return np.concatenate(documents), np.append(0, np.cumsum([len(d) for d in documents]))


def symbols_at(others, number):
    """Return for each place what else could stand there."""
    return [
        [WORDS.symbols[token] for token in others.at(np.array([place]))[1]]
        for place in range(number)
    ]


@pytest.mark.parametrize(
    ("kind", "has"), [("syllable", False), ("jamo", False), ("byte", False), ("word", True)]
)
def test_only_units_with_pieces_have_other_spellings(kind, has):
    assert has_other_spellings(vocabulary_of(kind, [])) is has


def test_others_begin_the_same_text_and_end_before_it_does():
    tokens, bounds = encoded(TEXTS)
    assert [WORDS.symbols[token] for token in tokens[:8]] == [
        *("사랑이", " ", "사랑", "<end>", "사", "랑", "사", "  ")
    ]
    found = symbols_at(find_other_spellings(WORDS, tokens, bounds), len(tokens))
    assert found[:8] == [["사", "사랑"], [], ["사"], [], ["사랑"], [], [], [" "]]
    assert not any(found[8:])  # 이, the bytes of 뷁, the end


def test_nothing_is_found_across_the_end_of_a_stretch():
    tokens = np.array([WORDS.symbols.index(symbol) for symbol in "사랑"])
    assert symbols_at(find_other_spellings(WORDS, tokens, np.array([0, 2])), 2) == [["사랑"], []]
    assert symbols_at(find_other_spellings(WORDS, tokens, np.array([0, 1, 2])), 2) == [[], []]


def test_a_text_without_tokens_has_none():
    others = find_other_spellings(WORDS, np.zeros(0, np.uint16), np.array([0]))
    assert (others.bounds.tolist(), others.tokens.tolist()) == ([0], [])


@given(
    st.lists(
        st.text("가나뷁", min_size=2, max_size=4) | st.text(" ", min_size=2, max_size=4),
        max_size=6,
        unique=True,
    ),
    st.lists(st.text("가나 뷁", max_size=8), min_size=1, max_size=3),
)
def test_others_are_those_of_a_plain_search(words, texts):
    vocabulary = vocabulary_of("word", ["가", "나", *words])
    tokens, bounds = encoded(texts, vocabulary)
    others = find_other_spellings(vocabulary, tokens, bounds)
    edges, base = vocabulary.expansions
    spelt = [base[edges[token] : edges[token + 1]].tolist() for token in range(vocabulary.size)]
    for begin, end in pairwise(bounds):
        for place in range(begin, end):
            rest = [step for token in tokens[place:end] for step in spelt[token]]
            wanted = {t for t, steps in enumerate(spelt) if steps == rest[: len(steps)]}
            found = others.at(np.array([place]))[1]
            assert len(found) == len(set(found))
            assert set(found.tolist()) == wanted - {tokens[place]}


def test_the_network_gives_others_what_a_plain_loop_says():
    torch.manual_seed(0)
    shape = {"cell": "gru", "layers": 1, "hidden": 8, "embedding": 8, "tie": True}
    rates = {"embedding_dropout": 0.0, "dropout": 0.0, "weight_dropout": 0.0}
    model = CharRNN(ModelConfig(**shape, **rates, carry="document"), WORDS.size).eval()
    with torch.no_grad():
        model.embedding.weight.mul_(10)  # so that tokens differ much in what they cost
    grammar = Grammar.of(WORDS)
    tokens, bounds = encoded(TEXTS)
    others = find_other_spellings(WORDS, tokens, bounds)
    nats, masses = score_with_others(model, tokens, bounds, grammar, others)
    np.testing.assert_array_equal(nats, score(model, tokens, bounds, grammar))
    for begin, end in pairwise(bounds):
        read = np.append(END, tokens[begin : end - 1]).astype(np.int64)
        with torch.no_grad():
            logits = model(torch.from_numpy(read)[None])[0][0].double().numpy()
        states = grammar.states(tokens[begin:end])
        for place in range(begin, end):
            chances = np.exp(logits[place - begin]) * grammar.legal[states[place - begin]]
            chosen = others.at(np.array([place]))[1]
            wanted = chances[chosen].sum() / chances.sum()
            assert masses[place] == pytest.approx(wanted, abs=1e-6)
    assert (masses > 1e-4).sum() == 4  # the places that have any


def test_n_grams_give_others_what_their_distribution_says():
    grammar = Grammar.of(WORDS)
    tokens, bounds = encoded(TEXTS)
    streams = [tokens[begin:end] for begin, end in pairwise(bounds)]
    ngram = NgramModel.fit(streams, WORDS.size, 3)
    others = find_other_spellings(WORDS, tokens, bounds)
    stream, states = streams[0], grammar.states(streams[0])
    places, chosen = others.at(np.arange(len(stream)))
    assert places.tolist() == [0, 0, 2]
    scores = ngram.log_probabilities_of(stream, places, chosen, grammar.legal, states)
    for place, token, score_ in zip(places, chosen, scores, strict=True):
        chances = ngram.distribution(np.append(0, stream[:place])) * grammar.legal[states[place]]
        assert score_ == pytest.approx(math.log(chances[token] / chances.sum()), rel=1e-12)
