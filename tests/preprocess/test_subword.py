import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess import subword, unigram
from preprocess.subword import Encoder, base_ids, private, private_runs, train
from preprocess.units import METHODS

LETTERS = [private(np.array([number])) for number in range(12)]  # base ids 0 to 11
SONG = "산 넘어 남촌에는 누가 살길래 해마다 봄바람이 남으로 오네 " * 4 + "남촌 남으로 봄바람"


def written(numbers):
    return private(np.array(numbers, np.int64))


def counted(text=SONG):
    """Return the pre-tokens of a text in private characters, and its alphabet."""
    alphabet = sorted(set(text))
    words = Counter(re.findall(r" ?\S+", text))
    numbers = {character: index for index, character in enumerate(alphabet)}
    private_words = {written([numbers[c] for c in word]): n for word, n in words.items()}
    return private_words, [written([number]) for number in numbers.values()]


def test_private_characters_stand_for_ids_of_more_than_16_bits():
    ids = np.array([0, 300, 65_535, 65_536, 131_071])
    assert base_ids(private(ids)) == ids.tolist()
    assert [ord(character) for character in private(ids)] == (ids + 0xF0000).tolist()
    with pytest.raises(ValueError, match="base token 131072; there can be 131072 of them"):
        private(np.array([5, 131_072]))


def test_runs_of_base_ids_are_as_many_strings():
    runs = private_runs(np.array([5, 6, 7]), np.array([0, 2, 2, 3]))
    assert [base_ids(run) for run in runs] == [[5, 6], [], [7]]


@pytest.mark.parametrize("method", METHODS)
def test_frequent_pieces_are_learnt(method):
    counts, alphabet = counted()
    content, pieces = train(counts.items(), alphabet, method, 100)
    symbols = sorted(set(SONG))
    learnt = ["".join(symbols[number] for number in base_ids(piece)) for piece in pieces]
    assert {" 봄바람", " 남촌", " 남으로"} & set(learnt)
    assert len(set(learnt)) == len(learnt) <= 100
    assert all(2 <= len(piece) <= 16 for piece in learnt)
    assert json.loads(content)["pre_tokenizer"] is None


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("max_pieces", [0, 1, 7])
def test_there_are_no_more_pieces_than_asked_for(method, max_pieces):
    counts, alphabet = counted()
    _, pieces = train(counts.items(), alphabet, method, max_pieces)
    assert len(pieces) == max_pieces


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("words", [{}, {LETTERS[1]: 5}, {LETTERS[1] + LETTERS[2]: 1}])
def test_a_text_of_next_to_nothing_has_no_pieces(method, words):
    content, pieces = train(words.items(), LETTERS, method, 1000)
    assert pieces == []
    encoder = Encoder(content, {letter: number for number, letter in enumerate(LETTERS)})
    ids, bounds = encoder.encode(["".join(LETTERS), "", LETTERS[1]])
    assert ids.tolist() == [*range(12), 1]
    assert bounds.tolist() == [0, 12, 12, 13]


@pytest.mark.parametrize("method", METHODS)
def test_what_stands_alone_is_in_no_piece(method):
    alone = LETTERS[3] + LETTERS[4]
    words = {written([1, 2, 3, 1, 2]): 50, written([3, 4, 3, 4]): 50, written([4, 1, 2]): 50}
    _, pieces = train(words.items(), LETTERS, method, 100, alone)
    assert pieces == [written([1, 2])]


@pytest.mark.parametrize("method", METHODS)
@given(data=st.data())
def test_the_pieces_that_encode_writes_spell_the_pretokens(method, data):
    content, pieces = LEARNT[method]
    ids = {piece: number + 1000 for number, piece in enumerate([*LETTERS, *pieces])}
    texts = st.text(st.sampled_from(LETTERS), max_size=40)
    words = data.draw(st.lists(texts, max_size=5))
    numbers, bounds = Encoder(content, ids).encode(words)
    names = {number: piece for piece, number in ids.items()}
    spelt = [names[number] for number in numbers.tolist()]
    assert ["".join(spelt[start:end]) for start, end in pairwise(bounds.tolist())] == words


def learn_words(method):
    generator = np.random.default_rng(1)
    words = Counter(
        written((generator.zipf(1.5, 6) % 12).tolist()[: generator.integers(1, 7)])
        for _ in range(500)
    )
    return train(words.items(), LETTERS, method, 30)


LEARNT = {method: learn_words(method) for method in METHODS}


@pytest.mark.parametrize("method", METHODS)
def test_a_long_pretoken_is_encoded_by_4096_characters(method):
    content, pieces = LEARNT[method]
    ids = {piece: number for number, piece in enumerate([*LETTERS, *pieces])}
    word = written([1, 2, 1, 3, 2, 2, 1] * 1000)
    encoder = Encoder(content, ids)
    assert (
        encoder.encode([word])[0].tolist() == encoder.encode([word[:4096], word[4096:]])[0].tolist()
    )


@pytest.mark.parametrize("method", METHODS)
def test_characters_of_a_grown_vocabulary_are_in_no_piece(method):
    content, pieces = LEARNT[method]
    ids = {piece: number for number, piece in enumerate([*LETTERS, *pieces])}
    new = written([70_000])
    word = pieces[0] + new + pieces[0]
    numbers, _ = Encoder(content, ids | {new: 70_000}).encode([word, pieces[0]])
    at = numbers.tolist().index(70_000)
    assert numbers[:at].tolist() == numbers[at + 1 : 2 * at + 1].tolist()
    assert numbers[2 * at + 1 :].tolist() == numbers[:at].tolist()


@pytest.mark.parametrize("method", METHODS)
def test_pieces_without_ids_and_ids_without_pieces_are_refused(method):
    content, pieces = LEARNT[method]
    ids = {piece: number for number, piece in enumerate([*LETTERS, *pieces])}
    for wrong in (ids | {"".join(LETTERS): 1}, {p: ids[p] for p in ids if p != pieces[3]}):
        with pytest.raises(ValueError, match="differ in 1 pieces"):
            Encoder(content, wrong)


@pytest.mark.parametrize("method", METHODS)
def test_bounds_on_what_is_learnt_from(method, monkeypatch):
    """The rarest pre-tokens are left out, and counts are taken in proportion."""
    words = {written([1, 2]): 1 << 40, written([3, 4]): 1 << 39, written([5, 6]): 2}
    for module in (subword, unigram):
        monkeypatch.setattr(module, "MOST_CHARACTERS", 5)
    monkeypatch.setattr(subword, "MOST_OCCURRENCES", 300)
    _, pieces = train(words.items(), LETTERS, method, 100)
    assert pieces == [written([1, 2]), written([3, 4])]


@pytest.mark.parametrize("method", METHODS)
def test_a_long_pretoken_is_cut_to_be_learnt_from(method):
    """In time that is linear: uncut, `tokenizers` would take minutes for a million characters."""
    word = written((np.random.default_rng(0).zipf(1.5, 10_000) % 12).tolist())
    cut = [(word[start : start + 4096], 3) for start in range(0, len(word), 4096)]
    learnt = train([(word, 3)], LETTERS, method, 100)
    assert learnt == train(cut, LETTERS, method, 100)
    assert len(learnt[1]) == 100


def test_probabilities_stay_numbers_whatever_the_counts_are():
    """Letters of probability 1e-18 by their counts; a word of 24 would have one of 0."""
    words = [("ab" * 12, 10**15), ("cdefghijklmnopqrstuvwxyz", 2)]
    letters = "abcdefghijklmnopqrstuvwxyz"
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        learnt = dict(unigram.learn(words, letters, 30, 16))
    assert list(learnt)[:26] == list(letters)
    assert all(-30 < score < 0 for score in learnt.values())
    assert any(set(piece) == {"a", "b"} for piece in learnt)


def test_long_words_are_learnt_from_too():
    words = {written([1, 2] * 40): 3}
    _, pieces = train(words.items(), LETTERS, "unigram", 5)
    assert written([1, 2] * 8) in pieces


@pytest.mark.parametrize("words", [{"ab": 6, "cab": 2, "bc": 1}, {"abcabc": 2, "b": 3}])
def test_unigram_expects_each_piece_as_often_as_all_segmentations_say(words):
    lattice = unigram._Lattice(unigram._words(sorted(words.items())), "abc", 16, 100)
    names = [*"abc", *lattice.pieces()]
    probabilities = dict(zip(names, lattice.probabilities.tolist(), strict=False))

    def segmentations(word):
        if not word:
            yield []
        for size in range(1, len(word) + 1):
            if word[:size] in probabilities:
                yield from ([word[:size], *rest] for rest in segmentations(word[size:]))

    expected = Counter()
    for word, count in words.items():
        ways = list(segmentations(word))
        weights = [np.prod([probabilities[piece] for piece in way]) for way in ways]
        for way, weight in zip(ways, weights, strict=True):
            for piece in way:
                expected[piece] += count * weight / sum(weights)
    assert lattice._expected() == pytest.approx([expected[name] for name in names])


PROGRAM = """
import random, sys
import numpy as np
from preprocess.subword import private, train
generator = np.random.default_rng(7)
words = {private((generator.zipf(1.3, 9) % 40)[: generator.integers(1, 10)]) for _ in range(3000)}
counts = [(word, 1 + len(word) % 5) for word in words]
random.shuffle(counts)
letters = [private(np.array([number])) for number in range(40)]
for method in ("unigram", "bpe"):
    sys.stdout.buffer.write(train(counts, letters, method, 300)[0].encode())
"""


def test_the_same_counts_give_the_same_bytes_in_any_process():
    outputs = set()
    for seed in range(3):
        environment = {"PYTHONHASHSEED": str(seed), "RAYON_NUM_THREADS": str(seed + 1)}
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=os.environ | environment,
            capture_output=True,
            check=True,
        )
        assert run.stderr == b""  # no bar of the library
        outputs.add(hashlib.sha256(run.stdout).hexdigest())
    assert len(outputs) == 1
