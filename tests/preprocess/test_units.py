import numpy as np
import pytest

from preprocess.hangul import FIRST_SYLLABLE, LEADING, NUM_SYLLABLES, TRAILING, VOWELS
from preprocess.spelling import spelling_table
from preprocess.units import (
    END,
    FIRST_BYTE,
    FIRST_PART,
    NUM_CODE_POINTS,
    UNITS,
    Jamo,
    code_points_of,
    make_unit,
)

NONE = np.empty(0, np.uint32)


def table_of(unit, characters=NONE, words=0, dtype=np.uint16):
    first = FIRST_PART + len(unit.parts)
    ids = first + np.arange(len(characters) + words)
    return spelling_table(
        unit, characters, ids[: len(characters)], ids[len(characters) :], np.dtype(dtype)
    )


@pytest.mark.parametrize("kind", ["syllable", "byte"])
def test_characters_without_an_id_are_spelt_as_python_spells_utf8(kind):
    table = table_of(make_unit({"kind": kind}))
    scalars = [c for c in range(NUM_CODE_POINTS) if not 0xD800 <= c < 0xE000]
    spelt = table[scalars]
    expected = "".join(map(chr, scalars)).encode()
    assert (spelt[spelt != END] - FIRST_BYTE).astype(np.uint8).tobytes() == expected


def test_surrogates_have_no_spelling():
    assert not table_of(Jamo())[0xD800:0xE000].any()


def test_jamo_spells_every_syllable_by_its_parts():
    table = table_of(Jamo())
    symbols = [*LEADING, *VOWELS, *TRAILING]
    for code_point in range(FIRST_SYLLABLE, FIRST_SYLLABLE + NUM_SYLLABLES):
        ids = [int(token) for token in table[code_point] if token != END]
        kinds = [Jamo.parts[token - FIRST_PART][0] for token in ids]
        assert kinds == ["leading", "vowel", "trailing"][: len(ids)]
        assert code_points_of("".join(symbols[token - FIRST_PART] for token in ids)).tolist() == [
            ord(Jamo.parts[token - FIRST_PART][1]) for token in ids
        ]


def test_characters_have_their_ids_after_the_parts():
    characters = code_points_of("ㅋa漢")
    assert table_of(Jamo(), characters)[characters].tolist() == [
        [FIRST_PART + 67 + index, END, END, END] for index in range(3)
    ]


def test_words_have_their_ids_after_all_of_unicode():
    characters = code_points_of("가나")
    table = table_of(make_unit({"kind": "syllable"}), characters, words=3, dtype=np.uint32)
    assert table.dtype == np.uint32
    assert table[NUM_CODE_POINTS:].tolist() == [
        [FIRST_PART + 2 + index, END, END, END] for index in range(3)
    ]


@pytest.mark.parametrize(
    ("text", "index"), [("\ud800", 0), ("가나\udfff다", 2), ("😀\ud83d\ude00", 1)]
)
def test_surrogates_are_refused_by_index(text, index):
    with pytest.raises(ValueError, match=rf"lone surrogate U\+D[89A-F]\w\w at index {index};"):
        code_points_of(text)


LIMITS = {"min_count": 5, "max_size": 1000, "coverage": 0.75}
SETTINGS = [
    {"kind": "byte"},
    {"kind": "syllable", **LIMITS},
    {"kind": "jamo", **LIMITS},
    {"kind": "word", **LIMITS},
    {"kind": "subword", **LIMITS, "method": "bpe", "over": "jamo"},
]


SUBWORD = SETTINGS[-1]


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: settings["kind"])
def test_settings_make_the_same_unit_again(settings):
    assert make_unit(settings).settings == settings


def test_all_kinds_are_there():
    assert sorted(UNITS) == sorted(settings["kind"] for settings in SETTINGS)


def test_pieces_are_of_a_base_unit():
    assert make_unit({"kind": "word"}).base.kind == "syllable"
    assert make_unit({"kind": "subword", "max_size": 8000}).base.kind == "syllable"
    assert make_unit(SUBWORD).base.kind == "jamo"
    for kind in ("syllable", "jamo", "byte"):
        assert make_unit({"kind": kind}).base.kind == kind


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "char"}, "kind is 'char'; it must be one of syllable, jamo, byte, word, subword"),
        ({"kind": ["jamo"]}, r"unit kind is \['jamo'\]"),
        ({}, "unit kind is None"),
        ({"kind": "jamo", "mincount": 1}, "unit jamo: unknown key 'mincount'; there are kind, min"),
        ({"kind": "byte", "min_count": 2}, "unit byte: unknown key 'min_count'; there are kind$"),
        ({"kind": "word", "over": "jamo"}, "unit word: unknown key 'over'"),
        ({"kind": "subword"}, "unit subword: max_size is null; pieces are learnt up to a size"),
        (SUBWORD | {"max_size": 323}, "max_size is 323; it must be 324 or more"),
        (SUBWORD | {"method": "wordpiece"}, "method is 'wordpiece'; it must be unigram or bpe"),
        (SUBWORD | {"over": "byte"}, "over is 'byte'; it must be syllable or jamo"),
        ({"kind": "jamo", "min_count": 0}, "min_count is 0; it must be 1 or more"),
        ({"kind": "jamo", "max_size": 323}, "max_size is 323; it must be 324 or more"),
        ({"kind": "word", "max_size": 256}, "max_size is 256; it must be 257 or more"),
        ({"kind": "jamo", "coverage": 0}, "coverage is 0; it must be above 0 and at most 1"),
        ({"kind": "jamo", "coverage": 1.01}, "coverage is 1.01; it must be above 0 and at most 1"),
        ({"kind": "jamo", "coverage": float("nan")}, "coverage is nan"),
    ],
)
def test_impossible_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        make_unit(settings)
