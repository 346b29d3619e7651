"""Dumps of namuwiki: any year and spelling, whole, cut or broken, in pieces and in archives."""

import gzip
import io
import json
import lzma
import os
import subprocess
import sys
import zipfile
from functools import partial
from itertools import pairwise
from pathlib import Path

import py7zr
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess import arrays
from preprocess.archives import singles
from preprocess.archives.streams import zstd
from preprocess.arrays import BrokenArrayError, NoArrayError, elements
from preprocess.download import download
from preprocess.files import read_json, sha256_of, write_json
from preprocess.namumark import strip
from preprocess.raw import RawFile
from preprocess.read import open_documents, read
from preprocess.readers import Options, Tally, read_file

ROOT = Path(__file__).parents[2]
LIMITS = {"max_bytes": 1 << 30, "max_ratio": 1000}
SETTINGS = {"format": "namuwiki", "namespaces": [0], "strict": False, "allow_truncated": False}
PAGES = [
    {"namespace": 0, "title": "사랑", "text": "'''사랑'''\n말", "contributors": ["a", "b"]},
    {"namespace": "0", "title": "연애", "text": "#redirect 사랑"},
    {"namespace": 0, "title": "애정", "text": "#넘겨주기 사랑\n[[분류:말]]"},
    {"namespace": 1, "title": "틀", "text": "틀이다"},
    {"namespace": "0", "title": "이별", "text": "본문\n#redirect 사랑", "contributors": "c"},
    {"namespace": 0, "title": "빈", "text": "#redirected 아님"},
]
WANTED = [("사랑", "'''사랑'''\n말"), ("이별", "본문\n#redirect 사랑"), ("빈", "#redirected 아님")]
DUMP = json.dumps(PAGES, ensure_ascii=False).encode()


def documents(data, name="dump.json", **options):
    """Read `data`; return (id, title, text, position) of each document, and the tally."""
    file = RawFile(name, len(data), lambda: io.BytesIO(data))
    tally = Tally()
    found = [
        (d.document_id, d.title, "".join(d.text), d.position)
        for d in read_file(file, Options.of({**SETTINGS, **options}), tally)
    ]
    return found, tally


def pages(data, name="dump.json", **options):
    return [row[1:3] for row in documents(data, name, **options)[0]]


def parquet(**columns):
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def hugging_face(namespaces, contributors):
    columns = {key: [page[key] for page in PAGES] for key in ("title", "text")}
    return parquet(**columns, namespace=namespaces, contributors=contributors)


# What is a page

NAMES = pa.array([["a", "b"], [], None, ["c"], [], []])


@pytest.mark.parametrize(
    ("data", "name", "namespaces"),
    [
        (DUMP, "dump.json", [0]),
        (json.dumps(PAGES).encode(), "dump.json", ["0"]),
        (b"\xef\xbb\xbf" + DUMP + b"\r\n", "dump.json", [0]),
        (json.dumps(PAGES, indent="\t").encode() + b" " * 300, "dump", [0]),
        (hugging_face([str(page["namespace"]) for page in PAGES], NAMES), "dump.parquet", [0]),
        (hugging_face([0, 0, 0, 1, 0, 0], list("abcdef")), "resolve", ["0"]),
        (hugging_face(["", "", "", "틀", "", ""], NAMES), "dump.parquet", [""]),
    ],
)
def test_fault_33_a_dump_of_any_year_gives_its_articles_that_are_no_redirects(
    data, name, namespaces
):
    found, tally = documents(data, name, namespaces=namespaces)
    assert [row[1:3] for row in found] == WANTED
    assert [row[0] for row in found] == [f"{name}:1", f"{name}:5", f"{name}:6"]
    assert tally.skipped == {"redirect": 2, "namespace": 1}
    assert sum(tally.namespaces.values()) == 6
    assert tally.namespaces[str(namespaces[0])] == 5


def test_other_namespaces_by_number_or_by_name():
    assert pages(DUMP, namespaces=[1]) == [("틀", "틀이다")]
    named = json.dumps([{**page, "namespace": "문서"} for page in PAGES]).encode()
    assert pages(named, namespaces=["문서", 1]) == [*WANTED[:1], ("틀", "틀이다"), *WANTED[1:]]
    assert pages(named) == []


@pytest.mark.parametrize("data", [b"[]", b" [ \n ] \n"])
def test_a_dump_without_pages_has_none(data):
    found, tally = documents(data)
    assert (found, tally.fault, tally.namespaces) == ([], None, {})


def test_a_page_without_a_text_is_skipped_and_lone_surrogates_are_counted():
    data = rb"""[{"namespace": "\udc00", "title": null, "text": null},
        {"namespace": 0, "title": "a\ud800", "text": "\ud83d\ude00\udfff"}]"""
    found, tally = documents(data, namespaces=[0, "\ufffd"])
    assert [row[1:3] for row in found] == [("a\ufffd", "\U0001f600\ufffd")]
    assert tally.skipped == {"null": 1}
    assert tally.replaced_surrogates == 3
    assert tally.surrogate_records == [1, 2]


def test_a_namespace_may_be_written_in_any_way_or_not_at_all():
    ways = [0, "0", 0.0, "", None, 0.5, "문서"]
    dump = [{"namespace": way, "title": "a", "text": f"{way}"} for way in ways]
    data = json.dumps(dump).encode()
    found, tally = documents(data)
    assert [row[2] for row in found] == ["0", "0", "0.0"]
    assert tally.namespaces == {"0": 3, "": 1, "null": 1, "0.5": 1, "문서": 1}
    assert tally.skipped == {"namespace": 4}
    assert pages(data, namespaces=["null"]) == [("a", "None")]
    table = parquet(namespace=[0.0, None], title=["a", "b"], text=["가", "나"])
    assert pages(table, "dump.parquet") == [("a", "가")]
    table = parquet(namespace=[0], title=[1984], text=["가"])
    with pytest.raises(ValueError, match=r"^dump\.parquet: record 1 has a title of another type"):
        documents(table, "dump.parquet")


@pytest.mark.parametrize("before", ["", " ", "\n", "\ufeff"])
@pytest.mark.parametrize(
    "word",
    [
        "#redirect ",
        "#REDIRECT ",
        "#넘겨주기 ",
        "#넘겨주기\t",
        "#redirect",
        "#redirect\n",
        "#redirected ",
        "가 #redirect ",
    ],
)
def test_what_is_skipped_as_a_redirect_is_what_stripping_leaves_nothing_of(before, word):
    text = f"{before}{word}사랑"
    data = parquet(namespace=[0], title=["a"], text=[text])
    _, tally = documents(data, "dump.parquet")
    assert bool(tally.skipped["redirect"]) is (strip(text).text == "")


def test_positions_are_the_bytes_before_a_record():
    data = b"\xef\xbb\xbf" + DUMP
    positions = [row[3] for row in documents(data)[0]]
    begins = [DUMP.index(f'{{"namespace": {space}, "title": "{title}"'.encode())
              for space, title in ((0, "사랑"), ('"0"', "이별"), (0, "빈"))]  # fmt: skip
    assert positions == begins


# What is none


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"dump\.json: is no JSON array of pages: it is empty\. "),
        (b" \n", r"dump\.json: is no JSON array of pages: it is empty\. "),
        (b'{"namespace": 0}\n{"names', 'it begins with \'{"namespace": 0}.n{"n\'.*jq -s'),
        (b"<html>", r"it begins with '<html>'.*other files in it, name .* `source\.member`$"),
        (b"PAR1 and no more", "is no whole Parquet file .*; fetch it again"),
        (b"[3]", r"record 1, at byte 1, is no page but 3; a page is an object with the fields "),
        (
            b' [{"namespace": 0, "title": "", "text": 7}]',
            r"^dump\.json: record 1, at byte 2, has a text of another type, 7; it must be a text "
            r"or null: mend the dump$",
        ),
        (
            b'[{"namespace": 0, "title": 1984, "text": ""}]',
            "a title of another type, 1984; it must",
        ),
        (
            b'[{"namespace": [0], "title": "", "text": ""}]',
            r"a namespace of another type, \[0\]; it must be a text or a number or null: mend",
        ),
        (DUMP.decode().encode("utf-16"), r"begins with the bytes ff fe 5b 00, as UTF-16 .*iconv"),
        (DUMP.decode().encode("utf-16-be"), "begins with the bytes 00 5b 00 7b, as UTF-16 "),
        (DUMP.decode().encode("utf-32-le"), "begins with the bytes 5b 00 00 00, as UTF-16 "),
        (DUMP.decode().encode("cp949"), r"is not utf-8: .*; convert it to UTF-8 \(iconv\)"),
        (gzip.compress(DUMP), "is a gzip file, not text; give it the suffix"),
        (b"\0" * 100, r"is no JSON array of pages: it begins with '\\x00"),
    ],
)
def test_fault_33_what_is_no_dump_is_refused_as_what_it_is(data, message):
    for allow in (False, True):
        with pytest.raises(ValueError, match=message):
            documents(data, allow_truncated=allow)


def broken(data):
    """Return what a dump is refused with, the file's name before it taken off."""
    with pytest.raises(ValueError, match=r"^dump\.json: ") as refusal:
        documents(data)
    return str(refusal.value).removeprefix("dump.json: ")


def test_fault_33_where_no_record_is_whole_nothing_is_offered():
    assert broken(b"[") == (
        "is broken in record 1, at byte 1: the text ends inside it; fetch the dump again"
    )


GOOD = json.dumps(PAGES[0]).encode()


@pytest.mark.parametrize(
    ("tail", "byte", "reason"),
    [
        (b', {"namespace" 0}]', 15, "Expecting ':' delimiter"),
        (b', {"title": "a\nb"}]', 14, "Invalid control character; fetch"),
        (b', {"title": "a\\x"}]', 14, "Invalid \\escape; fetch"),
        (b", ]", 2, "Expecting value"),
        (b' {"title": 0}]', 1, "'{' stands where a comma or the end of the array must be"),
        (b"] [", 2, "other text follows the end of the array"),
        (b', {"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]", 2, "it is nested too deep"),
        (b', {"a": ' + b"7" * 5000 + b"}]", 2, "a number in it has too many digits"),
        (b", {", 3, "the text ends inside it"),
        (b', {"a": "', 9, "the text ends inside it"),
        (b', {"a": nul', 11, "the text ends inside it"),
        (b',\n {"a": -1.5e+', 15, "the text ends inside it"),
        (b', {"a": "\\ud83d\\ude', 19, "the text ends inside it"),
        (b", \n", 3, "the text ends inside it"),
        (b"  ", 2, "the text ends where a comma or the end of the array must be"),
    ],
)
def test_fault_33_a_broken_dump_is_refused_with_its_place_or_used_up_to_there(tail, byte, reason):
    data = b"\xef\xbb\xbf[" + GOOD + tail
    byte += 4 + len(GOOD)
    said = broken(data)
    assert said.startswith(f"is broken in record 2, at byte {byte}: {reason}")
    assert said.endswith(
        "; fetch the dump again, or set `allow_truncated: true` to use only the 1 records before it"
    )
    found, tally = documents(data, allow_truncated=True)
    assert [row[1:3] for row in found] == WANTED[:1]
    assert tally.fault is not None
    assert tally.fault[:2] == (2, byte)
    assert list(tally.sentences("dump.json")) == [
        f"dump.json: is broken in record 2, at byte {byte}: {tally.fault.reason}; only the 1 "
        "records before it are used, as `allow_truncated: true` has it"
    ]


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        ({"ns": 0, "title": "a", "text": "b"}, "namespace; its fields are 'ns', 'title', 'text'"),
        ({"namespace": 0, "name": "a", "body": "b"}, "title, text; its fields are 'namespace', "),
        ({}, "namespace, title, text; its fields are none"),
    ],
)
def test_fault_33_a_renamed_field_is_refused_with_those_that_are_there(record, fields):
    data = json.dumps([PAGES[0], record])
    byte = len(json.dumps(PAGES[:1])) + 1
    said = broken(data.encode())
    assert said.startswith(f"record 2, at byte {byte}, is no page: it has no {fields}")
    assert said.endswith(
        ". Rename them to namespace, title, text in the dump (jq can), or convert it to "
        "`format: jsonl`"
    )


def test_fault_33_a_parquet_file_without_a_column_is_refused():
    data = parquet(namespace=[0], title=["a"], body=["b"])
    with pytest.raises(ValueError, match="has no column 'text', only namespace, title, body"):
        documents(data, "dump.parquet")


def test_fault_33_of_parquet_nothing_is_used_in_part():
    whole = hugging_face([0] * 6, NAMES)
    for size in (4, len(whole) // 2, len(whole) - 1):
        with pytest.raises(ValueError, match=r"is no whole Parquet file .*; fetch it again"):
            documents(whole[:size], "dump.parquet", allow_truncated=True)


def test_fault_33_a_cut_anywhere_is_refused_or_used_as_far_as_it_goes():
    ends = []
    for *_, end in elements([DUMP.decode()]):
        ends.append(end)
    for size in range(1, len(DUMP)):
        data = DUMP[:size]
        whole = sum(end <= size for end in ends)
        text = data.decode(errors="ignore")  # half a character is dropped, and said
        place = f"is broken in record {whole + 1}, at byte {len(text.encode())}: the text ends "
        assert broken(data).startswith(place), size
        found, tally = documents(data, allow_truncated=True)
        assert [row[0] for row in found] == [
            f"dump.json:{number}" for number in (1, 5, 6) if number <= whole
        ]
        assert tally.fault is not None
        assert tally.fault[:2] == (whole + 1, len(text.encode()))
        assert sum(tally.namespaces.values()) == whole
        assert tally.repairs.truncated == (len(text.encode()) < size)


# How the text comes

CHARACTERS = st.lists(st.characters() | st.sampled_from('가"\\\ud83d\ude00\udfff\n{}[], ')).map(
    "".join
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | CHARACTERS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(CHARACTERS, inner, max_size=3),
    max_leaves=8,
)
SPACES = st.sampled_from(["", " ", "\n", "\t\r\n  "])


def has_surrogate(text):
    return any("\ud800" <= char <= "\udfff" for char in text)


@st.composite
def array_texts(draw):
    """Draw the text of an array, escaped or not, with white space here and there."""
    values = draw(st.lists(VALUES, max_size=5))
    texts = []
    for value in values:
        plain = json.dumps(value, ensure_ascii=False, indent=draw(st.sampled_from([None, 1])))
        texts.append(json.dumps(value) if has_surrogate(plain) or draw(st.booleans()) else plain)
    spaced = [draw(SPACES) + text + draw(SPACES) for text in texts]
    return draw(SPACES) + "[" + draw(SPACES) + ",".join(spaced) + "]" + draw(SPACES)


def divided(text, cuts):
    """Divide a text at the cuts that lie in it."""
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    return [text[start:end] for start, end in pairwise(places)]


CUTS = st.lists(st.integers(1, 120), max_size=30)


@given(array_texts(), CUTS)
def test_an_array_is_what_json_says_however_it_comes(text, cuts):
    found = list(elements(divided(text, cuts)))
    assert repr([value for value, _, _ in found]) == repr(json.loads(text))
    data = text.encode()
    for value, start, end in found:
        assert repr(json.loads(data[start:end])) == repr(value)
    assert found == list(elements(text)) == list(elements([text]))


def what_comes(pieces):
    """Return the elements, and what was wrong behind them."""
    found: list[str] = []
    try:
        found.extend(map(repr, elements(pieces)))
    except (BrokenArrayError, NoArrayError) as error:
        return found, str(error)
    return found, None


@given(array_texts(), CUTS, st.data())
def test_of_a_broken_array_the_elements_before_come_however_it_is_divided(text, cuts, data):
    end = data.draw(st.integers(0, len(text)))
    spoilt = text[:end] + data.draw(st.sampled_from(["", *'"\\{}[],:x7'])) + text[end + 1 :]
    found, fault = what_comes([spoilt])
    assert (found, fault) == what_comes(divided(spoilt, cuts)) == what_comes(spoilt)
    try:
        value = json.loads(spoilt)
    except ValueError:
        assert fault is not None
    else:
        is_array = isinstance(value, list)
        assert (fault is None) is is_array
        assert not is_array or len(value) == len(found)


@given(st.data())
def test_whatever_the_bytes_a_dump_is_read_or_refused(data):
    spoilt = bytearray(DUMP)
    for place in data.draw(st.lists(st.integers(0, len(DUMP) - 1), max_size=4)):
        spoilt[place] = data.draw(st.integers(0, 255))
    for allow in (False, True):
        said, found = "dump.json: nothing", []
        try:
            found, _ = documents(bytes(spoilt), allow_truncated=allow)
        except ValueError as error:
            said = str(error)
        assert said.startswith("dump.json: ")
        assert len(found) <= len(PAGES)


def test_an_element_longer_than_the_limit_is_refused_before_more_is_read(monkeypatch):
    monkeypatch.setattr(arrays, "MAX_CHARACTERS", 1000)
    read = 0

    def endless():
        nonlocal read
        yield '[{"a": 1}, {"text": "'
        while True:
            read += 100
            yield "x" * 100

    array = elements(endless())
    assert next(array)[0] == {"a": 1}
    with pytest.raises(BrokenArrayError) as refusal:
        next(array)
    assert refusal.value.fault == (2, 11, "it is longer than 1000 characters")
    assert read <= 2000
    for size, allowed in ((998, True), (999, False)):  # its quotes count
        text = json.dumps(["x" * size])
        assert (what_comes([text])[1] is None) is allowed
        assert (what_comes(text)[1] is None) is allowed


def test_a_long_record_is_read_in_time_linear_in_its_length(monkeypatch):
    """Each time that it is tried, twice as much is there: a million pieces are twenty tries."""
    tries = 0

    class Decoder(json.JSONDecoder):
        def raw_decode(self, *arguments):
            nonlocal tries
            tries += 1
            return super().raw_decode(*arguments)

    monkeypatch.setattr(arrays.json, "JSONDecoder", Decoder)
    text = json.dumps(["x" * 100_000])
    assert [value for value, _, _ in elements(text)] == json.loads(text)
    assert tries < 20


# Where it lies


def packed_in_zip(data):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("dump.json", data)
    return buffer.getvalue()


def packed_in_7z(data):
    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w") as archive:
        archive.writestr(data, "dump.json")
    return buffer.getvalue()


PACKERS = {
    "dump.zip": packed_in_zip,
    "dump.7z": packed_in_7z,
    "dump.json.gz": gzip.compress,
    "dump.json.xz": partial(lzma.compress, preset=0),
    "dump.json.zst": zstd.compress,
}


@pytest.fixture
def corpus(tmp_path, monkeypatch):
    """Read a file (name and bytes) with settings; return the manifest of the documents."""
    monkeypatch.chdir(tmp_path)
    settings = {**SETTINGS, "archive": LIMITS, "parts": 1, "max_document_bytes": 1 << 20}

    def build(name, data, **values):
        raw = tmp_path / "raw" / "mine" / "manifest.json"
        path = tmp_path / "local" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        download({"source": {"files": [f"local/{name}"]}}, raw)
        manifest = tmp_path / "documents" / "mine" / "manifest.json"
        read({**settings, **values}, raw, manifest)
        return manifest

    return build


def rows(manifest):
    parts = len(read_json(manifest)["parts"])
    return [[r["title"] for r in open_documents(manifest, part)] for part in range(parts)]


@pytest.mark.parametrize("name", PACKERS)
def test_a_packed_dump_reads_as_the_dump(corpus, name):
    manifest = corpus(name, PACKERS[name](DUMP))
    assert rows(manifest) == [["사랑", "이별", "빈"]]
    found = [(row["title"], row["text"]) for row in open_documents(manifest, 0)]
    assert found == WANTED
    assert read_json(manifest)["files"][0]["name"] == "dump.json"


def test_the_manifest_and_the_log_tell_the_pages_by_namespace_and_the_redirects(corpus, caplog):
    caplog.set_level("INFO", "geulteul")
    content = read_json(corpus("dump.json", DUMP))
    assert content["namespaces"] == {"0": 5, "1": 1}
    assert content["skipped"] == {"namespace": 1, "redirect": 2}
    assert "truncated_at" not in content["files"][0]
    assert "pages by namespace: 5 in '0', 1 in '1'; redirects skipped: 2" in caplog.messages


def test_fault_33_a_dump_without_a_page_in_the_namespaces_wanted_is_refused(corpus, tmp_path):
    message = r"none of the pages is in \['', 2\]; there are 5 in '0', 1 in '1': name those"
    with pytest.raises(ValueError, match=message):
        corpus("dump.json", DUMP, namespaces=["", 2])
    assert not (tmp_path / "documents" / "mine" / "manifest.json").exists()


def test_fault_33_a_cut_dump_is_told_in_the_manifest_and_the_log(corpus, caplog, tmp_path):
    with pytest.raises(ValueError, match=r"dump\.json: is broken in record 6, at byte \d+: "):
        corpus("dump.json", DUMP[:-9])
    assert not (tmp_path / "documents" / "mine" / "manifest.json").exists()
    content = read_json(corpus("dump.json", DUMP[:-9], allow_truncated=True))
    byte = len(DUMP) - 9
    assert content["files"][0]["truncated_at"] == {"record": 6, "byte": byte}
    assert content["documents"] == 2
    (warning,) = content["warnings"]
    assert warning == (
        f"dump.json: is broken in record 6, at byte {byte}: the text ends inside it; only the 5 "
        "records before it are used, as `allow_truncated: true` has it"
    )
    assert warning in caplog.messages


def noise(count):
    """Return a dump of so many pages that no method packs well."""
    page = {"namespace": 0, "title": "a"}
    return json.dumps([{**page, "text": os.urandom(500).hex()} for _ in range(count)]).encode()


@pytest.mark.parametrize("name", ["dump.json.gz", "dump.json.xz", "dump.json.zst"])
def test_fault_33_of_a_cut_stream_the_pages_before_are_used_if_allowed(corpus, monkeypatch, name):
    monkeypatch.setattr(singles, "SAMPLE_BYTES", 1 << 10)
    packed = PACKERS[name](noise(1500))
    cut = packed[: len(packed) * 9 // 10]
    with pytest.raises(ValueError, match=r"is no whole archive .* or set `allow_truncated: true`"):
        corpus(name, cut)
    content = read_json(corpus(name, cut, allow_truncated=True))
    assert 1200 < content["documents"] < 1360
    place = content["files"][0]["truncated_at"]
    assert place["record"] == content["documents"] + 1
    assert place["byte"] > 1000 * content["documents"]
    assert f"in record {place['record']}, at byte {place['byte']}: " in content["warnings"][0]


@pytest.mark.parametrize("name", ["dump.json.gz", "dump.json.xz", "dump.json.zst"])
def test_fault_33_of_a_short_cut_stream_all_pages_before_the_cut_are_used(corpus, name):
    packed = PACKERS[name](noise(150))
    cut = packed[: len(packed) * 9 // 10]
    content = read_json(corpus(name, cut, allow_truncated=True))
    assert 120 < content["documents"] < 140
    assert content["files"][0]["truncated_at"]["record"] == content["documents"] + 1
    with pytest.raises(ValueError, match=r"is no whole archive .* or set `allow_truncated: true`"):
        corpus(name, cut)


@pytest.mark.parametrize("name", ["dump.zip", "dump.7z"])
def test_fault_33_of_a_cut_zip_or_7z_nothing_is_used(corpus, name):
    packed = PACKERS[name](DUMP)
    with pytest.raises(ValueError, match="is no whole archive"):
        corpus(name, packed[: len(packed) * 9 // 10], allow_truncated=True)


@pytest.mark.parametrize("name", ["dump.json", "dump.zip", "dump.parquet"])
def test_parts_of_a_dump_on_one_line_are_in_its_order_and_as_large(corpus, name):
    count = 3000
    table = [{"namespace": 0, "title": str(n), "text": "가" * (n % 40)} for n in range(count)]
    if name == "dump.parquet":
        data = parquet(**{key: [page[key] for page in table] for key in table[0]})
    else:
        dump = json.dumps(table, ensure_ascii=False).encode()
        data = PACKERS[name](dump) if name in PACKERS else dump
    found = rows(corpus(name, data, parts=7))
    expected = [str(n) for n in range(count) if n % 40]
    assert [title for part in found for title in part] == expected
    assert all(400 < len(part) < 430 for part in found)


def test_a_dump_of_100_mb_on_one_line_is_read_in_bounded_memory(tmp_path):
    page = {"namespace": 0, "title": "사랑", "text": "사랑이 별이 되던 밤\n" * 100}
    record = json.dumps(page, ensure_ascii=False).encode()
    count = 100_000_000 // len(record)
    dump = tmp_path / "raw" / "dump.json"
    dump.parent.mkdir()
    dump.write_bytes(b"[" + (record + b",") * (count - 1) + record + b"]")
    raw, manifest = dump.with_name("manifest.json"), tmp_path / "documents" / "manifest.json"
    entry = {"name": dump.name, "bytes": dump.stat().st_size, "sha256": sha256_of(dump)}
    write_json(raw, {"source": {"files": [dump.name]}, "files": [entry]})
    settings = {**SETTINGS, "archive": LIMITS, "parts": 2, "max_document_bytes": 16 << 20}
    program = (
        "import json, resource, sys; from pathlib import Path; from preprocess.read import read\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10\n"
        "before = peak()\n"
        "read(json.loads(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))\n"
        "print(peak() - before)\n"
    )
    command = [sys.executable, "-c", program, json.dumps(settings), str(raw), str(manifest)]
    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    content = read_json(manifest)
    assert content["documents"] == content["namespaces"]["0"] == count
    first, second = (part["rows"] for part in content["parts"])
    assert abs(first - second) <= 1
    assert int(run.stdout) < 200
