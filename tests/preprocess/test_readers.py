"""Documents out of each format: what is one, what it is called, what is no document and counted."""

import io
import json
from itertools import pairwise
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess import fragments, readers
from preprocess.raw import RawFile
from preprocess.readers import Options, Tally, read_file


def documents(data, name="a.txt", **options):
    """Read `data`; return (id, title, text, position) of each document, and the tally."""
    file = RawFile(name, len(data), lambda: io.BytesIO(data))
    tally = Tally()
    settings = {"format": "text", "encoding": "auto", **options}
    found = [
        (d.document_id, d.title, "".join(d.text), d.position)
        for d in read_file(file, Options.of(settings), tally)
    ]
    return found, tally


def test_a_file_is_a_document_as_it_stands():
    data = "\ufeff첫 줄\r\n\n끝".encode()
    found, tally = documents(data, "가/a#1%.txt", document="file")
    assert found == [("가/a%231%25.txt", "", "첫 줄\r\n\n끝", 0)]
    assert tally.encoding is not None
    assert (tally.encoding.name, tally.repairs.boms) == ("utf-8", 1)


def test_lines_end_at_three_line_ends_only():
    found, _ = documents("가\r\n\nb\x0cc\u2028d\re".encode(), document="line")
    assert found == [
        ("a.txt:1", "", "가", 0),
        ("a.txt:2", "", "", 5),
        ("a.txt:3", "", "b\x0cc\u2028d", 6),
        ("a.txt:4", "", "e", 14),
    ]


def test_blocks_stand_between_blank_lines():
    data = "\n \t\n가\n나\r\n\r\n\n다\n  라  \n".encode("cp949")
    found, tally = documents(data, document="blank-line")
    assert found == [("a.txt:3", "", "가\n나", 4), ("a.txt:7", "", "다\n  라  ", 14)]
    assert tally.encoding is not None
    assert tally.encoding.name == "cp949"


@given(st.text(st.sampled_from("a가 \n\r"), max_size=40), st.sampled_from(["line", "blank-line"]))
def test_positions_are_where_the_text_stands(text, document):
    data = text.encode()
    for _, _, part, position in documents(data, document=document)[0]:
        assert data[position : position + len(part.encode())].decode() == part


@given(
    st.text(st.sampled_from("a가 \n\r\u2028"), max_size=40),
    st.sampled_from(["line", "blank-line"]),
    st.lists(st.integers(0, 40), max_size=6),
)
def test_documents_do_not_depend_on_how_the_text_was_cut_into_pieces(text, document, cuts):
    """Also where a document is not used up before the next is asked for."""
    ends = [0, *sorted(cuts), len(text)]
    pieces = [text[start:end] for start, end in pairwise(ends)]
    reader = {"line": readers._lines, "blank-line": readers._blocks}[document]

    def found(pieces, used):
        file = SimpleNamespace(
            lines=lambda: fragments.lines(iter(pieces), "utf-8"), identity=lambda number: number
        )
        return [
            (d.document_id, "".join(d.text) if used else None, d.position) for d in reader(file)
        ]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fragments, "BLANK_CHARACTERS", 4)
        assert found(pieces, True) == found([text], True)
        assert found(pieces, False) == found([text], False)
        if document == "line":
            expected = [line.rstrip("\r\n") for line in io.StringIO(text, newline="")]
            assert [line for _, line, _ in found(pieces, True)] == expected


def test_a_block_of_one_line_that_is_long_is_streamed():
    class Endless(io.RawIOBase):
        size, at = 3 << 20, 0

        def read(self, size=-1):
            size = min(size, self.size - self.at)
            self.at += size
            return b"x" * size

        def seek(self, to, whence=0):
            self.at = to
            return to

    file = RawFile("a.txt", Endless.size, Endless)
    options = Options("text", "auto", "blank-line")
    (lengths,) = [[len(p) for p in d.text] for d in read_file(file, options, Tally())]
    assert sum(lengths) == Endless.size
    assert max(lengths) < 1 << 20


def json_lines(*records):
    return "".join(json.dumps(record) + "\n" for record in records).encode()


COLUMNS = {"text_column": "text", "title_column": "title"}


def test_json_lines():
    data = json_lines({"text": "가", "title": "t", "x": 1}, {"text": "나"}) + b"\n"
    data += json_lines({"text": None, "title": None}, {"text": "다", "title": None})
    found, tally = documents(data, "a.jsonl", format="jsonl", **COLUMNS)
    assert [row[:3] for row in found] == [
        ("a.jsonl:1", "t", "가"),
        ("a.jsonl:2", "", "나"),
        ("a.jsonl:5", "", "다"),
    ]
    assert tally.skipped == {"empty": 1, "null": 1}


def test_lone_surrogates_of_json_are_replaced_and_counted_and_pairs_are_not():
    data = rb'{"text": "a\ud800b\udc00", "title": "\ud83d\ude00"}'
    found, tally = documents(data, format="jsonl", **COLUMNS)
    assert found == [("a.txt:1", "\U0001f600", "a\ufffdb\ufffd", 0)]
    assert tally.replaced_surrogates == 2


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"text": ', r"a\.txt: line 2 is not JSON"),
        (b'["text"]', r"a\.txt: record 2 has no 'text'; check `text_column`"),
        (b'{"body": "x"}', r"a\.txt: record 2 has no 'text'"),
        (b'{"text": 3}', r"a\.txt: record 2: 3 is no text"),
        (b'{"text": [%s1]}' % (b"0," * 999), r"a\.txt: record 2: \[0, 0, .{,40} is no text"),
    ],
)
def test_a_line_that_is_no_record_is_refused_by_number(line, message):
    with pytest.raises(ValueError, match=message):
        documents(json_lines({"text": "x"}) + line, format="jsonl", **COLUMNS)


def test_fault_22_surrogates_are_named_by_record_or_refused():
    data = (
        json_lines({"text": "가"}) + rb'{"text": "\udfff"}' + b"\n" + rb'{"text": "\ud83d\ude00"}'
    )
    settings = {"format": "jsonl", "text_column": "text", "title_column": None}
    found, tally = documents(data, "a.jsonl", **settings)
    assert [text for _, _, text, _ in found] == ["가", "\ufffd", "\U0001f600"]
    (warning,) = tally.sentences("a.jsonl")
    assert warning.startswith("a.jsonl: 1 lone surrogates")
    assert "the first in record 2;" in warning
    with pytest.raises(ValueError, match=r"a\.jsonl: record 2 has a lone surrogate"):
        documents(data, "a.jsonl", strict=True, **settings)


TABLE = 'id\tdocument\tlabel\r\n1\t아 "더빙\tx"\r\n\n3\t\t0\n4\t끝\t1'
TSV = {"format": "tsv", "text_column": "document", "title_column": None}


@pytest.mark.parametrize("encoding", ["utf-8", "cp949", "utf-16"])
def test_tables_of_tabs_quote_nothing(encoding):
    found, tally = documents(TABLE.encode(encoding), "a.tsv", **TSV)
    assert [row[:3] for row in found] == [
        ("a.tsv:2", "", '아 "더빙'),
        ("a.tsv:4", "", ""),
        ("a.tsv:5", "", "끝"),
    ]
    assert tally.skipped == {"empty": 1}
    titled = documents(TABLE.encode(encoding), "a.tsv", **{**TSV, "title_column": "id"})[0]
    assert [row[1] for row in titled] == ["1", "3", "4"]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("a\tdocument\n1\t2\t3\n", r"a\.tsv: line 2 has 3 fields, the first line names 2"),
        ("a\tdocument\n1\t2\n1\n", r"a\.tsv: line 3 has 1 fields"),
        ("a\tb\n1\t2\n", r"a\.tsv: its first line names the column 'document' 0 times"),
        ("document\tdocument\n", r"a\.tsv: its first line names the column 'document' 2 times"),
    ],
)
def test_a_table_that_is_none_is_refused_by_line(table, message):
    with pytest.raises(ValueError, match=message):
        documents(table.encode(), "a.tsv", **TSV)


def parquet(**columns):
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def test_parquet():
    data = parquet(body=["가", None, "나"], name=["t", "u", None], other=[1, 2, 3])
    options = {"format": "parquet", "text_column": "body"}
    found, tally = documents(data, "a.parquet", title_column="name", **options)
    third = len(data) * 2 // 3
    assert found == [("a.parquet:1", "t", "가", 0), ("a.parquet:3", "", "나", third)]
    assert tally.skipped == {"null": 1}
    assert tally.encoding is None
    assert documents(data, "a.parquet", title_column=None, **options)[0][0][1] == ""


def test_parquet_without_the_column_or_cut_short_is_refused():
    data = parquet(body=["가"])
    with pytest.raises(ValueError, match=r"a\.txt: has no column 'text', only body"):
        documents(data, format="parquet", text_column="text")
    with pytest.raises(ValueError, match=r"a\.txt: is no whole Parquet file .*; fetch it again"):
        documents(data[:-4], format="parquet", text_column="body")


def test_parquet_with_a_text_that_is_not_utf8_is_refused():
    texts = pa.array([b"ok", b"\xff"], pa.binary()).view(pa.string())
    with pytest.raises(ValueError, match=r"a\.txt: a text in it is not UTF-8"):
        documents(parquet(body=texts), format="parquet", text_column="body")


def test_an_unknown_format_or_form_is_refused():
    with pytest.raises(ValueError, match="format: is 'csv'; it must be one of text, jsonl"):
        documents(b"", format="csv")
    with pytest.raises(ValueError, match="document: is 'page'; it must be one of file, line"):
        documents(b"", document="page")
