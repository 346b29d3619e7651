"""The stage `read`: parts in source order, long documents cut, all counted, parts verified."""

import json
import subprocess
import sys
import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess.download import download
from preprocess.files import read_json, sha256_of, write_json
from preprocess.fragments import cut
from preprocess.read import open_documents, read

TEXT = {"format": "text", "document": "file", "encoding": "auto", "strict": False}
ARCHIVE = {"max_bytes": 1 << 30, "max_ratio": 200}
NOTHING = {"replaced_bytes": 0, "truncated": 0, "boms": 0, "recomposed": 0}
GUESS = (
    "{}: may be in cp949, which is a guess: see its text, and name another `encoding` "
    "if it is wrong"
)


@pytest.fixture
def corpus(tmp_path, monkeypatch):
    """Read files (name to bytes) with settings; return the manifest of the documents."""
    monkeypatch.chdir(tmp_path)

    def build(files, **settings):
        for name, data in files.items():
            path = tmp_path / "local" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        raw = tmp_path / "raw" / "mine" / "manifest.json"
        manifest = tmp_path / "documents" / "mine" / "manifest.json"
        download({"source": {"files": ["local/**/*"]}}, raw)
        read(
            {**TEXT, "archive": ARCHIVE, "parts": 1, "max_document_bytes": 1000, **settings},
            raw,
            manifest,
        )
        return manifest

    return build


def rows(manifest):
    parts = len(read_json(manifest)["parts"])
    return [[r["document_id"] for r in open_documents(manifest, part)] for part in range(parts)]


def test_files_of_two_encodings_become_rows_and_counts(corpus):
    manifest = corpus(
        {
            "a.txt": "사랑\n".encode(),
            "b.txt": "뷁\r\n".encode("cp949"),
            "c.txt": b" \n",
            "d.txt": b"\xef\xbb\xbfx",
        }
    )
    assert [tuple(row.values()) for row in open_documents(manifest, 0)] == [
        ("a.txt", "", "사랑\n"),
        ("b.txt", "", "뷁\r\n"),
        ("d.txt", "", "x"),
    ]
    content = read_json(manifest)
    part = manifest.parent / "part-00000.parquet"
    assert content["parts"] == [
        {"name": part.name, "rows": 3, "bytes": part.stat().st_size, "sha256": sha256_of(part)}
    ]
    assert {key: content[key] for key in content if key not in ("parts", "files")} == {
        "documents": 3,
        "characters": 7,
        "bytes": 13,
        "cut": 0,
        "skipped": {"empty": 1},
        "encodings": {"cp949": 1, "utf-8": 3},
        **NOTHING,
        "boms": 1,
        "replaced_surrogates": 0,
        "warnings": [GUESS.format("b.txt")],
    }
    b, c = {"name": "b.txt"}, {"name": "c.txt"}
    assert content["files"][1:3] == [
        {**NOTHING, **b, "bytes": 4, "encoding": "cp949", "confidence": 0.5, "documents": 1},
        {**NOTHING, **c, "bytes": 2, "encoding": "utf-8", "confidence": 1.0, "documents": 0},
    ]


def test_empty_lines_are_no_documents(corpus):
    manifest = corpus({"a.txt": "가\n\n \n나\n".encode()}, document="line")
    assert rows(manifest) == [["a.txt:1", "a.txt:4"]]
    assert read_json(manifest)["skipped"] == {"empty": 2}


def test_parts_follow_the_source_and_may_be_empty(corpus):
    files = {f"{i}.txt": b"x" * size for i, size in enumerate((40, 1, 1, 58))}
    manifest = corpus(files, parts=5)
    # Documents begin at bytes 0, 40, 41 and 42 of 100; a part has 20.
    assert rows(manifest) == [["0.txt"], [], ["1.txt", "2.txt", "3.txt"], [], []]
    assert [part["rows"] for part in read_json(manifest)["parts"]] == [1, 0, 3, 0, 0]


@pytest.mark.parametrize("parts", [1, 2, 3, 7])
def test_the_number_of_parts_changes_no_row(corpus, parts):
    text = "".join(f"{i}번째 줄\n" for i in range(50))
    files = {"a.txt": text.encode("cp949"), "b.txt": text.encode()}
    found = rows(corpus(files, document="line", parts=parts))
    expected = [f"{name}:{i}" for name in ("a.txt", "b.txt") for i in range(1, 51)]
    assert sum(found, []) == expected  # noqa: RUF017 (short lists)
    assert min(map(len, found)) >= 50 // parts  # about as much text in each


def test_a_long_document_is_cut_at_line_ends_and_stays_in_one_part(corpus):
    long = "".join(f"{i:03d} 줄이 길다\n" for i in range(100))
    manifest = corpus({"a.txt": long.encode(), "b#.txt": b"short"}, parts=2)
    pieces = list(open_documents(manifest, 0))
    assert [row["document_id"] for row in pieces] == ["a.txt#1", "a.txt#2"]
    texts = [row["text"] for row in pieces]
    assert "".join(texts) == long
    assert all(len(text.encode()) <= 1000 and text.endswith("\n") for text in texts)
    content = read_json(manifest)
    assert (content["documents"], content["cut"]) == (2, 1)
    assert rows(manifest)[1] == ["b%23.txt"]


def test_again_gives_the_same_bytes_and_removes_strays(corpus):
    files = {"a.txt": b"one\n", "b.txt": b"two\n"}
    manifest = corpus(files, parts=3)
    first = {path.name: path.read_bytes() for path in manifest.parent.iterdir()}
    corpus(files, parts=3)
    assert {path.name: path.read_bytes() for path in manifest.parent.iterdir()} == first
    corpus(files, parts=1)
    names = sorted(path.name for path in manifest.parent.iterdir())
    assert names == ["manifest.json", "part-00000.parquet"]


def test_a_refused_file_leaves_no_manifest(corpus, tmp_path):
    with pytest.raises(ValueError, match=r"b\.txt: .* not UTF-8 \(byte 0 is wrong\)"):
        corpus({"a.txt": b"fine", "b.txt": b"\xff\xff"})
    assert not (tmp_path / "documents" / "mine" / "manifest.json").exists()


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("spoil", "error", "message"),
    [
        (flip, ValueError, r"part-00001\.parquet: sha256 is .*, the manifest says"),
        (lambda path: path.unlink(), FileNotFoundError, r"part-00001\.parquet: is missing"),
        (
            lambda path: path.with_name("part-00009.parquet").write_bytes(b""),
            ValueError,
            r"part-00009\.parquet: is not in",
        ),
    ],
)
def test_a_damaged_lost_or_stray_part_is_refused_with_the_rule(corpus, spoil, error, message):
    manifest = corpus({"a.txt": b"one\n", "b.txt": b"two\n"}, parts=2)
    spoil(manifest.parent / "part-00001.parquet")
    with pytest.raises(error, match=message) as caught:
        list(open_documents(manifest, 1))
    assert f"delete {manifest} and run the same command again" in str(caught.value)


def test_a_part_that_is_not_there_is_refused(corpus):
    with pytest.raises(ValueError, match="has 1 parts, so there is no part 1"):
        list(open_documents(corpus({"a.txt": b"x"}), 1))


def test_json_lines_and_titles(corpus):
    data = json.dumps({"text": "본문", "title": "제목"}).encode()
    settings = {"format": "jsonl", "text_column": "text", "title_column": "title"}
    manifest = corpus({"a.jsonl": data}, **settings)
    expected = {"document_id": "a.jsonl:1", "title": "제목", "text": "본문"}
    assert list(open_documents(manifest, 0)) == [expected]


PIECES = st.lists(st.text(st.sampled_from("a가뷁\U0001f600\r\n"), max_size=12), max_size=6)


@given(PIECES, st.integers(4, 20))
def test_cut_keeps_the_text_within_the_limit_and_forgets_how_it_came(pieces, limit):
    text = "".join(pieces)
    found = list(cut(pieces, limit))
    assert "".join(found) == text
    assert all(0 < len(piece.encode()) <= limit for piece in found)
    assert found == list(cut([text], limit)) == list(cut(text, limit))
    for piece, following in pairwise(found):
        assert not (piece.endswith("\r") and following.startswith("\n"))
        if not piece.endswith(("\n", "\r")):
            assert "\n" not in piece
            unit = "\r\n" if following.startswith("\r\n") else following[0]
            assert len((piece + unit).encode()) > limit


def test_cut_needs_room_for_a_character():
    with pytest.raises(ValueError, match="max_document_bytes: is 3"):
        list(cut(["a"], 3))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_no_line_is_lost_where_an_encoding_counts_its_mark_each_time(corpus, encoding):
    files = {f"{number}.txt": ("가나다\n" * 300).encode(encoding) for number in range(3)}
    manifest = corpus(files, document="line", parts=4)
    assert read_json(manifest)["documents"] == 900
    assert sum(len(part) for part in rows(manifest)) == 900


def entry_of(manifest, key=None):
    entry = read_json(manifest)["files"][0]
    return entry if key is None else entry[key]


def texts(manifest):
    return [row["text"] for row in open_documents(manifest, 0)]


LINE = "뷁펲햏 사랑은 창밖의 빗물 같아요\n"


def test_fault_05_a_wrong_byte_is_in_the_manifest_and_said(corpus, caplog):
    data = LINE.encode() * 3
    manifest = corpus({"a.txt": data + b"\xff" + data})
    assert texts(manifest) == [LINE * 3 + "\ufffd" + LINE * 3]
    assert entry_of(manifest, "wrong_bytes") == [{"offset": len(data)}]
    assert entry_of(manifest, "replaced_bytes") == read_json(manifest)["replaced_bytes"] == 1
    assert 0.9 < entry_of(manifest, "confidence") < 1
    assert read_json(manifest)["warnings"] == caplog.messages[-1:]
    assert f"at byte {len(data)}" in caplog.text
    with pytest.raises(ValueError, match=rf"a\.txt: byte {len(data)} is wrong in utf-8"):
        corpus({"a.txt": data + b"\xff" + data}, strict=True)


def test_fault_02_03_06_recomposed_marks_and_cuts_are_counted(corpus):
    made = bytes.fromhex("a4d4a4b2a4cea4aa")
    manifest = corpus(
        {
            "a.txt": (LINE.encode("utf-8-sig")) * 2,
            "b.txt": LINE.encode("cp949") + made,
            "c.txt": LINE.encode("cp949")[:-2],
        }
    )
    assert texts(manifest) == [LINE * 2, LINE + "뷁", LINE[:-2]]
    content = read_json(manifest)
    totals = {key: content[key] for key in NOTHING}
    assert totals == {"replaced_bytes": 0, "truncated": 1, "boms": 2, "recomposed": 1}
    assert [file["boms"] for file in content["files"]] == [2, 0, 0]
    assert content["warnings"] == [
        "c.txt: is truncated: its last character is cut in two, and was dropped"
    ]


def test_fault_08_lines_of_two_encodings_are_counted_and_named(corpus):
    manifest = corpus({"a.txt": LINE.encode() * 3 + LINE.encode("cp949")}, document="line")
    assert texts(manifest) == [LINE[:-1]] * 4
    assert entry_of(manifest, "lines") == {"utf-8": 3, "cp949": 1}
    (warning,) = read_json(manifest)["warnings"]
    assert warning == (
        "a.txt: lines are in two encodings (1 in cp949, 3 in utf-8); "
        "the first that are not in utf-8 are 4"
    )


def test_fault_12_names_are_found_in_either_form_and_twins_refused(corpus, tmp_path):
    composed, decomposed = (unicodedata.normalize(form, "한글.txt") for form in ("NFC", "NFD"))
    manifest = corpus({decomposed: b"text"})
    assert rows(manifest) == [[composed]]
    for form in (composed, decomposed):
        raw = tmp_path / "raw" / "mine" / "manifest.json"
        download({"source": {"files": [f"local/{form}"]}}, raw)
        assert [entry["name"] for entry in read_json(raw)["files"]] == [composed]
    with pytest.raises(ValueError, match=r"once composed .* and once decomposed"):
        corpus({composed: b"other"})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            bytes.fromhex("d0cf11e0a1b11ae1") + b"x" * 600,
            "a.txt: is a document of Hangul .*hwp5txt",
        ),
        (b"PK\x03\x04" + b"x" * 600, "a.txt: is a zip file"),
        (b"\0" * 600, "a.txt: looks binary"),
    ],
)
def test_fault_28_what_is_no_text_is_refused_and_nothing_written(corpus, tmp_path, data, message):
    with pytest.raises(ValueError, match=message):
        corpus({"a.txt": data})
    assert not (tmp_path / "documents" / "mine" / "manifest.json").exists()


def test_a_file_that_is_mostly_wrong_is_refused(corpus):
    """Its beginning looks like UTF-8; what follows is in no encoding."""
    data = LINE.encode() + b"\xff" + LINE.encode() * 8000 + b"\xff" * 800_000
    with pytest.raises(ValueError, match=r"a\.txt: 800001 of its \d+ bytes are wrong in utf-8"):
        corpus({"a.txt": data})


def test_an_encoding_that_is_a_guess_is_warned_of(corpus):
    manifest = corpus({"a.txt": "see 뷁\n".encode("cp949")})
    assert read_json(manifest)["warnings"] == [GUESS.format("a.txt")]


@pytest.mark.parametrize("document", ["line", "blank-line"])
def test_fault_25_a_line_of_200_mb_is_read_in_bounded_memory(corpus, tmp_path, document):
    corpus({"a.txt": b"x"})
    raw = tmp_path / "raw" / "mine" / "manifest.json"
    path = raw.parent / "a.txt"
    path.unlink()
    with path.open("wb") as file:
        for _ in range(200):
            file.write("가나다라".encode() * 87_381)
    size = path.stat().st_size
    manifest = {"source": {"files": ["local/a.txt"]}}
    entry = {"name": "a.txt", "bytes": size, "sha256": sha256_of(path)}
    write_json(raw, {**manifest, "files": [entry]})
    settings = {**TEXT, "archive": ARCHIVE, "parts": 1, "max_document_bytes": 16 << 20}
    settings["document"] = document
    program = (
        "import json, resource, sys; from pathlib import Path; from preprocess.read import read\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10\n"
        "before = peak()\n"
        "read(json.loads(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))\n"
        "print(peak() - before)\n"
    )
    out = tmp_path / "out" / "manifest.json"
    arguments = [json.dumps(settings), str(raw), str(out)]
    run = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    content = read_json(out)
    assert (content["documents"], content["cut"], content["bytes"]) == (1, 1, size)
    assert int(run.stdout) < 250
