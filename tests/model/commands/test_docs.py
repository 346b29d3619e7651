"""docs/commands.md: its commands can be called, and its tables name the keys that are written."""

import json
import re
import shlex
from pathlib import Path

import pytest

from model.__main__ import parser

PAGE = (Path(__file__).parents[3] / "docs/commands.md").read_text(encoding="utf-8")


def section(name):
    """Return the text of a section."""
    return re.split(r"^## ", PAGE, flags=re.MULTILINE)[
        ["", "sample", "complete", "score", "compare"].index(name)
    ]


def keys(name):
    """Return the keys that the last table of a section names, in its first column."""
    rows = re.findall(r"^\| (`.*?) \|", section(name), re.MULTILINE)
    return [key for row in rows for key in re.findall(r"`([\w.\[\]]+)`", row)]


def test_its_commands_can_be_called():
    commands = re.findall(
        r"python -m model ([^|\n]*)", "\n".join(re.findall(r"^\$ .*", PAGE, re.M))
    )
    assert len(commands) >= 8
    called = {shlex.split(command)[0] for command in commands}
    assert called == {"sample", "complete", "score", "compare"}
    for command in commands:
        assert parser().parse_args(shlex.split(command)).run == Path("results/ballad")


def test_the_keys_of_sample_and_complete(call):
    told = json.loads(call("sample", "results/song", "--count", 1, "--json"))
    assert sorted(told) == sorted(keys("sample"))
    told = json.loads(call("complete", "results/song", "--json", stdin="사랑"))
    for key in told:
        assert f"`{key}`" in section("complete")


def test_the_keys_of_score(call):
    told = json.loads(call("score", "results/song", "-", "--lines", "--json", stdin="사랑"))
    assert sorted([*told, "texts[].lines"]) == sorted(keys("score"))
    for row in (told["texts"][0]["lines"][0], told["surprises"][0]):
        for key in row:
            assert f"`{key}`" in section("score")


@pytest.mark.parametrize("flags", [("--test",), ("--text", "-"), ("--no-samples",)])
def test_the_keys_of_compare(call, flags):
    told = json.loads(
        call("compare", "results/song", "results/short", *flags, "--json", stdin="별")
    )
    named = [*told, *(f"test.{key}" for key in told["test"])]
    named.remove("test")
    assert sorted(named) == sorted(keys("compare"))
    for part in (told["facts"], told["text"] or {}, told["test"]["bootstrap"] or {}):
        for key in part:
            assert f"`{key}`" in section("compare")
