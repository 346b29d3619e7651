"""Korean that was misread is found and read anew; what was written in Latin letters stays."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess.mojibake import repair

KOREAN = [
    "사랑",
    "한글",
    "내 마음에 비가 내리던 그 밤, 너는 떠났다.",
    "그대여 “아무 걱정” 하지 말아요… 우리 함께 노래합시다 (1997)",
    "ㅋㅋㅋ 대한민국·서울 – café 아님",
]
# WHATWG's Windows-1252: a C1 control where Python's has nothing.
WINDOWS_1252 = {byte: bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256)}


def misread(text, encoding, as_windows):
    data = text.encode(encoding)
    if as_windows:
        return "".join(WINDOWS_1252[byte] for byte in data)
    return data.decode("latin-1")


def test_fault_09_golden():
    assert repair("ì‚¬ëž‘") == ("사랑", 6)
    assert repair("»ç¶û") == ("사랑", 4)
    assert repair("ÇÑ±Û") == ("한글", 4)
    assert repair("ÇÑ±Û ÀÔ´Ï´Ù (abc)\n사랑 é\nì‚¬ëž‘") == ("한글 입니다 (abc)\n사랑 é\n사랑", 16)
    assert repair("가나 ì‚¬ëž‘ 다") == ("가나 사랑 다", 6)


@pytest.mark.parametrize("text", KOREAN)
@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
@pytest.mark.parametrize("as_windows", [False, True])
def test_fault_09_both_kinds_are_repaired(text, encoding, as_windows):
    text = text if encoding == "utf-8" else text.replace("é", "e").replace("–", "-")
    wrong = misread(text, encoding, as_windows)
    assert wrong != text
    assert repair(f"제목\n{wrong}\nend") == (f"제목\n{text}\nend", repair(wrong)[1])
    assert repair(wrong)[1] >= 4


@pytest.mark.parametrize(
    "text",
    [
        "café, naïve, Ångström, Curaçao, œuvre, Œdipe",
        "Größe, Äpfel, Öl, Übermaß, ÄÖÜ äöüß, „Anführung“ – ‚so‘",
        "À l’été, où «çà et là» l’île… ÀÉÈÙ — 20 °C, n° 5, 10 €, ½ §",
        "¿Él? ¡Aquí…” dijo. «ahí…», señor Ñandú; ÁÉÍÓÚ áéíóú",
        "ações, pães, ÃÕ; così è, perché; ÀÈÌÒÙ; þæði ÞÆÐI; ÅÄÖ ÆØÅæøå",
        "Tiếng Việt: ê í ì; čeština š ž; İstanbul şğ",
        "가·나, 20°±0.5 §2 ¶3 ×÷ «인용» ‘따옴표’ “큰따옴표”… — ½¼¾ ²³¹",
        "°C ±5 µm ©2024 ®",
        "漢字 ひらがな ㅋㅋㅋ 👨\u200d👩",
    ],
)
def test_fault_09_ordinary_text_does_not_trigger(text):
    assert repair(text) == (text, 0)


@given(st.text(st.characters(min_codepoint=0xA1, max_codepoint=0xFF), max_size=3))
def test_three_letters_never_are_mojibake(text):
    assert repair(f"가 {text} a") == (f"가 {text} a", 0)


@given(
    st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), min_size=2),
    st.booleans(),
)
def test_syllables_in_utf8_are_always_repaired(text, as_windows):
    wrong = misread(text, "utf-8", as_windows)
    assert repair(wrong) == (text, 3 * len(text))


def test_a_damaged_syllable_leaves_the_others():
    wrong = misread("사랑하는 사람", "utf-8", True)
    assert repair(wrong[:-1])[0] == "사랑하는 사" + wrong[-3:-1]


def test_repair_takes_linear_time():
    for unit in ("Ã", "ì‚¬", "»ç", "Â©", "é", "»", "À°", "í…”", "ê"):
        text = (unit * 200_000)[:200_000]
        start = time.process_time()
        repair(f"{text} »ç¶û ì‚¬ëž‘ {text}")
        assert time.process_time() - start < 1
