"""Cleaning does what the settings say, and counts all of what it does."""

import json

import pytest

from preprocess.clean import clean, merge_cleaning, strip_tags
from preprocess.files import sha256_of, write_json
from preprocess.losses import EXCERPTS
from preprocess.tables import DOCUMENTS, open_writer, read_rows

SETTINGS = {"normalise": "NFC", "title": "keep", "strip_tags": False, "min_characters": 2}


def write_documents(folder, *parts):
    """Write parts of (id, title, text) as the stage `read` does; return the manifest."""
    entries = []
    for number, rows in enumerate(parts):
        path = folder / f"part-{number:05d}.parquet"
        with open_writer(path, DOCUMENTS) as writer:
            for document_id, title, text in rows:
                row = {"document_id": document_id, "title": title, "text": text}
                writer.write(row, len(text))
        entry = {"name": path.name, "rows": len(rows), "bytes": path.stat().st_size}
        entries.append({**entry, "sha256": sha256_of(path)})
    write_json(folder / "manifest.json", {"parts": entries})
    return folder / "manifest.json"


def cleaned(folder, settings, *parts):
    """Clean the parts; return the rows (id, title, text) and the merged counts."""
    (folder / "documents").mkdir()
    manifest = write_documents(folder / "documents", *parts)
    rows, counts = [], []
    for number in range(len(parts)):
        output = folder / f"part-{number:05d}.parquet"
        counts.append(output.with_suffix(".json"))
        clean(settings, manifest, number, output, counts[-1])
        rows += [tuple(row.values()) for row in read_rows(output, "")]
    merge_cleaning(counts, folder / "cleaning.json")
    return rows, json.loads((folder / "cleaning.json").read_text())


def test_everything_that_changes_is_counted_by_reason(tmp_path):
    first = [
        ("a.txt", "", "\ufeff사랑\r\n이별\r\n"),
        ("b.txt", "", "그대\x00로"),
        ("c.txt", "", " \n\n"),
    ]
    second = [("d.txt", "", "\u1112\u1161\u11ab글"), ("e.txt", "", "a"), ("f.txt", "", "그대로")]
    rows, counts = cleaned(tmp_path, SETTINGS, first, [], second)
    assert rows == [
        ("a.txt", "", "사랑\n이별\n"),
        ("b.txt", "", "그대로"),
        ("d.txt", "", "한글"),
        ("f.txt", "", "그대로"),
    ]
    assert counts["documents"] == {"in": 6, "out": 4}
    assert counts["characters"] == {"in": 9 + 4 + 3 + 4 + 1 + 3, "out": 6 + 3 + 2 + 3}
    assert counts["dropped"] == {
        "empty": {"documents": 1, "characters": 3},
        "min_characters": {"documents": 1, "characters": 1},
    }
    assert counts["changed"] == {
        "line_ends": {"documents": 1, "characters": 2},
        "controls": {"documents": 1, "characters": 1},
        "invisible": {"documents": 1, "characters": 1},
        "nfc": {"documents": 1, "characters": 3},
    }
    assert {
        "document_id": "b.txt",
        "reason": "controls",
        "before": "그대\x00로",
        "after": "그대로",
    } in counts["excerpts"]


def test_normalise_none_leaves_the_form_of_characters(tmp_path):
    rows, counts = cleaned(
        tmp_path, SETTINGS | {"normalise": "none"}, [("a", "", "\u1112\u1161\uf914\r")]
    )
    assert rows == [("a", "", "\u1112\u1161\uf914\n")]
    assert list(counts["changed"]) == ["line_ends"]
    with pytest.raises(ValueError, match="'NFKC'; it must be NFC or none"):
        clean(SETTINGS | {"normalise": "NFKC"}, tmp_path, 0, tmp_path, tmp_path)


def test_a_title_becomes_the_first_line_of_a_document(tmp_path):
    documents = [
        ("a", "떡\u1107\u1169\u11a9이\u200b", "글 하나"),
        ("b", "", "글 둘"),
        ("c#1", "제목", "긴 글"),
        ("c#2", "제목", "이어서"),
    ]
    (tmp_path / "drop").mkdir()
    rows, counts = cleaned(tmp_path, SETTINGS, documents)
    assert rows == [
        ("a", "떡볶이", "떡볶이\n글 하나"),
        ("b", "", "글 둘"),
        ("c#1", "제목", "제목\n긴 글"),
        ("c#2", "제목", "이어서"),
    ]
    assert counts["changed"] == {"title": {"documents": 2, "characters": 7}}
    rows, counts = cleaned(tmp_path / "drop", SETTINGS | {"title": "drop"}, documents)
    assert [text for _, _, text in rows] == ["글 하나", "글 둘", "긴 글", "이어서"]
    assert counts["changed"] == {}


def test_pieces_of_a_document_are_kept_even_when_empty(tmp_path):
    rows, counts = cleaned(tmp_path, SETTINGS, [("a#1", "", "처음이다"), ("a#2", "", "\x00")])
    assert [text for _, _, text in rows] == ["처음이다", ""]
    assert counts["dropped"] == {}


def test_tags_go_with_the_spaces_that_part_the_words(tmp_path):
    text = "迈向/v  充满/v  希望/n  的/u\n（/w  附/v  1/2/m  ）/w\n"
    rows, counts = cleaned(tmp_path, SETTINGS | {"strip_tags": True}, [("a", "", text)])
    assert rows[0][2] == "迈向充满希望的\n（附1/2）\n"
    assert counts["changed"]["tags"]["characters"] == len(text) - len(rows[0][2])
    assert strip_tags("and/or") == ("and", 3)
    assert strip_tags("a / b /c") == ("a / b /c", 0)


def test_namumark_is_taken_off_where_the_settings_have_its_options(tmp_path):
    page = ("x", "제목", "== 개요 ==\n'''글'''이다.[* 주석.]\n")
    rows, counts = cleaned(
        tmp_path, SETTINGS | {"namumark": {"footnotes": "drop", "headings": "drop"}}, [page]
    )
    assert rows == [("x", "제목", "제목\n글이다.")]
    assert counts["changed"]["markup"] == {"documents": 1, "characters": len(page[2]) - 4}


def test_excerpts_are_few_and_show_the_first_change(tmp_path):
    documents = [(str(i), "", "가" * 1000 + "\x00" + "나" * 1000) for i in range(9)]
    _, counts = cleaned(tmp_path, SETTINGS, documents[:5], documents[5:])
    assert [excerpt["document_id"] for excerpt in counts["excerpts"]] == ["0", "1", "2"]
    assert len(counts["excerpts"]) == EXCERPTS
    assert counts["excerpts"][0]["before"] == "가" * 20 + "\x00" + "나" * 59


def test_a_corpus_of_which_nothing_is_left_is_refused(tmp_path):
    with pytest.raises(
        ValueError,
        match="0 characters left after cleaning: rule empty dropped 1 documents of 2 characters, "
        "rule min_characters dropped 1 documents of 1 characters",
    ):
        cleaned(tmp_path, SETTINGS, [("a", "", " \n"), ("b", "", "a")])
    assert not (tmp_path / "cleaning.json").exists()


def test_a_part_that_is_not_as_the_manifest_says_is_refused(tmp_path):
    manifest = write_documents(tmp_path, [("a", "", "글이다")])
    damaged = bytearray((tmp_path / "part-00000.parquet").read_bytes())
    damaged[10] ^= 1
    (tmp_path / "part-00000.parquet").write_bytes(damaged)
    output = tmp_path / "clean" / "part.parquet"
    with pytest.raises(ValueError, match=r"part-00000\.parquet: sha256 is"):
        clean(SETTINGS, manifest, 0, output, tmp_path / "counts.json")
    assert not output.exists()


def test_cleaning_twice_gives_the_same_bytes(tmp_path):
    documents = [("a", "제목", "하나\r\n"), ("b", "", "\ufeff둘둘")]
    manifest = write_documents(tmp_path, documents)
    for name in ("first", "second"):
        clean(SETTINGS, manifest, 0, tmp_path / f"{name}.bin", tmp_path / f"{name}.json")
    assert (tmp_path / "first.bin").read_bytes() == (tmp_path / "second.bin").read_bytes()
    assert (tmp_path / "first.json").read_bytes() == (tmp_path / "second.json").read_bytes()
