"""
Namumark to text: laws that hold on any text, and on any page that a grammar of its markup writes.

A page of the grammar has numbered words. Each knows the constructs that it stands in, so that
what the options keep can be told from what they drop.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from preprocess.namumark import Options, residue, strip, to_text
from preprocess.namumark.options import CHOICES

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = st.builds(Options, **{name: st.sampled_from(values) for name, values in CHOICES.items()})

# Pieces of markup of which broken markup of any kind can be made.
FRAGMENTS = [
    *("{{{", "}}}", "{", "}", "[[", "]]", "[", "]", "||", "|", "'''", "''", "'", "~~", "--", "__"),
    *("^^", ",,", "{{{#red ", "{{{#f00,#0f0\n", "{{{+1 ", "{{{#!wiki style='a'\n", "{{{#!wiki "),
    *(
        '{{{#!wiki style="display: none"\n',
        "{{{#!folding 접기\n",
        "{{{#!html <b>",
        "{{{#!syntax c\n",
    ),
    *(
        "{{{#!if 가\n",
        "{{{#!모름 ",
        "{{{#title}}}",
        "{{|",
        "|}}",
        "[* ",
        "[*이름 ",
        "[*이름]",
        "[br]",
    ),
    *(
        "[[br]]",
        "[[html(<b>)]]",
        "[목차]",
        "[include(틀:가, ",
        "[[include(",
        ")]",
        ")",
        "(",
        "[math(",
    ),
    *("[ruby(가, ruby=", "[anchor(가)]", "[youtube(", "[age(", "[date]", "[가]", "[[파일:가.png|"),
    *(
        "[[파일:",
        "[[분류:가]]",
        "[[가|",
        "[[#s-1",
        "[[https://a.b/",
        "[https://a.b ",
        "[wiki:",
        "\n",
    ),
    *(
        "== 가 ==",
        "\n== ",
        " ==\n",
        "=",
        "==#",
        " * ",
        "\n * ",
        "* ",
        " 1. ",
        "> ",
        "\n> ",
        "##",
        "#!",
    ),
    *("\n## 가\n", "----", "\n----\n", "\n||", "||\n", "||<-2>", "||<|2><bgcolor=#fff>", "<", "<-"),
    *(
        "|가|",
        "\n|가| ",
        "<math>",
        "</math>",
        "attachment:",
        'attachment:"가 나.jpg"',
        "\\",
        "\n\n",
    ),
    *(
        "https://a.b/c",
        "#redirect 가",
        "#넘겨주기 나",
        " ",
        "\t",
        "가",
        "나다.",
        "a",
        "1",
        ".",
        ",",
    ),
    *(
        "\r\n",
        "\ufeff",
        "\u200b",
        "\xa0",
        "\x00",
        "\x01",
        "\x02",
        "\x03",
        "$",
        "&lt;",
        "@가@",
        "!",
        "*",
        "#",
    ),
]
ANY_TEXT = st.text(max_size=60) | st.lists(
    st.sampled_from(FRAGMENTS) | st.text(max_size=3), max_size=40
).map("".join)


@settings(max_examples=300)
@given(ANY_TEXT, OPTIONS)
@example("##", Options())
@example("[* 가[* 나]]", Options(footnotes="drop"))
def test_no_text_raises_and_no_mark_of_the_scan_is_left(markup, options):
    text = to_text(markup, options)
    assert not set(text) & {"\x00", "\x01", "\x02", "\x03"}
    stripped = strip(markup, options)
    assert stripped.text == text
    for lost in stripped.dropped.values():
        assert lost.count >= 1
        # What is in one of its kind is counted again.
        assert 0 <= lost.characters <= lost.count * len(markup)


@settings(max_examples=150)
@given(
    st.lists(
        st.tuples(st.sampled_from(["", "\x00", "\x01\x02", "\x03"]), st.sampled_from(FRAGMENTS))
    )
)
@example([("\x00", "#redirect 가"), ("", "\n"), ("", "나다.")])
@example([("", "{{{"), ("\x01", "#red 가"), ("", "}"), ("\x02", "}}")])
def test_u0000_to_u0003_are_as_if_they_had_not_been_there(pairs):
    marked = "".join(map("".join, pairs))
    assert to_text(marked) == to_text(re.sub("[\0-\3]", "", marked))


# Prose: words of letters and digits of any script and points that are no markup, spaces in the
# line, single line ends and blank lines. No colon or slash: addresses are markup.
WORDS = st.lists(
    st.characters(categories=("Lu", "Ll", "Lo", "Nd", "So", "Sc"))
    | st.sampled_from("가나다ㅋㅠ.!?…·%+()「」“”"),
    min_size=1,
    max_size=8,
).map("".join)
SENTENCES = st.lists(st.tuples(WORDS, st.sampled_from([" ", "  "])), min_size=1, max_size=6).map(
    lambda words: "".join(map("".join, words)).rstrip(" ")
)
PROSE = st.lists(st.tuples(SENTENCES, st.sampled_from(["\n", "\n\n"])), min_size=1, max_size=5).map(
    lambda lines: "".join(map("".join, lines)).rstrip("\n")
)


@given(PROSE, OPTIONS)
@example("빈 괄호 ()와 a [] 또는 「」.", Options())
@example("x = y, 3 > 2, a < b; 1. 둘째 - 셋 * 넷 # 다섯 ~ 여섯 ^ 일곱 | 여덟 @아홉", Options())
@example("(가) . 나 , 다 !", Options())
@example("가격은 $5, 비율은 3:1, 날짜는 2020/1/2, 'a' \"b\" `c` {d}", Options())
def test_prose_is_left_as_it_is(text, options):
    assert to_text(text, options) == text


# The grammar. `write` methods draw a construct and write its markup; the words get their numbers
# as they are written, so in the order in which they stand.


class Page:
    """A page as it is written: its pieces, and for each word the constructs around it."""

    def __init__(self, draw):
        self.draw = draw
        self.words = []
        self.around = []

    def one_of(self, *values):
        return self.draw(st.sampled_from(values))

    def word(self, *constructs):
        """Write a new word, which stands in all that is open and in these."""
        self.words.append({*self.around, *constructs})
        return f"말{len(self.words) - 1:03}"

    def within(self, construct, write, *arguments):
        self.around.append(construct)
        markup = write(*arguments)
        self.around.pop()
        return markup

    def line(self, depth, markers=frozenset()):
        """Write a word, then things of the line between words, so that no two markers touch."""
        markup = self.word()
        for _ in range(self.draw(st.integers(0, 2 if depth else 0))):
            space = self.one_of("", " ")
            markup += space + self.inline(depth - 1, markers) + space + self.word()
        return markup

    def inline(self, depth, markers):
        kind = self.one_of(
            "marker", "marker", "block", "link", "footnote", "gone", "ruby", "escape"
        )
        if kind == "marker":
            free = [m for m in ("'''", "''", "~~", "--", "__", "^^", ",,") if m not in markers]
            if not free:
                return " "
            marker = self.one_of(*free)
            arguments = (self.line, depth, markers | {marker})
            inside = (
                self.within("strike", *arguments)
                if marker in ("~~", "--")
                else self.line(*arguments[1:])
            )
            return marker + inside + marker
        if kind == "block":
            heads = ("#red ", "#f60 ", "#FF6600,#0066ff ", "+1 ", "-5 ")
            head = self.one_of(*heads, '#!wiki style="display: inline" ')
            # What is open around a block does not end in it, so in it all markers are free.
            return "{{{" + head + self.line(depth) + "}}}"
        if kind == "link":
            target = self.one_of(
                "문서", "문서#s-1.2", "문서:문서", "../", "/하위", "https://a.b/?c=d#e"
            )
            if self.draw(st.booleans()):
                return f"[[{target}|{self.line(depth)}]]"
            return f"[[{self.word()}{self.one_of('', '#구역')}]]"
        if kind == "footnote":
            name = self.one_of("", "이름")
            return f"[*{name} " + self.within("footnote", self.line, depth) + "]"
        if kind == "ruby":
            colour = self.one_of("", ", color=red")
            return f"[ruby({self.word()}, ruby={self.word('reading')}{colour})]"
        if kind == "escape":
            return self.one_of(r"\#", r"\@", r"\~", r"\_", r"\*", r"\=") + self.word()
        return self.within("gone", self.gone_inline)

    def gone_inline(self):
        template = self.one_of(
            *("[[파일:%.png]]", "[[파일:%.svg|width=10&align=right]]", "[[파일:% %.jpg|width=1]]"),
            *(
                "[[분류:%]]",
                "[[분류:%|%]]",
                "[[문서|[[파일:%.png]]]]",
                "[anchor(%)]",
                "[youtube(%)]",
            ),
            *(
                "[include(틀:%, 가=%(%), 나=[[%]])]",
                "[math(%^{2}[%])]",
                "[age(2000-01-01)]",
                "[date]",
            ),
            *("[*%]", "{{{#!html <script>%</script>}}}", "{{{#!html <ruby><rt>%</rt></ruby>}}}"),
            *(
                "[[https://a.b/%]]",
                "[[#s-1.2]]",
                "[[../]]",
                "[dday(%)]",
                "[pagecount(%)]",
                "[목차]",
            ),
        )
        return re.sub("%", lambda _: self.word(), template)

    def block(self, depth):
        kinds = ["paragraph", "paragraph", "heading", "list", "quote", "table", "gone", "code"]
        if depth:
            kinds += ["wiki", "folding", "size"]
        kind = self.one_of(*kinds)
        if kind == "paragraph":
            return self.one_of("", "", " ") + self.line(depth)
        if kind == "heading":
            mark = "=" * self.draw(st.integers(1, 6)) + self.one_of("", "", "#")
            return f"{mark} " + self.within("heading", self.line, depth) + f" {mark[::-1]}"
        if kind == "list":
            markers = (" * ", "  * ", "   *", " 1. ", "  a. ", " A. ", " i.#3 ", " I. ")
            return "\n".join(self.one_of(*markers) + self.line(depth) for _ in range(2))
        if kind == "quote":
            return "\n".join(
                self.one_of(">", "> ", ">> ", "> * ") + self.line(depth) for _ in range(2)
            )
        if kind == "table":
            return self.within("table", self.table, depth)
        if kind == "gone":
            return self.within("gone", self.gone_block)
        if kind == "code":
            head = self.one_of("{{{", "{{{#!syntax c")
            return self.within("code", lambda: f"{head}\n{self.word()} = {self.word()};\n}}}}}}")
        heads = {
            "wiki": ("#!wiki style=\"margin: 0\" dark-style='a'", "#!wiki", "#!WIKI style='a'"),
            "folding": ("#!folding [ 펼치기 · 접기 ]", "#!folding"),
            "size": ("+2", "#red"),
        }
        return f"{{{{{{{self.one_of(*heads[kind])}\n{self.blocks(depth - 1)}\n}}}}}}"

    def gone_block(self):
        template = self.one_of(
            *(
                "## %",
                "[[파일:%.png|width=100%%]]",
                "[[분류:%]]",
                "[목차]",
                "[각주]",
                "----",
                "[clearfix]",
            ),
            *("[include(틀:%,\n가=%,\n나=%)]", "{{{#!if %\n%\n}}}", "{{{#!style\n.% { a: b }\n}}}"),
            *('{{{#!wiki style="display: none"\n%\n\n%\n}}}', "{{{#!latex\n%\n}}}", "[youtube(%)]"),
            *(
                "{{{#!folding %\n}}}",
                "{{{#!html\n<style>%</style>\n}}}",
                "[math(%\n+ %)]",
                "#redirect %",
            ),
        )
        return re.sub("%%|%", lambda sign: "%" if sign[0] == "%%" else self.word(), template)

    def table(self, depth):
        rows = [self.row(depth) for _ in range(self.draw(st.integers(1, 3)))]
        return "\n".join(rows)

    def row(self, depth):
        attributes = (
            *(
                "",
                "",
                "<-2>",
                "<|2>",
                "<^|3>",
                "<:>",
                "<#ff0000>",
                "<bgcolor=#fff,#000>",
                "<nopad>",
            ),
            *("<tablealign=center><tablewidth=100%>", '<table bgcolor="red">', "<ROWBGCOLOR=#eee>"),
        )
        row = "||"
        for _ in range(self.draw(st.integers(1, 3))):
            kind = self.one_of("line", "line", "lines", "block", "gone") if depth else "line"
            if kind == "line":
                cell = self.line(depth)
            elif kind == "lines":
                cell = f"{self.line(depth)}\n{self.line(depth)}"
            elif kind == "block":
                cell = f"{{{{{{#!wiki\n{self.blocks(depth - 1)}\n}}}}}}"
            else:
                cell = self.within("gone", self.gone_inline)
            space = self.one_of("", " ")
            row += self.one_of(*attributes) + space + cell + space + self.one_of("||", "||", "||||")
        return row

    def blocks(self, depth):
        blocks = [self.block(depth) for _ in range(self.draw(st.integers(1, 3)))]
        return self.one_of("\n", "\n\n").join(blocks)


@st.composite
def pages(draw):
    page = Page(draw)
    # The first line is a word's: a redirect there would be all of the page.
    markup = f"{page.word()}\n{page.blocks(2)}"
    assume(len(page.words) < 1000)
    return markup, page.words


def kept(words, options):
    """Return the numbers of the words that a text is to have: first the text's, then the notes'."""
    dropped = {"gone"}
    for construct, is_dropped in {
        "table": options.tables == "drop",
        "footnote": options.footnotes == "drop",
        "strike": options.strikes == "drop",
        "heading": options.headings == "drop",
        "code": options.code == "drop",
        "reading": options.ruby == "base",
    }.items():
        if is_dropped:
            dropped.add(construct)
    numbers = [i for i, around in enumerate(words) if not around & dropped]
    if options.footnotes != "append":
        return numbers, []
    notes = [i for i in numbers if "footnote" in words[i]]
    return [i for i in numbers if "footnote" not in words[i]], notes


@settings(max_examples=500)
@given(pages(), OPTIONS)
def test_a_well_formed_page_leaves_no_markup(page, options):
    text = to_text(page[0], options)
    assert not residue(text)
    assert to_text(text, options) == text


@settings(max_examples=500)
@given(pages(), OPTIONS.filter(lambda options: options.tables != "prose"))
def test_each_word_of_a_well_formed_page_is_kept_once_and_in_order_or_dropped(page, options):
    markup, words = page
    found = [int(number) for number in re.findall(r"말(\d{3})", to_text(markup, options))]
    body, notes = kept(words, options)
    assert found[: len(body)] == body
    # A footnote in a footnote ends before the one around it.
    assert sorted(found[len(body) :]) == notes


@settings(max_examples=200)
@given(pages())
def test_of_tables_prose_keeps_no_more_than_cells_do_and_all_else(page):
    markup, words = page
    options = Options(footnotes="inline")
    found = [int(number) for number in re.findall(r"말(\d{3})", to_text(markup, options))]
    body, _ = kept(words, options)
    assert [i for i in found if "table" not in words[i]] == [
        i for i in body if "table" not in words[i]
    ]
    rest = iter(body)
    assert all(i in rest for i in found)  # a subsequence


# What is removed makes no token of its neighbours. In these pages each token stands whole in a
# construct that is removed, and the halves of tokens stand outside; so any token that is left
# was made by a removal.
REMOVED = [
    *(
        "[목차]",
        "[date]",
        "[[파일:a.png]]",
        "[[분류:가]]",
        "[anchor(a)]",
        "[*가]",
        "[* 주]",
        "~~가~~",
    ),
    *(
        "''",
        "'''",
        "[include(틀:가)]",
        "{{{#red }}}",
        "{{{#red 가}}}",
        "{{{#!if 가\n나}}}",
        "__가__",
    ),
    *(
        "[[가]]",
        "[[가|나]]",
        "[[#s-1]]",
        "[[https://a.b]]",
        "{{{#!html <b></b>}}}",
        "||",
        "}}}",
    ),
    *(
        "<math>x</math>",
        "[math(x)]",
        "attachment:a.png ",
        "https://a.b ",
        "{{|가|}}",
        "[[br]]",
        "[br]",
    ),
    *("\n## 가\n", "[youtube(a)]", "{{{#title}}}", "[age(1)]"),
]
HALVES = [
    *(
        "{",
        "{{",
        "}",
        "}}",
        "[",
        "]",
        "|",
        "'",
        "#",
        "!",
        "<",
        "-",
        "*",
        "[in",
        "clude(",
        "include(",
    ),
    *(
        "[an",
        "chor(a",
        "anchor(",
        "[b",
        "r",
        "br",
        "[목",
        "차",
        "목차",
        "각주",
        "youtube(",
        "가",
        " ",
    ),
    *("(", ")", "\n", "{{#", "!wiki ", "[각", "[you", "tube("),
]
TOKEN_RE = re.compile(
    r"\{\{\{|\}\}\}|\[\[|\]\]|\|\||''|\[\*|#!|<-|<\||\[(?:include|anchor|br|목차|각주|youtube)",
    re.IGNORECASE,
)


def tokens(text):
    """Return the places of all tokens, those that overlap too."""
    places = []
    match = TOKEN_RE.search(text)
    while match:
        places.append((match.start(), match[0].lower()))
        match = TOKEN_RE.search(text, match.start() + 1)
    return places


@settings(max_examples=1000)
@given(
    st.lists(st.tuples(st.sampled_from(HALVES), st.sampled_from(REMOVED)), min_size=1, max_size=6),
    st.sampled_from(HALVES),
    OPTIONS,
)
@example([("{{", "[목차]")], "{", Options())
@example([("[", "''")], "[", Options())
@example([("[an", "[date]")], "chor(", Options())
@example([("'", "[목차]")], "'", Options())
@example([("}", "[목차]"), ("}", "~~가~~")], "}", Options())
@example([("#", "{{{#red }}}")], "!wiki ", Options())
def test_a_removal_makes_no_token_of_its_neighbours(pairs, last, options):
    markup, inside = "", []
    for half, removed in pairs:
        markup += half
        inside += [(len(markup) + start, token) for start, token in tokens(removed)]
        markup += removed
    markup += last
    assume(tokens(markup) == inside)
    assert not residue(to_text(markup, options)), markup


@settings(max_examples=500)
@given(st.lists(st.sampled_from([f for f in FRAGMENTS if "\\" not in f]), max_size=30), OPTIONS)
@example(["{{{", "[[", "https://a.b/c", "}}}", "*"], Options())
def test_no_token_is_more_often_in_the_text_than_in_the_markup(fragments, options):
    markup = re.sub("[\0-\3]", "", "".join(fragments))
    before = [token for _, token in tokens(markup)]
    after = [token for _, token in tokens(to_text(markup, options))]
    for token in set(after):
        assert after.count(token) <= before.count(token), token


def test_the_same_text_in_any_python():
    program = (
        "import hashlib, pathlib, yaml\n"
        "from preprocess.namumark import to_text\n"
        "paths = sorted(pathlib.Path('tests/preprocess/namumark').glob('[01]*.yaml'))\n"
        "rows = [row for path in paths for row in yaml.safe_load(path.read_text('utf-8'))]\n"
        "texts = [to_text(row['markup']) for row in rows]\n"
        "print(len(texts), hashlib.sha256('\\0'.join(texts).encode()).hexdigest())\n"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4294967295")
    }
    assert len(told) == 1
    assert int(told.pop().split()[0]) > 300
