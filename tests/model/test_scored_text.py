"""What characters cost: those of all units add up to what the tokens cost."""

import math

import numpy as np
import pytest
import torch

from model.config import ModelConfig, from_settings
from model.rnn import CharRNN
from model.scored_text import score_texts, total
from model.scoring import bits_of_text, score
from preprocess.grammar import Grammar
from preprocess.vocabulary import END, Vocabulary
from tests.model.conftest import songs
from tests.model.trainings import MODEL

TEXT = "사랑 뷁 漢字\nㅋㅋ 🙂 그대\n\nabc\n"
UNITS = {
    "syllable": {},
    "jamo": {},
    "byte": {},
    "word": {},
    "subword": {"max_size": 340, "over": "jamo"},
}


@pytest.fixture(scope="module", params=UNITS)
def made(request, tmp_path_factory, make_corpus):
    """A random network, its vocabulary of some unit, and the grammar."""
    kind = request.param
    texts = {"train": songs(30, 1), "valid": songs(2, 2), "test": songs(2, 3)}
    corpus = make_corpus(tmp_path_factory.mktemp(kind), texts, kind, **UNITS[kind])
    vocabulary = Vocabulary.load(corpus.vocabulary)
    torch.manual_seed(3)
    network = CharRNN(from_settings(ModelConfig, MODEL, "model"), vocabulary.size).eval()
    return network, vocabulary, Grammar.of(vocabulary)


def test_characters_add_up_to_the_text_and_lines_too(made):
    [scored] = score_texts(*made, [TEXT])
    whole = bits_of_text(*made, TEXT)
    assert scored.bits.shape == scored.bytes.shape == (len(TEXT) + 1,)
    assert (scored.bits > 0).all()
    assert total([scored]) == pytest.approx(whole, rel=1e-9)
    assert scored.lines == TEXT.split("\n")
    assert scored.line_bits.sum() == pytest.approx(whole["bits_per_byte"] * whole["bytes"])
    assert scored.line_bytes.tolist() == [len(line.encode()) + 1 for line in TEXT.split("\n")]
    assert scored.line_bits[-1] == scored.bits[-1]  # nothing but the document's end
    assert scored.line_bits[2] == scored.bits[TEXT.index("\n\n") + 1]


def test_a_character_costs_what_its_tokens_do(made):
    """Read off the tokens one by one; a piece's bits are shared by what it is made of."""
    network, vocabulary, grammar = made
    tokens = np.append(vocabulary.encode(TEXT), END)
    bits = score(network, tokens, np.array([0, len(tokens)]), grammar) / math.log(2)
    bounds, expanded = vocabulary.expansions
    expected, place = np.zeros(len(TEXT) + 1), -1
    for token, cost in zip(tokens, bits, strict=True):
        parts = expanded[bounds[token] : bounds[token + 1]]
        for part in parts:
            place += int(vocabulary.characters_begun[part])
            expected[place] += cost / len(parts)
    [scored] = score_texts(network, vocabulary, grammar, [TEXT])
    np.testing.assert_allclose(scored.bits, expected, rtol=1e-9)


def test_documents_are_scored_each_by_itself(made):
    texts = ["사랑\n", "그대여 " * 20, TEXT]
    together = score_texts(*made, texts)
    for text, one in zip(texts, together, strict=True):
        [alone] = score_texts(*made, [text])
        assert one.text == text
        np.testing.assert_allclose(one.bits, alone.bits, rtol=1e-4)
    numbers = total(together)
    nats = math.fsum(bit for one in together for bit in one.bits) * math.log(2)
    sizes = sum(len(text.encode()) + 1 for text in texts), sum(len(text) + 1 for text in texts)
    assert (numbers["bytes"], numbers["characters"], numbers["documents"]) == (*sizes, 3)
    assert numbers["nats_per_character"] == pytest.approx(nats / sizes[1])


def test_a_syllable_of_jamo_and_of_bytes_is_the_sum_of_its_parts(undisturbed, learnt_songs):
    network, vocabulary, texts = learnt_songs
    grammar = texts["test"].grammar
    [scored] = score_texts(network, vocabulary, grammar, ["강아🙂"])
    tokens = np.append(vocabulary.encode("강아🙂"), END)
    assert len(tokens) == 3 + 2 + 4 + 1
    bits = score(network, tokens, np.array([0, 10]), grammar) / math.log(2)
    parts = [bits[:3], bits[3:5], bits[5:9], bits[9:]]
    np.testing.assert_allclose(scored.bits, [part.sum() for part in parts], rtol=1e-12)
    assert scored.bytes.tolist() == [3, 3, 4, 1]


def test_a_network_that_carries_on_reads_documents_as_one_stream(learnt_songs):
    network, vocabulary, texts = learnt_songs
    grammar = texts["test"].grammar
    carrying = CharRNN(
        from_settings(ModelConfig, {**MODEL, "carry": "corpus"}, "model"), vocabulary.size
    )
    carrying.load_state_dict(network.state_dict())
    apart, on = (
        score_texts(made, vocabulary, grammar, ["사랑", "그대"])
        for made in (network, carrying.eval())
    )
    np.testing.assert_allclose(on[0].bits, apart[0].bits, rtol=1e-5)
    assert abs(on[1].bits[0] - apart[1].bits[0]) > 1e-3
