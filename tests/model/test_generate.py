"""Drawing tokens: the distribution, the grammar, the seeds."""

import math

import numpy as np
import pytest
import torch

from model.config import ModelConfig
from model.generate import OVER, choose, steps
from model.rnn import CharRNN
from preprocess.grammar import Grammar
from preprocess.units import END, make_unit
from preprocess.vocabulary import Vocabulary
from tests.model.samplings import config


def make_vocabulary(kind: str, characters: str = "\n 사랑해 ㅋ.") -> Vocabulary:
    unit = make_unit({"kind": kind})
    code_points = np.array(sorted(map(ord, set(characters))), np.uint32)
    code_points = code_points[unit.base.may_have_id(code_points)]
    counts = np.zeros(257 + len(unit.base.parts) + len(code_points), np.int64)
    return Vocabulary(unit, list(map(chr, code_points)), counts)


def make_model(size: int, cell: str = "lstm", carry: str = "document") -> CharRNN:
    torch.manual_seed(3)
    shape = {"layers": 1, "hidden": 64, "embedding": 32, "tie": True}
    rates = dict.fromkeys(("embedding_dropout", "dropout", "weight_dropout"), 0.3)
    return CharRNN(ModelConfig(cell=cell, carry=carry, **shape, **rates), size).eval()


def favour(model: CharRNN, added: dict[int, float]) -> None:
    """Add to the model's logits of some tokens, so that it writes what a test needs."""
    bias = torch.zeros(model.vocabulary_size)
    bias[list(added)] = torch.tensor(list(added.values()))
    model.register_forward_hook(lambda _, __, output: (output[0] + bias, output[1]))


NO_BYTES = dict.fromkeys(range(1, 257), -50.0)


def drawn_shares(scores: list[float], **changes) -> np.ndarray:
    """Return how often each token is drawn over an even grid of random numbers."""
    number = 10_000
    uniforms = (torch.arange(number, dtype=torch.float64) + 0.5) / number
    rows = torch.tensor([scores]).expand(number, -1)
    tokens = choose(rows, config(**changes), uniforms)
    return np.bincount(tokens.numpy(), minlength=len(scores)) / number


def test_tokens_are_drawn_by_their_probability() -> None:
    scores = [0.0, -math.inf, math.log(2), math.log(5)]
    np.testing.assert_allclose(drawn_shares(scores), [1 / 8, 0, 2 / 8, 5 / 8], atol=1e-4)
    np.testing.assert_allclose(
        drawn_shares(scores, temperature=0.5), [1 / 30, 0, 4 / 30, 25 / 30], atol=1e-4
    )
    np.testing.assert_allclose(drawn_shares(scores, top_k=2), [0, 0, 2 / 7, 5 / 7], atol=1e-4)
    np.testing.assert_allclose(drawn_shares(scores, top_k=99), drawn_shares(scores))
    for top_p, shares in ((0.1, [0, 0, 0, 1]), (0.7, [0, 0, 2 / 7, 5 / 7])):
        np.testing.assert_allclose(drawn_shares(scores, top_p=top_p), shares, atol=1e-4)
    np.testing.assert_allclose(drawn_shares(scores, top_p=0.9), drawn_shares(scores))


@pytest.mark.parametrize("changes", [{"temperature": 0.0}, {"top_k": 1}, {"temperature": 1e-320}])
def test_the_likeliest_alone(changes) -> None:
    assert drawn_shares([1.0, 3.0, -2.0, -math.inf], **changes).tolist() == [0, 1, 0, 0]


def test_the_largest_random_number_draws_what_has_mass() -> None:
    largest = torch.tensor([1 - 2**-53, 0.0], dtype=torch.float64)
    scores = torch.tensor([[-math.inf, 0.1, 0.2, 0.3, -math.inf]]).expand(2, -1)
    assert choose(scores, config(), largest).tolist() == [3, 1]


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("kind", ["jamo", "syllable", "byte"])
def test_samples_keep_to_the_grammar(kind: str, cell: str) -> None:
    vocabulary = make_vocabulary(kind)
    grammar = Grammar.of(vocabulary)
    model = make_model(vocabulary.size, cell)
    rows = np.stack(list(steps(model, vocabulary, grammar, config(stop="none"), range(5))))
    for column in rows.T:
        tokens = column[column != OVER]
        grammar.states(tokens)  # raises where a token is illegal
        assert vocabulary.characters_begun[tokens].sum() == 40
        ends = np.flatnonzero(tokens == END)
        decoded = [vocabulary.decode(part) for part in np.split(tokens, ends)]
        assert "\N{REPLACEMENT CHARACTER}" not in "".join(decoded)
        spelt = np.concatenate([vocabulary.encode(text) for text in decoded])
        np.testing.assert_array_equal(tokens[tokens != END], spelt)


def test_a_sample_ends_with_its_document() -> None:
    vocabulary = make_vocabulary("syllable")
    model = make_model(vocabulary.size)
    favour(model, {**NO_BYTES, END: 1.0})
    grammar = Grammar.of(vocabulary)
    ended = np.stack(list(steps(model, vocabulary, grammar, config(), range(8))))
    going_on = np.stack(list(steps(model, vocabulary, grammar, config(stop="none"), range(8))))
    assert (ended != END).all()
    assert len(ended) <= len(going_on) == 41  # the last step says that all are over
    for lane in range(8):
        first_end = int(np.argmax(going_on[:, lane] == END))
        assert going_on[first_end, lane] == END
        kept = ended[:first_end, lane]
        np.testing.assert_array_equal(kept, going_on[:first_end, lane])
        assert (ended[first_end:, lane] == OVER).all()


@pytest.mark.parametrize("cell", ["gru", "lstm"])
@pytest.mark.parametrize("carry", ["document", "corpus"])
def test_the_state_begins_anew_with_each_document(carry: str, cell: str) -> None:
    """Where an end is read, the state is zero, unless it is carried across documents."""
    vocabulary = make_vocabulary("syllable")
    model = make_model(vocabulary.size, cell, carry)
    favour(model, {**NO_BYTES, END: 1.0})
    calls = []
    model.register_forward_pre_hook(lambda _, inputs: calls.append(inputs))
    rows = list(steps(model, vocabulary, Grammar.of(vocabulary), config(stop="none"), range(6)))
    ends = 0
    for tokens, state in calls[1:]:
        is_zero = torch.stack([(part == 0).all(dim=2).all(dim=0) for part in state]).all(dim=0)
        is_end = tokens[:, 0] == END
        ends += int(is_end.sum())
        assert torch.equal(is_zero, is_end if carry == "document" else torch.zeros_like(is_end))
    assert ends > 10
    assert len(calls) == len(rows)


def test_tokens_are_those_of_a_plain_loop() -> None:
    """Greedy tokens after a prompt equal those found by reading the whole text anew each time."""
    vocabulary = make_vocabulary("jamo")
    grammar = Grammar.of(vocabulary)
    model = make_model(vocabulary.size)
    favour(model, {END: -50.0})
    prompt = "사랑해 " * 150  # more than one block of tokens
    drawn = steps(model, vocabulary, grammar, config(temperature=0.0, prompt=prompt), [0])
    tokens = [int(row[0]) for row in drawn][:12]
    text = [END, *vocabulary.encode(prompt).tolist()]
    state = grammar.start
    with torch.no_grad():
        for token in tokens:
            logits = model(torch.tensor([text]))[0][0, -1]
            logits[torch.from_numpy(~grammar.legal[state])] = -math.inf
            assert int(logits.argmax()) == token
            text.append(token)
            state = grammar.next[state, token]


def test_the_prompts_last_character_stays() -> None:
    """A trailing consonant would make another syllable of it."""
    vocabulary = make_vocabulary("jamo")
    model = make_model(vocabulary.size)
    trailing = [token for token, kind in enumerate(vocabulary.kinds) if kind == "trailing"]
    favour(model, dict.fromkeys(trailing, 50.0))
    grammar = Grammar.of(vocabulary)
    first = next(steps(model, vocabulary, grammar, config(prompt="사라"), range(9)))
    assert all(vocabulary.characters_begun[first[first != OVER]] == 1)
