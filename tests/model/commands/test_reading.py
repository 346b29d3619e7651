"""Texts that people give, as corpora have them."""

import logging
from pathlib import Path

import pytest

from model.commands.reading import Document, Reading, read_documents

PLAIN = Reading("file", "auto", "plain")


def read(path: Path, data: bytes, reading: Reading = PLAIN) -> list[Document]:
    path.write_bytes(data)
    return read_documents([path], reading)


@pytest.fixture(autouse=True)
def quiet(caplog):
    caplog.set_level(logging.WARNING, "geulteul")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
def test_any_encoding_gives_the_same_text(tmp_path, encoding):
    text = "사랑했던 그대여 뷁\n이제는 안녕히\n"
    path = tmp_path / "노래.txt"
    assert read(path, text.encode(encoding)) == [Document(str(path), text)]


def test_what_is_changed_or_wrong_is_said(tmp_path, caplog):
    path = tmp_path / "a.txt"
    [(_, text)] = read(path, "사랑했던 그대여 이제는 안녕히 ＡＢ\r\n\u200b".encode() + b"\xff")
    assert text == "사랑했던 그대여 이제는 안녕히 AB\n\ufffd"
    said = caplog.text
    assert "1 bytes are wrong in utf-8 and became U+FFFD" in said
    assert "1 by line_ends, 2 by fullwidth, 1 by invisible" in said


def test_characters_may_be_kept(tmp_path, caplog):
    reading = Reading("file", "auto", "keep")
    [(_, text)] = read(tmp_path / "a.txt", "你好，世界！这是一个句子。".encode(), reading)
    assert text == "你好，世界！这是一个句子。"
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("document", "names", "texts"),
    [
        ("file", ["a"], ["가\n나\n\n \n다\n"]),
        ("line", ["a:1", "a:2", "a:5"], ["가", "나", "다"]),
        ("blank-line", ["a:1", "a:5"], ["가\n나", "다"]),
    ],
)
def test_documents_are_those_of_corpora(tmp_path, monkeypatch, document, names, texts):
    monkeypatch.chdir(tmp_path)
    found = read(Path("a"), "가\n나\n\n \n다\n".encode(), Reading(document, "utf-8", "plain"))
    assert [one.name for one in found] == names
    assert [one.text for one in found] == texts


def test_what_is_no_text_is_refused_by_name(tmp_path):
    path = tmp_path / "a"
    for data, message in (
        (b"", "a: is empty"),
        (b"\n \n", "a: has only white space"),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "a: "),
    ):
        with pytest.raises(ValueError, match=message):
            read(path, data)
    with pytest.raises(IsADirectoryError, match="is a folder; name the files in it"):
        read_documents([tmp_path], PLAIN)
    with pytest.raises(FileNotFoundError, match="there is no such file"):
        read_documents([tmp_path / "b"], PLAIN)
    with pytest.raises(ValueError, match="named twice"):
        read_documents([path, path], PLAIN)
    with pytest.raises(ValueError, match="'klingon' is not one that Python knows"):
        read(path, "사랑".encode(), Reading("file", "klingon", "plain"))
