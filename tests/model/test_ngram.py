"""Kneser-Ney against a dictionary of tuples, and the promises of its interface."""

import dataclasses
import time
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model import ngram
from model.ngram import DEFAULT_ORDER, NgramModel, fit_ngram
from model.texts import Text
from preprocess.grammar import Grammar
from preprocess.tokens import load_split
from preprocess.vocabulary import Vocabulary

Tokens = npt.NDArray[np.uint16]
Gram = tuple[int, ...]


def reference(streams: Sequence[Tokens], size: int, order: int) -> Callable[[Gram, int], float]:
    """Return p(token | context), written as in the paper: a count for each tuple of tokens."""
    plain: list[Counter[Gram]] = [Counter() for _ in range(order + 1)]
    for stream in streams:
        padded = (0, *stream.tolist())
        for end in range(1, len(padded)):
            for k in range(1, min(order, end + 1) + 1):
                plain[k][padded[end - k + 1 : end + 1]] += 1
    counts = [Counter[Gram]() for _ in range(order)] + [plain[order]]
    for k in range(1, order):
        for gram in plain[k + 1]:
            counts[k][gram[1:]] += 1
        if k > 1:
            counts[k].update({gram: n for gram, n in plain[k].items() if gram[0] == 0})

    def discount(k: int, count: int) -> float:
        n = [sum(c == i for c in counts[k].values()) for i in range(5)]
        if 0 in n[1:]:
            return (0, 0.5, 1.0, 1.5)[min(count, 3)]
        y = n[1] / (n[1] + 2 * n[2])
        estimates = [0] + [i - (i + 1) * y * n[i + 1] / n[i] for i in (1, 2, 3)]
        return estimates[min(count, 3)] if min(estimates[1:]) > 0 else min(count, 3) / 2

    def probability(context: Gram, token: int) -> float:
        context = context[-(order - 1) :] if order > 1 else ()
        p = 1 / size
        for k in range(1, len(context) + 2):
            tail = context[len(context) - (k - 1) :]
            after = {w: counts[k][(*tail, w)] for w in range(size) if counts[k][(*tail, w)]}
            total = sum(after.values())
            if total:
                saved = sum(discount(k, count) for count in after.values())
                here = after.get(token, 0)
                p = (here - discount(k, here)) / total + saved / total * p
        return p

    return probability


def document(*tokens: int) -> Tokens:
    """Return the stream of a whole document."""
    return np.array([*tokens, 0], dtype=np.uint16)


def random_streams(seed: int, size: int, lengths: Sequence[int]) -> list[Tokens]:
    """Draw documents whose tokens are skewed, so that all discounts can be estimated."""
    rng = np.random.default_rng(seed)
    return [
        document(*(1 + (rng.random(length) ** 3 * (size - 1)).astype(int))) for length in lengths
    ]


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize(("size", "lengths"), [(4, (9, 0, 5)), (30, (60, 80, 1, 40))])
def test_equals_the_reference(size: int, lengths: Sequence[int], order: int) -> None:
    """Train, new and cut streams get the probabilities of the dictionary implementation."""
    train = random_streams(order, size, lengths)
    train.append(random_streams(order + 10, size, [25])[0][:-1])  # a stretch: no end
    model, expected = NgramModel.fit(train, size, order), reference(train, size, order)
    for stream in [*train, *random_streams(99, size, [30, 0])]:
        padded = (0, *stream.tolist())
        wanted = [expected(padded[:t], padded[t]) for t in range(1, len(padded))]
        np.testing.assert_allclose(model.log_probabilities(stream), np.log(wanted), rtol=1e-12)


@st.composite
def documents(draw: st.DrawFn, size: int = 5) -> list[Tokens]:
    """Draw documents over few tokens, so that they repeat; some are stretches without an end."""
    drawn = st.lists(st.tuples(st.lists(st.integers(1, size - 1), max_size=12), st.booleans()))
    return [
        np.array(tokens + [0] * ends, dtype=np.uint16)
        for tokens, ends in draw(drawn.filter(lambda streams: len(streams) < 6))
    ]


@settings(deadline=None, max_examples=25)
@given(documents(), documents(), st.integers(1, 7), st.integers(0, 2**32 - 1))
def test_all_orders_equal_the_reference(
    train: list[Tokens], text: list[Tokens], order: int, seed: int
) -> None:
    """One model holds those of all orders: their distributions among legal tokens and losses."""
    size = 5
    tokens = np.concatenate([*text, np.array([], np.uint16)])
    bounds = np.cumsum([0, *map(len, text)])
    rng = np.random.default_rng(seed)
    states = rng.integers(0, 3, len(tokens))
    legal = rng.random((3, size)) < 0.5
    legal[states, tokens] = True  # an encoder writes only what is legal
    padded = [(0, *stream.tolist()) for stream in text]
    contexts = [stream[:t] for stream in padded for t in range(1, len(stream))]
    model = NgramModel.fit(train, size, order)
    orders = range(1, order + 1)
    places = np.arange(len(tokens))
    found = model.log_distributions(tokens, places, orders, legal, states, bounds)
    assert found.shape == (order, len(tokens), size)
    losses = model.losses(tokens, bounds, legal, states)
    for k in orders:
        probability = reference(train, size, k)
        wanted = np.array([[probability(c, w) for w in range(size)] for c in contexts])
        wanted = wanted.reshape(-1, size) * legal[states]
        wanted /= wanted.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(np.exp(found[k - 1]), wanted, rtol=1e-9)
        scores = model.with_order(k).log_probabilities(tokens, legal, states, bounds)
        np.testing.assert_allclose(scores, np.log(wanted[places, tokens]), rtol=1e-9, atol=1e-12)
        assert losses[k - 1] == pytest.approx(-scores.sum(), rel=1e-9, abs=1e-9)


@settings(deadline=None, max_examples=25)
@given(documents(), documents(), st.integers(1, 8))
def test_matched_is_the_longest_context_that_something_follows(
    train: list[Tokens], text: list[Tokens], order: int
) -> None:
    """Counted over all contexts in train, by their tuples."""
    seen = set()
    for stream in train:
        padded = (0, *stream.tolist())
        seen |= {padded[i:t] for t in range(len(padded)) for i in range(t + 1)}
    tokens = np.concatenate([*text, np.array([], np.uint16)])
    wanted = []
    for stream in text:
        padded = (0, *stream.tolist())
        for t in range(1, len(padded)):
            lengths = [
                n for n in range(min(t, order - 1) + 1) if n == 0 or padded[t - n : t] in seen
            ]
            wanted.append(max(lengths))
    bounds = np.cumsum([0, *map(len, text)])
    found = NgramModel.fit(train, 5, order).matched(tokens, np.arange(len(tokens)), bounds)
    assert found.tolist() == wanted


def test_what_follows_changes_nothing_before() -> None:
    """Two texts that begin alike cost the same up to where they differ, to the last bit."""
    *train, text = random_streams(11, 12, [90, 90, 60])
    other = text.copy()
    other[30:] = 1 + other[30:] % 11
    model = NgramModel.fit(train, 12, 6)
    scores, others = model.log_probabilities(text), model.log_probabilities(other)
    np.testing.assert_array_equal(scores[:30], others[:30])
    assert not np.array_equal(scores[30:], others[30:])


def test_the_order_is_that_of_the_model_that_pays_least() -> None:
    """As if each order were fitted and scored by itself."""
    *train, valid = random_streams(12, 6, [200, 200, 200, 150])
    losses = [
        -NgramModel.fit(train, 6, order).log_probabilities(valid).sum() for order in range(1, 9)
    ]
    model = NgramModel.fit(train, 6, 8)
    np.testing.assert_allclose(model.losses(valid), losses, rtol=1e-12)
    assert model.choose_order(valid) == 1 + int(np.argmin(losses))
    assert len(set(losses)) == 8


def test_the_order_is_chosen_on_valid_where_none_is_given(song_corpus) -> None:
    """Songs of few words are known best by long contexts; a number is taken as it is."""
    vocabulary = Vocabulary.load(song_corpus.vocabulary)
    grammar = Grammar.of(vocabulary)
    train, valid = (
        Text.of(load_split(song_corpus.shards, split, vocabulary.sha256), grammar)
        for split in ("train", "valid")
    )
    chosen = fit_ngram(train.streams(), valid, None)
    losses = NgramModel.fit(train.streams(), vocabulary.size, 20).losses(
        valid.tokens, valid.bounds, grammar.legal, valid.states
    )
    assert chosen.order == 1 + int(losses.argmin())
    assert 2 < chosen.order < 20
    assert fit_ngram(train.streams(), valid, 3).order == 3
    none = dataclasses.replace(
        valid.split, tokens=valid.tokens[:0], offsets=np.array([0]), continued=np.array([], bool)
    )
    assert fit_ngram(train.streams(), Text.of(none, grammar), None).order == DEFAULT_ORDER


def test_a_count_by_hand() -> None:
    """Bigrams of `1 2`, `1 1` with the fallback discounts, worked out on paper."""
    model = NgramModel.fit([document(1, 2), document(1, 1)], vocabulary_size=4, order=2)
    # Bigrams: 01 twice, 12, 20, 11, 10 once. Before 0: {2, 1}; before 1: {0, 1}; before 2: {1}.
    unigrams = np.array([2 - 1, 2 - 1, 1 - 0.5, 0]) / 5 + (1 + 1 + 0.5) / 5 / 4
    after_one = np.array([0.5, 0.5, 0.5, 0]) / 3 + 1.5 / 3 * unigrams
    after_begin = np.array([0, 2 - 1, 0, 0]) / 2 + 1 / 2 * unigrams
    np.testing.assert_allclose(model.distribution(np.array([], dtype=np.uint16)), unigrams)
    np.testing.assert_allclose(model.distribution(np.array([2, 1])), after_one)
    np.testing.assert_allclose(model.distribution(np.array([0])), after_begin)
    np.testing.assert_allclose(model.distribution(np.array([3])), unigrams)  # never seen


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5, 6])
def test_distributions_sum_to_one(order: int) -> None:
    """So they do after contexts seen and unseen, and every token has some probability."""
    size = 12
    train = random_streams(1, size, [70, 70, 70])
    model = NgramModel.fit(train, size, order)
    rng = np.random.default_rng(2)
    seen = [train[0][start : start + n] for start in (0, 5, 30) for n in range(order + 1)]
    unseen = [rng.integers(0, size, n) for n in range(1, order + 1) for _ in range(5)]
    for context in [np.array([0]), *seen, *unseen]:
        distribution = model.distribution(context)
        assert distribution.shape == (size,)
        assert distribution.min() > 0
        assert distribution.sum() == pytest.approx(1, abs=1e-12)


def test_streams_are_scored_as_they_are_sampled() -> None:
    """`log_probabilities` is the logarithm of what `distribution` says at every position."""
    *train, stream = random_streams(3, 20, [80, 80, 50])
    model = NgramModel.fit(train, 20, 4)
    padded = np.append(0, stream)
    wanted = [model.distribution(padded[:t])[padded[t]] for t in range(1, len(padded))]
    np.testing.assert_allclose(model.log_probabilities(stream), np.log(wanted), rtol=1e-12)


def test_contexts_stay_in_their_document() -> None:
    """Order of documents changes nothing, and a pair across a border is no bigram."""
    documents = random_streams(4, 10, [30, 40, 50])
    probe = random_streams(5, 10, [40])[0]
    scores = NgramModel.fit(documents, 10, 5).log_probabilities(probe)
    swapped = NgramModel.fit(documents[::-1], 10, 5).log_probabilities(probe)
    np.testing.assert_allclose(scores, swapped, rtol=1e-12)

    cut = [np.array([1, 2]), np.array([3, 1])]  # 2 and 3 touch, in two streams
    model = NgramModel.fit(cut, 5, 2)
    unigrams = model.distribution(np.array([], dtype=int))
    np.testing.assert_allclose(model.distribution(np.array([2])), unigrams)


def test_a_start_keeps_plain_counts() -> None:
    """Nine of ten documents start with 1: a document's start says so, though 1 has one left."""
    model = NgramModel.fit([document(1, 2)] * 9 + [document(2, 2)], vocabulary_size=3, order=3)
    start = model.distribution(np.array([0]))
    assert start[1] > 0.8
    assert model.log_probabilities(document(1))[0] == pytest.approx(np.log(start[1]))
    assert model.distribution(np.array([], dtype=int))[1] < 0.3


@pytest.mark.parametrize("order", [1, 2, 4])
@pytest.mark.parametrize("chunk", [1, 7, 1 << 16])
def test_legal_tokens_share_all_the_mass(
    order: int, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Restricted to the legal tokens, the probability is that of a brute force division."""
    monkeypatch.setattr(ngram, "CHUNK", chunk)
    size = 20
    *train, stream = random_streams(6, size, [90, 90, 60])
    model = NgramModel.fit(train, size, order)
    rng = np.random.default_rng(7)
    states = rng.integers(0, 3, len(stream))
    legal = rng.random((3, size)) < 0.5
    legal[2] = True
    legal[states, stream] = True  # an encoder writes only what is legal
    padded = np.append(0, stream)
    wanted = []
    for t, (state, token) in enumerate(zip(states, stream, strict=True), start=1):
        distribution = model.distribution(padded[:t])
        wanted.append(np.log(distribution[token] / distribution[legal[state]].sum()))
    np.testing.assert_allclose(model.log_probabilities(stream, legal, states), wanted, rtol=1e-12)


def test_illegal_tokens_are_refused() -> None:
    """A token that its state forbids has no probability to report."""
    model = NgramModel.fit([document(1, 2)], 3, 2)
    legal = np.array([[True, True, False], [True, True, True]])
    with pytest.raises(ValueError, match="token 2 at 1 is illegal in state 0"):
        model.log_probabilities(document(1, 2), legal, np.array([0, 0, 1]))
    with pytest.raises(ValueError, match="together"):
        model.log_probabilities(document(1, 2), legal)


def test_chunks_join_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scores do not depend on how many positions are looked at together."""
    *train, stream = random_streams(8, 15, [200, 100])
    model = NgramModel.fit(train, 15, 6)
    whole = model.log_probabilities(stream)
    for chunk in (1, 3, 64):
        monkeypatch.setattr(ngram, "CHUNK", chunk)
        np.testing.assert_array_equal(model.log_probabilities(stream), whole)


@pytest.mark.parametrize("streams", [[], [np.array([], dtype=np.uint16)]])
def test_nothing_to_learn_is_uniform(streams: list[Tokens]) -> None:
    """Without tokens in train every token costs log V."""
    model = NgramModel.fit(streams, 8, 3)
    np.testing.assert_allclose(model.log_probabilities(document(5, 7)), np.full(3, -np.log(8)))
    assert model.log_probabilities(np.array([], dtype=np.uint16)).shape == (0,)


def test_impossible_values_are_refused() -> None:
    """An order without tokens and a token without a row are errors, with the value."""
    with pytest.raises(ValueError, match="got 0"):
        NgramModel.fit([document(1)], 3, 0)
    with pytest.raises(ValueError, match="token 7 is outside a vocabulary of 3"):
        NgramModel.fit([document(7)], 3, 2)
    with pytest.raises(ValueError, match="token 9"):
        NgramModel.fit([document(1)], 3, 2).log_probabilities(document(9))


def test_large_vocabularies_do_not_overflow() -> None:
    """50,000 tokens at order 6 would be 1.6e28 cells; ranks keep the keys small."""
    size = 50_000
    rng = np.random.default_rng(9)
    stream = np.append(rng.integers(1, size, 5_000), 0).astype(np.uint32)
    model = NgramModel.fit([stream], size, 6)
    assert model.order == 6
    assert model.distribution(stream[:-1]).sum() == pytest.approx(1, abs=1e-9)
    assert np.exp(model.log_probabilities(stream)).mean() > 0.2  # it has seen each context once


def test_two_megabytes_fit_in_seconds() -> None:
    """As many syllables as 2 MB hold, orders 1 - 6; generous, since machines are shared."""
    rng = np.random.default_rng(10)
    stream = (1 + rng.random(700_000) ** 6 * 1_500).astype(np.uint16)
    documents = [np.append(part, 0) for part in np.split(stream, 1_000)]
    begin = time.process_time()
    model = NgramModel.fit(documents, 1_600, 6)
    fitted = time.process_time()
    more = sum(model.log_probabilities(part).sum() for part in documents[:100])
    assert fitted - begin < 20
    assert time.process_time() - fitted < 10
    assert np.isfinite(more)


def test_longer_orders_help_until_they_do_not() -> None:
    """On a text that repeats, each order is at least as good as the one before."""
    text = document(*([1, 2, 3, 1, 2, 4, 5] * 40))
    losses = [
        -NgramModel.fit([text], 6, order).log_probabilities(text).mean() for order in (1, 2, 3, 4)
    ]
    assert all(shorter > longer for shorter, longer in pairwise(losses))
    assert losses[-1] < 0.1
