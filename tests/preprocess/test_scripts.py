"""Every character is counted once, in its script."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess.scripts import SCRIPTS, count_scripts, expected_script


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("가힣뷁", "hangul"),
        ("ㅋㅠㄳㆍ", "hangul"),
        ("ᄒᆞᆫ\ua960\ud7b0\ud7fb", "hangul"),
        ("ﾡￜ", "hangul"),
        ("樂\uf914々〇𠀀", "hanja"),
        ("ひらカナーｶﾞ"[:-1], "kana"),
        ("azAZéßŁＡ", "latin"),
        ("Яαאไ", "other_letters"),
        ("09 \n.,!・゛\u0301👨\u200d👩\ue0bc\ufffd\u3164\u115f\u1160\uffa0٣②", "others"),
    ],
)
def test_a_character_is_of_its_script(text, script):
    assert count_scripts(text) == dict.fromkeys(SCRIPTS, 0) | {script: len(text)}


@given(st.text(), st.text())
def test_counts_add_up(first, second):
    one, two, both = count_scripts(first), count_scripts(second), count_scripts(first + second)
    assert both == {script: one[script] + two[script] for script in SCRIPTS}
    assert sum(both.values()) == len(first + second)


def test_long_texts_are_counted_whole():
    counts = count_scripts("가a1" * 200_000 + "ㅋ")
    assert counts == dict.fromkeys(SCRIPTS, 0) | {
        "hangul": 200_001,
        "latin": 200_000,
        "others": 200_000,
    }


@given(st.characters(categories=["L"]))
def test_letters_but_fillers_are_no_others(character):
    filler = "FILLER" in unicodedata.name(character, "")
    assert count_scripts(character)["others"] == filler


def test_languages_expect_a_script_or_none():
    languages = ["ko", "ko-KR", "zh", "ja", "en", "c", ""]
    expected = ["hangul", "hangul", "hanja", "kana", "latin", None, None]
    assert [expected_script(language) for language in languages] == expected
