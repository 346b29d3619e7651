import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess import subword_choice
from preprocess.choice import build
from preprocess.tables import write_columns
from preprocess.tallies import COUNTS
from preprocess.units import END, FIRST_PART
from preprocess.vocabulary import Vocabulary

RUNS = {"word": r"\s{2,}|\S{2,}", "subword": r" ?\S+|\s+(?= \S)|\s+"}
KINDS = {"word": "word", "subword": "pretoken"}
UNITS = {
    "syllable": {"kind": "syllable"},
    "jamo": {"kind": "jamo"},
    "byte": {"kind": "byte"},
    "word": {"kind": "word"},
    "unigram": {"kind": "subword", "max_size": 420},
    "bpe": {"kind": "subword", "max_size": 420, "method": "bpe", "over": "jamo"},
}
OLD = "가나다라 마바사  가나다라 마바사를\n\n가나다라 ab ab\u1112\u1112 漢漢"
NEW = "가나다라 새말 새말 새로운 새로운 말 말\n\n字字 Zz Zz 가나다라 마바사 ab cc cc"
TEXTS = st.lists(
    st.one_of(
        st.sampled_from(
            ["가나다라", "마바사", "새말", "새로운", "말", "ab", "Zz", "cc", "字", "漢"]
        ),
        st.sampled_from([" ", " ", "  ", "\n\n", "\u1112", "힣", "x"]),
    ),
    max_size=30,
).map("".join)


def write_counts(path, text, unit="syllable", documents=1):
    """Write what `count` counts in a text of one stretch."""
    rows = [("<end>", "end", documents)]
    rows += [(symbol, "character", number) for symbol, number in sorted(Counter(text).items())]
    runs = Counter(re.findall(RUNS[unit], text)) if unit in RUNS else {}
    rows += [(symbol, KINDS[unit], number) for symbol, number in sorted(runs.items())]
    write_columns(path, COUNTS, list(zip(*rows, strict=True)))
    return path


def make(folder, settings, text, name="v", extends=None):
    counts = write_counts(folder / f"{name}.counts.parquet", text, settings["kind"])
    build(settings, [counts], folder / f"{name}.parquet", extends)
    return Vocabulary.load(folder / f"{name}.parquet")


def ranked(counts):
    return sorted(counts, key=lambda symbol: (-counts[symbol], symbol))


def covering(counts, coverage, of_all):
    """Return the most frequent symbols, as few as make up the share."""
    chosen = []
    while sum(counts[symbol] for symbol in chosen) < coverage * of_all:
        chosen.append(ranked(counts)[len(chosen)])
    return chosen


LIMITS = st.fixed_dictionaries(
    {
        "min_count": st.integers(1, 4),
        "max_size": st.none() | st.integers(FIRST_PART, FIRST_PART + 8),
        "coverage": st.none() | st.sampled_from([0.25, 0.5, 0.75, 0.9, 1]),
    }
)


@given(text=st.text(st.sampled_from("aaaabbbbccd가가나漢")), limits=LIMITS)
def test_characters_are_those_that_all_limits_let_in(tmp_path_factory, text, limits):
    folder = tmp_path_factory.mktemp("choice")
    vocabulary = make(folder, {"kind": "syllable"} | limits, text)
    counts = Counter(text)
    wanted = ranked(counts)
    if limits["coverage"] is not None:
        wanted = covering(counts, limits["coverage"], len(text))
    wanted = [symbol for symbol in wanted if counts[symbol] >= limits["min_count"]]
    if limits["max_size"] is not None:
        wanted = wanted[: limits["max_size"] - FIRST_PART]
    assert list(vocabulary.entries) == wanted


@given(
    words=st.lists(st.sampled_from(["가나", "가나", "나다", "라", "bb", "b", "漢가"]), max_size=20),
    limits=LIMITS,
    slack=st.sampled_from([0, 1 << 18]),
)
def test_words_fill_up_what_characters_leave(tmp_path_factory, words, limits, slack):
    folder = tmp_path_factory.mktemp("choice")
    text = " ".join(words)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("preprocess.frequent.SLACK", slack)
        vocabulary = make(folder, {"kind": "word"} | limits, text)
    room = len(text) + len(words) if limits["max_size"] is None else limits["max_size"] - FIRST_PART
    of_characters, of_words = Counter(text), Counter(word for word in words if len(word) > 1)
    frequent = {s for s, n in (of_characters + of_words).items() if n >= limits["min_count"]}
    characters = [symbol for symbol in ranked(of_characters) if symbol in frequent][:room]
    chosen = ranked(of_words)
    if limits["coverage"] is not None:
        chosen = covering(of_words, limits["coverage"], of_words.total())
    chosen = [symbol for symbol in chosen if symbol in frequent][: room - len(characters)]
    spelt = of_characters - Counter("".join(word for word in words if word in chosen))
    characters = [symbol for symbol in characters if spelt[symbol] >= limits["min_count"]]
    assert list(vocabulary.entries) == characters + chosen


def test_a_character_that_words_leave_too_rare_loses_its_id(tmp_path):
    vocabulary = make(tmp_path, {"kind": "word"}, "한글 한글 한글 글 글 말 말")
    assert vocabulary.entries == (" ", "글", "말", "한글")
    assert vocabulary.counts[FIRST_PART:].tolist() == [6, 2, 2, 3]


@pytest.mark.parametrize("name", UNITS)
def test_a_vocabulary_that_extends_another_begins_with_it(tmp_path, name):
    settings = UNITS[name]
    old = make(tmp_path, settings, OLD, "old")
    new = make(tmp_path, settings | max_size(500, name), NEW, "new", tmp_path / "old.parquet")
    assert new.symbols[: old.size] == old.symbols
    assert new.kinds[: old.size] == old.kinds
    assert new.tokenizer == old.tokenizer
    added = {
        "syllable": " 새말로운字Zzc",
        "jamo": "字Zzc",
        "byte": "",
        "unigram": "말새로운字Zzc",
        "bpe": "字Zzc",
    }
    if name == "word":
        assert new.entries[len(old.entries) :] == ("말", "字", "Zz", "cc", "새로운", "새말")
    else:
        assert set(new.entries[len(old.entries) :]) == set(added[name]) - set(old.entries)
    written = np.bincount(new.encode(NEW), minlength=new.size)
    assert (new.counts[1:] == written[1:]).all()
    assert new.counts[END] == 1
    # The same file again, and one that extends it by nothing.
    again = make(tmp_path, settings | max_size(500, name), NEW, "again", tmp_path / "new.parquet")
    assert again.sha256 == new.sha256


def max_size(size, name):
    return {} if name == "byte" else {"max_size": size}


@pytest.fixture(scope="module", params=list(UNITS))
def extended(request, tmp_path_factory):
    """A vocabulary, and one that extends it."""
    folder = tmp_path_factory.mktemp("extends")
    settings = UNITS[request.param]
    old = make(folder, settings, OLD, "old")
    settings |= max_size(500, request.param)
    return old, make(folder, settings, NEW, "new", folder / "old.parquet")


@given(text=TEXTS)
def test_what_is_written_in_old_symbols_is_written_as_before(extended, text):
    old, new = extended
    assert new.decode(new.encode(text)) == text
    ids = new.encode(text)
    if (ids < old.size).all():
        assert ids.tolist() == old.encode(text).tolist()
    before = old.encode(text)
    assert new.decode(before) == text


def test_what_is_covered_already_counts(tmp_path):
    make(tmp_path, {"kind": "syllable", "min_count": 1}, "가나", "old")
    text = "가" * 80 + "다" * 10 + "라" * 6 + "마" * 4
    for coverage, added in ((0.8, ""), (0.81, "다"), (0.9, "다"), (0.91, "다라"), (1, "다라마")):
        settings = {"kind": "syllable", "coverage": coverage}
        vocabulary = make(tmp_path, settings, text, "new", tmp_path / "old.parquet")
        assert "".join(vocabulary.entries) == "가나" + added
    words = "가나 가나 가나 다라 다라 마바 마바"
    make(tmp_path, {"kind": "word"}, "가나 가나", "old")
    settings = {"kind": "word", "coverage": 0.5}
    vocabulary = make(tmp_path, settings, words, "new", tmp_path / "old.parquet")
    assert vocabulary.entries == ("가나", " ", "마", "바", "다라")


def test_the_size_counts_what_is_extended(tmp_path):
    old = make(tmp_path, {"kind": "syllable", "min_count": 1}, "가나다", "old")
    for more, added in ((0, ""), (1, "c"), (2, "cb"), (3, "cba")):
        settings = {"kind": "syllable", "min_count": 1, "max_size": old.size + more}
        vocabulary = make(tmp_path, settings, "abbccc", "new", tmp_path / "old.parquet")
        assert "".join(vocabulary.entries) == "가나다" + added


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("jamo", {"kind": "syllable"}, r"old\.parquet: has kind 'jamo', and .* 'syllable'"),
        ("syllable", UNITS["word"], "has kind 'syllable', and the unit that extends it has 'word'"),
        ("bpe", UNITS["bpe"] | {"over": "syllable"}, "has over 'jamo', and .* 'syllable'"),
        ("bpe", UNITS["bpe"] | {"method": "unigram"}, "has method 'bpe', and .* 'unigram'"),
        (
            "jamo",
            {"kind": "jamo", "max_size": 325},
            r"has 33\d tokens, and the unit that extends it has max_size 325, which counts them",
        ),
    ],
)
def test_a_vocabulary_that_cannot_be_extended_is_refused(tmp_path, old, new, message):
    make(tmp_path, UNITS[old], OLD, "old")
    with pytest.raises(ValueError, match=message):
        make(tmp_path, new, NEW, "new", tmp_path / "old.parquet")
    assert not (tmp_path / "new.parquet").exists()


def test_a_damaged_vocabulary_is_not_extended(tmp_path):
    make(tmp_path, UNITS["jamo"], OLD, "old")
    content = bytearray((tmp_path / "old.parquet").read_bytes())
    content[len(content) // 4] ^= 1
    (tmp_path / "old.parquet").write_bytes(content)
    with pytest.raises(ValueError, match=r"old\.parquet: is damaged"):
        make(tmp_path, UNITS["jamo"], NEW, "new", tmp_path / "old.parquet")


@pytest.mark.parametrize("name", ["unigram", "bpe"])
def test_subwords_fill_up_what_characters_leave(tmp_path, name):
    text = "".join(f"우리나라 만세 우리말 만만세 나라말 {letter}" for letter in "abcdefghij") * 3
    base = make(tmp_path, {"kind": UNITS[name].get("over", "syllable")}, text)
    for size, pieces in ((base.size, 0), (base.size + 3, 3)):
        vocabulary = make(tmp_path, UNITS[name] | {"max_size": size}, text)
        assert vocabulary.size == size
        assert vocabulary.kinds[base.size :] == ("piece",) * pieces
        assert vocabulary.symbols[: base.size] == base.symbols
        assert vocabulary.decode(vocabulary.encode(text)) == text


def test_subwords_are_learnt_from_the_most_frequent_pretokens(tmp_path, monkeypatch):
    """Of as frequent ones from the lower; what is left out is counted as it is written."""
    monkeypatch.setattr(subword_choice, "MOST_PRETOKENS", 2)
    monkeypatch.setattr("preprocess.frequent.SLACK", 0)
    text = "다라\n다라\n가나\n가나\n가나\n마바\n마바\n"
    vocabulary = make(tmp_path, {"kind": "subword", "max_size": 400, "method": "bpe"}, text)
    assert [symbol for symbol in vocabulary.entries if len(symbol) > 1] == ["가나"]
    assert vocabulary.counts[vocabulary.symbols.index("마")] == 2
