import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess.count import count_characters
from preprocess.tables import write_columns
from preprocess.units import FIRST_BYTE, FIRST_PART, UNITS
from preprocess.vocabulary import COUNTS, END, END_SYMBOL, Vocabulary, build

KINDS = sorted(UNITS)
TRAIN = (
    "가나다라 마바사\n값값 한글한글 ㅋㅋ ㅠㅠ abcabc 漢漢字字 "
    "👨\u200d👩\u200d👧👨\u200d👩\u200d👧 \u1112\u1161\u11ab\u1112\u1161\u11ab"
)
# Text in which neighbours matter: syllables beside jamo of every kind, and all else of Unicode.
TEXTS = st.text(
    st.one_of(
        st.sampled_from(
            "가각힣ㅋㅏㄱ\u1100\u1112\u1161\u1175\u11a8\u11c2漢👧\u200d \n\x00\x7f\xff"
        ),
        st.characters(exclude_categories=["Cs"]),
    )
)


def write_counts(path, text, documents=1):
    totals = count_characters([text])
    seen = np.flatnonzero(totals)
    symbols = [END_SYMBOL, *(chr(c) for c in seen)]
    kinds = ["end"] + ["character"] * len(seen)
    write_columns(path, COUNTS, [symbols, kinds, [documents, *totals[seen].tolist()]])
    return path


def limited(kind, **limits):
    """Return the settings of a unit with such limits as its kind can have."""
    options = UNITS[kind].options
    return {"kind": kind} | {name: limits[name] for name in limits if name in options}


def make(folder, settings, text=TRAIN, documents=1):
    build(
        settings, [write_counts(folder / "counts.parquet", text, documents)], folder / "v.parquet"
    )
    return Vocabulary.load(folder / "v.parquet")


@pytest.fixture(scope="module", params=[(kind, size) for kind in KINDS for size in (None, 330)])
def vocabulary(request, tmp_path_factory):
    """Each unit, with all characters of TRAIN, and so small that most are spelt in bytes."""
    kind, max_size = request.param
    settings = limited(kind, min_count=1, max_size=max_size)
    return make(tmp_path_factory.mktemp("vocabulary"), settings)


@given(text=TEXTS)
def test_decoding_gives_back_every_text(vocabulary, text):
    ids = vocabulary.encode(text)
    assert vocabulary.decode(ids) == text
    assert END not in ids
    assert ids.dtype == np.uint16


def test_decoding_gives_back_all_of_unicode(vocabulary):
    text = "".join(chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000)
    assert vocabulary.decode(vocabulary.encode(text)) == text


def test_each_character_of_unicode_comes_back_alone(vocabulary):
    scalars = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    ends = np.zeros((len(scalars), 1), vocabulary.dtype)
    rows = np.hstack([vocabulary.spellings[scalars], ends])
    assert vocabulary.decode(rows.ravel()) == "".join(map(chr, scalars))


@given(text=TEXTS)
def test_every_prefix_of_a_stream_decodes(vocabulary, text):
    ids = vocabulary.encode(text)
    for length in range(len(ids) + 1):
        # All characters but the one that was cut come back.
        assert text.startswith(vocabulary.decode(ids[:length])[:-1])


@given(data=st.data())
def test_any_ids_decode(vocabulary, data):
    ids = data.draw(st.lists(st.integers(0, vocabulary.size - 1)))
    assert isinstance(vocabulary.decode(ids), str)


@given(text=TEXTS)
def test_characters_are_counted_where_they_begin(vocabulary, text):
    ids = vocabulary.encode(text)
    assert vocabulary.characters_begun[ids].sum() == len(text)
    assert vocabulary.characters_begun[END] == 1


def test_surrogates_are_refused(vocabulary):
    with pytest.raises(ValueError, match=r"lone surrogate U\+DC00 at index 3;"):
        vocabulary.encode("가나다\udc00")


@pytest.mark.parametrize("token", [-1, 10**9])
def test_ids_out_of_range_are_refused(vocabulary, token):
    with pytest.raises(ValueError, match=rf"token {token} is not in the vocabulary of"):
        vocabulary.decode([1, token])


def test_jamo_ids_are_the_parts_of_syllables(tmp_path):
    vocabulary = make(tmp_path, {"kind": "jamo"})
    symbols = [
        (vocabulary.kinds[i], vocabulary.symbols[i]) for i in vocabulary.encode("값ㅋ\u1112뷁")
    ]
    assert symbols == [
        ("leading", "\u1100"),
        ("vowel", "\u1161"),
        ("trailing", "\u11b9"),
        ("character", "ㅋ"),
        ("character", "\u1112"),
        ("leading", "\u1107"),
        ("vowel", "\u1170"),
        ("trailing", "\u11b0"),
    ]


@pytest.mark.parametrize(
    ("symbols", "text"),
    [
        (["\u1100"], "ㄱ"),
        (["\u1161"], "ㅏ"),
        (["\u11aa"], "ㄳ"),
        (["\u1100", "\u1161"], "가"),
        (["\u1100", "\u1161", "\u11a8", "\u11a8"], "각ㄱ"),
        (["\u1100", "\u1100", "\u1161", "\u1161"], "ㄱ가ㅏ"),
        (["\u1100", "\u11a8"], "ㄱㄱ"),
        (["\u1100", END_SYMBOL, "\u1161"], "ㄱㅏ"),
        (["\u1100", "\u1161", END_SYMBOL, "\u11a8"], "가ㄱ"),
        (["<0xEA>", "<0xB0>", END_SYMBOL, END_SYMBOL, "<0x80>"], "\ufffd\ufffd"),
        (["<0xEA>", "<0xB0>"], "\ufffd"),
        (["<0xEA>", "\u1100", "\u1161"], "\ufffd가"),
        (["<0xEA>", END_SYMBOL, "<0xB0>", "<0x80>"], "\ufffd\ufffd\ufffd"),
        (["<0xEA>", "<0xB0>", "<0x80>", END_SYMBOL], "가"),
        ([], ""),
    ],
)
def test_streams_that_encode_never_writes_decode_to_what_a_person_can_read(tmp_path, symbols, text):
    vocabulary = make(tmp_path, {"kind": "jamo"}, text="")
    assert vocabulary.decode([vocabulary.symbols.index(symbol) for symbol in symbols]) == text


def test_ids_are_the_end_the_bytes_the_parts_and_characters_by_count(tmp_path):
    vocabulary = make(tmp_path, {"kind": "jamo", "min_count": 2}, text="ccc가가bbaad")
    assert vocabulary.kinds[END] == "end"
    assert vocabulary.symbols[FIRST_BYTE : FIRST_BYTE + 3] == ("<0x00>", "<0x01>", "<0x02>")
    assert vocabulary.kinds[FIRST_PART:] == (
        *["leading"] * 19,
        *["vowel"] * 21,
        *["trailing"] * 27,
        *["character"] * 3,
    )
    assert vocabulary.symbols[-3:] == ("c", "a", "b")


@pytest.mark.parametrize("kind", KINDS)
def test_counts_say_how_often_encode_writes_each_token(tmp_path, kind):
    vocabulary = make(tmp_path, limited(kind, min_count=3), TRAIN * 2 + "희귀", documents=7)
    written = np.bincount(vocabulary.encode(TRAIN * 2 + "희귀"), minlength=vocabulary.size)
    assert vocabulary.counts[END] == 7
    assert (vocabulary.counts[1:] == written[1:]).all()
    assert (written[FIRST_BYTE : FIRST_BYTE + 256] > 0).any()  # the rare train the bytes


def test_max_size_keeps_the_most_frequent(tmp_path):
    settings = {"kind": "syllable", "min_count": 1, "max_size": FIRST_PART + 2}
    vocabulary = make(tmp_path, settings, text="다다나나나가라라")
    assert vocabulary.symbols[FIRST_PART:] == ("나", "다")
    assert vocabulary.size == FIRST_PART + 2


@pytest.mark.parametrize("kind", KINDS)
def test_any_order_of_parts_gives_the_same_file(tmp_path, kind):
    texts = [TRAIN[:20], TRAIN[20:50], TRAIN[50:]]
    parts = [write_counts(tmp_path / f"{i}.parquet", text, i) for i, text in enumerate(texts)]
    build({"kind": kind}, parts, tmp_path / "a.parquet")
    build({"kind": kind}, parts[::-1], tmp_path / "b.parquet")
    whole = write_counts(tmp_path / "whole.parquet", TRAIN, documents=3)
    build({"kind": kind}, [whole], tmp_path / "c.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "c.parquet").read_bytes()


def test_saving_keeps_everything(vocabulary, tmp_path):
    vocabulary.save(tmp_path / "again.parquet")
    again = Vocabulary.load(tmp_path / "again.parquet")
    assert (again.symbols, again.kinds, again.unit) == (
        vocabulary.symbols,
        vocabulary.kinds,
        vocabulary.unit,
    )
    assert (again.counts == vocabulary.counts).all()
    assert again.sha256 == vocabulary.sha256
    assert pq.read_schema(tmp_path / "again.parquet").names == ["id", "symbol", "kind", "count"]


def test_digests_differ_where_anything_does(tmp_path):
    digests = {
        make(tmp_path, limited(kind, min_count=least), text, documents).sha256
        for kind in KINDS
        for least in (1, 2)
        for text in (TRAIN, TRAIN + "가")
        for documents in (1, 2)
    }
    assert len(digests) == 3 * 2 * 2 * 2 + 2 * 2  # nothing limits bytes


def test_a_damaged_vocabulary_is_refused_by_name(tmp_path):
    make(tmp_path, {"kind": "jamo"})
    path = tmp_path / "v.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 4] ^= 1
    path.write_bytes(content)
    with pytest.raises(
        ValueError,
        match=r"v\.parquet: is damaged .*delete what is left of it and run the same command again",
    ):
        Vocabulary.load(path)


def test_another_table_is_no_vocabulary(tmp_path):
    path = write_counts(tmp_path / "counts.parquet", TRAIN)
    with pytest.raises(ValueError, match=r"counts\.parquet: is no vocabulary of this program"):
        Vocabulary.load(path)


def test_a_vocabulary_in_another_order_is_refused(tmp_path):
    vocabulary = make(tmp_path, {"kind": "jamo"})
    path = tmp_path / "v.parquet"
    table = pq.read_table(path).take([1, 0, *range(2, vocabulary.size)])
    unit = json.dumps(vocabulary.unit)
    write_columns(path, table.schema.remove_metadata(), table.to_pydict().values(), {"unit": unit})
    with pytest.raises(ValueError, match=r"v\.parquet: its ids, symbols and kinds are not in"):
        Vocabulary.load(path)


def test_a_lost_vocabulary_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.parquet: is missing"):
        Vocabulary.load(tmp_path / "none.parquet")
