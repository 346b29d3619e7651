"""Namumark to text: hostile markup takes time linear in its length, whatever its depth."""

import gc
import time

import pytest

from preprocess.namumark import Options, to_text

SECONDS_PER_MB = 10  # a tenth of this is what it may take on a machine of its own
LEAST_SECONDS = 0.25  # below this the clock tells nothing of how the time grows
OPENERS = [
    *(
        "{{{",
        "}}}",
        "{{{#red ",
        "{{{#f00,#0f0 ",
        "{{{+1 ",
        "{{{#!wiki ",
        "{{{#!wiki\n",
        "{{{{",
        "{",
    ),
    *(
        '{{{#!wiki style="a"\n',
        '{{{#!wiki style="a" ',
        '{{{#!wiki style="',
        "{{{#!wiki a=\"a\" b='b' ",
    ),
    *(
        "{{{#!folding ",
        "{{{#!folding 가\n",
        "{{{#!html ",
        "{{{#!html <b",
        "{{{#!syntax ",
        "{{{#!if 가\n",
    ),
    *(
        "{{{#!모름 ",
        "{{{#title",
        "{{|",
        "|}}",
        "[[",
        "]]",
        "[",
        "]",
        "[[가|",
        "[[|",
        "[[파일:",
        "[[분류:",
    ),
    *(
        "[[#",
        "[[https://",
        "[[html(",
        "[[youtube(",
        "[*",
        "[* ",
        "[*가 ",
        "[*가]",
        "[include(",
        "[math(",
    ),
    *(
        "[ruby(",
        "[anchor(",
        "[age(",
        "[목차(",
        "[목차]",
        "[br]",
        "[https://",
        "[wiki:",
        '[wiki:"',
        ")]",
    ),
    *(
        "||",
        "||\n",
        "\n||",
        "\n||<",
        "||<-2",
        "\n||<-2>",
        "\n||<bgcolor=",
        "\n|가|",
        "\n|",
        "|",
        "|가| ",
    ),
    *(
        "'",
        "''",
        "'''",
        "'''가",
        "~~",
        "~~가",
        "(~~",
        "--",
        "--가",
        "- ",
        "__",
        "^^",
        ",,",
        ",,가",
        "=",
        "= ",
    ),
    *(
        "==",
        "\n== ",
        "\n==#",
        "\n= 가 ",
        ">",
        "\n>",
        "> ",
        "\n> ",
        "*",
        " * ",
        "\n * ",
        "\n * *",
        "* ",
    ),
    *(
        "\n 1. ",
        "\n 1.",
        "\n 1.#1",
        "\n----",
        "-",
        "\n--",
        "\n##",
        "##",
        "\n#redirect",
        "#!",
        "\\",
        "\\[[",
    ),
    *(
        "https://",
        "http://a",
        "https://a ",
        "attachment:",
        'attachment:"',
        "<math>",
        "</math>",
        "<",
        "<-",
    ),
    *(
        "<!--",
        "{{{#!html <!--",
        "{{{#!html <script>",
        "(",
        "( , ",
        "「",
        "()",
        "([목차])",
        "[ [목차]",
        "@",
    ),
    *("#redirect ", "&", "\n", "\n\n", "\n ", " ", "\t", "\r\n", "\x00", "가", "가다.", "$"),
]
PAIRS = [
    *(
        "[[a]]",
        "[[a|b]]",
        "'''~~",
        "[* [[",
        "[* [[가|",
        "[[가]][*",
        "{{{}}}",
        "{{{가}}}",
        "{{{#red 가}}}",
    ),
    *(
        "{{{[[",
        "[[{{{",
        "{{{'''",
        "||{{{",
        "\n||{{{",
        "||{{{#!wiki\n||",
        "\n||[* ",
        "\n||[[",
        "||[[가|",
    ),
    *(
        "{{{#!folding 가\n||",
        "{{{#!wiki\n== 가 ==\n",
        "\n== 가 ==\n{{{",
        "[*가 나] [*가]",
        "[ruby(가, ruby=",
    ),
    *(
        "[include(가, [[",
        "[math({{{",
        "{{{#!html <b>[[",
        "[[가|{{{#red ",
        "{{{#red [[가|",
        "~~--__^^,,",
    ),
    *(
        "(~~가~~)",
        "(~~(~~",
        "--가-- ",
        "\n> * ||",
        "\n * {{{#!wiki\n",
        "\n가[목차]",
        "[목차] ",
        "{[목차]",
    ),
    *(
        "[[[",
        "]]]",
        "[[가]",
        "[[가|나]",
        "[가",
        "[가]",
        "[[[가]",
        "[[파일:가[",
        "[[파일:가]]",
        "[[br]]",
        "<math>x",
    ),
    *(
        "<math>x</math>",
        "attachment:가 ",
        "https://a.b ",
        "\\\\",
        "\\{{{",
        "\\}}}",
        "}}}{{{",
        "]][[",
        ")][",
    ),
    *(
        "\n||가다.||",
        "\n||가||나||",
        "|| 가 ||\n\n",
        "\n|가|나||",
        "\n||<-2><bgcolor=#fff>가",
        "\n 가\n> 나",
    ),
]
DEEP = {
    "braces": ("{{{", "}}}"),
    "colour": ("{{{#red ", "}}}"),
    "size": ("{{{+1 ", "}}}"),
    "inline": ('{{{#!wiki style="display: inline" ', "}}}"),
    "wiki": ('{{{#!wiki style="a"\n', "\n}}}"),
    "folding": ("{{{#!folding 가\n", "\n}}}"),
    "hidden": ('{{{#!wiki style="display: none"\n', "\n}}}"),
    "html": ("{{{#!html <b>", "}}}"),
    "syntax": ("{{{#!syntax c\n", "}}}"),
    "table": ("{{{#!wiki\n|| 가다. || ", " ||\n}}}"),
    "table-in-cell": ("||{{{#!wiki\n||가||", "||\n}}}||"),
    "row-without-end": ("||{{{#!wiki\n|| 가 || 나 ", "}}}"),
    "link": ("[[가|", "]]"),
    "link-no-display": ("[[", "]]"),
    "file": ("[[파일:가|", "]]"),
    "footnote": ("[* ", "]"),
    "named-footnote": ("[*가 나 ", "]"),
    "bracket": ("[", "]"),
    "include": ("[include(가, 나=", ")]"),
    "math": ("[math(", ")]"),
    "ruby": ("[ruby(가", ", ruby=나)]"),
    "text-box": ("{{|", "|}}"),
    "parentheses": ("(", ")"),
    "strike": ("(~~", "~~)"),
    "quote": (">", ""),
    "list": ("\n * ", ""),
    "mixed-inline": ("'''[[가|{{{#red [* ~~", "~~]}}}]]'''"),
    "mixed-blocks": ("{{{#!folding 가\n|| [* {{{+1 {{{#!wiki\n * ", "\n}}}}}}] ||\n}}}"),
}


def seconds(markup, options):
    """Return the CPU seconds that a markup takes, not those of the objects of other tests."""
    gc.disable()
    try:
        start = time.process_time()
        to_text(markup, options)
        return time.process_time() - start
    finally:
        gc.enable()


def assert_linear(make, count, options):
    """Assert that the markup takes little time, and of that no more than its length tells."""
    markup = make(count)
    whole = seconds(markup, options)
    assert whole <= SECONDS_PER_MB * max(len(markup.encode()) / 1e6, 0.1)
    if whole > LEAST_SECONDS:
        whole = min(whole, seconds(markup, options))
        part = seconds(make(count // 16), options)
        # Linear is 16, and up to 40 on a busy machine; quadratic is 256.
        assert whole <= 80 * max(part, LEAST_SECONDS / 80)


@pytest.mark.parametrize("opener", OPENERS)
def test_fault_32_openers_without_end(opener):
    assert_linear(lambda count: opener * count, 100_000, Options())


@pytest.mark.parametrize("pair", PAIRS)
def test_fault_32_pieces_that_cross_each_other(pair):
    assert_linear(lambda count: pair * count, 15_000, Options(tables="cells", footnotes="inline"))


@pytest.mark.parametrize("name", DEEP)
@pytest.mark.parametrize(
    "options",
    [Options(), Options(tables="cells", footnotes="inline", strikes="keep")],
    ids=["default", "keep"],
)
def test_fault_32_depth(name, options):
    opener, closer = DEEP[name]
    assert_linear(lambda count: opener * count + "가다." + closer * count, 10_000, options)


@pytest.mark.parametrize(
    ("before", "piece", "after"),
    [
        ("", "멸치로 국물을 낸다. ", ""),
        ("[목차]", "멸치로 국물을 낸다. ", "[[파일:가.png]] ."),
        ("[목차]", " ", "가"),
        ("가", " ", "[목차]"),
        ("", "=", ""),
        ("== ", "=", " =="),
        ("= ", "가 ", "="),
        ("", "\n", "[목차]"),
        ("[목차]", "\n", "가"),
        ("[목차]", "\n \n", "가"),
        ("||", " ", "||"),
        ("|| ", "가 ", "||"),
        ("|| ", "가\n", "||"),
        ("|", "가 ", "| 가 ||"),
        ("[[", "가 ", "]]"),
        ("[[가|", "나 ", "]]"),
        ("[[파일:", "가 ", "]]"),
        ("[* ", "가 ", "]"),
        ("[*", "가", "]"),
        ("[include(", "가 ", ")]"),
        ("[ruby(", "가,", ")]"),
        ("[math(", "x ", ")]"),
        ("{{{", "가 ", "}}}"),
        ("{{{#!wiki ", 'a="b" ', "\n가}}}"),
        ("{{{#!wiki ", "a", "\n가}}}"),
        ('{{{#!wiki style="', "a", "\n가}}}"),
        ("{{{#!folding ", "가 ", "\n가}}}"),
        ("{{{#!html ", "<b>가</b>", "}}}"),
        ("{{{#!html <script>", "가 ", "}}}"),
        ("{{{#!html <", "a", "}}}"),
        ("[https://a", " ", ""),
        ("[https://a", "b", ""),
        ("[wiki:", "a", ""),
        ("https://a.b/", "가", ""),
        ("attachment:", "가", ""),
        ('attachment:"', "가 ", ""),
        ("<math>", "x ", "</math>"),
        ("~~", "가 ", "~~"),
        ("(", "~~가~~", ")"),
        ("> ", "> ", "가"),
        (" ", " ", "* 가"),
        ("||", "<-2>", "가||"),
        ("||", "<-2> ", "가||"),
        ("||<bgcolor=", "a", ">||"),
        ("[목차]", "(", ")"),
        ("(", " ,", "[목차])"),
        ("[목차]", "「」", ""),
    ],
)
def test_one_line_or_construct_of_a_megabyte(before, piece, after):
    count = 1_000_000 // len(piece.encode())
    assert_linear(lambda count: before + piece * count + after, count, Options())


def test_deep_markup_gives_its_text():
    deep = "{{{#red " * 10_000 + "가" + "}}}" * 10_000
    assert to_text(deep) == "가"
    assert to_text("'''[[가|" * 10 + "나" + "]]'''" * 10) == "나"
    assert to_text('{{{#!wiki style="a"\n' * 10_000 + "가" + "\n}}}" * 10_000) == "가"
