from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess.grammar import ILLEGAL, Grammar
from preprocess.ragged import places
from preprocess.runs import pretoken_bounds
from preprocess.spelling import Spelling
from preprocess.subword import base_ids, private, private_runs, train
from preprocess.units import END, FIRST_BYTE, METHODS, OVER, code_points_of, make_unit
from preprocess.vocabulary import Vocabulary

KNOWN = "가나힣 \nab ㅋㅏ\u1100\u1161\u11a8漢é👧\U0010ffff"
WORDS = ["가나", "나나", "힣ab", "ㅋㅋ", "  ", "\n\n", " \u3000", "각가", "漢c"]
TEXTS = st.lists(
    st.one_of(
        st.sampled_from([*KNOWN, *WORDS, *"각낰뷁c字\u3000\x85"]),
        st.characters(exclude_categories=["Cs"]),
    )
).map("".join)
UNITS = {
    "syllable": {"kind": "syllable"},
    "jamo": {"kind": "jamo"},
    "byte": {"kind": "byte"},
    "word": {"kind": "word"},
    **{
        f"{method}-{over}": {"kind": "subword", "max_size": 400, "method": method, "over": over}
        for method in METHODS
        for over in OVER
    },
}
BASES = ["syllable", "jamo", "byte"]


def make(name, known=KNOWN):
    unit = make_unit(UNITS[name])
    characters = np.array([ord(character) for character in dict.fromkeys(known)], np.uint32)
    symbols = list(map(chr, characters[unit.base.may_have_id(characters)]))
    if unit.kind == "word" and known:
        symbols += WORDS
    vocabulary = Vocabulary(unit, symbols, np.zeros(0, np.int64))
    if unit.kind == "subword":
        vocabulary = learnt(vocabulary, known)
    return vocabulary, Grammar.of(vocabulary)


def learnt(vocabulary, known):
    """Return a vocabulary with pieces of random texts of known characters."""
    generator = np.random.default_rng(5)
    letters = [*known, *"가나  "] if known else []
    texts = ["".join(generator.choice(letters, 9)) for _ in range(100) if letters]
    code_points = code_points_of("".join(texts))
    edges = pretoken_bounds(code_points, np.array([0, len(code_points)]))
    ids, bounds = Spelling(vocabulary.spellings).encode(code_points, edges)
    conjoining = [
        token
        for token, symbol in enumerate(vocabulary.symbols)
        if symbol in CONJOINING and vocabulary.kinds[token] == "character"
    ]
    settings = vocabulary.unit
    content, pieces = train(
        Counter(private_runs(ids, bounds)).items(),
        list(private(np.arange(1, vocabulary.size))),
        settings["method"],
        settings["max_size"] - vocabulary.size,
        private(np.array([*range(1, 257), *conjoining])),
    )
    assert len(pieces) > 20 or not known
    symbols = ["".join(vocabulary.symbols[token] for token in base_ids(piece)) for piece in pieces]
    return vocabulary.extended(symbols, content)


CONJOINING = set("\u1100\u1161\u11a8")
CASES = {(name, known): make(name, known) for name in UNITS for known in ("", KNOWN)}


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


def base_tokens(vocabulary, tokens):
    bounds, ids = vocabulary.expansions
    return ids[places(bounds, np.array(tokens, np.int64))].tolist()


@given(data=st.data())
def test_what_is_legal_is_a_text(language, data):
    """A walk that ends where a document may spells its text as the base unit does, in pieces."""
    vocabulary, grammar = language
    state, tokens = grammar.start, []
    length = data.draw(st.integers(0, 12))
    while len(tokens) < length or not grammar.legal[state, END]:
        legal = np.flatnonzero(grammar.legal[state])
        tokens.append(data.draw(st.sampled_from(legal[legal != END].tolist())))
        state = grammar.next[state, tokens[-1]]
    written = vocabulary.encode(vocabulary.decode(tokens)).tolist()
    if vocabulary.unit["kind"] in BASES:
        assert written == tokens
    assert base_tokens(vocabulary, written) == base_tokens(vocabulary, tokens)


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
    [
        ("byte", "", 8),
        ("syllable", "", 8),
        ("jamo", "", 12),
        ("bpe-jamo", "", 12),
        ("word", "", 33),
    ],
)
def test_states_are_few(kind, known, num_states):
    """
    The machine for UTF-8 has 8 states; jamo adds two, and two for the bytes around 가 to 힣.

    Unit word has five, and for the bytes those that lead to all, to white space and to all else.
    """
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
        ("bpe-jamo", [257, 276, 297, 297], 3),
        ("unigram-syllable", byte(0x61), 0),
    ],
)
def test_what_encode_never_writes_is_refused_by_position(kind, tokens, position):
    _, grammar = CASES[kind, KNOWN]
    with pytest.raises(ValueError, match=rf"token {tokens[position]} at position {position} "):
        grammar.states(tokens)


def word_tokens(*symbols):
    vocabulary, _ = CASES["word", KNOWN]
    return [token for symbol in symbols for token in spelt(vocabulary, symbol)]


def spelt(vocabulary, symbol):
    return (
        [vocabulary.symbols.index(symbol)]
        if symbol in vocabulary.symbols
        else byte(*symbol.encode())
    )


@pytest.mark.parametrize(
    ("legal", "wrong", "place"),
    [
        (["가나"], "나나", 0),  # an eojeol after another one
        (["가나"], "나", 0),
        (["가나"], "\x84", 1),  # its first byte could be that of U+0085, which is white space
        (["가나", " ", "가"], "나나", 0),  # after the beginning of one
        (["가나", " ", "각"], "나나", 0),
        (["  "], "\n\n", 0),
        (["  "], "\n", 0),
        (["  "], "\u3000", 2),
        (["\u3000"], "  ", 0),
        ([" "], "\n\n", 0),
    ],
)
def test_runs_are_written_whole(legal, wrong, place):
    _, grammar = CASES["word", KNOWN]
    before, after = word_tokens(*legal), word_tokens(wrong)
    grammar.states([*before, END, *after])
    with pytest.raises(ValueError, match=rf"at position {len(before) + place} "):
        grammar.states([*before, *after])


@given(texts=st.lists(TEXTS, max_size=4))
def test_each_stretch_is_read_from_the_start(language, texts):
    """Also where a stretch goes on inside a run of the one before, as a cut document may."""
    vocabulary, grammar = language
    streams = [vocabulary.encode(text).tolist() for text in texts]
    bounds = np.cumsum([0, *map(len, streams)])
    expected = [state for stream in streams for state in walk(grammar, stream)[:-1]]
    assert grammar.states([t for stream in streams for t in stream], bounds).tolist() == expected


def test_every_token_is_legal_somewhere(language):
    """But for bytes that are in no UTF-8, or only in that of what is spelt otherwise."""
    vocabulary, grammar = language
    nowhere = np.flatnonzero(~grammar.legal.any(axis=0))
    assert {vocabulary.kinds[token] for token in nowhere} <= {"byte"}


def test_no_tokens_have_no_states(language):
    assert language[1].states([]).shape == (0,)
