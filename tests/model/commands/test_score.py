"""Command `score`: numbers that add up, colours, JSON."""

import json
import math
import re

import numpy as np
import pytest

from model.scoring import bits_of_text

SONG = "사랑 그대\n漢字 🙂\n\n뷁"


@pytest.fixture
def song(tmp_path):
    """A file of CP949 but for what that lacks."""
    path = tmp_path / "노래.txt"
    path.write_text(SONG, encoding="utf-8")
    return path


def test_lines_and_characters_add_up_to_the_file(call, song, learnt_songs):
    network, vocabulary, texts = learnt_songs
    told = json.loads(call("score", "results/song", song, "--lines", "--json"))
    whole = bits_of_text(network, vocabulary, texts["test"].grammar, SONG)
    assert told["run"] == "song"
    assert {key: told[key] for key in whole} == pytest.approx(whole)
    [text] = told["texts"]
    assert {key: text[key] for key in whole} == pytest.approx(whole)
    assert text["name"] == str(song)
    lines = text["lines"]
    assert [line["text"] for line in lines] == SONG.split("\n")
    assert [line["bytes"] for line in lines] == [
        len(line.encode()) + 1 for line in SONG.split("\n")
    ]
    bits = sum(line["bits"] for line in lines)
    assert bits == pytest.approx(whole["bits_per_byte"] * whole["bytes"], rel=1e-9)
    for line in lines:
        assert len(line["character_bits"]) == len(line["text"]) + 1
        assert math.fsum(line["character_bits"]) == pytest.approx(line["bits"], rel=1e-12)
        assert line["bits_per_byte"] == line["bits"] / line["bytes"]


def test_surprises_are_the_dearest_characters(call, song):
    told = json.loads(call("score", "results/song", song, "--lines", "--json", "--surprises", 3))
    lines = told["texts"][0]["lines"]
    costs = sorted((bits for line in lines for bits in line["character_bits"]), reverse=True)
    assert [found["bits"] for found in told["surprises"]] == costs[:3]
    for found in told["surprises"]:
        line = lines[found["line"] - 1]
        assert line["character_bits"][found["column"] - 1] == found["bits"]
        assert (line["text"] + "\n")[found["column"] - 1] == found["character"]
    assert "🙂" in [found["character"] for found in told["surprises"]]


def test_several_texts_are_added_up(call, tmp_path):
    one, other = tmp_path / "1.txt", tmp_path / "2.txt"
    one.write_bytes("사랑".encode("cp949"))
    other.write_bytes("그대 바다".encode())
    told = json.loads(call("score", "results/song", one, other, "-", "--json", stdin="별\n"))
    assert [text["name"] for text in told["texts"]] == [str(one), str(other), "stdin"]
    assert [text["bytes"] for text in told["texts"]] == [7, 14, 5]
    assert told["bytes"] == 26
    assert told["documents"] == 3
    bits = sum(text["bits_per_byte"] * text["bytes"] for text in told["texts"])
    assert told["bits_per_byte"] * 26 == pytest.approx(bits)
    shown = call("score", "results/song", one, other, "--surprises", 0).split("\n")
    assert shown[0].split() == ["text", "bits/byte", "bits/character", "characters", "bytes"]
    assert [line.split()[0] for line in shown[1:4]] == [str(one), str(other), "all"]
    assert shown[4:] == [""]


def test_documents_may_be_lines(call):
    text = "사랑\n\n그대 바다\n"
    arguments = ("score", "results/song", "-", "--document", "line", "--json")
    told = json.loads(call(*arguments, stdin=text))
    assert [row["name"] for row in told["texts"]] == ["stdin:1", "stdin:3"]
    assert [row["bytes"] for row in told["texts"]] == [7, 14]
    alone = json.loads(call("score", "results/song", "-", "--json", stdin="그대 바다"))
    assert told["texts"][1]["bits_per_byte"] == pytest.approx(alone["bits_per_byte"], rel=1e-4)


def test_lines_are_shown_as_they_are_with_what_they_cost(call, song):
    told = json.loads(call("score", "results/song", song, "--lines", "--json"))
    shown = call("score", "results/song", song, "--lines", "--surprises", 0)
    rows = shown.split("\n")[3:]
    assert [row[9:].removesuffix("(end)").rstrip("↵") for row in rows[:-1]] == SONG.split("\n")
    for row, line in zip(rows, told["texts"][0]["lines"], strict=False):
        assert float(row[:9]) == pytest.approx(line["bits_per_byte"], abs=5e-4)
    assert "\x1b" not in shown


def test_an_end_that_has_a_line_to_itself_is_named_there(call):
    shown = call("score", "results/song", "-", "--lines", "--surprises", 0, stdin="사랑\n")
    assert [row[9:] for row in shown.splitlines()[-2:]] == ["사랑", "(end)"]


def test_surprises_are_coloured_on_a_terminal_alone(call, song, monkeypatch):
    arguments = ("score", "results/song", song, "--lines")
    plain = call(*arguments)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "300")
    coloured = call(*arguments)
    assert re.search("\x1b\\[[\\d;]*41[\\d;]*m🙂\x1b", coloured)  # on red
    without = re.sub("\x1b\\[[\\d;]*m", "", coloured)
    assert [line.rstrip() for line in without.split("\n")] == [
        line.rstrip() for line in plain.split("\n")
    ]
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search("\x1b\\[[\\d;]*[34]\\d[\\d;]*m", call(*arguments))


def test_columns_are_straight_where_hangul_is_twice_as_wide(call):
    from rich.cells import cell_len

    text = "사랑 🙂\nabc 뷁\n"
    shown = call("score", "results/song", "-", "--surprises", 4, stdin=text).split("\n")
    head, *rows = [line for line in shown[3:] if line]
    column = cell_len(head[: head.index("character")])
    assert len(rows) == 4
    for row in rows:
        before = next(n for n in range(len(row)) if cell_len(row[:n]) == column)
        assert row[before - 1] == " "
        assert row[before] != " "


def test_a_number_that_cannot_be_is_refused_with_its_flag(call, capsys):
    with pytest.raises(SystemExit) as stopped:
        call("score", "results/song", "-", "--surprises", -1)
    assert stopped.value.code == 2
    assert "argument --surprises: is '-1'; it must be a whole number" in capsys.readouterr().err


def test_json_is_of_numbers(call):
    told = json.loads(call("score", "results/song", "-", "--json", stdin="사랑"))
    names = ["bits_per_byte", "bits_per_character", "nats_per_character", "perplexity_per_token"]
    assert all(np.isfinite(told[name]) for name in names)
    assert list(told) == [
        "run",
        *names,
        "bytes",
        "characters",
        "tokens",
        "documents",
        "texts",
        "surprises",
    ]
