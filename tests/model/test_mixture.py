"""The mixture: below its parts on valid, blind to test and to the future, over one vocabulary."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from model import mixture
from model.mixture import Mixture
from model.ngram import NgramModel
from model.other_spellings import OtherSpellings
from model.parts import Parts
from model.scoring import score
from model.texts import Text
from preprocess.vocabulary import END

ORDER = 6


@pytest.fixture(scope="module")
def read(learnt_songs):
    """The parts that learnt from the songs, and the songs as texts by split."""
    network, vocabulary, texts = learnt_songs
    ngram = NgramModel.fit(texts["train"].streams(), vocabulary.size, ORDER)
    return Parts(network, ngram), texts


@pytest.fixture(scope="module")
def fitted(read):
    parts, texts = read
    return Mixture.fit(parts, texts["valid"])


def in_order(model: Mixture, text: Text):
    """Return the (N, V) log-probabilities of a text, each place of it once."""
    pieces = list(model.log_probabilities(text))
    places = np.concatenate([places for places, _ in pieces])
    np.testing.assert_array_equal(np.sort(places), np.arange(len(text.tokens)))
    return np.concatenate([found for _, found in pieces])[np.argsort(places)]


def by_place(views):
    """Return what views say in each of their places."""
    return {
        place: logs
        for view in views
        for place, logs in zip(view.places.tolist(), view.logs, strict=True)
    }


def cost(model: Mixture, text: Text) -> float:
    return float(model.costs(text, None)[0].sum())


def alone(parts: Parts, part: int, text: Text) -> Mixture:
    """Return the mixture that is one of its parts."""
    weights = np.zeros((parts.num_features(len(text.grammar.legal)), 1 + len(parts.orders)))
    weights[0, part] = 1
    return Mixture(parts, weights, weights[0], is_fitted=False)


def test_it_is_a_distribution_over_what_is_legal(read, fitted):
    _, texts = read
    found = in_order(fitted, texts["test"])
    legal = texts["test"].grammar.legal[texts["test"].states]
    assert found.dtype == np.float64
    np.testing.assert_array_equal(np.isneginf(found), ~legal)
    np.testing.assert_allclose(np.exp(found).sum(axis=1), 1, atol=1e-12)


def test_other_spellings_are_summed_in_their_place(read, fitted):
    _, texts = read
    test = texts["test"]
    rng = np.random.default_rng(1)
    counts = rng.integers(0, 4, len(test.tokens))
    bounds = np.append(0, np.cumsum(counts))
    others = OtherSpellings(bounds, rng.integers(0, fitted.parts.ngram.vocabulary_size, bounds[-1]))
    nats, masses = fitted.costs(test, others)
    found = np.exp(in_order(fitted, test))
    for place, (begin, end) in enumerate(pairwise(bounds)):
        assert masses[place] == pytest.approx(found[place, others.tokens[begin:end]].sum())
    np.testing.assert_array_equal(nats, fitted.costs(test, None)[0])


def test_the_network_alone_costs_what_the_network_costs(read):
    parts, texts = read
    test = texts["test"]
    found = in_order(alone(parts, 0, test), test)[np.arange(len(test.tokens)), test.tokens]
    wanted = -score(parts.network, test.tokens, test.bounds, test.grammar, test.states)
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_each_order_alone_costs_what_its_model_costs(read):
    parts, texts = read
    test = texts["test"]
    assert list(parts.orders) == [3, 5, 6]
    for part, order in enumerate(parts.orders, 1):
        ngram = NgramModel.fit(texts["train"].streams(), parts.ngram.vocabulary_size, order)
        wanted = -sum(
            ngram.log_probabilities(
                test.tokens[begin:end], test.grammar.legal, test.states[begin:end]
            ).sum()
            for begin, end in pairwise(test.bounds)
        )
        assert cost(alone(parts, part, test), test) == pytest.approx(wanted, rel=1e-6)


def test_fitted_on_valid_it_costs_less_there_than_each_part(read, fitted):
    parts, texts = read
    valid = texts["valid"]
    costs = [cost(alone(parts, part, valid), valid) for part in range(1 + len(parts.orders))]
    assert cost(fitted, valid) < 0.98 * min(costs)
    unfitted = Mixture.fit(parts, replace_tokens(valid, valid.tokens[:0]))
    assert cost(fitted, valid) < cost(unfitted, valid)


def test_without_valid_the_weights_are_the_documented_ones(read):
    parts, texts = read
    empty = replace_tokens(texts["valid"], texts["valid"].tokens[:0])
    model = Mixture.fit(parts, empty)
    np.testing.assert_array_equal(model.weights[0], [0.5, 0, 0, 0.5])
    assert not model.weights[1:].any()
    assert model.describe() == (
        "rnn 0.5000, order 3 0.0000, order 5 0.0000, order 6 0.5000; not fitted: no valid split"
    )


def test_a_large_valid_is_looked_at_here_and_there(read, monkeypatch):
    parts, texts = read
    valid = texts["valid"]
    numbers = len(valid.tokens) * 4 * parts.ngram.vocabulary_size
    monkeypatch.setattr(mixture, "NUMBERS", numbers // 3 + 1)
    whole, seen = by_place(parts.views(valid)), by_place(parts.views(valid, 3))
    assert sorted(seen) == list(range(0, len(valid.tokens), 3))
    for place, logs in seen.items():
        np.testing.assert_array_equal(logs, whole[place])
    few = Mixture.fit(parts, valid)
    monkeypatch.setattr(mixture, "NUMBERS", numbers)
    assert not np.allclose(few.weights, Mixture.fit(parts, valid).weights)
    assert cost(few, valid) < cost(alone(parts, 0, valid), valid)


def test_it_is_the_same_each_time(read, fitted):
    parts, texts = read
    np.testing.assert_array_equal(Mixture.fit(parts, texts["valid"]).weights, fitted.weights)


def test_the_future_changes_nothing_before_it(read, fitted):
    """Same prefix and other tokens thereafter: the same bits up to the first of these."""
    _, texts = read
    test = texts["test"]
    before = in_order(fitted, test)
    for change in (0, 1, len(test.tokens) // 2):
        changed = test.tokens.copy()
        place = change + int(np.argmax(changed[change:] != END))
        legal = np.flatnonzero(test.grammar.legal[test.states[place]])
        changed[place] = next(
            token
            for token in legal
            if token not in (END, changed[place])
            and test.grammar.next[test.states[place], token]
            == test.grammar.next[test.states[place], changed[place]]
        )
        after = in_order(fitted, replace_tokens(test, changed))
        stream_end = test.bounds[np.searchsorted(test.bounds, place, side="right")]
        same = np.r_[0 : place + 1, stream_end : len(changed)]
        np.testing.assert_array_equal(after[same], before[same])
        assert not np.array_equal(after[place + 1], before[place + 1])


def test_state_is_carried_as_the_network_learnt_it(read):
    """Across documents for the network, never for the n-grams; each place is there once."""
    parts, texts = read
    test = texts["test"]
    network = parts.network
    network.config = replace(network.config, carry="corpus")
    try:
        carried = [in_order(alone(parts, part, test), test) for part in (0, 3)]
    finally:
        network.config = replace(network.config, carry="document")
    fresh = [in_order(alone(parts, part, test), test) for part in (0, 3)]
    first = slice(0, int(test.bounds[1]))
    np.testing.assert_allclose(carried[0][first], fresh[0][first], atol=1e-5)
    second = test.bounds[1]
    assert np.abs(np.exp(carried[0][second]) - np.exp(fresh[0][second])).max() > 1e-4
    np.testing.assert_allclose(carried[1], fresh[1], atol=1e-9)


def test_models_over_other_tokens_are_refused(read):
    parts, texts = read
    ngram = NgramModel.fit([], parts.ngram.vocabulary_size + 1, 2)
    with pytest.raises(ValueError, match="both must be over one vocabulary"):
        Parts(parts.network, ngram)
    grammar = texts["test"].grammar
    wider = replace(grammar, legal=np.pad(grammar.legal, ((0, 0), (0, 1))))
    with pytest.raises(ValueError, match="cannot be read by models over"):
        next(parts.views(replace(texts["test"], grammar=wider)))


def replace_tokens(text: Text, tokens) -> Text:
    """Return the same streams with other tokens, or with none."""
    split = replace(text.split, tokens=tokens)
    if not len(tokens):
        split = replace(split, offsets=np.zeros(1, np.int64), continued=np.zeros(0, bool))
    return Text.of(split, text.grammar)
