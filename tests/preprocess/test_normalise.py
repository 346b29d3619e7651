"""Each step does what the table says, leaves the rest alone, and twice is once."""

import re
import time
import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from preprocess.characters import table
from preprocess.normalise import (
    controls,
    fillers,
    fullwidth,
    halfwidth_jamo,
    invisible,
    is_plain,
    line_ends,
    nfc,
    spaces,
    table_steps,
    without_hanyang_pua,
)

DOCS = Path(__file__).parents[2] / "docs" / "normalisation.md"
ODD = st.sampled_from(
    "\r\n\v\f\x85\u2028\u2029\x00\x1b\ufeff\u200b\u200d\ufe0e\ufe0f〈〉\u2329♂👨🏽🏴1#"
    "\u1100\u1161\u11a8\u115f\u1160\u3164\uffa0\ud7b0\ua960가"
    "\u0338\u0301←\u3000\xa0\u2000ＡＺ１￦ﾡￂ\xad\u202e\U000e0067\U000e007f\U000e0001\uf914\ue0bc"
)
# Not `st.text` of both, which draws from all characters alike, and so hardly ever an odd one.
TEXTS = st.lists(ODD | st.characters(exclude_categories=["Cs"]), max_size=30).map("".join)

ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
EMOJI = [
    "👨\u200d👩\u200d👧",
    "👩🏽\u200d⚕\ufe0f",
    "🏳\ufe0f\u200d🌈",
    "🏳\ufe0f\u200d⚧\ufe0f",
    "❤\ufe0f\u200d🔥",
    "❤\ufe0f",
    "☎\ufe0e",
    "1\ufe0f\u20e3",
    "#\ufe0f\u20e3",
    "©\ufe0f",
    "‼\ufe0f",
    "🇰🇷",
    "👍🏿",
    "🐦\u200d⬛",
    ENGLAND,
    f"{ENGLAND}{ENGLAND}",
]


def normalised(text, characters="plain"):
    for _, step in [*table_steps(characters), ("nfc", nfc)]:
        text, _ = step(text)
    return text


@pytest.mark.parametrize(
    ("step", "text", "expected", "count"),
    [
        (line_ends, "a\r\n\r\nb\n\rc", "a\n\nb\n\nc", 3),
        (line_ends, "a\x0bb\x0cc\x85d\u2028e\u2029f", "a\nb\nc\nd\ne\nf", 5),
        (controls, "\x00가\x07\t\x7f\x9c나\n", "가\t나\n", 4),
        (invisible, "\ufeff처음\ufeff중간\u00ad\u2060\u200c\u202e", "처음중간", 6),
        (invisible, "\u200d가\u200d👨👩\u200d", "가👨👩", 3),
        (invisible, "가\ufe0f나\ufe0e\u206a\ufffc\U000e0001", "가나", 5),
        (invisible, "가\ufe0f\u200d👩", "가👩", 2),
        (invisible, "🏴\U000e0067\U000e0062 \U000e007f", "🏴 ", 3),
        (fullwidth, "～Ａｚ０！￠￡￢￣￤￥￦｟｠", "~Az0!¢£¬¯¦¥₩⦅⦆", 14),
        (spaces, "\u3000\xa0\u1680\u2000\u200a\u202f\u205f", " " * 7, 7),
        (halfwidth_jamo, "ﾡﾾￂￇￊￏￒￗￚￜ", "ㄱㅎㅏㅔㅕㅚㅛㅠㅡㅣ", 10),
        (fillers, "\u3164ㅂㅞㄺ\u3164ㄱㅏ\u3164 \u3164ㅋㅋ", "뷁가 ㅋㅋ", 7),
        (fillers, "ㅋ\u3164ㅋ\uffa0 \u115f \u1160", "ㅋㅋ  ", 4),
        (nfc, "ㅋㅋㅋ ㅠㅠ ㄳ ᄒᆞᆫ Ａ　￦ ﾡ", "ㅋㅋㅋ ㅠㅠ ㄳ ᄒᆞᆫ Ａ　￦ ﾡ", 0),
        (nfc, "\uf914", "\u6a02", 1),
        (nfc, "a\u0323\u0307\u0323", "ạ\u0323\u0307", 2),
        (without_hanyang_pua, "나랏\ue0bc\uf8f7말\uf8ff", "나랏말\uf8ff", 2),
    ],
)
def test_steps(step, text, expected, count):
    assert step(text) == (expected, count)


@pytest.mark.parametrize(
    "text",
    [
        "\u115f\u119e",  # a vowel without its leading consonant
        "\u1100\u1160",  # a leading consonant without its vowel
        "\ua960\u1160\u11a8",
        "\u115f\u1160\u11ab",  # a trailing consonant by itself
    ],
)
def test_fillers_that_hold_a_place_stay(text):
    assert normalised(f"가{text} {text}") == f"가{text} {text}"


def test_fault_13_compatibility_jamo_are_untouched():
    text = "ㅋㅋㅋㅠㅠ, ㄳ, ㄱㅏ ㅿㆍㆎ" + "".join(map(chr, range(0x3131, 0x3164)))
    assert normalised(text) == text


@given(
    st.text(
        st.characters(min_codepoint=0x1161, max_codepoint=0x11FF)
        | st.characters(min_codepoint=0xA960, max_codepoint=0xA97C)
        | st.characters(min_codepoint=0xD7B0, max_codepoint=0xD7C6)
        | st.characters(min_codepoint=0x3131, max_codepoint=0x3163)
    )
)
@example("ᄒᆞᆫ 나랏말ᄊᆞ미 \ua960\ud7b0\ud7fb")
def test_fault_14_old_hangul_is_kept(text):
    assert normalised(text) == unicodedata.normalize("NFC", text)


def test_fault_16_widths_become_what_the_table_says():
    assert normalised("ＡＢＣ　￦１００ ﾡￂ") == "ABC ₩100 ㄱㅏ"
    assert normalised("ＡＢＣ　￦１００ ﾡￂ", "keep") == "ＡＢＣ　￦１００ ﾡￂ"
    left = "ｶﾞ｡ﬁ①²㎏㈜Ⅷ℃〜，"[:-1]
    assert normalised(left) == left


def test_fault_17_fillers_are_removed():
    assert normalised("사\u3164랑\uffa0이\u115f라\u1160") == "사랑이라"
    assert normalised("사\u3164랑", "keep") == "사\u3164랑"


def test_fault_18_what_cannot_be_seen_is_removed_and_emoji_stay_whole():
    hidden = (
        "\u200b\u200c\u2060\ufeff\xad\u061c\u200e\u200f\u202a\u202e\u2066\u2069\u206a\u200d\ufe0f"
    )
    assert normalised(f"사{hidden}랑") == "사랑"
    text = " ".join(EMOJI)
    assert normalised(text) == text
    assert normalised("".join(EMOJI[:6])) == "".join(EMOJI[:6])


def test_fault_19_every_line_end_is_one():
    assert normalised("가\r\n나\r다\x85라\u2028마\u2029바\v사\f아\r\x00\n") == (
        "가\n나\n다\n라\n마\n바\n사\n아\n"
    )


def test_fault_20_controls_are_removed():
    every = "".join(map(chr, [*range(32), *range(0x7F, 0xA0)]))
    for characters in ("plain", "keep"):
        assert normalised(every, characters) == "\t\n\n\n\n\n"


@given(st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), min_size=1))
def test_fault_11_decomposed_hangul_becomes_the_syllables(text):
    decomposed = unicodedata.normalize("NFD", text)
    assert nfc(decomposed) == (text, len(decomposed))


def test_fault_21_compatibility_hanja_are_unified_by_nfc_only():
    assert normalised("\uf914") == "\u6a02"
    assert [step("\uf914") for _, step in table_steps("plain")] == [("\uf914", 0)] * 7


@given(TEXTS, st.sampled_from(["plain", "keep"]))
@example("\u2329\u200d♂", "plain")
@example("\r\x00\n", "plain")
@example("가\ufe0f\u200d👩", "plain")
@example("\u115f\u3164\u1161", "plain")
def test_normalising_twice_is_normalising_once(text, characters):
    once = normalised(text, characters)
    assert normalised(once, characters) == once
    assert not re.search("[\r\v\f\x85\u2028\u2029\x00]", once)


@given(TEXTS)
def test_plain_text_is_what_no_step_changes(text):
    if is_plain(text):
        for _, step in table_steps("plain"):
            assert step(text) == (text, 0)


def test_each_row_of_the_table_is_what_its_step_does():
    steps = dict(table_steps("plain"))
    ends = [(row.first, row.last) for row in table()]
    assert ends == sorted(ends)
    assert all(last < first for (_, last), (first, _) in pairwise(ends))
    for row in table():
        for code_point, becomes in zip(range(row.first, row.last + 1), row.becomes, strict=True):
            assert steps[row.reason](f"가{chr(code_point)}가") == (f"가{becomes}가", 1)
            assert normalised(becomes) == becomes


def test_each_row_of_the_table_names_its_characters():
    """Wherever Unicode has a name, the row has it, or those of its first and last character."""
    for row in table():
        names = [unicodedata.name(chr(code), "") for code in (row.first, row.last)]
        words = row.name.upper()
        for name in names:
            assert not name or name.split()[-1] in words, (hex(row.first), name)


def test_the_documented_table_is_the_one_used():
    documented = DOCS.read_text(encoding="utf-8")
    for row in table():
        code_points = f"U+{row.first:04X}" + (f"-{row.last:04X}" if row.last > row.first else "")
        line = next(line for line in documented.split("\n") if line.startswith(f"| {code_points} "))
        assert f"`{row.reason}`" in line
        assert row.name in line


def test_every_step_takes_linear_time():
    texts = ["\u200d" * 500_000, "👨\u200d" * 300_000, "🏴" + "\U000e0067" * 500_000]
    texts += ["\u115f\u1160" * 300_000, "\r" * 500_000, "Ａ" * 500_000]
    for text in texts:
        start = time.process_time()
        normalised(text)
        assert time.process_time() - start < 2
