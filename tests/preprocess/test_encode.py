import json
import unicodedata
from itertools import accumulate, pairwise

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import preprocess.tables
from preprocess.encode import encode
from preprocess.shards import gather, unpack_row_tokens
from preprocess.split_rows import STRETCHES
from preprocess.tables import DOCUMENTS, read_metadata, read_rows, write_columns
from preprocess.tokens import load_split
from preprocess.units import make_unit
from preprocess.vocabulary import END, Vocabulary

SPLITS = ("train", "valid", "test")
KNOWN = "가나다 \n"


def make_vocabulary(path, kind, known=KNOWN):
    unit = make_unit({"kind": kind})
    characters = np.array([ord(character) for character in known], np.uint32)
    characters = characters[unit.base.may_have_id(characters)]
    size = 257 + len(unit.base.parts) + len(characters)
    Vocabulary(unit, list(map(chr, characters)), np.zeros(size, np.int64)).save(path)
    return Vocabulary.load(path)


def encode_parts(folder, kind, documents, rows, known=KNOWN):
    """Encode parts, each a list of (document_id, text), split by rows of (id, split, from, to)."""
    vocabulary = make_vocabulary(folder / "vocabulary.parquet", kind, known)
    split = folder / "split.parquet"
    write_columns(split, STRETCHES, list(zip(*rows, strict=True)))
    shards = []
    for part, pairs in enumerate(documents):
        clean = folder / f"part-{part:05d}.parquet"
        ids, texts = zip(*pairs, strict=True) if pairs else ((), ())
        write_columns(clean, DOCUMENTS, [ids, [""] * len(ids), texts])
        outputs = [folder / f"shards/{name}-{part:05d}.parquet" for name in SPLITS]
        encode(clean, split, folder / "vocabulary.parquet", part, *outputs)
        shards += outputs
    gather(shards, folder / "vocabulary.parquet", folder / "shards/manifest.json")
    return vocabulary


@pytest.fixture(params=["syllable", "jamo", "byte"])
def encoded(request, tmp_path):
    documents = [
        [("a", "가나다 뷁"), ("b", "각😀\n가나다\n")],
        [],
        [("c#0", "다"), ("c#1", "나가")],
    ]
    rows = [
        ("a", "valid", 0, 5),
        ("b", "train", 0, 3),
        ("b", "test", 3, 7),
        ("c#0", "train", 0, 1),
        ("c#1", "train", 0, 2),
    ]
    return tmp_path, encode_parts(tmp_path, request.param, documents, rows)


def rows_of(split, vocabulary):
    """Return the text of each row and whether an end follows it."""
    rows = [split.tokens[a:b] for a, b in zip(split.offsets[:-1], split.offsets[1:], strict=True)]
    assert all(END not in row[:-1] for row in rows)
    return [(vocabulary.decode(row), bool(row.size and row[-1] == END)) for row in rows]


def test_a_row_is_a_stretch_and_an_end_follows_true_documents_only(encoded):
    folder, vocabulary = encoded
    found = {
        name: rows_of(
            load_split(folder / "shards/manifest.json", name, vocabulary.sha256), vocabulary
        )
        for name in SPLITS
    }
    assert found == {
        "train": [("각😀\n", False), ("다", False), ("나가", True)],
        "valid": [("가나다 뷁", True)],
        "test": [("가나다\n", True)],
    }


def test_pieces_of_one_document_go_on(encoded):
    folder, vocabulary = encoded
    train = load_split(folder / "shards/manifest.json", "train", vocabulary.sha256)
    assert train.continued.tolist() == [False, False, True]
    shard = folder / "shards/train-00002.parquet"
    assert json.loads(read_metadata(shard, "")["continued_rows"]) == [1]
    assert [row["document_id"] for row in read_rows(shard, "")] == ["c#0", "c#1"]


@pytest.mark.parametrize(
    ("split", "num_bytes", "characters", "documents"),
    [("train", 3 + 4 + 1 + 3 + 6 + 1, 3 + 1 + 2 + 1, 1), ("valid", 14, 6, 1), ("test", 11, 5, 1)],
)
def test_each_end_counts_as_a_byte_and_a_character(
    encoded, split, num_bytes, characters, documents
):
    folder, vocabulary = encoded
    found = load_split(folder / "shards/manifest.json", split, vocabulary.sha256)
    assert (found.bytes, found.characters, found.documents) == (num_bytes, characters, documents)
    manifest = json.loads((folder / "shards/manifest.json").read_text())
    assert manifest["splits"][split] == {
        "rows": len(found.continued),
        "tokens": len(found.tokens),
        "bytes": num_bytes,
        "characters": characters,
        "documents": documents,
    }


def test_a_part_without_a_split_has_an_empty_shard(encoded):
    folder, vocabulary = encoded
    shard = folder / "shards/test-00001.parquet"
    assert list(read_rows(shard, "")) == []
    assert read_metadata(shard, "")["tokens"] == "0"
    assert read_metadata(shard, "")["vocabulary_sha256"] == vocabulary.sha256


def test_encoding_again_gives_the_same_bytes(encoded):
    folder, _ = encoded
    outputs = [folder / f"again-{name}.parquet" for name in SPLITS]
    clean = folder / "part-00000.parquet"
    encode(clean, folder / "split.parquet", folder / "vocabulary.parquet", 0, *outputs)
    for name, path in zip(SPLITS, outputs, strict=True):
        assert path.read_bytes() == (folder / f"shards/{name}-00000.parquet").read_bytes()


def test_ids_are_16_bits_wide_where_they_fit(tmp_path):
    documents, rows = [[("a", "가")]], [("a", "train", 0, 1)]
    encode_parts(tmp_path, "syllable", documents, rows)
    path = tmp_path / "shards/train-00000.parquet"
    assert str(pq.read_schema(path).field("tokens").type) == "large_list<element: uint16 not null>"
    known = "".join(map(chr, range(0x20000, 0x30000)))
    (tmp_path / "wide").mkdir()
    vocabulary = encode_parts(tmp_path / "wide", "syllable", documents, rows, known)
    path = tmp_path / "wide/shards/train-00000.parquet"
    assert str(pq.read_schema(path).field("tokens").type) == "large_list<element: uint32 not null>"
    split = load_split(tmp_path / "wide/shards/manifest.json", "train", vocabulary.sha256)
    assert split.tokens.dtype == np.uint32
    assert split.tokens.tolist() == [1 + 0xEA, 1 + 0xB0, 1 + 0x80, END]


def test_a_split_of_another_text_is_refused_and_nothing_is_written(tmp_path):
    rows = [("a", "train", 0, 3)]
    with pytest.raises(ValueError, match=r"split\.parquet: its stretches do not fit"):
        encode_parts(tmp_path, "jamo", [[("a", "가나")]], rows)
    assert list((tmp_path / "shards").iterdir()) == []


CHARACTERS = st.characters(codec="utf-8") | st.sampled_from(KNOWN + "각힣ㅋ漢😀\0\r")
STRETCH = st.tuples(
    st.sampled_from([*SPLITS, "left_out"]), st.text(CHARACTERS, min_size=1, max_size=6)
)
EMPTY = st.tuples(st.sampled_from(SPLITS), st.just(""))
# A document is its pieces, a piece its stretches.
PIECE = st.lists(STRETCH, min_size=1, max_size=4) | EMPTY.map(lambda stretch: [stretch])
DOCUMENT = st.lists(PIECE, min_size=1, max_size=3)


def spell(vocabulary, text):
    """Spell a text one character at a time, as the units are defined."""
    pairs = zip(vocabulary.kinds, vocabulary.symbols, strict=True)
    ids = {pair: number for number, pair in enumerate(pairs)}
    for character in text:
        if ("character", character) in ids:
            yield ids["character", character]
        elif vocabulary.unit["kind"] == "jamo" and "가" <= character <= "힣":
            parts = unicodedata.normalize("NFD", character)
            kinds = ("leading", "vowel", "trailing")[: len(parts)]
            yield from (ids[pair] for pair in zip(kinds, parts, strict=True))
        else:
            yield from (1 + byte for byte in character.encode())


def laid_out(corpus):
    """Return the clean documents, and a (document_id, split, start, end, text, ends) a stretch."""
    documents, rows = [], []
    for number, pieces in enumerate(corpus):
        for place, piece in enumerate(pieces, 1):
            name = f"{number}#{place}" if len(pieces) > 1 else str(number)
            texts = [text for _, text in piece]
            documents.append((name, "", "".join(texts)))
            ends = [False] * (len(piece) - 1) + [place == len(pieces)]
            bounds = pairwise(accumulate(map(len, texts), initial=0))
            rows += [
                (name, split, *bound, text, end)
                for (split, text), bound, end in zip(piece, bounds, ends, strict=True)
            ]
    return documents, rows


@pytest.mark.parametrize("kind", ["syllable", "jamo", "byte"])
@settings(max_examples=40, deadline=None)
@given(corpus=st.lists(DOCUMENT, min_size=1, max_size=8), group=st.integers(1, 9))
def test_shards_are_what_one_character_after_another_makes(kind, corpus, group, tmp_path_factory):
    folder = tmp_path_factory.getbasetemp() / f"characters-{kind}"
    folder.mkdir(exist_ok=True)
    vocabulary = make_vocabulary(folder / "vocabulary.parquet", kind)
    documents, rows = laid_out(corpus)
    inputs = [folder / name for name in ("clean.parquet", "split.parquet", "vocabulary.parquet")]
    stretches = [row[:4] for row in rows]
    for path, schema, table in zip(
        inputs[:2], (DOCUMENTS, STRETCHES), (documents, stretches), strict=True
    ):
        columns = [pa.array([row[i] for row in table], f.type) for i, f in enumerate(schema)]
        pq.write_table(pa.table(columns, schema=schema), path, row_group_size=group)
    outputs = [folder / f"{name}.parquet" for name in SPLITS]
    encode(*inputs, 0, *outputs)
    for name, path in zip(SPLITS, outputs, strict=True):
        chosen = [row for row in rows if row[1] == name]
        tokens = [[*spell(vocabulary, row[4]), *([END] if row[5] else [])] for row in chosen]
        found = [(row["document_id"], row["tokens"]) for row in read_rows(path, "")]
        assert found == list(zip([row[0] for row in chosen], tokens, strict=True))
        metadata = read_metadata(path, "")
        lengths = [len(row) for row in tokens]
        assert unpack_row_tokens(metadata["row_tokens"]).tolist() == lengths
        ended = sum(row[5] for row in chosen)
        counts = {
            "rows": len(chosen),
            "tokens": sum(lengths),
            "bytes": sum(len(row[4].encode()) for row in chosen) + ended,
            "characters": sum(len(row[4]) for row in chosen) + ended,
            "documents": ended,
        }
        assert {key: int(metadata[key]) for key in counts} == counts
        continued = [
            place
            for place, row in enumerate(chosen)
            if row[2] == 0 and "#" in row[0] and not row[0].endswith("#1")
            if rows[rows.index(row) - 1][1] == name
        ]
        assert json.loads(metadata["continued_rows"]) == continued


def test_shards_have_row_groups_of_about_one_size(tmp_path, monkeypatch):
    monkeypatch.setattr(preprocess.tables, "ROW_GROUP_BYTES", 20)
    documents = [[("a", "가" * 25), ("b", "가"), ("c", "나" * 3), ("d", ""), ("e", "나" * 10)]]
    rows = [(name, "train", 0, len(text)) for name, text in documents[0]]
    encode_parts(tmp_path, "syllable", documents, rows)
    metadata = pq.read_metadata(tmp_path / "shards/train-00000.parquet")
    groups = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
    assert groups == [1, 4]


def test_nothing_in_a_shard_is_a_dictionary_or_may_be_null(encoded):
    folder, _ = encoded
    path = folder / "shards/train-00000.parquet"
    group = pq.read_metadata(path).row_group(0)
    columns = [group.column(column) for column in range(group.num_columns)]
    assert {column.path_in_schema: set(column.encodings) - {"RLE"} for column in columns} == {
        "document_id": {"DELTA_BYTE_ARRAY"},
        "tokens.list.element": {"BYTE_STREAM_SPLIT"},
    }
    assert not any(column.has_dictionary_page or column.is_stats_set for column in columns)
    schema = pq.read_schema(path)
    assert not any(field.nullable for field in (*schema, schema.field("tokens").type.value_field))
