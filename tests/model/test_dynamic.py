"""The row `dynamic`: blind to the future, a distribution over what is legal, ever learning."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model import context_mixing, dynamic
from model.context_mixing import COLON, LETTER, LINE_END, OTHER, ContextMixer
from model.decisions import Decisions
from model.dynamic import dynamic_nats, folded, kinds
from model.dynamic_rnn import SEGMENT, DynamicRNN
from model.scoring import score
from model.texts import Text
from preprocess.grammar import Grammar
from preprocess.units import FIRST_BYTE
from preprocess.vocabulary import END

SIZE = 5  # tokens of a toy vocabulary
ANY = np.ones((1, SIZE), bool)


def text_of(like: Text, tokens: list[int], offsets: list[int] | None = None) -> Text:
    """Return a text of other tokens: one document, or one at each offset."""
    bounds = np.array(offsets or [0, len(tokens)])
    split = replace(
        like.split,
        tokens=np.array(tokens, like.tokens.dtype),
        offsets=bounds,
        continued=np.zeros(len(bounds) - 1, bool),
    )
    return Text.of(split, like.grammar)


def costs(learnt_songs, test: Text, valid: Text | None = None):
    network, vocabulary, texts = learnt_songs
    return dynamic_nats(network, vocabulary, texts["train"], valid or texts["valid"], test)[0]


def toy(tokens: list[int], begins: tuple[int, ...] = (0,), legal=ANY) -> ContextMixer:
    """Return a mixer of a toy vocabulary that has not read its tokens yet."""
    marks = np.zeros(len(tokens) + 1, bool)
    marks[list(begins)] = True
    return ContextMixer(
        tokens=np.array(tokens),
        begins=marks,
        states=np.zeros(len(tokens), np.int64),
        decisions=Decisions.of(np.arange(SIZE), legal),
        kinds=np.array([LINE_END, LETTER, LETTER, OTHER, COLON]),
        folded=np.arange(SIZE),
        num_others=0,
    )


def test_dynamic_does_not_see_the_future(learnt_songs):
    """Segment updates of the network included: what follows changes nothing before it."""
    texts = learnt_songs[2]
    before = np.concatenate(texts["test"].streams() * 2)[: 3 * SEGMENT + 5].tolist()
    syllables = texts["test"].streams()[0].tolist()
    end = [END] * (2 * SEGMENT)
    while Grammar.states(texts["test"].grammar, np.array([*before, END]))[-1] != 0:
        before.pop()
    one = costs(learnt_songs, text_of(texts["test"], before + end))
    two = costs(learnt_songs, text_of(texts["test"], before + syllables * 3))
    np.testing.assert_array_equal(one[: len(before)], two[: len(before)])
    assert one[len(before)] != two[len(before)]


def test_probabilities_sum_to_one_over_what_is_legal(learnt_songs):
    """Every token that the grammar allows, tried after the same text."""
    network, vocabulary, texts = learnt_songs
    text = texts["test"]
    before = text.tokens[:20].tolist()
    state = Grammar.states(text.grammar, np.array([*before, int(text.tokens[20])]))[-1]
    opinions = next(DynamicRNN(network, True).read(text_of(text, text.tokens[:21].tolist())))[2]
    decisions = Decisions.of(np.ones(vocabulary.size), text.grammar.legal)
    total = 0.0
    for token in np.flatnonzero(text.grammar.legal[state]):
        odds = decisions.log_odds(opinions[20:21], np.array([token]), np.array([state]))
        total += math.exp(-_path_cost(decisions, token, state, odds))
    assert total == pytest.approx(1, abs=1e-9)


def _path_cost(decisions: Decisions, token: int, state: int, odds) -> float:
    """Price a token by the log-odds of its open decisions."""
    cost, given = 0.0, iter(odds)
    for step in decisions.paths[decisions.bounds[token] : decisions.bounds[token + 1]]:
        first, middle, end = decisions.nodes[step >> 1]
        legal = decisions.legal[state]
        if legal[first] < legal[middle] < legal[end]:
            right = 1 / (1 + math.exp(-next(given)))
            cost -= math.log(right if step & 1 else 1 - right)
    return cost


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.integers(0, SIZE - 1), max_size=40),
    st.lists(st.booleans(), min_size=SIZE, max_size=SIZE).filter(any),
)
def test_the_mixer_gives_a_distribution_over_what_is_legal(before, allowed):
    legal = np.array([[True] * SIZE, allowed])
    total = 0.0
    for token in np.flatnonzero(allowed).tolist():
        mixer = toy([*before, token], legal=legal)
        mixer._text[2][-1] = 1
        total += math.exp(-mixer.read(0, len(before) + 1)[-1])
    assert total == pytest.approx(1, abs=1e-9)


def test_decisions_of_a_distribution_price_its_tokens():
    shares = np.random.default_rng(1).dirichlet(np.ones(SIZE))
    legal = np.array([[True, True, False, True, True]])
    decisions = Decisions.of([5, 1, 7, 0, 2], legal)
    assert (decisions.legal[0, -1], len(decisions.nodes)) == (4, SIZE - 1)
    for token in (0, 1, 3, 4):
        odds = decisions.log_odds(np.log(shares)[None], np.array([token]), np.array([0]))
        share = shares[token] / (1 - shares[2])
        assert _path_cost(decisions, token, 0, odds) == pytest.approx(-math.log(share), abs=1e-9)


def test_frequent_tokens_take_fewer_decisions():
    decisions = Decisions.of([100, 1, 1, 30, 0], ANY)
    assert np.diff(decisions.bounds).tolist() == [1, 4, 3, 2, 4]


def test_reading_in_pieces_is_reading_at_once():
    tokens = np.random.default_rng(2).integers(0, SIZE, 300).tolist()
    whole = toy(tokens, (0, 100)).read(0, 300)
    mixer = toy(tokens, (0, 100))
    pieces = [mixer.read(begin, begin + 60) for begin in range(0, 300, 60)]
    np.testing.assert_array_equal(np.concatenate(pieces), whole)


def test_contexts_never_cross_an_end():
    """A stream's first token costs the same whatever its neighbour ended with, if both were new."""
    first, second = [1, 2, 1, 3, 0], [2, 1, 2, 3, 0]
    one = toy([*first, 1, 4], (0, 5)).read(0, 7)
    joined = toy([*first, 1, 4], (0,)).read(0, 7)
    assert one[5] != joined[5]
    # The same counts, in another order: only a context across the end could tell them apart.
    tail = [[*first, *second], [*second, *first]]
    unigrams = [toy([*tokens, 1], (0, 5, 10)).read(0, 11)[10] for tokens in tail]
    assert unigrams[0] == pytest.approx(unigrams[1], rel=0.2)


def test_what_stands_before_a_stream_is_in_none_of_its_contexts():
    """What each context is hashed from is the same, whatever another document ended with."""

    def contexts(before: list[int], own: list[int]) -> list[list[int]]:
        tokens, found = np.array([*before, *own]), []
        places, words = np.zeros(4, np.int64), np.zeros(4, np.uint64)
        kinds_of, same = np.array([LINE_END, LETTER, OTHER, COLON, LETTER]), np.arange(SIZE)
        context_mixing._start_stream(0, places, words)
        for at, token in enumerate(tokens):
            if at == len(before):
                context_mixing._start_stream(at, places, words)
            hashed = np.zeros(context_mixing.NUM_CONTEXTS, np.uint64)
            context_mixing._find_contexts(tokens, at, kinds_of, places, words, hashed)
            found.append(hashed.tolist())
            context_mixing._end_token(at, token, kinds_of, same, places, words)
        return found[len(before) :]

    own = [1, 4, 2, 3, 1, 0, 1, 1, 2, 4]
    assert contexts([1, 3, 4, 2, 0], own) == contexts([4, 1, 1, 2, 3, 3, 0], own)
    assert contexts([1, 4, 2, 0], own) != contexts([], [2, *own])[1:]


def test_it_learns_train_then_valid_then_test(learnt_songs):
    """What stands in valid is cheap in test; less so without valid, or once train has it."""
    texts = learnt_songs[2]
    song, other = texts["test"].streams()[0].tolist(), texts["valid"].streams()[0].tolist()
    test = text_of(texts["test"], song)
    known = costs(learnt_songs, test, text_of(test, song)).sum()
    unknown = costs(learnt_songs, test, text_of(test, other)).sum()
    nothing = costs(learnt_songs, test, text_of(test, [], [0])).sum()
    assert known < 0.8 * unknown
    assert np.isfinite(nothing)


def test_it_is_below_the_static_network_where_the_style_changes(learnt_songs):
    network, vocabulary, texts = learnt_songs
    alien = [*vocabulary.encode("etaoin shrdlu\n" * 12).tolist(), END]
    test = text_of(texts["test"], alien)
    static = score(network, test.tokens, test.bounds, test.grammar, test.states)
    assert costs(learnt_songs, test).sum() < 0.5 * static.sum()


def test_the_network_learns_from_segments_and_stays_as_it_was(learnt_songs):
    network, _, texts = learnt_songs
    trained = [parameter.detach().clone() for parameter in network.parameters()]
    text = text_of(texts["test"], texts["test"].streams()[0].tolist() * 8)

    def cost(learns: bool) -> float:
        reader = DynamicRNN(network, learns)
        return sum(
            -float(scores[np.arange(end - begin), text.tokens[begin:end]].sum())
            for begin, end, scores in reader.read(text)
        )

    assert cost(learns=True) < cost(learns=False)
    inputs = torch.tensor([[END, *text.tokens[:-1].tolist()]])
    with torch.no_grad():
        logits = network(inputs)[0][0]
    targets = torch.from_numpy(text.tokens.astype(np.int64))
    static = torch.nn.functional.cross_entropy(logits, targets, reduction="sum")
    assert cost(learns=False) == pytest.approx(float(static), rel=1e-5)
    for before, after in zip(trained, network.parameters(), strict=True):
        assert torch.equal(before, after)
        assert after.grad is None


def test_bounds_are_told(learnt_songs, monkeypatch):
    network, vocabulary, texts = learnt_songs
    assert dynamic_nats(network, vocabulary, *texts.values())[1:] == ("train, valid", "learns")
    monkeypatch.setattr(dynamic, "TRAIN_TOKENS", 100)
    monkeypatch.setattr(dynamic, "MOST_LEARNING", 0)
    _, read_before, learning = dynamic_nats(network, vocabulary, *texts.values())
    assert (read_before, learning) == ("the last 100 tokens of train, valid", "frozen")


def test_it_is_the_same_each_time(learnt_songs):
    test = learnt_songs[2]["test"]
    np.testing.assert_array_equal(costs(learnt_songs, test), costs(learnt_songs, test))


def test_kinds_and_cases_of_tokens(learnt_songs):
    vocabulary = learnt_songs[1]
    found = kinds(vocabulary)
    for text, kind in (("\n", LINE_END), (":", COLON), (" ", OTHER), ("'", LETTER), ("A", LETTER)):
        assert found[FIRST_BYTE + ord(text)] == kind
    assert found[END] == LINE_END
    assert found[FIRST_BYTE + 0xED] == LETTER
    assert folded(vocabulary)[FIRST_BYTE + ord("A")] == FIRST_BYTE + ord("a")
