"""Scores: what each token costs, as docs/numbers.md says."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from model.config import ModelConfig
from model.rnn import CharRNN
from model.scoring import bits_of_text, log_probability_windows, score
from model.segments import stream_bounds
from preprocess.grammar import Grammar
from preprocess.tokens import load_split
from preprocess.units import make_unit
from preprocess.vocabulary import END, Vocabulary


def tiny(size: int, **changes) -> CharRNN:
    torch.manual_seed(0)
    shape = {"cell": "lstm", "layers": 2, "hidden": 12, "embedding": 8, "tie": True}
    rates = {"embedding_dropout": 0.5, "dropout": 0.5, "weight_dropout": 0.5}
    model = CharRNN(ModelConfig(**{**shape, **rates, "carry": "document", **changes}), size)
    with torch.no_grad():
        model.embedding.weight.mul_(10)  # so that tokens differ much in what they cost
    return model


@pytest.fixture(scope="module")
def vocabulary(song_corpus):
    return Vocabulary.load(song_corpus.vocabulary)


@pytest.fixture(scope="module")
def grammar(vocabulary):
    return Grammar.of(vocabulary)


@pytest.fixture(scope="module")
def train_split(song_corpus, vocabulary):
    return load_split(song_corpus.shards, "train", vocabulary.sha256)


def plain_score(model, tokens, bounds, grammar, rows=()) -> np.ndarray:
    """One stream, one document, one token at a time; masked by setting logits to -inf."""
    model.eval()
    nats = []
    for begin, end in pairwise(bounds):
        state, before, legal = None, END, grammar.start
        for place, token in enumerate(tokens[begin:end].tolist(), begin):
            if place in rows:
                legal = grammar.start
            with torch.no_grad():
                logits, state = model(torch.tensor([[before]]), state)
            logits = logits[0, 0].double()
            logits[~torch.from_numpy(grammar.legal[legal])] = -math.inf
            nats.append(-torch.log_softmax(logits, 0)[token].item())
            before, legal = token, grammar.next[legal, token]
    return np.array(nats)


@pytest.mark.parametrize("carry", ["document", "corpus"])
def test_scores_are_those_of_a_plain_loop(train_split, vocabulary, grammar, carry, monkeypatch):
    """Also where lanes and windows are many: none is cut, none left out, the first is paid for."""
    monkeypatch.setattr("model.scoring.LANES", 5)
    monkeypatch.setattr("model.scoring.LONGEST_WINDOW", 7)
    model = tiny(vocabulary.size)
    bounds = stream_bounds(train_split.offsets, train_split.continued, carry)
    assert len(bounds) == {"document": 25, "corpus": 2}[carry]
    nats = score(model, train_split.tokens, bounds, grammar)
    assert nats.dtype == np.float64
    wanted = plain_score(model, train_split.tokens, bounds, grammar)
    np.testing.assert_allclose(nats, wanted, rtol=0, atol=1e-5)


def test_a_stream_of_rows_is_masked_as_each_was_encoded():
    """In unit word, what a cut leaves of an eojeol or of white space is a run of its own."""
    symbols = [*" \n가나다", "가나", "나다", "  "]
    words = Vocabulary(make_unit({"kind": "word"}), symbols, np.zeros(len(symbols), np.int64))
    grammar, model = Grammar.of(words), tiny(words.size)
    rows = [words.encode(text) for text in ("가나", "나다", "  ", "  가나", "뷁")]
    tokens = np.concatenate([*rows, [END]])
    offsets = np.append(0, np.cumsum([len(row) for row in rows]))
    offsets[-1] += 1
    bounds = offsets[[0, 3, -1]]
    with pytest.raises(ValueError, match="token 263 at position 1 cannot follow"):
        score(model, tokens, bounds, grammar)
    nats = score(model, tokens, bounds, grammar, grammar.states(tokens, offsets))
    wanted = plain_score(model, tokens, bounds, grammar, offsets.tolist())
    np.testing.assert_allclose(nats, wanted, rtol=0, atol=1e-5)


def test_uniform_logits_cost_log2_of_what_is_legal(train_split, vocabulary, grammar):
    model = tiny(vocabulary.size)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    bounds = stream_bounds(train_split.offsets, train_split.continued, "document")
    anything = Grammar(next=np.zeros_like(grammar.next), legal=np.ones_like(grammar.legal), start=0)
    nats = score(model, train_split.tokens, bounds, anything)
    np.testing.assert_allclose(nats / math.log(2), math.log2(vocabulary.size), rtol=1e-6)
    nats = score(model, train_split.tokens, bounds, grammar)
    starts = nats[bounds[:-1]] / math.log(2)
    np.testing.assert_allclose(starts, math.log2(grammar.legal[grammar.start].sum()), rtol=1e-6)
    ends = nats[bounds[1:] - 1]
    assert (ends > 1).all()  # the end is paid for


def test_legal_tokens_share_all_probability(vocabulary, grammar):
    """What the grammar leaves after a vowel sums to one, so that nothing is lost on the rest."""
    model = tiny(vocabulary.size)
    prefix = vocabulary.encode("바")  # a trailing consonant may follow, or a new character
    state = grammar.states(np.append(prefix, END))[-1]
    legal = np.flatnonzero(grammar.legal[state])
    assert 1 < len(legal) < vocabulary.size
    costs = []
    for token in legal:
        tokens = np.append(prefix, token)
        costs.append(score(model, tokens, np.array([0, len(tokens)]), grammar)[-1])
    assert np.exp(-np.array(costs)).sum() == pytest.approx(1, abs=1e-6)


def test_a_document_costs_the_same_wherever_it_stands(train_split, vocabulary, grammar):
    model = tiny(vocabulary.size)
    bounds = stream_bounds(train_split.offsets, train_split.continued, "document")
    nats = score(model, train_split.tokens, bounds, grammar)
    third = train_split.tokens[bounds[2] : bounds[3]]
    alone = score(model, third, np.array([0, len(third)]), grammar)
    np.testing.assert_allclose(alone, nats[bounds[2] : bounds[3]], atol=1e-5)


def test_a_later_token_changes_no_earlier_score(vocabulary, grammar):
    model = tiny(vocabulary.size)
    first, second = (vocabulary.encode(f"사랑 노래{rest}") for rest in ("는 별", "와 밤"))
    shared = len(vocabulary.encode("사랑 노래"))
    scores = [score(model, text, np.array([0, len(text)]), grammar) for text in (first, second)]
    assert (scores[0][:shared] == scores[1][:shared]).all()


def test_dropout_is_off_and_the_mode_is_left_as_it_was(train_split, vocabulary, grammar):
    model = tiny(vocabulary.size).train()
    bounds = stream_bounds(train_split.offsets, train_split.continued, "document")
    first = score(model, train_split.tokens, bounds, grammar)
    assert (first == score(model, train_split.tokens, bounds, grammar)).all()
    assert model.training


def test_a_model_without_numbers_is_refused(vocabulary, grammar):
    model = tiny(vocabulary.size)
    with torch.no_grad():
        model.bias[3] = math.nan
    with pytest.raises(ValueError, match="the model gives no numbers"):
        score(model, vocabulary.encode("별"), np.array([0, 3]), grammar)


def test_bits_of_a_text_pay_for_its_end_and_its_bytes(vocabulary, grammar):
    model, text = tiny(vocabulary.size), "별이 🙂"
    tokens = np.append(vocabulary.encode(text), END)
    nats = plain_score(model, tokens, np.array([0, len(tokens)]), grammar).sum()
    result = bits_of_text(model, vocabulary, grammar, text)
    assert result.pop("bits_per_byte") == pytest.approx(nats / math.log(2) / 12, rel=1e-5)
    assert result.pop("bits_per_character") == pytest.approx(nats / math.log(2) / 5, rel=1e-5)
    assert result.pop("nats_per_character") == pytest.approx(nats / 5, rel=1e-5)
    assert result.pop("perplexity_per_token") == pytest.approx(math.exp(nats / 11), rel=1e-5)
    assert result == {"bytes": 12, "characters": 5, "tokens": 11, "documents": 1}


def test_the_empty_text_is_an_end(vocabulary, grammar):
    result = bits_of_text(tiny(vocabulary.size), vocabulary, grammar, "")
    assert (result["bytes"], result["characters"], result["tokens"]) == (1, 1, 1)
    assert result["bits_per_byte"] > 0


def test_windows_tell_what_the_score_is_made_of(train_split, grammar, vocabulary, monkeypatch):
    """Each place comes once, its legal tokens share 1, and one that was broken off does no harm."""
    monkeypatch.setattr("model.scoring.LONGEST_WINDOW", 7)
    model = tiny(vocabulary.size).train()
    tokens, offsets = train_split.tokens, train_split.offsets
    bounds = stream_bounds(offsets, train_split.continued, "document")
    states = grammar.states(tokens, offsets)
    nats, times = np.zeros(len(tokens)), np.zeros(len(tokens), int)
    for places, inside, found in log_probability_windows(model, tokens, bounds, grammar, states):
        here, chances = places[inside], found.double().exp().numpy()[inside]
        times[here] += 1
        assert not chances[~grammar.legal[states[here]]].any()
        np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-5)
        nats[here] = -np.log(chances[np.arange(len(here)), tokens[here]])
    assert (times == 1).all()
    np.testing.assert_allclose(nats, score(model, tokens, bounds, grammar, states), rtol=1e-6)
    windows = log_probability_windows(model, tokens, bounds, grammar, states)
    next(windows)
    windows.close()
    assert model.training
