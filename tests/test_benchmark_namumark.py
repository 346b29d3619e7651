"""The measuring functions of benchmarks/namumark.py, on texts whose values are known."""

import math
import sys
from types import SimpleNamespace

import pytest

from benchmarks import namumark
from benchmarks.markdown import table


def test_grams_are_counted_without_white_space():
    assert namumark.grams_of("가나 다\n라마\t바") == {"가나다라마": 1, "나다라마바": 1}
    assert namumark.grams_of("아아아아아아아") == {"아아아아아": 3}
    assert namumark.grams_of("네 글자다") == {}


def test_precision_and_recall_of_a_text_that_says_one_thing_differently():
    grams = namumark.compare("가나다라마바사", "가나다라마바아자")
    assert grams == (2, 3, 4)
    assert grams.precision == pytest.approx(2 / 3)
    assert grams.recall == 0.5


def test_a_gram_that_is_repeated_too_often_costs_precision():
    assert namumark.compare("아" * 9, "아" * 6) == (2, 5, 2)


def test_no_share_of_nothing():
    grams = namumark.compare("", "가나다라마")
    assert math.isnan(grams.precision)
    assert grams.recall == 0


def test_a_total_weighs_pages_by_their_length():
    pages = [namumark.Grams(1, 1, 2), namumark.Grams(9, 19, 18)]
    assert namumark.total(pages) == (10, 20, 20)
    assert namumark.total(pages).precision == 0.5


def test_residue_is_per_megabyte_of_utf_8():
    texts = ["가" * 166_665 + "{{{", "||" + "나" * 166_666]  # 499,998 and 500,000 bytes
    assert namumark.residue_per_megabyte(texts) == {
        "{{{": pytest.approx(1, rel=1e-5),
        "||": pytest.approx(1, rel=1e-5),
    }


def dated(parameter):
    if parameter.strip() == "2021-02-30":
        raise ValueError("day is out of range for month")
    return parameter.strip()


@pytest.mark.parametrize("name", ["age", "dday", "ruby"])
@pytest.mark.parametrize(
    ("parameter", "text"), [(None, ""), (" 가", "가"), ("2021-02-30", " "), ("2021-02-28",) * 2]
)
def test_the_mended_macros_never_raise(name, parameter, text):
    macros = SimpleNamespace(
        age=dated, dday=dated, ruby=dated, default=lambda parameter: " ", date=dict
    )
    assert getattr(namumark.mended(macros), name)(parameter) == text


def test_the_mended_macros_have_no_date():
    macros = SimpleNamespace(age=dated, dday=dated, ruby=dated, default=dated, date=dict)
    assert not hasattr(namumark.mended(macros), "date")
    assert namumark.mended(macros).default is dated


def test_pages_are_found_with_their_references(tmp_path):
    (tmp_path / "pages").mkdir()
    (tmp_path / "texts").mkdir()
    (tmp_path / "pages/나.1.namu").write_text("'''둘'''", encoding="utf-8")
    (tmp_path / "pages/가.namu").write_text("[[하나]]", encoding="utf-8")
    (tmp_path / "pages/가.txt").write_text("beside", encoding="utf-8")
    (tmp_path / "texts/나.1.txt").write_text("둘", encoding="utf-8")
    pages = list(namumark.pages_of(tmp_path / "pages", tmp_path / "texts"))
    assert [page.name for page in pages] == ["가.namu", "나.1.namu"]
    assert [page.reference for page in pages] == [None, "둘"]
    assert next(namumark.pages_of(tmp_path / "pages", None)).reference == "beside"


def test_pages_of_a_dump_have_references_by_their_titles(tmp_path):
    (tmp_path / "텍스트").mkdir()
    (tmp_path / "텍스트/가.txt").write_text("하나", encoding="utf-8")
    dump = tmp_path / "dump.json"
    dump.write_text(
        '[{"title": "가", "text": "[[하나]]"}, {"title": "가/나", "text": "둘"}]', encoding="utf-8"
    )
    pages = list(namumark.pages_of(dump, tmp_path / "텍스트"))
    assert pages == [
        namumark.Page("가", "[[하나]]", "하나"),
        namumark.Page("가/나", "둘", None),
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("가.namu", b"\xb0\xa1", "is not UTF-8, at byte 0"),
        ("dump.json", b"[{", "is not JSON"),
        ("dump.json", b"{}", "is no JSON array of pages"),
        ("dump.json", b'[{"title": "a"}]', "record 1 is no page"),
    ],
)
def test_what_is_no_page_is_refused(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        list(namumark.pages_of(tmp_path / name, None))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{folder}/none.namu"], "No such file"),
        (["{folder}"], "has no *.namu"),
        (["{folder}/empty.txt"], "nothing to measure"),
        (["{folder}/empty.txt", "--references", "{folder}/none"], "there is no folder"),
        (["{folder}/empty.txt", "--repeat", "0"], "it must be 1 or more"),
    ],
)
def test_what_is_not_there_is_said_in_one_line(tmp_path, capsys, arguments, message):
    (tmp_path / "empty.txt").touch()
    with pytest.raises(SystemExit) as refusal:
        namumark.main([argument.format(folder=tmp_path) for argument in arguments])
    assert refusal.value.code == 2
    assert message in capsys.readouterr().err.splitlines()[-1]


def test_both_tables_are_written(tmp_path, capsys):
    (tmp_path / "쪽.namu").write_text("'''가나다'''라마[[바사|아자차]]", encoding="utf-8")
    (tmp_path / "쪽.txt").write_text("가나다라마아자차", encoding="utf-8")
    namumark.main([str(tmp_path), "--repeat", "1"])
    written = capsys.readouterr().out
    assert "1 pages, 41 bytes, 1 with a reference" in written
    row = next(line for line in written.split("\n") if line.startswith("| ours, tables"))
    assert row.split(" | ")[-5:] == ["0.0", "1.0000", "1.0000", "1.0000", "1.0000 |"]


def test_a_bar_in_a_table_is_escaped():
    assert table(["a", "b"], [["`||`", "1"]]) == "| a | b |\n|---|---:|\n| `\\|\\|` | 1 |\n"


def test_ours_are_measured_alone_where_the_other_is_not_installed(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "namuwiki.extractor", None)
    (tmp_path / "쪽.namu").write_text("'''가나다'''라마", encoding="utf-8")
    namumark.main([str(tmp_path), "--repeat", "1"])
    written = capsys.readouterr().out
    assert written.count("\n| ours, ") == 2
    assert "No token of markup is left." in written
    assert "pip install -r benchmarks/requirements.txt" in written
    assert "0 with a reference" in written
