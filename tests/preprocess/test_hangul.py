import unicodedata

import numpy as np
from jamo import hangul_to_jamo

from preprocess.hangul import (
    FIRST_SYLLABLE,
    LEADING,
    NUM_SYLLABLES,
    TRAILING,
    VOWELS,
    compatibility_jamo,
    composed_syllables,
    is_syllable,
    syllable_parts,
)

SYLLABLES = range(FIRST_SYLLABLE, FIRST_SYLLABLE + NUM_SYLLABLES)


def test_parts_of_all_syllables_are_those_of_the_jamo_package():
    for code_point, (leading, vowel, trailing) in zip(SYLLABLES, syllable_parts(), strict=True):
        spelt = LEADING[leading] + VOWELS[vowel] + ("", *TRAILING)[trailing]
        assert spelt == "".join(hangul_to_jamo(chr(code_point)))


def test_parts_of_all_syllables_are_those_of_unicode():
    for code_point, (leading, vowel, trailing) in zip(SYLLABLES, syllable_parts(), strict=True):
        spelt = LEADING[leading] + VOWELS[vowel] + ("", *TRAILING)[trailing]
        assert spelt == unicodedata.normalize("NFD", chr(code_point))


def test_composed_syllables_are_those_of_unicode():
    composed = composed_syllables()
    assert composed.shape == (19, 21, 28)
    for (leading, vowel, trailing), code_point in np.ndenumerate(composed):
        spelt = LEADING[leading] + VOWELS[vowel] + ("", *TRAILING)[trailing]
        assert chr(code_point) == unicodedata.normalize("NFC", spelt)


def test_the_syllables_are_those_that_unicode_names_so():
    code_points = np.arange(0x110000, dtype=np.uint32)
    found = code_points[is_syllable(code_points)].tolist()
    named = [c for c in range(0x110000) if unicodedata.name(chr(c), "").startswith("HANGUL SYLL")]
    assert found == named == list(SYLLABLES)


def test_a_part_alone_is_the_letter_that_people_type():
    alone = "".join(compatibility_jamo(part) for part in (*LEADING, *VOWELS, *TRAILING))
    assert alone == (
        "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
        "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
        "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
    )
