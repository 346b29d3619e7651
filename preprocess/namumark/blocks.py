"""Blocks in triple braces."""

import re

from preprocess.namumark.heads import Block, block_head
from preprocess.namumark.html import html_text
from preprocess.namumark.lines import line_start
from preprocess.namumark.state import BLOCK, Frame, Row, Scan
from preprocess.namumark.tidy import DROPPED, JOINED
from preprocess.namumark.tokens import TOKEN_RE

SENTENCE_RE = re.compile(r"(?:다|요|음|함)[.!?]")
CONSTRUCTS = {Block.CODE: "code", Block.LITERAL: "code", Block.MATH: "math"}


def open_block(scan: Scan, start: int, stop: int) -> int:
    """Open a block at its braces; what is not markup of its text is handled here."""
    text, out = scan.text, scan.out
    if text[stop - 1] != "{":  # {{|, of a box of old pages, or {{#title}}
        out.append(JOINED if stop - start == 3 else DROPPED)
        return stop
    kind, body = block_head(text, stop)
    close = scan.pairs.get(start, -1)
    if close < 0:  # it has no end: its head goes, and what would be dropped stays
        if text[body - 1] != "\n":
            out.append(JOINED)
            return body
        _mark_edge(scan, "\n")
        return line_start(scan, body)
    if body >= close:
        scan.leave_out("blocks", close + 3 - start)
        return close + 3
    if kind is Block.TEXT and not TOKEN_RE.search(text, body, close):
        out.append(f"{JOINED}{text[body:close]}{JOINED}")
        return close + 3
    if kind in (Block.TEXT, Block.LINES):
        line_end = "\n" if kind is Block.LINES else ""
        _mark_edge(scan, line_end)
        scan.enter(Frame(BLOCK, len(out), close, marker=line_end))
        scan.block_ends.add(close)
        return line_start(scan, body) if line_end else body
    content = text[body:close]
    if kind is Block.HTML:
        shown = html_text(content)
        if not shown.strip():
            scan.leave_out("html", close + 3 - start)
        else:
            out.append(f"{JOINED}{shown}{JOINED}")
    elif kind in (Block.DROPPED, Block.MATH) or (
        scan.options.code == "drop" and _is_code(kind, content)
    ):
        scan.leave_out(CONSTRUCTS.get(kind, "blocks"), close + 3 - start)
    else:
        out.append(f"{JOINED}{content}{JOINED}")
    return close + 3


def close_block(scan: Scan, start: int, stop: int) -> int:
    """Close the block that was paired with these braces; others are dropped, or text."""
    if start not in scan.block_ends:
        scan.out.append("}}}" if start in scan.escaped else DROPPED)
        return stop
    while (frame := scan.stack[scan.floor]).pos != start or frame.kind != BLOCK:
        if frame.kind == BLOCK:  # its end stood in TeX or the like
            scan.leave(kept=True)
        elif isinstance(frame, Row):
            scan.end_text_row(frame)
    scan.leave(kept=frame.has_kept)
    _mark_edge(scan, frame.marker)
    return stop


def _mark_edge(scan: Scan, line_end: str) -> None:
    """Mark the start or end of a block, on a new line where it is to have its own lines."""
    out = scan.out
    if line_end and out and not out[-1].endswith("\n"):
        scan.trim()
        out.append(line_end + JOINED)
    else:
        out.append(JOINED)


def _is_code(kind: Block, content: str) -> bool:
    if kind is Block.CODE:
        return True
    return "\n" in content and not SENTENCE_RE.search(content)
