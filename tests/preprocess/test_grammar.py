import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess.grammar import ILLEGAL, Grammar
from preprocess.units import END, FIRST_BYTE, UNITS, make_unit
from preprocess.vocabulary import Vocabulary

KNOWN = "가나힣 \nab ㅋㅏ\u1100\u1161\u11a8漢é👧\U0010ffff"
TEXTS = st.text(
    st.one_of(st.sampled_from(KNOWN + "각낰뷁c字"), st.characters(exclude_categories=["Cs"]))
)


def make(kind, known=KNOWN):
    unit = make_unit({"kind": kind})
    characters = np.array([ord(character) for character in dict.fromkeys(known)], np.uint32)
    characters = characters[unit.base.may_have_id(characters)]
    size = 257 + len(unit.base.parts) + len(characters)
    vocabulary = Vocabulary(unit, list(map(chr, characters)), np.zeros(size, np.int64))
    return vocabulary, Grammar.of(vocabulary)


CASES = {(kind, known): make(kind, known) for kind in UNITS for known in ("", KNOWN)}


@pytest.fixture(scope="module", params=sorted(CASES), ids=lambda case: f"{case[0]}-{len(case[1])}")
def language(request):
    return CASES[request.param]


def walk(grammar, tokens):
    """Return the state before each token and the last one, one step at a time."""
    states = [grammar.start]
    for token in tokens:
        states.append(int(grammar.next[states[-1], token]))
        assert states[-1] != ILLEGAL
    return states


@given(texts=st.lists(TEXTS, max_size=3))
def test_what_encode_writes_is_legal(language, texts):
    vocabulary, grammar = language
    stream = [token for text in texts for token in [*vocabulary.encode(text), END]]
    assert grammar.states(stream).tolist() == walk(grammar, stream)[:-1]
    assert walk(grammar, stream)[-1] == grammar.start


@given(data=st.data())
def test_encode_writes_what_is_legal(language, data):
    """Any walk that ends between two characters is the one spelling of its text."""
    vocabulary, grammar = language
    state, tokens = grammar.start, []
    length = data.draw(st.integers(0, 12))
    while len(tokens) < length or not grammar.legal[state, END]:
        legal = np.flatnonzero(grammar.legal[state])
        tokens.append(data.draw(st.sampled_from(legal[legal != END].tolist())))
        state = grammar.next[state, tokens[-1]]
    assert vocabulary.encode(vocabulary.decode(tokens)).tolist() == tokens


def test_every_character_of_unicode_is_legal_from_the_start(language):
    vocabulary, grammar = language
    scalars = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    states = np.full(len(scalars), grammar.start)
    for place in range(4):
        tokens = vocabulary.spellings[scalars, place]
        states = np.where(tokens == END, states, grammar.next[states, tokens])
        assert (states != ILLEGAL).all()
    assert grammar.legal[states, END].all()


def count_texts(grammar):
    """Return how many token sequences lead from the start to the start, without the end."""
    without_end = grammar.next[:, 1:]
    texts = 0
    paths = np.zeros(len(without_end), np.int64)
    paths[grammar.start] = 1
    for _ in range(4):
        onward = np.zeros_like(paths)
        for state in np.flatnonzero(paths):
            states, times = np.unique(without_end[state], return_counts=True)
            onward[states[states != ILLEGAL]] += paths[state] * times[states != ILLEGAL]
        texts += onward[grammar.start]
        onward[grammar.start] = 0
        paths = onward
    return texts


@pytest.mark.parametrize("known", ["", KNOWN])
@pytest.mark.parametrize("kind", ["syllable", "byte"])
def test_there_is_one_spelling_for_each_character_of_unicode(kind, known):
    _, grammar = CASES[kind, known]
    assert count_texts(grammar) == 0x110000 - 0x800


@pytest.mark.parametrize(
    ("kind", "known", "num_states"),
    [("byte", "", 8), ("syllable", "", 8), ("jamo", "", 12)],
)
def test_states_are_few(kind, known, num_states):
    """The machine for UTF-8 has 8 states; jamo adds two, and two for the bytes around 가 to 힣."""
    _, grammar = CASES[kind, known]
    assert grammar.next.shape[0] == num_states


def test_every_state_has_a_way_on(language):
    vocabulary, grammar = language
    assert grammar.legal.any(axis=1).all()
    assert grammar.legal.shape == grammar.next.shape == (len(grammar.next), vocabulary.size)
    assert (grammar.legal == (grammar.next >= 0)).all()


def byte(*values):
    return [FIRST_BYTE + value for value in values]


@pytest.mark.parametrize(
    ("kind", "tokens", "position"),
    [
        ("byte", byte(0x80), 0),
        ("byte", byte(0xC0, 0x80), 0),  # overlong
        ("byte", byte(0xE0, 0x80, 0x80), 1),  # overlong
        ("byte", byte(0xED, 0xA0, 0x80), 1),  # a surrogate
        ("byte", byte(0xF4, 0x90, 0x80, 0x80), 1),  # above U+10FFFF
        ("byte", [*byte(0x41, 0xEA), END], 2),  # an end inside a character
        ("byte", byte(0xEA, 0x41), 1),
        ("byte", byte(0x41, 0x80, 0x80, 0x80, 0x80, 0x80), 1),
        ("syllable", byte(0xEA, 0xB0, 0x80), 2),  # 가 has an id
        ("syllable", byte(0x61), 0),  # and so has a
        ("jamo", byte(0xEA, 0xB0, 0x81), 1),  # 각 has its parts
        ("jamo", [257, 257], 1),  # two leading consonants
        ("jamo", [257, END], 1),
        ("jamo", [*byte(0x63), 276], 1),  # a vowel after c
        ("jamo", [257, 276, 297, 297], 3),  # two trailing consonants
    ],
)
def test_what_encode_never_writes_is_refused_by_position(kind, tokens, position):
    _, grammar = CASES[kind, KNOWN]
    with pytest.raises(ValueError, match=rf"token {tokens[position]} at position {position} "):
        grammar.states(tokens)


def test_no_tokens_have_no_states(language):
    assert language[1].states([]).shape == (0,)
