"""Each step does what its table says, leaves the rest alone, and twice is once."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from preprocess.normalise import controls, invisible, line_ends, nfc

ODD = st.sampled_from(
    "\r\n\v\f\x85\u2028\u2029\x00\x1b\ufeff\u200b\u200d\ufe0f〈♂👨🏽\u1100\u1161\u0338←"
)
TEXTS = st.text(ODD | st.characters(exclude_categories=["Cs"]), max_size=30)


def normalised(text):
    for step in (line_ends, controls, invisible, nfc):
        text, _ = step(text)
    return text


@pytest.mark.parametrize(
    ("step", "text", "expected", "count"),
    [
        (line_ends, "a\r\n\r\nb\n\rc", "a\n\nb\n\nc", 3),
        (line_ends, "a\x0bb\x0cc\x85d\u2028e\u2029f", "a\nb\nc\nd\ne\nf", 5),
        (controls, "\x00가\x07\t\x7f\x9c나\n", "가\t나\n", 4),
        (invisible, "\ufeff처음\ufeff중간\u00ad\u2060\u200c\u202e", "처음중간", 6),
        (
            invisible,
            "👩🏽\u200d⚕\ufe0f 🏳\ufe0f\u200d🌈 ❤\ufe0f",
            "👩🏽\u200d⚕\ufe0f 🏳\ufe0f\u200d🌈 ❤\ufe0f",
            0,
        ),
        (invisible, "\u200d가\u200d👨👩\u200d", "가👨👩", 3),
        (nfc, "ㅋㅋㅋ ㅠㅠ ㄳ ᄒᆞᆫ Ａ　￦ ﾡ", "ㅋㅋㅋ ㅠㅠ ㄳ ᄒᆞᆫ Ａ　￦ ﾡ", 0),
        (nfc, "\uf914", "\u6a02", 1),
        (nfc, "a\u0323\u0307\u0323", "ạ\u0323\u0307", 2),
    ],
)
def test_steps(step, text, expected, count):
    assert step(text) == (expected, count)


@given(st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), min_size=1))
def test_decomposed_hangul_becomes_the_syllables(text):
    decomposed = unicodedata.normalize("NFD", text)
    assert nfc(decomposed) == (text, len(decomposed))


@given(TEXTS)
@example("\u2329\u200d♂")
def test_normalising_twice_is_normalising_once(text):
    once = normalised(text)
    assert normalised(once) == once
    assert not re.search("[\r\v\f\x85\u2028\u2029\x00\ufeff]", once)
