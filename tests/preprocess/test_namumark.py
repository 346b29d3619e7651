"""
Namumark to text, by cases: what each construct becomes, alone, nested and broken.

The cases lie in namumark/*.yaml: a markup, the text that it becomes, the options where they are
not the default; where the code does not meet a case, why (`fails`).
"""

from pathlib import Path

import pytest
import yaml

from preprocess.namumark import Options, strip, to_text

FILES = sorted((Path(__file__).parent / "namumark").glob("*.yaml"))
LISTS = [path for path in FILES if not path.stem.startswith("nested")]
PRODUCTS = [path for path in FILES if path.stem.startswith("nested")]
KEYS = {"id", "note", "options", "markup", "text", "fails"}


def read(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def case(name, markup, text, options=None, fails=None):
    """Return a case as a parameter of a test; one that fails is to be taken off once it passes."""
    marks = [pytest.mark.xfail(strict=True, reason=fails)] if fails else []
    return pytest.param(markup, text, Options(**options or {}), id=name, marks=marks)


def listed():
    for path in LISTS:
        for row in read(path):
            name = f"{path.stem}/{row['id']}"
            yield case(name, row["markup"], row["text"], row.get("options"), row.get("fails"))


def nested():
    """Set each construct of a file into each of its contexts, where `%s` stands."""
    for path in PRODUCTS:
        table = read(path)
        exceptions, fails = table.get("exceptions", {}), table.get("fails", {})
        for context in table["contexts"]:
            for construct in table["constructs"]:
                name = f"{context['id']}/{construct['id']}"
                # A construct that leaves nothing takes its line with it, where it has its own.
                place = "%s" if construct["text"] or "%s\n" not in context["text"] else "%s\n"
                text = exceptions.get(name, context["text"].replace(place, construct["text"]))
                markup = context["markup"].replace("%s", construct["markup"])
                options = table.get("options")
                yield case(f"{path.stem}/{name}", markup, text, options, fails.get(name))


@pytest.mark.parametrize(("markup", "text", "options"), [*listed()])
def test_case(markup, text, options):
    assert to_text(markup, options) == text


@pytest.mark.parametrize(("markup", "text", "options"), [*nested()])
def test_construct_in_context(markup, text, options):
    assert to_text(markup, options) == text


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_the_files_of_cases_are_sound(path):
    rows = read(path)
    assert len({row["id"] for row in rows}) == len(rows)
    assert all(row.keys() <= KEYS for row in rows)
    assert not any(row.get("options") == {} for row in rows)


def test_there_are_cases_of_every_section():
    assert {f"{section:02}" for section in range(16)} <= {path.stem[:2] for path in LISTS}


@pytest.mark.parametrize("name", ["tables", "footnotes", "strikes", "headings", "code", "ruby"])
def test_a_choice_that_there_is_not_is_refused(name):
    with pytest.raises(ValueError, match=rf"namumark\.{name} is 'all'; it must be one of \w+, \w+"):
        Options(**{name: "all"})


def test_stripping_tells_the_same_text():
    markup = "== 재료 ==\n[[파일:무.png]]'''무'''[* 뿌리]이다."
    assert strip(markup).text == to_text(markup) == "재료\n무이다.\n뿌리"


@pytest.mark.parametrize(
    ("markup", "options", "counts"),
    [
        ("무를 썬다.", {}, {}),
        ("앞[[파일:무.png]]뒤[[이미지:a.svg|width=1]]", {}, {"files": (2, 33)}),
        ("[[무|[[파일:무.png]]]]", {}, {"files": (1, 12)}),
        ("무[[분류:채소]]", {}, {"categories": (1, 9)}),
        ("[목차]무[include(틀:무, 이름=배추)]", {}, {"macros": (2, 25)}),
        ("[math(x)]무<math>y</math>", {}, {"math": (2, 23)}),
        ("앞 [[https://a.b/]] 뒤 https://c.d", {}, {"links": (2, 27)}),
        ("앞{{{#!html <script>x</script>}}}뒤", {}, {"html": (1, 31)}),
        ("앞\n{{{#!syntax c\nx;\n}}}\n뒤", {}, {"code": (1, 20)}),
        ("앞\n{{{#!syntax c\nx;\n}}}\n뒤", {"code": "keep"}, {}),
        ("== 재료 ==\n무", {"headings": "drop"}, {"headings": (1, 8)}),
        ("앞\n## 속말\n뒤", {}, {"comments": (1, 6)}),  # with its line end
        ("앞\n{{{#!if 파\n파\n}}}\n뒤", {}, {"blocks": (1, 15)}),
        ("#redirect 무", {}, {"redirects": (1, 11)}),
        ("|| 무 || 배추 || 파이다. ||", {}, {"tables": (2, 7)}),
        ("|| 무 || 배추 || 파이다. ||", {"tables": "cells"}, {}),
        ("무[* 하나]와[* 둘]", {"footnotes": "drop"}, {"footnotes": (2, 11)}),
        ("무[* 하나]와[* 둘]", {"footnotes": "inline"}, {}),
    ],
)
def test_what_was_dropped_is_counted_with_its_characters_of_markup(markup, options, counts):
    dropped = strip(markup, Options(**options)).dropped
    assert {name: (lost.count, lost.characters) for name, lost in dropped.items()} == counts


def test_struck_text_that_was_dropped_is_counted():
    assert strip("무 ~~배추~~ --파--").dropped["strikes"].count == 2
    assert not strip("무 ~~배추~~ --파--", Options(strikes="keep")).dropped
