"""Decoding: every encoding told or refused, wrong bytes located, any length of piece the same."""

import io
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess.decoding import Encoding, Repairs, decode, detect, lines, read_text
from preprocess.decoding.score import COMMON, hangul_score
from preprocess.decoding.utf8 import check_utf8

KOREAN = "뷁펲햏 사랑은 창밖의 빗물 같아요\n"
SONGS = sorted(Path(__file__).parents[2].glob("data/embedded/ballad/*.txt"))
# Written for these tests.
JAPANESE = (
    "春が来ると、庭の桜が咲きはじめます。私は毎朝コーヒーを飲みながら、窓の外をながめています。"
)
CHINESE = (
    "春天来了，院子里的樱花开了。我每天早上喝着咖啡，看着窗外的风景，心里觉得很安静，也很高兴。"
)
TRADITIONAL = (
    "春天來了，院子裡的櫻花開了。我每天早上喝著咖啡，看著窗外的風景，心裡覺得很安靜，也很高興。"
)
FRENCH = (
    "L'été dernier, nous avons mangé des crêpes à la crème près de la forêt, où l'air était doux."
)


def text_of(data, asked="auto", strict=False, piece_bytes=1 << 18):
    stream, repairs = io.BytesIO(data), Repairs()
    encoding = detect(stream, asked, "a.txt")
    pieces = decode(stream, encoding, "a.txt", repairs, strict=strict, piece_bytes=piece_bytes)
    return encoding.name, "".join(pieces), repairs


def read(data, **options):
    return text_of(data, **options)[:2]


@pytest.mark.parametrize(
    ("data", "asked", "encoding"),
    [
        (KOREAN.encode(), "auto", "utf-8"),
        (KOREAN.encode("utf-8-sig"), "utf-8", "utf-8"),
        (KOREAN.encode("utf-8-sig"), "utf-8-sig", "utf-8"),
        (KOREAN.encode("cp949"), "auto", "cp949"),
        (KOREAN.encode("cp949"), "euc-kr", "cp949"),
        (KOREAN.encode("utf-16"), "utf-16", "utf-16-le"),
        (KOREAN.encode("utf-16-be"), "utf-16", "utf-16-be"),
        (KOREAN.encode("utf-32"), "auto", "utf-32-le"),
        (KOREAN.encode("utf-32-be"), "utf-32-be", "utf-32-be"),
        (KOREAN.encode("johab"), "johab", "johab"),
        (KOREAN.encode("iso2022_kr", "ignore"), "iso2022_kr", "iso2022_kr"),
    ],
)
def test_the_text_comes_back_whatever_its_encoding(data, asked, encoding):
    expected = KOREAN if encoding != "iso2022_kr" else data.decode(encoding)
    assert read(data, asked=asked) == (encoding, expected)


def test_ascii_and_nothing_are_utf8():
    assert read(b"abc") == ("utf-8", "abc")
    assert read(b"") == ("utf-8", "")


@pytest.mark.parametrize("asked", ["no-such", "zlib", "hex", "idna", "punycode", "undefined"])
def test_a_codec_that_is_none_of_text_is_refused(asked):
    with pytest.raises(ValueError, match=f"encoding: '{asked}'"):
        read(b"abc", asked=asked)


def test_the_stream_is_set_back_and_certainty_is_said():
    stream = io.BytesIO(KOREAN.encode())
    assert detect(stream, "auto", "a.txt") == Encoding("utf-8", 1.0)
    assert stream.tell() == 0
    assert detect(io.BytesIO(KOREAN.encode("cp949")), "auto", "a.txt") == Encoding(
        "cp949", 0.714, by_line=True
    )


# The Hangul score


def test_the_score_is_the_share_of_common_hangul_among_letters():
    assert len(COMMON) == 404
    assert hangul_score("사랑 123 … abc") == 1
    assert hangul_score("뷁펲") == 0
    assert hangul_score("사\ufffd랑\x01") == 0.5
    assert hangul_score("") == hangul_score("abc") == 0


def snippets(length, step):
    text = "".join(path.read_text("utf-8") for path in SONGS)
    for start in range(0, len(text) - length, step):
        snippet = text[start : start + length]
        if any("가" <= character <= "힣" for character in snippet):
            yield snippet


@pytest.mark.parametrize("encoding", ["cp949", "utf-16-le", "utf-16-be", "utf-8"])
@pytest.mark.parametrize(("length", "step"), [(20, 203), (8, 1013), (2000, 20_011)])
def test_fault_04_korean_snippets_are_told_right_without_a_mark(encoding, length, step):
    """All of about 1,000 snippets of 20 characters, each at another place of a song."""
    for snippet in snippets(length, step):
        assert read(snippet.encode(encoding)) == (encoding, snippet)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
@pytest.mark.parametrize("length", [1, 5000])
def test_fault_04_a_mark_tells(encoding, length):
    for order, mark in (("le", "\ufeff"), ("be", "\ufeff")):
        text = ("사뷁 abc\r\n" * length)[:length]
        name, found, repairs = text_of((mark + text).encode(f"{encoding}-{order}"))
        assert (name, found, repairs.boms) == (f"{encoding}-{order}", text, 1)


def test_fault_04_english_in_utf16_without_a_mark():
    for encoding in ("utf-16-le", "utf-16-be"):
        assert read("Tea, two sugars?\r\n".encode(encoding)) == (encoding, "Tea, two sugars?\r\n")


FOREIGN = [
    *((JAPANESE, encoding) for encoding in ("euc_jp", "shift_jis", "utf-16-le", "utf-16-be")),
    *((CHINESE, encoding) for encoding in ("gbk", "gb18030", "utf-16-le", "utf-16-be")),
    *((TRADITIONAL, encoding) for encoding in ("big5", "gb18030")),
    *((FRENCH, encoding) for encoding in ("latin-1", "cp1252")),
]
KIN = {"shift_jis": {"cp932", "shift_jis"}, "gbk": {"gb18030", "gbk"}}


@pytest.mark.parametrize(("text", "encoding"), FOREIGN)
@pytest.mark.parametrize("length", [20, 40, 4000])
def test_other_languages_are_told_or_refused_and_never_taken_for_korean(text, encoding, length):
    text = (text * (1 + length // len(text)))[:length]
    try:
        name, found = read(text.encode(encoding))
    except ValueError as error:
        assert "encoding" in str(error) or "looks binary" in str(error)  # noqa: PT017
    else:
        assert name in KIN.get(encoding, {encoding})
        assert found == text
    assert read(text.encode(encoding), asked=encoding)[1] == text


def test_hiragana_alone_are_not_taken_for_rare_hangul():
    text = "さくらさくらやよいのそらはみわたすかぎりかすみかくもか"
    assert "".join(map(str, text.encode("shift_jis").decode("cp949"))).isalpha()
    with pytest.raises(ValueError, match="cannot be told"):
        read(text[:8].encode("shift_jis"))


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Mit Gefühl gesungen", "cp437"),
        ("Praca jest tutaj ważna", "iso8859-2"),
        ("int count; // `count`は2\n", "shift_jis"),
    ],
)
def test_few_letters_among_ascii_are_not_taken_for_rare_hangul(text, encoding):
    try:
        assert read(text.encode(encoding))[0] != "cp949"
    except ValueError as error:
        assert "cannot be told" in str(error)  # noqa: PT017


@pytest.mark.parametrize("order", ["le", "be"])
def test_utf32_without_a_mark_is_told(order):
    assert read((KOREAN * 5).encode(f"utf-32-{order}")) == (f"utf-32-{order}", KOREAN * 5)


@pytest.mark.parametrize("order", ["le", "be"])
def test_fault_04_lines_drawn_in_utf16_do_not_turn_its_bytes_round(order):
    text = "ここまで ──────────────────────────────┘\n" * 3
    with pytest.raises(ValueError, match=r"encoding|binary"):
        read(text.encode(f"utf-16-{order}"))


def test_a_long_japanese_file_is_told_by_chardet():
    assert read((JAPANESE * 20).encode("euc_jp")) == ("euc_jp", JAPANESE * 20)
    assert read((JAPANESE * 20).encode("shift_jis")) == ("cp932", JAPANESE * 20)


# Rows of FAULTS.md


def test_fault_01_cp949_syllables_outside_ks_x_1001():
    assert read(bytes.fromhex("94ee")) == ("cp949", "뷁")
    assert read("뷁펲햏\n".encode("cp949")) == ("cp949", "뷁펲햏\n")
    text = "".join(map(chr, range(0xAC00, 0xD7A4)))  # all 11,172
    assert read(text.encode("cp949")) == ("cp949", text)
    assert read(("뷁 펲 햏\n" * 99).encode("cp949")) == ("cp949", "뷁 펲 햏\n" * 99)
    assert read((text + KOREAN * 2000).encode("cp949")) == ("cp949", text + KOREAN * 2000)


def test_fault_02_make_up_sequences_are_recomposed():
    assert read(bytes.fromhex("a4d4a4b2a4cea4aa")) == ("cp949", "뷁")
    name, text, repairs = text_of(bytes.fromhex("a4d4a4b2a4cea4aa c7d1 a4d4a4a7a4c5a4d4"))
    assert (name, text, repairs.recomposed) == ("cp949", "뷁한뎌", 2)


def test_fault_02_every_syllable_that_euc_kr_writes_so_comes_back():
    text = "".join(map(chr, range(0xAC00, 0xD7A4)))
    _, found, repairs = text_of(text.encode("euc_kr"), asked="euc-kr", piece_bytes=1000)
    assert found == text
    assert repairs.recomposed == 8822


@pytest.mark.parametrize("text", ["ㅤ", "ㅤㅂ", "ㅤㅂㅞ가", "ㅤㅤㅂㅞㄺ"[:4], "ㅂㅞㄺ ㅤ끝"])
def test_fault_02_a_filler_that_begins_no_sequence_stays(text):
    assert read((text + KOREAN).encode("cp949"))[1] == text + KOREAN


def test_fault_03_marks_are_removed_wherever_they_stand():
    _, text, repairs = text_of(("첫 글\n".encode("utf-8-sig") + "둘\n".encode("utf-8-sig")) * 2)
    assert (text, repairs.boms) == ("첫 글\n둘\n" * 2, 4)
    _, text, repairs = text_of("\ufeff하나\ufeff둘".encode("utf-16-le"))
    assert (text, repairs.boms) == ("하나둘", 2)


def with_wrong_byte(data, at):
    return data[:at] + b"\xff" + data[at:]


@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
def test_fault_05_only_the_wrong_byte_is_replaced_and_its_offset_told(encoding):
    half = (KOREAN * 20_000).encode(encoding)
    name, text, repairs = text_of(with_wrong_byte(half * 2, len(half)))
    assert name == encoding
    assert text == KOREAN * 20_000 + "\ufffd" + KOREAN * 20_000
    assert (repairs.replaced_bytes, repairs.wrong_bytes) == (1, [len(half)])
    with pytest.raises(ValueError, match=rf"a\.txt: byte {len(half)} is wrong in {encoding}"):
        read(with_wrong_byte(half * 2, len(half)), strict=True)


def test_fault_05_ascii_with_a_wrong_byte_stays_utf8():
    half = b"plain words\n" * 30_000
    name, text, repairs = text_of(with_wrong_byte(half * 2, len(half)))
    assert name == "utf-8"
    assert text == half.decode() + "\ufffd" + half.decode()
    assert repairs.wrong_bytes == [len(half)]


def test_fault_05_the_first_ten_offsets_are_kept():
    data = b"".join((KOREAN * 3).encode() + b"\xff" for _ in range(15))
    _, text, repairs = text_of(data)
    step = len((KOREAN * 3).encode()) + 1
    assert repairs.wrong_bytes == [step * number - 1 for number in range(1, 11)]
    assert repairs.replaced_bytes == text.count("\ufffd") == 15


def test_a_broken_character_is_one_replacement_and_all_its_bytes_count():
    data = (KOREAN * 3).encode() + "가".encode()[:2] + b"." + KOREAN.encode()
    _, text, repairs = text_of(data)
    assert text == data.decode("utf-8", "replace")
    assert repairs.replaced_bytes == 2


def test_a_lone_surrogate_of_utf16_is_replaced():
    data = "사랑".encode("utf-16") + b"\x00\xd8" + "이별".encode("utf-16-le")
    _, text, repairs = text_of(data)
    assert (text, repairs.replaced_bytes, repairs.wrong_bytes) == ("사랑\ufffd이별", 2, [6])


@pytest.mark.parametrize("encoding", ["utf-8", "cp949", "utf-16-le", "utf-16-be"])
def test_fault_06_a_cut_last_character_is_dropped_and_counted(encoding):
    data = (KOREAN * 3).encode(encoding)[: -len("요\n".encode(encoding)) - 1]
    name, text, repairs = text_of(data)
    assert (name, text) == (encoding, (KOREAN * 3)[:-3])
    assert (repairs.truncated, repairs.replaced_bytes) == (1, 0)
    assert "is truncated" in next(iter(repairs.sentences("a.txt", name)))
    with pytest.raises(ValueError, match=r"a\.txt: (ends inside a character|byte \d+ is wrong)"):
        read(data, strict=True)


ANY = st.text(st.sampled_from("a가뷁ㅤㅂㅞㄺ천\ufeff\r\n한글 "), max_size=30)


@st.composite
def hostile_bytes(draw):
    """Texts of any two encodings one after the other, wrong bytes in them, cut anywhere."""
    encodings = st.sampled_from(["utf-8", "cp949", "euc_kr", "utf-16-le", "utf-8-sig"])
    data = b"".join(
        draw(ANY).replace("\ufeff", "").encode(draw(encodings), "ignore")
        + draw(st.binary(max_size=3))
        + draw(st.sampled_from([b"", b"\n", b"\r\n", b"\n\xff\xfe"]))
        for _ in range(draw(st.integers(1, 4)))
    )
    return data[: draw(st.integers(0, len(data) + 3))]


CODECS = ["utf-8", "cp949", "utf-16-le", "gb18030", "shift_jis", "euc_jp", "utf-32-be", "latin-1"]


@given(
    hostile_bytes(),
    st.integers(1, 9),
    st.sampled_from([*CODECS, "by line: utf-8", "by line: cp949"]),
    st.integers(4, 40),
)
def test_fault_07_the_length_of_a_piece_changes_nothing(data, size, codec, line_bytes):
    by_line = codec.startswith("by line: ")
    encoding = Encoding(codec.removeprefix("by line: "), by_line=by_line)

    def outcome(length, strict):
        repairs = Repairs()
        pieces = decode(io.BytesIO(data), encoding, "a", repairs, strict=strict, piece_bytes=length)
        try:
            return "".join(pieces), repairs
        except ValueError as error:
            return str(error)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "LINE_BYTES", line_bytes)
        assert outcome(size, strict=False) == outcome(1 << 20, strict=False)
        assert outcome(size, strict=True) == outcome(1 << 20, strict=True)


@given(hostile_bytes(), st.integers(1, 9))
def test_fault_07_utf8_is_checked_alike_in_pieces_of_any_length(data, size):
    check = check_utf8(io.BytesIO(data), size)
    whole = check_utf8(io.BytesIO(data))
    assert check == whole
    expected = None
    try:
        data.decode()
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data":
            expected = error.start
    assert check.wrong == expected


@given(hostile_bytes())
def test_what_is_decoded_is_what_python_replaces(data):
    repairs = Repairs()
    text = "".join(decode(io.BytesIO(data), Encoding("utf-8"), "a", repairs))
    whole = data[:-1] if repairs.truncated else data
    while repairs.truncated and "\ufffd" in whole[-3:].decode("utf-8", "replace")[-1:]:
        whole = whole[:-1]
    assert text.rstrip("\ufffd") == whole.decode("utf-8", "replace").replace("\ufeff", "").rstrip(
        "\ufffd"
    )


UTF8_LINES, CP949_LINES = "사랑은 가고\n옛날은 남는 것\n", "여름날의 호숫가\n가을의 공원\n"


@pytest.mark.parametrize("times", [1, 300])
@pytest.mark.parametrize("encodings", [("utf-8", "cp949"), ("cp949", "utf-8")])
def test_fault_08_lines_of_two_encodings_are_each_read_in_their_own(encodings, times):
    first, second = encodings
    data = UTF8_LINES.encode(first) * 3 * times + CP949_LINES.encode(second) * times
    name, text, repairs = text_of(data)
    assert text == UTF8_LINES * 3 * times + CP949_LINES * times
    assert repairs.lines == {first: 6 * times, second: 2 * times}
    assert repairs.replaced_bytes == 0
    if name == first:
        assert repairs.other_lines == list(range(6 * times + 1, 8 * times + 1))[:10]
    warning = next(iter(repairs.sentences("a.txt", name)))
    assert warning.startswith("a.txt: lines are in two encodings (")
    with pytest.raises(ValueError, match=r"a\.txt: (line|byte) \d+ is"):
        read(data, strict=True)


@pytest.mark.parametrize("encodings", [("utf-8", "cp949"), ("cp949", "utf-8")])
def test_fault_08_a_damaged_line_of_the_other_encoding_keeps_its_rest(encodings):
    main, other = encodings
    damaged = with_wrong_byte(KOREAN.encode(other), len("뷁펲햏 사랑은 ".encode(other)))
    name, text, repairs = text_of((UTF8_LINES * 5).encode(main) + damaged)
    assert name == main
    assert text == UTF8_LINES * 5 + "뷁펲햏 사랑은 \ufffd창밖의 빗물 같아요\n"
    assert repairs.lines == {main: 10, other: 1}


def test_fault_08_rare_syllables_of_utf8_among_cp949_are_read():
    lines = [KOREAN.encode("cp949"), "찰싹!\n".encode(), KOREAN.encode("cp949")]
    assert "찰싹!\n".encode().decode("cp949")  # without error
    assert read(b"".join(lines)) == ("cp949", f"{KOREAN}찰싹!\n{KOREAN}")


@pytest.mark.parametrize("piece_bytes", [1, 100, 1 << 18])
@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_fault_08_utf16_behind_other_text_is_refused(mark, piece_bytes):
    data = KOREAN.encode() * 9 + KOREAN.encode("cp949")
    with pytest.raises(ValueError, match=f"a.txt: a text in UTF-16 begins at byte {len(data)},"):
        read(data + mark + KOREAN.encode("utf-16-le"), piece_bytes=piece_bytes)


@pytest.mark.parametrize("encoding", ["utf-8", "cp949", "utf-16-be"])
def test_fault_08_other_text_behind_utf16_is_refused(encoding):
    data = (KOREAN * 99).encode("utf-16") + (KOREAN * 30).encode(encoding)
    with pytest.raises(ValueError, match=f"begins in utf-16-le, and .* Korean only in {encoding}:"):
        read(data)


def test_fault_04_a_byte_missing_in_utf16_is_told_by_the_end():
    data = bytearray((KOREAN * 2000).encode("utf-16-le"))
    del data[40_001]
    with pytest.raises(ValueError, match="Korean only in utf-16-le, a byte further"):
        read(bytes(data))


def test_russian_in_utf16_is_not_taken_for_utf8():
    data = "Весна пришла, и в саду зацвели вишни".encode("utf-16-le")
    assert data.decode()  # without error
    with pytest.raises(ValueError, match="looks binary"):
        read(data)


def test_utf16_may_end_in_another_language():
    for text in (KOREAN + CHINESE * 500, KOREAN + "Tea? " * 9000, KOREAN + JAPANESE * 500):
        assert read(text.encode("utf-16"))[1] == text


@pytest.mark.parametrize("piece_bytes", [1, 1 << 18])
def test_fault_08_strictly_what_is_wrong_before_utf16_is_named_first(piece_bytes):
    data = KOREAN.encode() + b"\xff\n" + "사랑\n".encode("utf-16")
    with pytest.raises(ValueError, match=f"byte {len(KOREAN.encode())} is wrong in utf-8"):
        read(data, strict=True, piece_bytes=piece_bytes)


def test_fault_08_a_line_without_letters_goes_with_the_line_before_it():
    data = (UTF8_LINES * 5).encode() + (CP949_LINES + "“…”\n").encode("cp949") + "…\n".encode()
    _, text, repairs = text_of(data)
    assert text == UTF8_LINES * 5 + CP949_LINES + "“…”\n…\n"
    assert repairs.lines == {"utf-8": 11, "cp949": 3}


@given(st.data())
def test_fault_08_a_damaged_line_of_utf8_never_becomes_cp949(data):
    """Also not a line like 로로, whose bytes are right in CP949, too."""
    songs = [path.read_text("utf-8") for path in SONGS[:20]]
    damaged = bytearray((data.draw(st.sampled_from(songs)) + "\n" + "로로" * 9).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(damaged) - 1))
        if data.draw(st.booleans()):
            del damaged[place]
        else:
            damaged[place] = data.draw(st.integers(0x80, 0xFF))
    name, text, repairs = text_of(bytes(damaged))
    assert name == "utf-8"
    assert set(repairs.lines) <= {"utf-8"}
    assert text.rstrip("\ufffd") == bytes(damaged).decode("utf-8", "replace").rstrip("\ufffd")


def test_utf8_with_a_wrong_byte_is_not_taken_for_cp949():
    """An even run of 로 is right in CP949, too: every two would become three other letters."""
    data = "로로".encode() * 20 + b"\xb0\xa1"
    assert data.decode("cp949")
    assert read(data) == ("utf-8", "로로" * 20 + "\ufffd\ufffd")


def test_few_comments_in_cp949_among_much_ascii_are_read():
    code = "int i; // comment\n" * 2000
    data = code.encode() + "i++; // 다음 줄로 간다\n".encode("cp949") + code.encode()
    assert read(data) == ("cp949", code + "i++; // 다음 줄로 간다\n" + code)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (bytes.fromhex("d0cf11e0a1b11ae1"), "Hangul .*hwp5txt"),
        (b"HWP Document File V3.00", "Hangul"),
        (b"PK\x03\x04", r"zip file, .*hwpx.* text.*\.zip.*source\.member"),
        (b"%PDF-1.7", "PDF.*pdftotext"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"GIF89a", "GIF"),
        (b"RIFF\x10\0\0\0WEBP", "WEBP"),
        (b"\0\0\0\x18ftypmp42", "MP4"),
        (b"\x7fELF", "program"),
        (b"SQLite format 3\0", r"SQLite.*\.tsv"),
        (b"\x1f\x8b\x08", r"gzip.*suffix \.gz"),
        (b"\xfd7zXZ\0", r"xz.*suffix \.xz"),
        (b"\x28\xb5\x2f\xfd", r"zstd.*suffix \.zst"),
        (b"7z\xbc\xaf\x27\x1c", r"7z.*suffix \.7z"),
        (b"BZh91AY&SY", r"bzip2.*suffix \.bz2"),
        (b"PAR1", "format: parquet"),
        (b"a" * 257 + b"ustar", "tar"),
        (b"ALZ\x01", "ALZip.*unpack"),
        (b"Rar!\x1a\x07", "RAR"),
    ],
)
@pytest.mark.parametrize("asked", ["auto", "cp949"])
def test_fault_28_files_of_other_kinds_are_refused_with_advice(head, words, asked):
    with pytest.raises(ValueError, match=rf"(?s)a\.txt: is an? .*{words}|a\.txt: is RTF"):
        read(head + KOREAN.encode() * 10, asked=asked)


@pytest.mark.parametrize("suffix", ["", KOREAN])
def test_fault_28_what_is_full_of_nuls_looks_binary(suffix):
    with pytest.raises(ValueError, match=r"a\.txt: looks binary, full of control characters"):
        read(b"\0" * 500 + suffix.encode())


def test_fault_28_random_bytes_are_refused():
    with pytest.raises(ValueError, match=r"a\.txt: (looks binary|is in an encoding that cannot)"):
        read(random.Random(0).randbytes(10_000))


def test_fault_28_a_text_may_hold_a_few_nuls_and_the_words_of_marks():
    assert read("사랑\0은 The New WAVE\n".encode() * 3)[0] == "utf-8"


def test_an_encoding_that_is_not_the_files_is_refused():
    with pytest.raises(ValueError, match=r"a\.txt: is not utf-8: \d+ of its first \d+ characters"):
        read((KOREAN * 3).encode("cp949"), asked="utf-8")


def test_read_text_gives_warnings():
    text, warnings = read_text(io.BytesIO((KOREAN * 3).encode() + b"\xff"), "a.txt")
    assert text == KOREAN * 3 + "\ufffd"
    assert warnings == [
        "a.txt: 1 bytes are wrong in utf-8 and became U+FFFD, at byte 141; "
        "`strict: true` refuses such files"
    ]


def test_strip_reads_cp949_from_stdin_and_files(tmp_path):
    data = "[[사랑|이별]] 노래\n".encode("cp949")
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    command = [sys.executable, "-m", "preprocess", "strip"]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    for arguments, typed in ([], data), ([str(path)], b""):
        run = subprocess.run(
            [*command, *arguments],
            input=typed,
            capture_output=True,
            check=True,
            env=environment,
            cwd=Path(__file__).parents[2],
        )
        assert run.stdout.decode() == "이별 노래\n"


def test_it_is_read_in_bounded_memory():
    """40 MB on one line, in at most 24 MB more than idle."""
    program = (
        "import io, resource, sys; from preprocess.decoding import *\n"
        "class Endless(io.RawIOBase):\n"
        "    size, at = 40 << 20, 0\n"
        "    def read(self, n=-1):\n"
        "        n = min(n, self.size - self.at); self.at += n; return b'\\xbb\\xe7' * (n // 2)\n"
        "    def seek(self, to, whence=0): self.at = to; return to\n"
        "    def tell(self): return self.at\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10\n"
        "before, stream = peak(), Endless()\n"
        "encoding = detect(stream, 'auto', 'a')\n"
        "size = sum(map(len, decode(stream, encoding, 'a', Repairs())))\n"
        "print(encoding.name, size, peak() - before)\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert out[:2] == ["cp949", str(20 << 20)]
    assert int(out[2]) < 24
