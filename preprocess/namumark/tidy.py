"""
Repair lines from which the scan took something out; lines that it left alone stay as they are.

The scan writes a mark where it took something out: `DROPPED` for content, `JOINED` for a marker
whose content stays, `ESCAPED` before a character that a backslash made literal.
"""

import re

DROPPED, JOINED, ESCAPED = "\x00", "\x01", "\x02"
MARKS_RE = re.compile("[\0\1\2]")

# Spaces and marks that stand together; as one piece they are " ", "\0", "\1", or "\0 ".
GAP_RE = re.compile("[ \t\0\1]+")
EMPTY_BRACKETS_RE = re.compile("[(（\\[「『][ ,/·]*\0[ ,/·\0]*[)）\\]」』]")
SPACE_AT_POINT_RE = re.compile("\0 (?=[.,)!?…])|(?<=[(（「『])\0 ")
BLANK_LINES_RE = re.compile("\n{3,}")
# What a reader of markup would take for a token, if it came to be by a removal.
TOKEN_RE = re.compile(
    r"\{\{\{|\}\}\}|\[\[|\]\]|\|\||''|\[\*|#!|<-|<\||\[(?:include|anchor|br|목차|각주|youtube)",
    re.IGNORECASE,
)
TOKEN_CHARACTERS_RE = re.compile(r"[{}\[\]|'#<]")
LONGEST_TOKEN = 8  # "[include"


def has_marks(text: str) -> bool:
    """Say whether a mark stands in a text; three plain searches are faster than one pattern."""
    return DROPPED in text or JOINED in text or ESCAPED in text


def tidy(text: str) -> str:
    """Take the marks out of a scanned text, and repair the lines that have them."""
    if not has_marks(text):
        return text
    lines = []
    for line in text.split("\n"):
        if not has_marks(line):
            lines.append(line)
        elif tidied := _tidy_line(line):
            lines.append(tidied)
    return BLANK_LINES_RE.sub("\n\n", "\n".join(lines)).strip("\n")


def _tidy_line(line: str) -> str:
    """Repair a marked line; "" where a removal left nothing to read, and the line goes."""
    if DROPPED in line:
        line, brackets = EMPTY_BRACKETS_RE.subn(DROPPED, GAP_RE.sub(_gap, line))
        if brackets:
            line = GAP_RE.sub(_gap, line)
        line = SPACE_AT_POINT_RE.sub(DROPPED, line)
        if not any(map(str.isalnum, line)):
            return ""
    return _without_marks(line).strip(" \t")


def _gap(match: re.Match[str]) -> str:
    """Collapse one gap: a dropped thing stands before the space that it leaves."""
    gap = match[0]
    if " " in gap or "\t" in gap:
        return DROPPED + " " if DROPPED in gap else " "
    return DROPPED if DROPPED in gap else JOINED


def _without_marks(line: str) -> str:
    """Take out the marks; where that would make a token of the neighbours, a space parts them."""
    if not TOKEN_CHARACTERS_RE.search(line):
        return MARKS_RE.sub("", line)
    line = line.replace(ESCAPED, "")
    pieces = re.split("[\0\1]+", line)
    joined = [pieces[0]]
    before = pieces[0][-LONGEST_TOKEN:]
    for piece in pieces[1:]:
        near = before + piece[:LONGEST_TOKEN]
        made = any(match.start() < len(before) < match.end() for match in TOKEN_RE.finditer(near))
        if made:
            joined.append(" ")
            before = ""
        joined.append(piece)
        before = (before + piece)[-LONGEST_TOKEN:]
    return "".join(joined)
