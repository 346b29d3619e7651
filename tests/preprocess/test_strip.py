"""The command `strip`, run as a person runs it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from preprocess.namumark.options import CHOICES, Options

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "preprocess", "strip"]
PAGE = (
    "== 개요 ==\n'''떡볶이'''는 [[고추장|장]]에 볶는다.[* 간장도 쓴다.] ~~맵다~~\n"
    "|| 이름 || 떡볶이를 처음 판 곳은 알려져 있지 않다. ||\n"
    "{{{#!syntax c\nint x;\n}}}\n[ruby(강, ruby=江)]을 건넌다."
)
TEXT = (
    "개요\n떡볶이는 장에 볶는다.\n떡볶이를 처음 판 곳은 알려져 있지 않다.\n강을 건넌다.\n"
    "간장도 쓴다.\n"
)


def strip(*arguments, markup=b"", **environment):
    """Run the command; return its status, its output and what it says, in bytes."""
    run = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        input=markup,
        capture_output=True,
        cwd=ROOT,
        env=os.environ | environment,
        timeout=60,
    )
    return run.returncode, run.stdout, run.stderr


@pytest.fixture
def pages(tmp_path):
    """Two pages, and a redirect, which has no text, between them."""
    for name, page in (("1", PAGE), ("2", "#redirect 떡볶이\n"), ("3", "[[둘째]] 글이다.")):
        (tmp_path / f"{name}.namu").write_text(page, encoding="utf-8")
    return [tmp_path / f"{n}.namu" for n in (1, 2, 3)]


@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_markup_in_text_out(arguments):
    assert strip(*arguments, markup=PAGE.encode()) == (0, TEXT.encode(), b"")


def test_files_follow_each_other_in_the_order_given(pages):
    first, redirect, second = pages
    _, output, _ = strip(second, redirect, first)
    assert output.decode() == "둘째 글이다.\n" + TEXT
    _, output, _ = strip(first, "-", second, markup="''셋째''".encode())
    assert output.decode() == TEXT + "셋째\n둘째 글이다.\n"
    assert strip(redirect) == (0, b"", b"")
    assert strip(markup=b"") == (0, b"", b"")


@pytest.mark.parametrize(
    ("option", "change"),
    [
        ("--tables=prose", ("", "")),
        ("--tables=cells", ("떡볶이를 처음", "이름\n떡볶이를 처음")),
        ("--tables=drop", ("떡볶이를 처음 판 곳은 알려져 있지 않다.\n", "")),
        ("--footnotes=drop", ("간장도 쓴다.\n", "")),
        ("--strikes=keep", ("볶는다.", "볶는다. 맵다")),
        ("--headings=drop", ("개요\n", "")),
        ("--code=keep", ("강을", "int x;\n강을")),
        ("--ruby=both", ("강을", "강(江)을")),
    ],
)
def test_options_are_those_of_the_library(option, change):
    _, output, _ = strip(option, markup=PAGE.encode())
    assert output.decode() == TEXT.replace(*change, 1)


def test_help_names_each_choice_and_default():
    status, output, _ = strip("--help")
    assert status == 0
    told = re.findall(r"  --(\w+) \{(\S+)\}\s[^-]+\(default:\s+(\w+)\)", output.decode())
    assert {name: tuple(choices.split(",")) for name, choices, _ in told} == CHOICES
    assert Options(**{name: default for name, _, default in told}) == Options()


def test_a_choice_that_there_is_not_is_refused():
    status, output, words = strip("--tables=keep")
    assert (status, output) == (2, b"")
    assert b"argument --tables: invalid choice: 'keep' (choose from" in words


@pytest.mark.parametrize("locale", ["C", "POSIX", "ko_KR.EUC-KR"])
def test_the_output_is_utf_8_in_any_locale(locale, pages):
    settings = {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    assert strip(pages[0], **settings, PYTHONCOERCECLOCALE="0") == (0, TEXT.encode(), b"")


def test_other_encodings_are_told(tmp_path):
    path = tmp_path / "a.namu"
    path.write_bytes(PAGE.replace("江", "강").encode("cp949"))
    assert strip(path) == (0, TEXT.encode(), b"")
    path.write_bytes(("글이다. '''굵다'''. " * 20).encode() + b"\xff\n")
    status, output, words = strip(path)
    assert (status, output.decode().count("굵다")) == (0, 20)
    assert b"a.namu: 1 bytes are wrong in utf-8 and became U+FFFD" in words


def test_a_file_that_is_missing_or_no_text_is_refused_by_name(tmp_path, pages):
    binary = tmp_path / "a.png"
    binary.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)
    for path, reason in (
        (tmp_path / "none.namu", "there is no such file"),
        (tmp_path, "is a folder; name the files in it"),
        (binary, "is a PNG image, not text"),
    ):
        counts = tmp_path / "counts.json"
        status, output, words = strip(pages[0], path, pages[2], "--counts", counts)
        assert (status, output) == (1, TEXT.encode())  # what came before it, whole
        assert words.decode().startswith(f"python -m preprocess: {path}: {reason}")
        assert words.count(b"\n") == 1
        assert not counts.exists()


def test_a_reader_that_has_enough_is_no_fault(tmp_path):
    path = tmp_path / "long.namu"
    path.write_text("'''글'''이다.\n" * 50_000, encoding="utf-8")
    for wanted in (1, 100_000):
        process = subprocess.Popen(
            [*COMMAND, path], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout.read(wanted) == ("글이다.\n" * 10_000).encode()[:wanted]
        process.stdout.close()
        assert process.stderr.read() == b""
        process.stderr.close()
        assert process.wait(60) == 0


def test_counts_tell_what_was_dropped_and_what_is_left(tmp_path, pages):
    left = tmp_path / "left.namu"
    left.write_text("{{{[[가]]}}} 글이다.", encoding="utf-8")
    counts = tmp_path / "counts.json"
    assert strip(*pages, left, "--counts", counts)[0] == 0
    told = json.loads(counts.read_text(encoding="utf-8"))
    sizes = [len(path.read_text(encoding="utf-8")) for path in (*pages, left)]
    assert told["characters"]["in"] == sum(sizes)
    assert told["residue"]["tokens"].keys() == {"[[", "]]"}
    assert [page["document_id"] for page in told["worst"]] == [str(left)]
    numbers = {construct: count["count"] for construct, count in told["dropped"].items()}
    assert numbers.items() >= {"redirects": 1, "strikes": 1, "tables": 1, "code": 1}.items()


def test_counts_go_to_a_file(pages):
    status, output, words = strip(*pages, "--counts", "-")
    assert (status, output) == (1, b"")
    assert words == b"python -m preprocess: --counts: - is no file; name the one to write\n"


def test_a_name_of_any_bytes(tmp_path):
    path = os.fsencode(tmp_path) + "떡.namu".encode("cp949")
    Path(os.fsdecode(path)).write_text("{{{||}}}", encoding="utf-8")
    counts = tmp_path / "counts.json"
    run = subprocess.run(
        [*COMMAND, path, "--counts", counts], cwd=ROOT, capture_output=True, check=True
    )
    assert run.stdout == b"||\n"
    (page,) = json.loads(counts.read_text(encoding="utf-8"))["worst"]
    assert page["document_id"].endswith("\ufffd.namu")
