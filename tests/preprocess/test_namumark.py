"""Namumark to text: what each construct becomes, malformed markup, and laws over any text."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess.namumark import Options, to_text

MARKUP = [
    *("{{{", "}}}", "[[", "]]", "[", "]", "||", "|", "'''", "''", "~~", "--", "__", "^^", ",,"),
    *("{{{#red ", "{{{+1 ", "{{{#!wiki style='a'\n", "{{{#!folding 제목\n", "{{{#!html <b>", "}"),
    *("[* ", "[*이름]", "[br]", "[목차]", "[include(", ")]", "[math(", "[ruby(", "[anchor(a)]"),
    *("[[파일:a.png|", "[[분류:가]]", "== 제목 ==", " * ", "> ", "##", "----", "||<-2>", "|캡션|"),
    *("\\", "\n", "\n\n", " ", "#", "(", ")", "https://a.b/c", "#redirect 가"),
]
RESIDUE_RE = re.compile(
    r"\{\{\{|\}\}\}|\[\[|\]\]|\|\||''|\[include|\[anchor|\[\*|\[br|\[목차|\[각주|\[youtube|#!|<-|<\|"
)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        # decoration
        ("'''굵게''' ''기울임'' '''''둘 다'''''", "굵게 기울임 둘 다"),
        ("'''굵게 ''안''' 밖''", "굵게 안 밖"),
        ("앞 ~~농담~~ 뒤", "앞 뒤"),
        ("그렇다(~~아니다~~).", "그렇다."),
        ("2010--2012년 --취소--", "2010--2012년"),
        ("a --> b <-- c", "a --> b <-- c"),
        ("--가~~", "--가~~"),
        ("__밑줄__ H,,2,,O 2^^10^^ m^^2^^ 가^^나^^", "밑줄 H2O 2^10 m2 가나"),
        ("아~~\n그래~~", "아~~\n그래~~"),
        # escapes and literals
        (r"\'''글\''' \[[x\]] \\", r"'글' [[x]] \\"[:-1]),
        ("\\{{{#red 색}}}", "{{{#red 색}}}"),
        ("{{{[[그대로]]}}}", "[[그대로]]"),
        ("{{{{{{[[x]]}}}}}}", "{{{[[x]]}}}"),
        ("앞\n{{{\nint main;\n}}}\n뒤", "앞\n뒤"),
        ("{{{\n글이다.\n다음 줄.\n}}}", "글이다.\n다음 줄."),
        ("{{{#include}}}", "#include"),
        # blocks
        ("{{{+1 크게}}} {{{-2 작게}}} {{{+3붙임}}}", "크게 작게 붙임"),
        ("{{{#red 붉게}}} {{{#f00,#0f0 이중}}} {{{#888, #ff0 띄움}}}", "붉게 이중 띄움"),
        ('{{{#!wiki style="color: red"\n본문\n * 목록\n}}}\n끝', "본문\n목록\n끝"),
        ('앞 {{{#!wiki style="display: inline"\n안}}} 뒤', "앞 안 뒤"),
        ("{{{#!folding [펼치기]\n안\n}}}", "안"),
        ("{{{#!wiki\n{{{#!folding 가\n{{{#red 깊이}}}\n}}}\n}}}", "깊이"),
        ("{{{#!syntax python\nprint(1)\n}}}끝", "끝"),
        ("{{{#!html <b>가</b>&amp;<script>나</script>}}}", "가&"),
        ("{{{#!if a\n틀\n}}}글", "글"),
        # links
        ("[[문서]] [[문서|표시]] [[문서|]] [[|문서]]", "문서 표시 문서 문서"),
        ("[[문서#s-1|표시]] [[문서#기능]] [[#s-2]]끝", "표시 문서 끝"),
        ("[[문서|'''굵은''' {{{#red 붉은}}} 글]]", "굵은 붉은 글"),
        ("[[파일:a.svg|width=10]]가[[분류:나]][[이미지:b.png]]", "가"),
        ("[[문서|[[파일:a.png|width=1]]]]글", "글"),
        ("[[:분류:한국]] [[문서:가]] [[../나]] [[/다]]", "분류:한국 가 나 다"),
        ("[[https://a.b/c#d|구글]] [[https://a.b]]끝", "구글 끝"),
        ('[https://a.b 구글] [wiki:"가" 나]', "구글 나"),
        ("링크 https://a.b/c?d=e 글", "링크 글"),
        ("[[[12:00\\]]]", "[12:00]"),
        ("[[br]]가[[youtube(abc)]]", "가"),
        # footnotes
        ("글[* 주석 [[링크]]]이다. 또[*가 이름]. [*가]", "글이다. 또.\n주석 링크\n이름"),
        ("가[* 바깥[* 안]]나", "가나\n안\n바깥"),
        # macros
        ("가[br]나[BR]다", "가\n나\n다"),
        ("[목차]\n[include(틀:가, 나=[[다]], 라=마(바))]글[anchor(x)]", "글"),
        ("[보이스] [12:00] [1] [Chorus] [date]끝", "[보이스] [12:00] [1] [Chorus] 끝"),
        ("만 [age(2000-01-01)]세, [math(x)]인 [ruby(글자, ruby=루비)]", "만 세, 인 글자"),
        ("[youtube(abc, width=1)]\n글\n[각주]", "글"),
        # headings
        ("== 개요 ==\n글\n===# '''접힘''' #===\n== 끝 ==", "개요\n글\n접힘\n끝"),
        ("== 가[br]나 ==", "가 나"),
        ("a = b\n======= 일곱 =======\n== 다 ===", "a = b\n======= 일곱 =======\n== 다 ==="),
        # lists, quotes, rules, comments
        (" * 가\n  * 나\n 1. 다\n a. 라\n I.#3 마\n 2. 바", "가\n나\n다\n라\n마\n2. 바"),
        ("* 가\n*나\n**다", "가\n*나\n**다"),
        ("> 가\n>> 나\n>  * 다\n3 > 2", "가\n나\n다\n3 > 2"),
        ("가\n----\n나\n## 주석\n다\n ## 글", "가\n나\n다\n## 글"),
        ("글\n#redirect 가\n글", "글\n글"),
        # tables
        ("|| 가 || 나 ||\n||<-2> 이것은 문장이다. ||\n글", "이것은 문장이다.\n글"),
        ("|| " + "가" * 40 + " ||", "가" * 40),
        ("||<tablealign=center><#fff> 멥쌀 || 찰지다. || 쌀 ||", "찰지다."),
        ("||여러 줄의\n칸이다. || 짧다 ||", "여러 줄의\n칸이다."),
        ("||{{{#!wiki\n|| 안의 표이다. || 나 ||\n}}}||", "안의 표이다."),
        # malformed
        ('{{{#!wiki style="열림"\n글', "글"),
        ("글 }}} ]] 끝", "글 끝"),
        ("[[문서\n[* 주석\n끝", "문서\n주석\n끝"),
        ("|| 닫히지 않음\n\n글이다", "닫히지 않음\n\n글이다"),
        ("|| 가 || 나\n== 제목 ==\n글", "나\n제목\n글"),
        ("[include(틀:가\n\n글", "틀:가\n\n글"),
        ("{{[목차]{x", "{{ {x"),
        ("[an[목차]chor(x)]", "[an chor(x)]"),
        ("가격은 $5에서 $10로", "가격은 $5에서 $10로"),
        ("끝\\", "끝\\"),
        ("#REDIRECT 가나다", ""),
        ("#넘겨주기 가\n글", ""),
    ],
)
def test_constructs(markup, text):
    assert to_text(markup) == text


@pytest.mark.parametrize(
    ("options", "markup", "text"),
    [
        (
            {"tables": "cells"},
            "|캡션| 가 ||<|2> <The Knight> ||\n|||| 나 ||",
            "캡션\n가\n<The Knight>\n나",
        ),
        ({"tables": "drop"}, "앞\n|| 문장이다. ||\n뒤", "앞\n뒤"),
        ({"footnotes": "inline"}, "글[* 주석]이다.", "글(주석)이다."),
        ({"footnotes": "drop"}, "글[* 주석]이다.", "글이다."),
        ({"strikes": "keep"}, "앞 ~~농담~~ --둘--", "앞 농담 둘"),
        ({"headings": "drop"}, "== 가 ==\n나", "나"),
        ({"code": "keep"}, "{{{#!syntax c\nint a;\n}}}", "int a;"),
        ({"ruby": "both"}, "[ruby(글자, ruby=루비, color=red)]", "글자(루비)"),
    ],
)
def test_options(options, markup, text):
    assert to_text(markup, Options(**options)) == text


def test_an_option_that_there_is_not_is_refused():
    with pytest.raises(
        ValueError, match=r"namumark\.tables is 'all'; it must be one of prose, cells"
    ):
        Options(tables="all")


@given(st.lists(st.sampled_from(MARKUP) | st.text(max_size=4), max_size=30).map("".join))
def test_no_text_raises(markup):
    for options in (Options(), Options(tables="cells", footnotes="inline", strikes="keep")):
        text = to_text(markup, options)
        assert not set(text) & {"\x00", "\x01", "\x02"}


@given(st.text("가나다 abc.?!\n", max_size=80).filter(lambda t: not re.search(r"(^|\n)[ ]", t)))
def test_prose_is_left_alone(text):
    assert to_text(text) == text


WORDS = st.text("가나다라", min_size=1, max_size=4)
PHRASES = st.recursive(
    WORDS,
    lambda inner: st.one_of(
        st.tuples(
            st.sampled_from(
                ["'''%s'''", "{{{#red %s}}}", "{{{+1 %s}}}", "__%s__", "[[가|%s]]", "%s[br]%s"]
            ),
            inner,
        ).map(lambda pair: pair[0].replace("%s", pair[1])),
        st.lists(inner, min_size=2, max_size=3).map(" ".join),
    ),
    max_leaves=6,
)
LINES = st.one_of(
    PHRASES,
    PHRASES.map("== {} ==".format),
    PHRASES.map(" * {}".format),
    PHRASES.map("> {}".format),
    PHRASES.map("|| {}다. || 나 ||".format),
    PHRASES.map('{{{{{{#!wiki style="a"\n{}\n}}}}}}'.format),
    PHRASES.map("가[* {}]나".format),
    st.sampled_from(["[목차]", "[[분류:가]]", "[[파일:가.png|width=1]]", "----", "## 가", ""]),
)


@given(st.lists(LINES, max_size=8).map("\n".join))
def test_well_formed_markup_leaves_no_residue_and_twice_is_once(markup):
    text = to_text(markup)
    assert not RESIDUE_RE.search(text)
    assert to_text(text) == text


@pytest.mark.parametrize(
    "markup",
    [
        *(token * 30_000 for token in MARKUP),
        "{{{#red " * 10_000 + "가" + "}}}" * 10_000,
        "[[a|" * 10_000 + "가" + "]]" * 10_000,
        "[* " * 10_000 + "가" + "]" * 10_000,
        "{{{#!wiki\n|| 글이다. " * 5_000 + "||\n}}}" * 5_000,
        "가" * 1_000_000 + "\n[목차]글",
        " " * 500_000 + "[목차]" + " " * 500_000,
        "(" * 100_000 + "[목차]" + ")" * 100_000,
    ],
    ids=lambda markup: markup[:8],
)
def test_time_is_linear_and_depth_is_no_matter(markup):
    start = time.process_time()
    to_text(markup)
    assert time.process_time() - start < 3  # seconds; what is quadratic takes minutes
