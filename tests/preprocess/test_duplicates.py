"""Exact and near duplicates and repeated lines, against a brute force over strings."""

import json
import random
import subprocess
import sys
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess import bands, near
from preprocess.bands import rows_of_a_band, shingle_sets
from preprocess.duplicates import (
    comparable,
    document_digests,
    exact_duplicates,
    repeated_lines,
    whole_texts,
)
from preprocess.families import Family
from preprocess.near import near_duplicates

TEXTS = st.lists(st.text(alphabet="가나다 \n", max_size=14), max_size=7)
KEYS = [[1500469069, 4055457210], [2608260738, 3151435535], [622208041, 4179317311]]
SYLLABLES = [chr(0xAC00 + 28 * i) for i in range(200)]


def jaccard(first, second):
    """Compare two texts by their runs of five characters."""
    one, two = (
        {text[i : i + 5] for i in range(max(1, len(text) - 4))}
        for text in (comparable(first), comparable(second))
    )
    return len(one & two) / len(one | two)


def found_near(texts, held_out, threshold):
    digests = document_digests((str(i), text) for i, text in enumerate(texts))
    return near_duplicates(lambda: iter(texts), digests, np.array(held_out, bool), threshold)


def edited(rng, text, times):
    """Put another character in the place of so many."""
    characters = list(text)
    for place in rng.sample(range(len(text)), times):
        characters[place] = rng.choice("가나다라마바사")
    return "".join(characters)


def made_up(rng, characters):
    return "".join(rng.choices([*SYLLABLES, " ", " "], k=characters))


def family(size, times, seed=1):
    """Return texts that are all edits of one."""
    rng = random.Random(seed)
    text = made_up(rng, 400)
    return [edited(rng, text, times) for _ in range(size)]


@given(TEXTS, st.lists(st.booleans(), min_size=7, max_size=7), st.sampled_from([0.3, 0.6, 1.0]))
def test_near_documents_are_those_of_brute_force(texts, flags, threshold):
    """Nothing is called near that isn't, and similarities are right."""
    by_content = dict(zip(map(comparable, texts), flags, strict=False))
    held_out = [by_content[comparable(text)] for text in texts]
    found = found_near(texts, held_out, threshold)
    pairs = [
        (i, j)
        for i, j in combinations(range(len(texts)), 2)
        if comparable(texts[i]) != comparable(texts[j]) and jaccard(texts[i], texts[j]) >= threshold
    ]
    firsts = {comparable(text): i for i, text in reversed(list(enumerate(texts)))}.values()
    assert found.pairs <= len([pair for pair in pairs if set(pair) <= set(firsts)])
    assert found.documents <= len({i for pair in pairs for i in pair})
    for i, is_left_out in enumerate(found.left_out):
        assert not is_left_out or not held_out[i]
        assert not is_left_out or any(i in p and held_out[sum(p) - i] for p in pairs)
    for i, (like, similarity) in found.like.items():
        assert held_out[like]
        assert similarity == jaccard(texts[i], texts[like]) >= threshold


def test_planted_near_duplicates_are_found_and_others_are_not():
    rng = random.Random(2)
    texts = [made_up(rng, rng.randint(80, 400)) for _ in range(120)]
    copies = [edited(rng, text, 4) for text in texts[:60]]
    held_out = [True] * 30 + [False] * 150
    found = found_near(texts + copies, held_out, 0.8)
    similar = [jaccard(text, copy) for text, copy in zip(texts, copies, strict=False)]
    near_ones = [i for i, similarity in enumerate(similar) if similarity >= 0.8]
    assert 40 < len(near_ones) < 60
    assert found.pairs == len(near_ones)
    assert found.documents == 2 * len(near_ones)
    assert np.flatnonzero(found.left_out).tolist() == [120 + i for i in near_ones if i < 30]
    assert found.like == {120 + i: (i, similar[i]) for i in near_ones if i < 30}


def test_copies_of_a_text_that_is_left_out_are_left_out_too():
    text, *others = family(3, 2)
    found = found_near([text, others[0], text, text + " ", "다른 글"], [0, 1, 0, 0, 0], 0.8)
    assert found.left_out.tolist() == [True, False, True, True, False]
    assert (found.pairs, found.documents) == (1, 4)
    assert list(found.like) == [0]


def counting(compared):
    """Compare as usual, and note with how many."""
    similarities = Family.similarities

    def noted(self, ids, size, places):
        compared.append(len(places))
        return similarities(self, ids, size, places)

    return noted


@pytest.mark.parametrize("held_at_once", [400, 1 << 24])
def test_a_family_is_left_out_whole_and_in_time_that_grows_with_it(monkeypatch, held_at_once):
    """Every one is compared with a few, not with all others; blocks of memory change nothing."""
    monkeypatch.setattr(near, "HELD_AT_ONCE", held_at_once)
    texts = family(60, 2) + family(60, 2, seed=2)
    held_out = [i % 10 == 7 for i in range(120)]
    compared = []
    monkeypatch.setattr(Family, "similarities", counting(compared))
    found = found_near(texts, held_out, 0.8)
    assert found.left_out.tolist() == [not held for held in held_out]
    assert found.documents == 120
    assert sum(compared) < 120 * 40 / 2


def test_documents_of_one_mould_that_are_not_near_are_hardly_compared(monkeypatch):
    """They share bands by the thousand, but by what is common to all."""
    texts = [f"문서 {1000 + 37 * i}번입니다. 이것은 시험용 문서입니다." for i in range(200)]
    compared = []
    monkeypatch.setattr(near, "NEIGHBOURS", 1)
    monkeypatch.setattr(Family, "similarities", counting(compared))
    found = found_near(texts, [i % 2 == 0 for i in range(200)], 0.9)
    assert found.pairs == 0
    assert sum(compared) < 100 * 100 / 4


def test_each_train_document_meets_every_held_out_one(monkeypatch):
    """However many others a band has: those that come first are not near enough."""
    monkeypatch.setattr(near, "COMPARED_AT_ONCE", 7)
    monkeypatch.setattr(bands, "SURE", 1 - 1e-9)  # all that are alike at all meet
    target = made_up(random.Random(4), 400)
    rng = random.Random(5)
    far = [edited(rng, target, 12) for _ in range(50)]
    near_one = edited(rng, target, 2)
    assert max(jaccard(target, text) for text in far) < 0.8 < jaccard(target, near_one)
    texts = [*far, near_one, *far[::-1], target]
    found = found_near(texts, [True] * 101 + [False], 0.8)
    assert found.left_out.tolist() == [False] * 101 + [True]
    assert found.like[101][0] == 50


@given(TEXTS, st.text(alphabet="가나다 \n", max_size=14), st.integers(0, 7), st.data())
def test_another_document_takes_none_from_those_left_out(texts, more, place, data):
    contents = {comparable(text) for text in [*texts, more]}
    held = data.draw(st.sets(st.sampled_from(sorted(contents))))
    before = found_near(texts, [comparable(text) in held for text in texts], 0.5).left_out
    texts.insert(place, more)
    after = found_near(texts, [comparable(text) in held for text in texts], 0.5).left_out
    place = min(place, len(before))
    assert (np.delete(after, place) >= before).all()


def test_short_documents_are_near_when_they_are_equal_only():
    found = found_near(["가", "나", "", "가나다라마", "가나다라바", "가 "], [1, 0, 0, 0, 0, 1], 0.1)
    assert (found.pairs, found.left_out.any()) == (0, False)
    assert [
        len(shingles) for shingles in shingle_sets(["", "가", "가나다라마", "가나다라마바"])
    ] == [1, 1, 1, 2]


def test_long_texts_are_cut_into_windows_without_a_seam(monkeypatch):
    text = made_up(random.Random(3), 1000)
    whole = next(shingle_sets([text]))
    monkeypatch.setattr(bands, "BATCH_CHARACTERS", 100)
    windows = list(shingle_sets([text, text[:996], text[:4]]))
    assert windows[0].tolist() == whole.tolist()
    assert len(windows[1]) == len(whole) - 4
    assert len(windows[2]) == 1


@pytest.mark.parametrize("threshold", [0.05, 0.3, 0.5, 0.8, 0.95, 1.0])
def test_a_pair_at_the_threshold_shares_a_band(threshold):
    rows = rows_of_a_band(threshold)
    assert 1 - (1 - threshold**rows) ** (128 // rows) >= min(0.995, 1 - (1 - threshold) ** 128)


def test_what_is_found_is_the_same_in_every_process():
    code = """
import json, numpy as np
from preprocess.bands import band_keys
print(json.dumps(band_keys(["가나다라마바사" * 3, "아자차카타파하"], 0.8, 2)[1][:3].tolist()))
"""
    told = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ".", "RAYON_NUM_THREADS": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert told[0] == told[1]
    assert json.loads(told[0]) == KEYS


def test_pieces_of_documents_are_compared_whole():
    documents = [("a#1", "가"), ("a#2", "나"), ("b#1", "가"), ("b#2", "다"), ("c", "라")]
    none = {"exact_groups": 0, "exact_documents": 0}
    assert exact_duplicates(document_digests(documents)) == none
    assert list(whole_texts(documents)) == ["가나", "가다", "라"]
    documents[3] = ("b#2", "나")
    one = {"exact_groups": 1, "exact_documents": 2}
    assert exact_duplicates(document_digests(documents)) == one


@given(st.lists(st.lists(st.sampled_from(["절", " 절", "후렴", "끝 ", "", "  "]), max_size=6)))
def test_repeated_lines_are_those_of_brute_force(documents):
    lines = [[line.strip() for line in document if line.strip()] for document in documents]
    inside = sum(len(own) - len(set(own)) for own in lines)
    before, across = set(), 0
    for own in lines:
        across += len(set(own) & before)
        before |= set(own)
    texts = [(str(i), "\n".join(document)) for i, document in enumerate(documents)]
    assert repeated_lines(texts) == {
        "lines": sum(map(len, lines)),
        "distinct": len(before),
        "repeated_inside": inside,
        "repeated_across": across,
    }


def test_lines_of_a_cut_document_repeat_inside_it():
    found = repeated_lines([("a#1", "후렴\n절\n"), ("a#2", "후렴\n"), ("b", "후렴")])
    assert (found["repeated_inside"], found["repeated_across"]) == (1, 1)
