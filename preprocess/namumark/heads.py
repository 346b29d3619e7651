"""Blocks in triple braces: which braces belong together, and what the head of a block says."""

import re
from enum import Enum, auto
from functools import lru_cache

from preprocess.namumark.names import COLOURS

SIZE_RE = re.compile(r"[+-][1-9]\d*(?:[ \n]|(?=[^\s}\d]))")
COLOUR_RE = re.compile(
    r"#(?:([0-9A-Za-z]+)(?:, ?#?\w+)?(?:[ \n]|(?=\}\}\}))|([0-9A-Fa-f]{6})(?=[가-힣]))"
)
HEX_RE = re.compile(r"[0-9A-Fa-f]{3,8}")
DIRECTIVE_RE = re.compile(r"#!([A-Za-z]+)")
# What has no closing quote ends with the line.
STYLE_RE = re.compile(
    r"(?:[ \t]*[\w-]+[ \t]*=[ \t]*"
    r"(?:\"[^\"\n]*(?:\"|(?=\n|\Z))|'[^'\n]*(?:'|(?=\n|\Z))|[^\s\"'{}]+))*[ \t]*\n?"
)
LONGEST_LINE = 200  # characters of a head that is remembered
DISPLAY_RE = re.compile(r"(?<![\w-])style[ \t]*=[ \t]*[\"'][^\"'\n]*?display:[ \t]*(inline|none)")


class Block(Enum):
    """What becomes of a block."""

    TEXT = auto()  # the head goes, the body is markup in the line
    LINES = auto()  # the head goes, the body is markup on lines of its own
    LITERAL = auto()  # no head, the body is text
    CODE = auto()
    HTML = auto()
    DROPPED = auto()
    MATH = auto()


CODE = frozenset({Block.LITERAL, Block.CODE, Block.HTML, Block.DROPPED, Block.MATH})

DIRECTIVES = {
    "wiki": Block.LINES,
    "folding": Block.LINES,
    "syntax": Block.CODE,
    "html": Block.HTML,
    "if": Block.DROPPED,  # of templates, whose conditions nobody knows here
    "style": Block.DROPPED,
    "latex": Block.MATH,
}


def pair_braces(text: str) -> tuple[dict[int, int], set[int]]:
    r"""
    Pair each `{{{` with its `}}}`, and find the ends of escaped openers, which are text.

        >>> pair_braces("{{{a {{{b}}} }}} }}} \\{{{c}}}")
        ({5: 9, 0: 13}, {26})
    """
    pairs: dict[int, int] = {}
    escaped: set[int] = set()
    openers: list[int] = []  # -1: one that is text
    find = text.find
    opener, closer = find("{{{"), find("}}}")
    while closer >= 0:
        if 0 <= opener < closer:
            is_text = text[opener - 1] == "\\" and _is_escaped(text, opener)
            openers.append(-1 if is_text else opener)
            # Of an escaped one the first brace is text, and two others may begin the next one.
            opener = find("{{{", opener + 1 if is_text else opener + 3)
            continue
        start = openers[-1] if openers else -2
        if text[closer - 1] == "\\" and _is_escaped(text, closer) and not _is_code(text, start):
            closer = find("}}}", closer + 1)
            continue
        if start != -2:
            openers.pop()
        if start >= 0:
            if text.startswith("}", closer + 3) and _is_code(text, start):
                closer = _last_closer(text, closer)
            pairs[start] = closer
        elif start == -1:
            escaped.add(closer)
        closer = find("}}}", closer + 3)
    return pairs, escaped


def _is_escaped(text: str, pos: int) -> bool:
    """Say whether an odd number of backslashes stands before a place."""
    first = pos
    while first > 0 and text[first - 1] == "\\":
        first -= 1
    return (pos - first) % 2 == 1


def _is_code(text: str, opener: int) -> bool:
    """Say whether what braces hold is no markup, so that a backslash or a brace is only that."""
    return opener >= 0 and block_head(text, opener + 3)[0] in CODE


def _last_closer(text: str, closer: int) -> int:
    r"""Of four or five braces, as in `\frac{1}{2}}}}`, the first are the content's own."""
    end = closer + 3
    while end < closer + 6 and text.startswith("}", end):
        end += 1
    return closer + (end - closer) % 3


def block_head(text: str, pos: int) -> tuple[Block, int]:
    r"""
    Read the head of a block from behind its `{{{`: what it is, and where its body begins.

    What the engine would show as a literal for a small slip (`{{{+6 x}}}`, `{{{#888, #ff0 x}}}`)
    is read as it was meant.

        >>> block_head("{{{#red 붉다}}}", 3), block_head("{{{#include}}}", 3)
        ((<Block.TEXT: 1>, 8), (<Block.LITERAL: 3>, 3))
    """
    first = text[pos : pos + 1]
    if first == "#":
        if text.startswith("!", pos + 1):
            return _directive_head(text, pos)
        head = COLOUR_RE.match(text, pos)
        if head is None:
            return Block.LITERAL, pos
        name = (head[1] or head[2]).lower()
        if name not in COLOURS and not HEX_RE.fullmatch(name):
            is_title = name == "title" and text.startswith("}", head.end())
            return (Block.DROPPED if is_title else Block.LITERAL), pos
    elif first in ("+", "-"):
        head = SIZE_RE.match(text, pos)
        if head is None:
            return Block.LITERAL, pos
    else:
        return Block.LITERAL, pos
    end = head.end()
    return (Block.LINES if text[end - 1] == "\n" else Block.TEXT), end


def _directive_head(text: str, pos: int) -> tuple[Block, int]:
    end = text.find("\n", pos, pos + LONGEST_LINE) + 1
    if not end:
        return _line_head(text, pos)
    kind, length = _known_line_head(text[pos:end])
    return kind, pos + length


@lru_cache(maxsize=4096)
def _known_line_head(line: str) -> tuple[Block, int]:
    """Remember the heads of lines; the pages of a dump use the same few."""
    return _line_head(line, 0)


def _line_head(text: str, pos: int) -> tuple[Block, int]:
    """Read the head of a directive, which ends on its line."""
    directive = DIRECTIVE_RE.match(text, pos)
    name = directive[1].lower() if directive else ""
    kind = DIRECTIVES.get(name, Block.LITERAL)
    if directive is None or name not in ("html", "wiki"):
        return kind, (text.find("\n", pos) + 1) or len(text)
    end = directive.end()
    if name == "html":
        return kind, end + text.startswith((" ", "\n"), end)
    if style := STYLE_RE.match(text, end):
        end = style.end()
    if display := DISPLAY_RE.search(text, pos, end):
        kind = Block.TEXT if display[1] == "inline" else Block.DROPPED
    return kind, end
