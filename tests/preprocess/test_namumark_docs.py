"""Every example of docs/namumark.md: its markup becomes the text that stands beside it."""

import re
from dataclasses import asdict
from pathlib import Path

import pytest
import yaml

from preprocess.namumark import Options, residue, to_text
from preprocess.namumark.options import CHOICES

DOCS = Path(__file__).parents[2] / "docs" / "namumark.md"
CODE_SPAN_RE = re.compile(r"`([^`]+)`")


def cells(line):
    """Split a row of a Markdown table, in which a bar is written `\\|`."""
    return [cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def written(cell):
    """Return the text that a cell stands for, or None where it is no example."""
    if cell == "*nothing*":
        return ""
    span = CODE_SPAN_RE.fullmatch(cell)
    return span and span[1].replace("↵", "\n")


def column_options(heading, name):
    """Return the options of a column, or None where it has no texts."""
    option = heading.removeprefix("### ").strip("`")
    if option in CHOICES and name.strip("`") in CHOICES[option]:
        return {option: name.strip("`")}
    if name == "text":
        return {}
    if match := re.fullmatch(r"text with `(\w+): (\w+)`", name):
        return {match[1]: match[2]}
    return None


def examples():
    heading, columns = "", []
    for number, line in enumerate(DOCS.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("#"):
            heading = line
        if not line.startswith("|"):
            columns = []
        elif not columns:
            columns = [column_options(heading, name) for name in cells(line)]
        elif not line.startswith("|-"):
            markup, *others = cells(line)
            for options, cell in zip(columns[1:], others, strict=True):
                if options is not None:
                    yield pytest.param(markup, options, cell, id=f"line {number} {options}")


@pytest.mark.parametrize(("markup", "options", "cell"), list(examples()))
def test_an_example_of_the_documentation_is_true(markup, options, cell):
    assert to_text(written(markup), Options(**options)) == written(cell)


def test_each_value_of_each_option_has_an_example():
    named = [set(example.values[1].items()) for example in examples()]
    for option, values in CHOICES.items():
        for value in values:
            assert {(option, value)} in named


def test_the_options_of_the_example_are_the_defaults():
    block = re.search("```yaml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    clean = yaml.safe_load(block[1])["corpora"]["namuwiki"]["clean"]
    assert clean["namumark"] == asdict(Options())


def test_the_tokens_that_are_named_are_counted():
    paragraph = re.search("Tokens are (.*?)\n- ", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    anywhere, behind = paragraph[1].split(", and, behind ")
    openers, words = behind.split(", `tablealign`")
    for token in CODE_SPAN_RE.findall(anywhere):
        assert residue(f"글 {token}(글) 글") == {token: 1}
    for word in CODE_SPAN_RE.findall("`tablealign`" + words):
        for opener in CODE_SPAN_RE.findall(openers):
            assert residue(f"{opener}{word}") == {opener: 1, word: 1}
