import json
import re
import unicodedata
from collections import Counter
from itertools import pairwise

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess.choice import build
from preprocess.hangul import FIRST_SYLLABLE, NUM_SYLLABLES
from preprocess.tables import read_metadata, write_columns
from preprocess.tallies import COUNTS
from preprocess.units import FIRST_BYTE, FIRST_PART, UNITS, code_points_of, make_unit
from preprocess.vocabulary import END, END_SYMBOL, SCHEMA, Vocabulary

# Every kind of unit, and subwords of every kind.
UNITS_TESTED = {
    "syllable": {"kind": "syllable"},
    "jamo": {"kind": "jamo"},
    "byte": {"kind": "byte"},
    "word": {"kind": "word"},
    "unigram of syllables": {"kind": "subword", "max_size": 400},
    "bpe of jamo": {"kind": "subword", "max_size": 400, "method": "bpe", "over": "jamo"},
}
NAMES = sorted(UNITS_TESTED)
TRAIN = (
    "가나다라 마바사\n값값 한글한글 ㅋㅋ ㅠㅠ abcabc 漢漢字字 "
    "👨\u200d👩\u200d👧👨\u200d👩\u200d👧 \u1112\u1161\u11ab\u1112\u1161\u11ab"
    "  한글을  한글로  가나다라 마바사를\n\n한글을  가나다라 마바사를\n\n"
)
# Text in which neighbours matter: syllables beside jamo of every kind, words beside all else that
# words are made of, and all of Unicode.
TEXTS = st.lists(
    st.one_of(
        st.sampled_from(
            "가각힣ㅋㅏㄱ\u1100\u1112\u1161\u1175\u11a8\u11c2漢👧\u200d \n\x00\x7f\xff\u3000"
        ),
        st.sampled_from(["한글", "한글을", "가나다라", "마바사를", "  ", "\n\n", " "]),
        st.characters(exclude_categories=["Cs"]),
    )
).map("".join)
PIECES = {"word": r"\s{2,}|\S{2,}", "pretoken": r" ?\S+|\s+(?= \S)|\s+"}


def write_counts(path, text, documents=1, kind="word"):
    """Write what `count` counts in a text of one stretch."""
    rows = [(END_SYMBOL, "end", documents)]
    rows += [(symbol, "character", number) for symbol, number in sorted(Counter(text).items())]
    runs = Counter(re.findall(PIECES[kind], text))
    rows += [(symbol, kind, number) for symbol, number in sorted(runs.items())]
    write_columns(path, COUNTS, list(zip(*rows, strict=True)))
    return path


def limited(settings, **limits):
    """Return the settings of a unit with such limits as its kind can have."""
    options = UNITS[settings["kind"]].options
    return settings | {name: limits[name] for name in limits if name in options}


def counted(folder, settings, text=TRAIN, documents=1, name="counts"):
    kind = "pretoken" if settings["kind"] == "subword" else "word"
    return write_counts(folder / f"{name}.parquet", text, documents, kind)


def make(folder, settings, text=TRAIN, documents=1, **options):
    build(settings, [counted(folder, settings, text, documents)], folder / "v.parquet", **options)
    return Vocabulary.load(folder / "v.parquet")


def of(kind, symbols):
    """Return a vocabulary of these entries."""
    return Vocabulary(make_unit({"kind": kind}), symbols, np.zeros(0, np.int64))


SMALL = ("syllable", "jamo", "word")


@pytest.fixture(
    scope="module", params=[*((name, None) for name in NAMES), *((name, 330) for name in SMALL)]
)
def vocabulary(request, tmp_path_factory):
    """Each unit, with all symbols of TRAIN, and some so small that most are spelt in bytes."""
    name, size = request.param
    settings = limited(UNITS_TESTED[name], min_count=1)
    if size is not None:
        settings = limited(settings, max_size=size)
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


@pytest.mark.parametrize("kind", ["syllable", "jamo", "byte"])
def test_each_character_of_unicode_comes_back_alone(tmp_path, kind):
    vocabulary = make(tmp_path, {"kind": kind})
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


@given(texts=st.lists(TEXTS))
def test_stretches_are_encoded_as_they_are_alone(vocabulary, texts):
    code_points = code_points_of("".join(texts))
    bounds = np.cumsum([0, *map(len, texts)])
    ids, ends = vocabulary.encode_stretches(code_points, bounds)
    expected = [vocabulary.encode(text).tolist() for text in texts]
    assert [ids[a:b].tolist() for a, b in pairwise(ends)] == expected
    assert ids.dtype == vocabulary.dtype


def test_every_syllable_is_its_nfd_in_jamo(tmp_path):
    vocabulary = make(tmp_path, {"kind": "jamo"})
    for code_point in range(FIRST_SYLLABLE, FIRST_SYLLABLE + NUM_SYLLABLES):
        spelt = "".join(vocabulary.symbols[token] for token in vocabulary.spellings[code_point])
        assert spelt.replace(END_SYMBOL, "") == unicodedata.normalize("NFD", chr(code_point))


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


def test_words_are_single_tokens_and_other_runs_are_spelt():
    vocabulary = of("word", ["가", " ", "한글", "  ", "가 나"[:1] + "나"])
    first = FIRST_PART
    assert vocabulary.kinds[first:] == ("character", "character", "word", "word", "word")
    assert vocabulary.encode("한글 가나  가 가가").tolist() == [
        *[first + 2, first + 1, first + 4, first + 3],
        *[first, first + 1, first, first],
    ]
    # 글 has no id, so a word that has it stands for bytes.
    bounds, base = vocabulary.expansions
    spelt = base[bounds[first + 2] : bounds[first + 3]]
    assert bytes((spelt - FIRST_BYTE).astype(np.uint8)).decode() == "한글"
    assert base[bounds[first + 4] : bounds[first + 4] + 1].tolist() == [first]


def test_pieces_over_jamo_are_parts_of_syllables(tmp_path):
    vocabulary = make(tmp_path, UNITS_TESTED["bpe of jamo"])
    bounds, base = vocabulary.expansions
    pieces = [token for token, kind in enumerate(vocabulary.kinds) if kind == "piece"]
    assert pieces
    for token in pieces:
        spelt = [vocabulary.symbols[i] for i in base[bounds[token] : bounds[token + 1]]]
        assert "".join(spelt) == vocabulary.symbols[token]
        kinds = {vocabulary.kinds[i] for i in base[bounds[token] : bounds[token + 1]]}
        assert kinds <= {"leading", "vowel", "trailing", "character"}
    # Conjoining jamo that stand in the text are characters, and in no piece.
    tokens = vocabulary.encode("\u1112\u1161\u11ab").tolist()
    assert {vocabulary.kinds[token] for token in tokens} == {"character"}


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


@pytest.mark.parametrize("name", NAMES)
def test_counts_say_how_often_encode_writes_each_token(tmp_path, name):
    text = TRAIN * 2 + "희귀鬼"
    vocabulary = make(tmp_path, limited(UNITS_TESTED[name], min_count=3), text, documents=7)
    written = np.bincount(vocabulary.encode(text), minlength=vocabulary.size)
    assert vocabulary.counts[END] == 7
    assert (vocabulary.counts[1:] == written[1:]).all()
    assert (written[FIRST_BYTE : FIRST_BYTE + 256] > 0).any()  # the rare train the bytes


def test_max_size_keeps_the_most_frequent(tmp_path):
    settings = {"kind": "syllable", "min_count": 1, "max_size": FIRST_PART + 2}
    vocabulary = make(tmp_path, settings, text="다다나나나가라라")
    assert vocabulary.symbols[FIRST_PART:] == ("나", "다")
    assert vocabulary.size == FIRST_PART + 2


@pytest.mark.parametrize("name", NAMES)
def test_any_order_of_parts_gives_the_same_file(tmp_path, name):
    settings = UNITS_TESTED[name]
    texts = TRAIN.split(" ")
    texts = [" ".join(texts[:5]), " " + " ".join(texts[5:9]), " " + " ".join(texts[9:])]
    parts = [counted(tmp_path, settings, text, i, str(i)) for i, text in enumerate(texts)]
    build(settings, parts, tmp_path / "a.parquet")
    build(settings, parts[::-1], tmp_path / "b.parquet")
    build(settings, [counted(tmp_path, settings, documents=3)], tmp_path / "c.parquet")
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
    assert again.tokenizer == vocabulary.tokenizer
    assert pq.read_schema(tmp_path / "again.parquet").names == ["id", "symbol", "kind", "count"]


def test_digests_differ_where_anything_does(tmp_path):
    digests = {
        make(tmp_path, limited(settings, min_count=least), text, documents).sha256
        for settings in UNITS_TESTED.values()
        for least in (1, 2)
        for text in (TRAIN, TRAIN + "가")
        for documents in (1, 2)
    }
    assert len(digests) == 5 * 2 * 2 * 2 + 2 * 2  # nothing limits bytes


def test_digests_differ_by_the_tokenizer():
    unit = make_unit(UNITS_TESTED["bpe of jamo"])
    counts = np.zeros(FIRST_PART + 67, np.int64)
    digests = {Vocabulary(unit, [], counts, tokenizer).sha256 for tokenizer in (None, "{}", "[]")}
    assert len(digests) == 3


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
    with pytest.raises(ValueError, match=r"counts\.parquet: is .* another file: its columns"):
        Vocabulary.load(path)


def test_a_vocabulary_in_another_order_is_refused(tmp_path):
    vocabulary = make(tmp_path, {"kind": "jamo"})
    path = tmp_path / "v.parquet"
    table = pq.read_table(path).take([1, 0, *range(2, vocabulary.size)])
    unit = json.dumps(vocabulary.unit)
    write_columns(path, table.schema.remove_metadata(), table.to_pydict().values(), {"unit": unit})
    with pytest.raises(ValueError, match=r"v\.parquet: its ids, symbols and kinds are not in"):
        Vocabulary.load(path)


@pytest.mark.parametrize(
    ("kind", "symbols", "message"),
    [
        ("syllable", ["가", "나", "가"], "the symbol '가' has two ids"),
        ("syllable", ["가", ""], "a symbol is empty"),
        ("syllable", ["가나"], "'가나' is no symbol of unit syllable"),
        ("jamo", ["가"], "'가' is no symbol of unit jamo"),
        ("byte", ["a"], "'a' is no symbol of unit byte"),
        ("word", ["가", "가나", "다 라"], "the word '다 라' has white space and other"),
    ],
)
def test_symbols_that_a_unit_cannot_have_are_refused(kind, symbols, message):
    with pytest.raises(ValueError, match=message):
        of(kind, symbols)


def test_a_file_with_such_a_symbol_is_refused_by_name(tmp_path):
    vocabulary = make(tmp_path, {"kind": "syllable"})
    path = tmp_path / "v.parquet"
    columns = pq.read_table(path).to_pydict()
    columns["symbol"][-1] = columns["symbol"][-2]
    unit = json.dumps(vocabulary.unit)
    write_columns(path, pq.read_schema(path).remove_metadata(), columns.values(), {"unit": unit})
    with pytest.raises(ValueError, match=r"v\.parquet: the symbol '.' has two ids; delete"):
        Vocabulary.load(path)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ({"tokenizer": None}, r"v\.parquet: it has subwords but no tokenizer; delete"),
        ({"unit": None}, r"v\.parquet: is no vocabulary of this program; delete"),
        ({"unit": '{"kind": "subword"}'}, "unit subword: max_size is null"),
        ({"unit": "null"}, r"v\.parquet: .* not iterable; delete"),
        (
            {"unit": '{"kind": "jamo", "min_count": "2"}'},
            r"v\.parquet: .* not supported .*; delete",
        ),
    ],
)
def test_damaged_metadata_are_refused_by_name(tmp_path, damage, message):
    make(tmp_path, UNITS_TESTED["bpe of jamo"])
    path = tmp_path / "v.parquet"
    metadata = read_metadata(path, "") | damage
    kept = {key: value for key, value in metadata.items() if value is not None}
    table = pq.read_table(path)
    write_columns(path, table.schema.remove_metadata(), table.to_pydict().values(), kept)
    with pytest.raises(ValueError, match=message):
        Vocabulary.load(path)


@pytest.mark.parametrize("column", ["id", "symbol", "kind", "count"])
def test_a_vocabulary_with_a_hole_is_refused(tmp_path, column):
    vocabulary = make(tmp_path, {"kind": "syllable"})
    path = tmp_path / "v.parquet"
    columns = pq.read_table(path).to_pydict()
    columns[column][-1] = None
    unit = json.dumps(vocabulary.unit)
    write_columns(path, SCHEMA, columns.values(), {"unit": unit})
    with pytest.raises(ValueError, match=r"v\.parquet: is no vocabulary of this program; delete"):
        Vocabulary.load(path)


def test_no_flipped_bit_makes_another_vocabulary(tmp_path):
    vocabulary = make(tmp_path, UNITS_TESTED["bpe of jamo"])
    path = tmp_path / "v.parquet"
    content = path.read_bytes()
    generator = np.random.default_rng(0)
    refusals = []
    for place in generator.integers(len(content), size=200).tolist():
        flipped = bytearray(content)
        flipped[place] ^= 1 << int(generator.integers(8))
        path.write_bytes(flipped)
        try:
            assert Vocabulary.load(path).sha256 == vocabulary.sha256
        except ValueError as error:
            refusals.append(str(error))
    assert len(refusals) > 100
    assert all(f"{path}: " in refusal for refusal in refusals)


def test_a_lost_vocabulary_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.parquet: is missing"):
        Vocabulary.load(tmp_path / "none.parquet")
