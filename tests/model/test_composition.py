"""Composed vectors: what they are made of, what trains them, and what is saved of them."""

import numpy as np
import pytest
import torch

from model.composition import NO_PART, NUM_PARTS, compose, parts_of, plain
from model.config import ModelConfig
from model.rnn import CharRNN
from preprocess.units import Syllable
from preprocess.vocabulary import Vocabulary

CONFIG = ModelConfig(
    cell="lstm",
    layers=1,
    hidden=8,
    embedding=6,
    embedding_dropout=0.0,
    dropout=0.0,
    weight_dropout=0.0,
    tie=True,
    carry="document",
)
SYMBOLS = ["가", "각", "나", "a", "ㄱ", "漢"]
TOKENS = torch.tensor([[0, 257, 258, 259, 260]])


@pytest.fixture
def vocabulary() -> Vocabulary:
    return Vocabulary(Syllable(), SYMBOLS, np.zeros(0, np.int64))


@pytest.fixture
def network(vocabulary: Vocabulary) -> CharRNN:
    torch.manual_seed(1)
    return CharRNN(CONFIG, vocabulary.size)


def test_syllables_share_their_parts_and_other_tokens_have_none(vocabulary: Vocabulary) -> None:
    parts = parts_of(vocabulary)
    ga, gak, na = parts[257:260].tolist()
    assert ga == [1, 20, NO_PART]  # ㄱ and ㅏ are the first of their kinds
    assert gak == [1, 20, 41]
    assert na == [3, 20, NO_PART]
    assert parts.shape == (vocabulary.size, 3)
    assert parts.count_nonzero() == 7
    assert parts.max() < NUM_PARTS


def test_a_syllables_vector_is_its_own_and_those_of_its_parts(
    network: CharRNN, vocabulary: Vocabulary
) -> None:
    own = network.embedding.weight.detach().clone()
    compose(network, vocabulary, spread=0.1)
    rows = network.embedding.parametrizations["weight"][0].rows  # type: ignore[index, union-attr]
    expected = own[258] + rows[1] + rows[20] + rows[41]
    torch.testing.assert_close(network.embedding.weight[258], expected)
    assert torch.equal(network.embedding.weight[260], own[260])


def test_without_spread_a_trained_network_goes_on_as_it_was(
    network: CharRNN, vocabulary: Vocabulary
) -> None:
    before, _ = network.eval()(TOKENS)
    compose(network, vocabulary, spread=0.0)
    assert torch.equal(network(TOKENS)[0], before)


def test_a_syllable_that_is_not_read_learns_from_those_that_are(
    network: CharRNN, vocabulary: Vocabulary
) -> None:
    compose(network, vocabulary, spread=0.1)
    before = network.embedding.weight.detach().clone()
    optimiser = torch.optim.SGD(network.parameters(), lr=1.0)
    loss, _ = network.loss(torch.tensor([[257]]), torch.tensor([[257]]), None, None)
    loss.backward()
    optimiser.step()
    moved = (network.embedding.weight - before).norm(dim=1)
    assert moved[258] > 0.0  # 각 has two parts of 가
    rows = network.embedding.parametrizations["weight"][0].rows  # type: ignore[index, union-attr]
    assert not rows[NO_PART].any()


def test_plain_weights_are_those_of_the_same_model(
    network: CharRNN, vocabulary: Vocabulary
) -> None:
    compose(network, vocabulary, spread=0.1)
    composed, _ = network.eval()(TOKENS)
    other = CharRNN(CONFIG, vocabulary.size).eval()
    other.load_state_dict(plain(network.state_dict(), vocabulary))
    assert torch.equal(other(TOKENS)[0], composed)


def test_a_vocabulary_without_syllables_is_left_alone(network: CharRNN) -> None:
    vocabulary = Vocabulary(Syllable(), list("abcdef"), np.zeros(0, np.int64))
    compose(network, vocabulary, spread=0.1)
    assert (
        plain(network.state_dict(), vocabulary).keys()
        == CharRNN(CONFIG, vocabulary.size).state_dict().keys()
    )
    assert type(network.embedding) is torch.nn.Embedding
