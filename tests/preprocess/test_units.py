import numpy as np
import pytest

from preprocess.hangul import FIRST_SYLLABLE, LEADING, NUM_SYLLABLES, TRAILING, VOWELS
from preprocess.units import (
    END,
    FIRST_BYTE,
    FIRST_PART,
    NUM_CODE_POINTS,
    UNITS,
    Jamo,
    code_points_of,
    make_unit,
    spelling_table,
)

NONE = np.empty(0, np.uint32)


@pytest.mark.parametrize("kind", ["syllable", "byte"])
def test_characters_without_an_id_are_spelt_as_python_spells_utf8(kind):
    table = spelling_table(make_unit({"kind": kind}), NONE)
    scalars = [c for c in range(NUM_CODE_POINTS) if not 0xD800 <= c < 0xE000]
    spelt = table[scalars]
    expected = "".join(map(chr, scalars)).encode()
    assert (spelt[spelt != END] - FIRST_BYTE).astype(np.uint8).tobytes() == expected


def test_surrogates_have_no_spelling():
    assert not spelling_table(make_unit({"kind": "jamo"}), NONE)[0xD800:0xE000].any()


def test_jamo_spells_every_syllable_by_its_parts():
    table = spelling_table(Jamo(), NONE)
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
    assert spelling_table(Jamo(), characters)[characters].tolist() == [
        [FIRST_PART + 67 + index, END, END, END] for index in range(3)
    ]


def test_a_large_vocabulary_has_wider_ids():
    characters = np.arange(0x20000, 0x20000 + 65_536 - FIRST_PART + 1, dtype=np.uint32)
    unit = make_unit({"kind": "syllable"})
    assert spelling_table(unit, characters[:-1]).dtype == np.uint16
    wide = spelling_table(unit, characters)
    assert wide.dtype == np.uint32
    assert wide[characters[-1], 0] == 65_536


@pytest.mark.parametrize(
    ("text", "index"), [("\ud800", 0), ("가나\udfff다", 2), ("😀\ud83d\ude00", 1)]
)
def test_surrogates_are_refused_by_index(text, index):
    with pytest.raises(ValueError, match=rf"lone surrogate U\+D[89A-F]\w\w at index {index};"):
        code_points_of(text)


@pytest.mark.parametrize("kind", sorted(UNITS))
def test_settings_make_the_same_unit_again(kind):
    settings = {"kind": kind, "min_count": 5, "max_size": 1000}
    assert make_unit(settings).settings == settings


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "word"}, "unit kind is 'word'; it must be one of syllable, jamo, byte"),
        ({}, "unit kind is None"),
        ({"kind": "jamo", "mincount": 1}, "unit jamo: unknown key 'mincount'"),
        ({"kind": "jamo", "min_count": 0}, "min_count is 0; it must be 1 or more"),
        ({"kind": "jamo", "max_size": 323}, "max_size is 323; it must be 324 or more"),
        ({"kind": "byte", "max_size": 256}, "max_size is 256; it must be 257 or more"),
    ],
)
def test_impossible_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        make_unit(settings)
