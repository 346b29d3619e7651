"""
One structural scan of namumark with an explicit stack: linear time, no recursion.

Text goes into a list of pieces as it is met. What is open (a link, a footnote, a table row …) is a
frame on the stack that remembers where its pieces begin, so that its end can drop or move them;
what never ends is forgotten, and its text stays. Blocks in triple braces are paired beforehand.

The rules follow what the wiki's own engine renders; where the engine would show broken markup as
it stands, the marker goes and the text stays.
"""

import re
from typing import NamedTuple

from preprocess.namumark.blocks import Block, block_head, html_text, pair_braces
from preprocess.namumark.links import link_text
from preprocess.namumark.names import ARGUMENT_MACROS, BARE_MACROS, CELL_ATTRIBUTES_RE
from preprocess.namumark.options import Options
from preprocess.namumark.tidy import DROPPED, ESCAPED, JOINED, MARKS_RE, has_marks, tidy

REDIRECT_RE = re.compile(r"[\ufeff\s]*#(?:redirect|넘겨주기)[ \t]", re.IGNORECASE)
URL_RE = re.compile(r"https?://[^\s<>\[\]|\"'\0\1\2]+")
TOKEN_RE = re.compile(
    r"\n|\[\[?|\]\]?|'{2,}|\|+|\{\{\{|\}\}\}|\\.|~{2,}|-{2,}|_{2,}|\^\^|,,", re.DOTALL
)

# At the start of a line.
LINE_STARTS = frozenset("=#->*| \t")
HEADING_RE = re.compile(r"(={1,6})(#?)[ \t]*([^\s=#](?:[^\n]*?[^\s=#])??)[ \t]*\2\1[ \t]*(?=\n|\Z)")
NOISE_LINE_RE = re.compile(r"(?:##|#(?:redirect|넘겨주기)[ \t])[^\n]*(?:\n|\Z)", re.IGNORECASE)
RULE_RE = re.compile(r"-{3,}[ \t]*(?:\n|\Z)")
PREFIX_RE = re.compile(
    r"\*[ \t]+|[ \t>]+(?:(?<=[ \t])(?:\*[ \t]*|(?:1|a|A|i|I)\.(?:#\d+)?[ \t]+))?"
)
CAPTION_RE = re.compile(r"\|(?=[^|\n])(?:\[\[[^\]\n]*\]\]|[^|\n\[])*(\|)(?!\|)(?=[^\n]*\|\|)")
LINE_END_RE = re.compile(r"[ \t]*(?=\n|\Z)")

# At an opening bracket.
SIMPLE_LINK_RE = re.compile(r"\[\[([^\[\]{}|\\\n#:/'~_^,-]+)(?:\|([^\[\]{}|\\\n'~_^,-]+))?\]\]")
FILE_RE = re.compile(
    r"\[\[[ \t]*(?:파일|이미지|분류|file|image|category)[ \t]*:(?:[^\[\]{}\\\n]*\]\])?",
    re.IGNORECASE,
)
MACRO_RE = re.compile(r"\[([A-Za-z]+|목차|각주)(\]|\()")
OLD_LINK_RE = re.compile(
    r"\[(?:https?://[^\s\[\]]+|wiki:(?:\"[^\"\n]*\"|[^\s\[\]]+))[ \t]*([^\[\]\n]*)\]"
)
FOOTNOTE_RE = re.compile(r"\[\*([^\s\[\]|{}]*)(?: |(?=[\[\]|{}\n]|\Z))")

HANGUL_RE = re.compile("[가-힣]")
SENTENCE_RE = re.compile(r"(?:다|요|음|함)[.!?]")
SENTENCE_END_RE = re.compile("(?:다|요|음|함)\\.[\\s\"'’”)\0\1\2]*\\Z")
PROSE_SYLLABLES = 40
INVISIBLE = " \t\n\0\1\2"

LONGEST_TARGET = 1000  # characters; what is longer is no link
DEEPEST_LINKS = 16  # a link in a link in a link … is text

BLOCK, ROW, LINK, FILE, FOOTNOTE, MACRO, RUBY, BRACKET, MARKER = range(9)


class Dropped(NamedTuple):
    """How many of a construct were dropped, and the characters that they had."""

    count: int
    characters: int


class Stripped(NamedTuple):
    """The plain text of a page, and what was dropped to get it, by construct."""

    text: str
    dropped: dict[str, Dropped]


def strip(markup: str, options: Options = Options()) -> Stripped:  # noqa: B008 (frozen)
    """Return what `to_text` returns, and what was dropped by construct, those that were there."""
    return Stripped(to_text(markup, options), {})


def to_text(markup: str, options: Options = Options()) -> str:  # noqa: B008 (frozen)
    r"""
    Return the plain text of a page of namumark.

    A redirect has none. Any string is accepted and none raises; U+0000 to U+0002, which cleaning
    removes in any case, are taken out.

        >>> to_text("== 개요 ==\n'''[[떡볶이]]'''는 [[고추장|붉다]].[* 간장도 쓴다.] ~~맵다~~")
        '개요\n떡볶이는 붉다.\n간장도 쓴다.'
    """
    if REDIRECT_RE.match(markup):
        return ""
    if has_marks(markup):
        markup = MARKS_RE.sub("", markup)
    scan = _Scan(markup, options)
    scan.run(scan.line(0), len(scan.text))
    text = "".join(scan.out)
    if scan.footnotes:
        text = "\n".join([text, *scan.footnotes])
    if "://" in text:
        text = URL_RE.sub(DROPPED, text)
    return tidy(text)


class _Frame:
    """Something open."""

    __slots__ = ("display", "floor", "has_kept", "is_kept", "kind", "marker", "out", "pos")

    def __init__(self, kind: int, out: int, pos: int, floor: int = -1, marker: str = "") -> None:
        self.kind = kind
        self.out = out  # index of its first piece
        self.pos = pos  # where it began; BLOCK: where it ends
        self.floor = floor  # BLOCK, ROW: index of the BLOCK or ROW below it
        self.marker = marker  # MARKER: the marker; BLOCK: what is written at its end
        self.display = -1  # LINK: index of the first piece after `|`; ROW: where a caption ends
        self.is_kept = False  # ROW: one of its cells was kept
        self.has_kept = False  # BLOCK, ROW: a table in it (in its present cell) was kept


class _Scan:
    """The state of a scan: pieces written, frames open; handlers take a token's start and end."""

    def __init__(self, text: str, options: Options) -> None:
        self.text = text
        self.options = options
        self.out: list[str] = []
        self.footnotes: list[str] = []
        self.stack: list[_Frame] = []
        self.floor = -1  # index of the topmost BLOCK or ROW: what is below cannot end before it
        self.links = 0  # LINK frames on the stack
        self.in_heading = False
        self.pairs, self.escaped = pair_braces(text) if "{{{" in text else ({}, set[int]())
        self.block_ends: set[int] = set()
        self.found: dict[str, int] = {}
        self.handlers = {
            "\n": self._newline,
            "[": self._open_bracket,
            "]": self._close_bracket,
            "'": self._quotes,
            "|": self._bars,
            "{": self._open_block,
            "}": self._close_block,
            "\\": self._escape,
            "~": self._marker,
            "-": self._marker,
            "_": self._marker,
            "^": self._marker,
            ",": self._marker,
        }

    def run(self, pos: int, end: int) -> int:
        """Scan from `pos` to `end`, or as far beyond as what began there reaches."""
        text, out, handlers, search = self.text, self.out, self.handlers, TOKEN_RE.search
        while match := search(text, pos, end):
            start = match.start()
            if start > pos:
                out.append(text[pos:start])
            pos = handlers[text[start]](start, match.end())
        if pos < end:
            out.append(text[pos:end])
        return max(pos, end)

    # Lines

    def line(self, pos: int) -> int:
        """Handle what may stand at the start of a line only; return where its text goes on."""
        text = self.text
        while text[pos : pos + 1] in LINE_STARTS:
            if noise := NOISE_LINE_RE.match(text, pos) or RULE_RE.match(text, pos):
                pos = noise.end()
                continue
            if heading := HEADING_RE.match(text, pos):
                return self._heading(heading)
            prefix = PREFIX_RE.match(text, pos)
            if prefix and text[prefix.end() : prefix.end() + 1] not in ("", "\n"):
                self.out.append(JOINED)
                pos = prefix.end()
                if rule := RULE_RE.match(text, pos):
                    pos = rule.end()
                    continue
            elif prefix:  # a blank line, or a marker alone
                if not prefix[0].isspace():
                    self.out.append(JOINED)
                pos = prefix.end()
            if text.startswith("|", pos):
                return self._row(pos)
            return pos
        return pos

    def _newline(self, start: int, stop: int) -> int:
        stack = self.stack
        while len(stack) - 1 > self.floor and stack[-1].kind != MACRO:
            self._forget(len(stack) - 1)
        self.out.append("\n")
        if self.text.startswith("\n", stop):
            self._end_paragraph()
        return self.line(stop)

    def _heading(self, heading: re.Match[str]) -> int:
        self._end_paragraph()
        if self.options.headings == "drop":
            self.out.append(DROPPED)
            return heading.end()
        self.out.append(JOINED)
        self.in_heading = True
        end = self.run(heading.start(3), heading.end(3))
        self.in_heading = False
        return max(end, heading.end())

    def _end_paragraph(self) -> None:
        """Forget all that is open but blocks: nothing else reaches over a blank line or heading."""
        self._forget(self.floor + 1)
        while self.floor >= 0 and self.stack[self.floor].kind == ROW:
            self._leave(kept=True)

    # Frames

    def _push(self, kind: int, pos: int, mark: str) -> _Frame:
        frame = _Frame(kind, len(self.out), pos)
        self.stack.append(frame)
        self.out.append(mark)
        return frame

    def _forget(self, index: int) -> None:
        """Take the frames from `index` off the stack; their pieces stay."""
        for frame in self.stack[index:]:
            self.links -= frame.kind == LINK
        del self.stack[index:]

    def _enter(self, frame: _Frame) -> None:
        """Make a BLOCK or ROW the floor."""
        frame.floor = self.floor
        self.floor = len(self.stack)
        self.stack.append(frame)

    def _leave(self, *, kept: bool) -> None:
        """Take the floor and all above it off the stack, and tell the one below what was kept."""
        frame = self.stack[self.floor]
        self._forget(self.floor)
        self.floor = frame.floor
        if kept and self.floor >= 0:
            self.stack[self.floor].has_kept = True

    def _top(self) -> int:
        """Return the index of the topmost frame above the floor that is no MARKER, or -1."""
        index = len(self.stack) - 1
        while index > self.floor:  # at most one MARKER of each kind
            if self.stack[index].kind != MARKER:
                return index
            index -= 1
        return -1

    # Inline markup

    def _escape(self, start: int, stop: int) -> int:
        character = self.text[start + 1]
        if character in " \t\n":
            self.out.append("\\")
            return start + 1
        top = self._top()
        if character == "]" and top >= 0 and self.stack[top].kind == BRACKET:
            self._forget(top)  # [[[12:00\]]]: for the count of brackets it closes
        self.out.append(ESCAPED + character)
        return stop

    def _quotes(self, start: int, stop: int) -> int:
        self.out.append(JOINED)
        return stop

    def _marker(self, start: int, stop: int) -> int:
        """Handle ~~ -- __ ^^ ,, : a marker ends at the same one on the same line."""
        text, stack = self.text, self.stack
        marker = "~~" if text[start] == "~" else text[start:stop]
        if not _is_marker(text, start, stop):
            self.out.append(text[start:stop])
            return stop
        index = len(stack) - 1
        while index > self.floor and stack[index].kind == MARKER:
            frame = stack[index]
            if frame.marker == marker:
                self._end_marker(frame, start, text[start:stop])
                self._forget(index)
                return stop
            index -= 1
        self._push(MARKER, stop, text[start:stop]).marker = marker
        return stop

    def _end_marker(self, frame: _Frame, start: int, written: str) -> None:
        if frame.pos == start:  # nothing in it
            self.out.append(written)
        elif frame.marker in ("~~", "--") and self.options.strikes == "drop":
            del self.out[frame.out :]
            self.out.append(DROPPED)
        else:
            around = self.text[frame.pos - 3 : frame.pos - 2] + self.text[frame.pos]
            is_power = frame.marker == "^^" and len(around) == 2 and around.isdigit()
            self.out[frame.out] = "^" if is_power else JOINED
            self.out.append(JOINED)

    # Brackets

    def _open_bracket(self, start: int, stop: int) -> int:
        if stop - start == 2:
            return self._open_link(start, stop)
        text = self.text
        if footnote := FOOTNOTE_RE.match(text, start):
            if text.startswith("]", footnote.end()):  # [*name]: refers to an earlier one
                self.out.append(DROPPED)
                return footnote.end() + 1
            self._push(FOOTNOTE, start, JOINED)
            return footnote.end()
        if macro := MACRO_RE.match(text, start):
            end = self._macro(macro[1].lower(), macro[2], start, macro.end())
            if end:
                return end
        if link := OLD_LINK_RE.match(text, start):
            self.out.append(f"{JOINED}{link[1]}{JOINED}")
            return link.end()
        self._push(BRACKET, start, "[")
        return stop

    def _open_link(self, start: int, stop: int) -> int:
        text = self.text
        if link := SIMPLE_LINK_RE.match(text, start):
            shown = link[2] or link_text(link[1])
            self.out.append(f"{JOINED}{shown}{JOINED}")
            return link.end()
        if file := FILE_RE.match(text, start):
            if file[0].endswith("]]"):
                self.out.append(DROPPED)
                return file.end()
            self._push(FILE, start, DROPPED)
            return stop
        if self.links >= DEEPEST_LINKS:
            self.out.append(JOINED)
            return stop
        self.links += 1
        self._push(LINK, start, JOINED)
        return stop

    def _macro(self, name: str, bracket: str, start: int, stop: int) -> int:
        """Handle [name] and [name(…; return 0 where it is none of the wiki's macros."""
        if bracket == "]":
            if name not in BARE_MACROS:
                return 0
            line_end = " " if self.in_heading else "\n"
            self.out.append(JOINED + line_end + JOINED if name == "br" else DROPPED)
        elif name == "math":
            end = self._find(")]", stop)
            self.out.append(DROPPED)
            if end >= 0 and not stop <= self._find("\n\n", stop) < end:
                return end + 2
        elif name == "ruby":
            self._push(RUBY, stop, JOINED)
        elif name in ARGUMENT_MACROS:
            self._push(MACRO, stop, DROPPED)
        else:
            return 0
        return stop

    def _find(self, needle: str, pos: int) -> int:
        """Find the next `needle`, each stretch of the text being searched once only; -1: none."""
        found = self.found.get(needle, 0)
        if 0 <= found < pos or needle not in self.found:
            found = self.found[needle] = self.text.find(needle, pos)
        return found

    def _close_bracket(self, start: int, stop: int) -> int:
        top = self._top()
        if top < 0:  # ]] that closes nothing is a remnant of markup, ] is not
            self.out.append(DROPPED if stop - start == 2 else "]")
            return stop
        frame = self.stack[top]
        if frame.kind in (LINK, FILE):
            if stop - start == 1:
                self.out.append("]")
                return stop
            self._forget(top)
            self._end_link(frame, start)
            return stop
        if frame.kind in (MACRO, RUBY) and self.text[start - 1] != ")":
            self.out.append("]")
            return start + 1
        self._forget(top)
        if frame.kind == BRACKET:
            self.out.append("]")
        elif frame.kind == FOOTNOTE:
            self._end_footnote(frame)
        elif frame.kind == RUBY:
            self._end_ruby(frame, start)
        else:
            del self.out[frame.out :]
            self.out.append(DROPPED)
        return start + 1

    def _end_link(self, frame: _Frame, end: int) -> None:
        out = self.out
        if frame.kind == FILE:
            del out[frame.out :]
            out.append(DROPPED)
            return
        if frame.display >= 0:
            shown = out[frame.display :]
            if any(piece.strip(INVISIBLE) for piece in shown) or DROPPED in shown:
                for i in range(frame.out, frame.display):
                    out[i] = JOINED
                out.append(JOINED)
                return
            del out[frame.display - 1 :]  # [[target|]]
        if end - frame.pos <= LONGEST_TARGET:
            target = "".join(out[frame.out + 1 :]).replace(JOINED, "")
            del out[frame.out :]
            out.append(f"{JOINED}{link_text(target)}{JOINED}")

    def _end_footnote(self, frame: _Frame) -> None:
        out = self.out
        if self.options.footnotes == "inline":
            out[frame.out] = JOINED + "("
            out.append(")")
            return
        if self.options.footnotes == "append":
            self.footnotes.append(JOINED + "".join(out[frame.out :]).strip())
        del out[frame.out :]
        out.append(DROPPED)

    def _end_ruby(self, frame: _Frame, end: int) -> None:
        if end - frame.pos > LONGEST_TARGET:
            return
        base, *arguments = "".join(self.out[frame.out :]).removesuffix(")").split(",")
        del self.out[frame.out :]
        self.out.append(base.strip(" "))
        if self.options.ruby == "both":
            readings = [a.strip() for a in arguments if a.strip().startswith("ruby=")]
            self.out += [f"({reading.removeprefix('ruby=')})" for reading in readings]

    # Tables

    def _bars(self, start: int, stop: int) -> int:
        row = self.stack[self.floor] if self.floor >= 0 else None
        in_row = row is not None and row.kind == ROW
        if stop - start >= 2:
            if row is None or not in_row:
                self.out.append(DROPPED)
                return stop
            return self._next_cell(row, stop)
        if row is not None and in_row and row.display == start:
            return self._next_cell(row, stop)
        top = self._top()
        self.out.append("|")
        if top >= 0 and self.stack[top].kind == LINK and self.stack[top].display < 0:
            self.stack[top].display = len(self.out)
        return stop

    def _row(self, pos: int) -> int:
        """Begin a row at `||`, or at `|caption|`; a row that is open goes on."""
        if self.floor >= 0 and self.stack[self.floor].kind == ROW:
            return pos
        row = _Frame(ROW, len(self.out), pos)
        if self.text.startswith("||", pos):
            stop = pos + 2
            while self.text.startswith("|", stop):
                stop += 1
        elif caption := CAPTION_RE.match(self.text, pos):
            row.display = caption.start(1)
            stop = pos + 1
        else:
            return pos
        self._forget(self.floor + 1)
        self._enter(row)
        return self._open_cell(row, stop)

    def _next_cell(self, row: _Frame, stop: int) -> int:
        self._forget(self.floor + 1)
        self._end_cell(row)
        if end := LINE_END_RE.match(self.text, stop):
            self._leave(kept=row.is_kept)
            return end.end()
        return self._open_cell(row, stop)

    def _open_cell(self, row: _Frame, stop: int) -> int:
        if row.is_kept:
            self.out.append("\n")
        row.out = len(self.out)
        row.has_kept = False
        self.out.append(JOINED)
        attributes = CELL_ATTRIBUTES_RE.match(self.text, stop)
        return attributes.end() if attributes else stop

    def _end_cell(self, row: _Frame) -> None:
        """Keep or drop the cell's pieces. A cell with a kept table is kept unread: linear time."""
        cell = "" if row.has_kept else "".join(self.out[row.out :])
        tables = self.options.tables
        is_wanted = (tables == "cells" and cell.strip(INVISIBLE)) or (
            tables == "prose" and is_prose(cell)
        )
        if is_wanted or (row.has_kept and tables != "drop"):
            row.is_kept = True
            self.out.append(JOINED)  # the spaces at a cell's end only align it
        else:
            del self.out[row.out :]
            self.out.append(DROPPED)

    # Blocks

    def _open_block(self, start: int, stop: int) -> int:
        text, out = self.text, self.out
        kind, body = block_head(text, stop)
        close = self.pairs.get(start, -1)
        if close < 0:  # it has no end: its head goes, and what would be dropped stays
            out.append(JOINED)
            return body
        body = min(body, close)
        if kind in (Block.TEXT, Block.LINES):
            line_end = "\n" if kind is Block.LINES else ""
            self._mark_block(line_end)
            self._enter(_Frame(BLOCK, len(out), close, marker=line_end))
            self.block_ends.add(close)
            return self.line(body) if line_end else body
        content = text[body:close]
        if kind is Block.HTML:
            out.append(f"{JOINED}{html_text(content)}{JOINED}")
        elif kind is Block.DROPPED or (self.options.code == "drop" and _is_code(kind, content)):
            out.append(DROPPED)
        else:
            out.append(f"{JOINED}{content}{JOINED}")
        return close + 3

    def _close_block(self, start: int, stop: int) -> int:
        if start not in self.block_ends:
            self.out.append("}}}" if start in self.escaped else DROPPED)
            return stop
        while (frame := self.stack[self.floor]).pos != start or frame.kind != BLOCK:
            self._leave(kept=True)
        self._leave(kept=frame.has_kept)
        self._mark_block(frame.marker)
        return stop

    def _mark_block(self, line_end: str) -> None:
        """Mark the start or end of a block, on a new line where it is to have its own lines."""
        is_line_start = not self.out or self.out[-1].endswith("\n")
        self.out.append(JOINED if is_line_start else line_end + JOINED)


def is_prose(text: str) -> bool:
    """
    Say whether a table cell is prose: it ends as a sentence does, or has 40 Hangul syllables.

        >>> is_prose("멥쌀"), is_prose("오래 끓여도 풀어지지 않는다.")
        (False, True)
    """
    return bool(SENTENCE_END_RE.search(text[-40:])) or (
        len(text) >= PROSE_SYLLABLES and len(HANGUL_RE.findall(text)) >= PROSE_SYLLABLES
    )


def _is_code(kind: Block, content: str) -> bool:
    if kind is Block.CODE:
        return True
    return "\n" in content and not SENTENCE_RE.search(content)


def _is_marker(text: str, start: int, stop: int) -> bool:
    """Tell markers from a rule ----, an arrow -->, a range 2010--2012, a blank ______."""
    if text[start] == "~":
        return True
    if stop - start != 2:
        return False
    before, after = text[start - 1 : start], text[stop : stop + 1]
    is_range = before.isdigit() and after.isdigit()
    return text[start] != "-" or not (is_range or before == "<" or after == ">")
