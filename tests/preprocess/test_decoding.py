"""Encodings: UTF-8 and CP949 told apart, wrong bytes located, any length of piece the same."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess import decoding
from preprocess.decoding import Encoding, decoded, detect, encoded_size

KOREAN = "뷁펲햏 사랑은 창밖의 빗물 같아요\n"


def text_of(data, asked="auto"):
    stream = io.BytesIO(data)
    encoding = detect(stream, asked, "a.txt")
    return encoding, decoded(stream, encoding).read()


@pytest.mark.parametrize(
    ("data", "asked", "encoding", "has_bom"),
    [
        (KOREAN.encode(), "auto", "utf-8", False),
        (KOREAN.encode("utf-8-sig"), "auto", "utf-8", True),
        (KOREAN.encode("utf-8-sig"), "utf-8", "utf-8", True),
        (KOREAN.encode("cp949"), "auto", "cp949", False),
        (KOREAN.encode("cp949"), "euc-kr", "cp949", False),
        (KOREAN.encode("utf-16"), "auto", "utf-16", False),
        (KOREAN.encode("johab"), "johab", "johab", False),
    ],
)
def test_the_text_comes_back_whatever_its_encoding(data, asked, encoding, has_bom):
    assert text_of(data, asked) == (Encoding(encoding, has_bom), KOREAN)


def test_ascii_and_nothing_are_utf8():
    assert text_of(b"abc") == (Encoding("utf-8", False), "abc")
    assert text_of(b"") == (Encoding("utf-8", False), "")


def test_a_wrong_byte_is_located():
    data = bytearray(KOREAN.encode() * 3)
    data[30] = 0xFF
    with pytest.raises(ValueError, match=r"a\.txt: is not utf-8 \(byte 30 is wrong\)"):
        text_of(bytes(data), "auto")
    with pytest.raises(ValueError, match=r"a\.txt: byte 30 is wrong in utf-8"):
        text_of(bytes(data), "utf-8")


def test_utf8_with_a_wrong_byte_is_not_taken_for_cp949():
    """An even run of 로 is right in CP949, too: every two would become three other letters."""
    data = "로로".encode() * 20 + b"\xb0\xa1"
    assert data.decode("cp949")
    with pytest.raises(ValueError, match=r"byte 120 is wrong\); mend"):
        text_of(data)


def test_what_is_neither_names_both_offsets():
    data = "가나다".encode("cp949") + b"\xff"
    with pytest.raises(ValueError, match=r"not utf-8 \(byte 0 is wrong\), not cp949 \(byte 6"):
        text_of(data)


def test_a_file_cut_inside_a_character_is_refused_at_its_start():
    with pytest.raises(ValueError, match="byte 60 is wrong"):
        text_of(("가" * 21).encode()[:-1])


@pytest.mark.parametrize("asked", ["no-such", "zlib", "hex"])
def test_a_codec_that_is_none_of_text_is_refused(asked):
    with pytest.raises(ValueError, match=f"encoding: '{asked}'"):
        text_of(b"abc", asked)


def test_line_ends_are_kept_and_only_three_of_them_end_a_line():
    data = "a\r\nb\rc\u2028d\x0ce\x85f\ng".encode()
    text = decoded(io.BytesIO(data), Encoding("utf-8", False))
    assert list(text) == ["a\r\n", "b\r", "c\u2028d\x0ce\x85f\n", "g"]


@given(
    st.text(st.sampled_from("a가뷁\r\n한"), max_size=30),
    st.sampled_from(["utf-8", "cp949"]),
    st.integers(1, 9),
    st.one_of(st.none(), st.integers(0, 60)),
)
def test_the_length_of_a_piece_changes_nothing(text, encoding, size, wrong):
    data = bytearray(text.encode(encoding))
    if wrong is not None and wrong < len(data):
        data[wrong] = 0xFF

    def outcome(length):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(decoding, "PIECE_BYTES", length)
            try:
                return text_of(bytes(data))
            except ValueError as error:
                return str(error)

    assert outcome(size) == outcome(1 << 20)


def test_encoded_size_is_that_of_the_file():
    assert encoded_size("가a", Encoding("utf-8", False)) == 4
    assert encoded_size("가a", Encoding("cp949", False)) == 3
