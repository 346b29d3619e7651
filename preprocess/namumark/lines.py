"""What may stand at the start of a line only, and what a line's end ends."""

import re

from preprocess.namumark.state import MACRO, TRIMMED, Scan
from preprocess.namumark.tables import open_row
from preprocess.namumark.tidy import BREAK, DROPPED, JOINED

LINE_STARTS = frozenset("=#->*| \t")
# As the engine wants it, or without spaces inside.
HEADING_RE = re.compile(
    r"(={1,6})(#?)(?:[ \t]+(\S(?:[^\n]*?\S)??)[ \t]+"
    r"|[ \t]*([^\s=#](?:[^\n]*?[^\s=#])??)[ \t]*)\2\1[ \t]*(?=\n|\Z)"
)
NOISE_LINE_RE = re.compile(
    r"#(?:(#)|(?:redirect|넘겨주기|title)[ \t])[^\n]*(?:\n|\Z)", re.IGNORECASE
)
RULE_RE = re.compile(r"-{3,}[ \t]*(?:\n|\Z)")
PREFIX_RE = re.compile(
    r"\*[ \t]+|[ \t>]+(?:(?<=[ \t])(?:\*[ \t]*|(?:1|a|A|i|I)\.(?:#\d+)?[ \t]+))?"
)


def line_start(scan: Scan, pos: int) -> int:
    """Handle what may stand at the start of a line only; return where its text goes on."""
    text = scan.text
    while (first := text[pos : pos + 1]) in LINE_STARTS:
        if first == "|":
            return open_row(scan, pos)
        if first == "=":
            heading = HEADING_RE.match(text, pos)
            return _heading(scan, heading) if heading else pos
        if first == "#":
            noise = NOISE_LINE_RE.match(text, pos)
            if noise is None:
                return pos
            end = min(noise.end(), len(text) - 1)  # the last line end is not the page's
            scan.drop("comments" if noise[1] else "redirects", end - pos)
            scan.out.append(JOINED)
            pos = noise.end()
            continue
        if first == "-":
            rule = RULE_RE.match(text, pos)
            if rule is None:
                return pos
            scan.out.append(JOINED)
            pos = rule.end()
            continue
        prefix = PREFIX_RE.match(text, pos)
        if prefix is None:  # a star that is text
            return pos
        pos = prefix.end()
        if text[pos : pos + 1] not in ("", "\n"):
            if rule := RULE_RE.match(text, pos):
                pos = rule.end()
                continue
        elif not prefix[0].isspace():  # a marker alone
            scan.out.append(JOINED)
        return open_row(scan, pos) if text.startswith("|", pos) else pos
    return pos


def newline(scan: Scan, start: int, stop: int) -> int:
    """End what ends with its line, and begin the next one."""
    stack, out = scan.stack, scan.out
    while len(stack) - 1 > scan.floor and stack[-1].kind != MACRO:
        scan.forget(len(stack) - 1)
    if scan.heading_end >= 0:
        if scan.heading_end == start:
            out[-1] = out[-1].removesuffix(scan.heading_tail)
            for i in range(scan.heading_out, len(out)):
                out[i] = out[i].replace(BREAK, f"{DROPPED} ")
        scan.heading_end = -1
    if scan.text[start - 1] in TRIMMED:
        scan.trim_line(start)
    out.append("\n")
    first = scan.text[stop : stop + 1]
    if first == "\n":
        if stack:
            scan.end_paragraph()
    elif first in LINE_STARTS:
        return line_start(scan, stop)
    return stop


def _heading(scan: Scan, heading: re.Match[str]) -> int:
    scan.end_paragraph()
    if scan.options.headings == "drop":
        scan.leave_out("headings", heading.end() - heading.start())
        return heading.end()
    scan.out.append(JOINED)
    scan.heading_end, scan.heading_out = heading.end(), len(scan.out)
    title = 3 if heading[3] else 4
    scan.heading_tail = heading.string[heading.end(title) : heading.end()]
    return heading.start(title)
