"""Blocks in triple braces: which braces belong together, and what the head of a block says."""

import re
from enum import Enum, auto
from html import unescape

from preprocess.namumark.names import COLOURS

BRACES_RE = re.compile(r"\\?\{\{\{|\\.|\}\}\}", re.DOTALL)
SIZE_RE = re.compile(r"[+-][1-9](?:[ \n]|(?=[^\s}]))")
COLOUR_RE = re.compile(r"#([0-9A-Za-z]+)(?:, ?#?\w+)?(?:[ \n]|(?=\}\}\}))")
HEX_RE = re.compile(r"[0-9A-Fa-f]{3,8}")
DIRECTIVE_RE = re.compile(r"#!([A-Za-z]+)")
STYLE_RE = re.compile(r"(?:[ \t]*[\w-]+[ \t]*=[ \t]*(?:\"[^\"\n]*\"|'[^'\n]*'))*[ \t]*\n?")
REST_OF_LINE_RE = re.compile(r"[^\n]*\n?")
INLINE_RE = re.compile(r"display:\s*inline")
TAG_RE = re.compile(r"<!--|-->|<(/?)([A-Za-z][A-Za-z0-9]*)[^<>]*>")
HIDDEN_TAGS = frozenset({"script", "style", "iframe", "object", "embed", "rt", "rp"})


class Block(Enum):
    """What becomes of a block."""

    TEXT = auto()  # the head goes, the body is markup in the line
    LINES = auto()  # the head goes, the body is markup on lines of its own
    LITERAL = auto()  # no head, the body is text
    CODE = auto()
    HTML = auto()
    DROPPED = auto()


DIRECTIVES = {
    "wiki": Block.LINES,
    "folding": Block.LINES,
    "syntax": Block.CODE,
    "html": Block.HTML,
    "if": Block.DROPPED,  # of templates, whose conditions nobody knows here
    "style": Block.DROPPED,
    "latex": Block.DROPPED,
}


def pair_braces(text: str) -> tuple[dict[int, int], set[int]]:
    r"""
    Pair each `{{{` with its `}}}`, and find the ends of escaped openers, which are text.

        >>> pair_braces("{{{a {{{b}}} }}} }}} \\{{{c}}}")
        ({5: 9, 0: 13}, {26})
    """
    pairs: dict[int, int] = {}
    escaped: set[int] = set()
    openers: list[int] = []
    for match in BRACES_RE.finditer(text):
        token = match[0]
        if token == "{{{":
            openers.append(match.start())
        elif token == "\\{{{":
            openers.append(-1)
        elif token == "}}}" and openers:
            opener = openers.pop()
            if opener < 0:
                escaped.add(match.start())
            else:
                pairs[opener] = match.start()
    return pairs, escaped


def block_head(text: str, pos: int) -> tuple[Block, int]:
    r"""
    Read the head of a block from behind its `{{{`: what it is, and where its body begins.

    What the engine would show as a literal for a small slip (`{{{+6 x}}}`, `{{{#888, #ff0 x}}}`)
    is read as it was meant.

        >>> block_head("{{{#red 붉다}}}", 3), block_head("{{{#include}}}", 3)
        ((<Block.TEXT: 1>, 8), (<Block.LITERAL: 3>, 3))
    """
    if text.startswith("#!", pos):
        return _directive_head(text, pos)
    head = SIZE_RE.match(text, pos)
    if head is None:
        head = COLOUR_RE.match(text, pos)
        if head is None or not (head[1].lower() in COLOURS or HEX_RE.fullmatch(head[1])):
            return Block.LITERAL, pos
    return Block.LINES if head[0].endswith("\n") else Block.TEXT, head.end()


def html_text(html: str) -> str:
    r"""
    Take the tags off HTML and decode its entities; scripts, embedded things and readings go.

        >>> html_text("<b>1 &lt; 2</b><script>x</script> <ruby>漢<rt>한</rt></ruby>")
        '1 < 2 漢'
    """
    pieces, pos, hidden = [], 0, ""
    for match in TAG_RE.finditer(html):
        closing, name = match[1], (match[2] or match[0]).lower()
        if not hidden:
            pieces.append(html[pos : match.start()])
            if (name in HIDDEN_TAGS and not closing) or name == "<!--":
                hidden = "-->" if name == "<!--" else name
        elif name == hidden:
            hidden = ""
        pos = match.end()
    if not hidden:
        pieces.append(html[pos:])
    return unescape("".join(pieces))


def _directive_head(text: str, pos: int) -> tuple[Block, int]:
    directive = DIRECTIVE_RE.match(text, pos)
    name = directive[1].lower() if directive else ""
    kind = DIRECTIVES.get(name, Block.LITERAL)
    if directive and name == "wiki":
        style = STYLE_RE.match(text, directive.end())
        end = style.end() if style else directive.end()
        return (Block.TEXT if INLINE_RE.search(text, pos, end) else kind), end
    if directive and name == "html":
        return kind, directive.end()
    line = REST_OF_LINE_RE.match(text, pos)
    return kind, line.end() if line else pos
