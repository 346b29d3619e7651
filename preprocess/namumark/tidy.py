"""
Repair lines from which the scan took something out; lines that it left alone stay as they are.

The scan writes a mark where it took something out: `DROPPED` for content, `JOINED` for a marker
whose content stays, `ESCAPED` before a character that a backslash made literal.
"""

import re

DROPPED, JOINED, ESCAPED = "\x00", "\x01", "\x02"
MARKS_RE = re.compile("[\0\1\2]")
MARKED_LINE_RE = re.compile("[^\n\0\1\2]*[\0\1\2][^\n]*\n?")

EMPTY_BRACKETS_RE = re.compile("[(（\\[「『][\\s,/·]*\0[\\s,/·\0\1]*[)）\\]」』]")
SPACE_BEFORE_POINT_RE = re.compile("(?:[ \t]+\0[\0\1 \t]*|\0[\0\1]*[ \t]+)(?=[.,)!?…])")
SPACES_RE = re.compile("[ \t]+\0[\0\1 \t]*(?=[ \t])|  +")
BLANK_LINES_RE = re.compile("\n{3,}")
# What a reader of markup would take for a token, if it came to be by a removal.
TOKEN_RE = re.compile(
    r"\{\{\{|\}\}\}|\[\[|\]\]|\|\||''|\[\*|#!|<-|<\||\[(?:include|anchor|br|목차|각주|youtube)",
    re.IGNORECASE,
)
TOKEN_CHARACTERS_RE = re.compile(r"[{}\[\]|'#<]")
LONGEST_TOKEN = 8  # "[include"


def tidy(text: str) -> str:
    """Take the marks out of a scanned text, and repair the lines that have them."""
    if not MARKS_RE.search(text):
        return text
    tidied = MARKED_LINE_RE.sub(lambda match: _tidy_line(match[0]), text)
    return BLANK_LINES_RE.sub("\n\n", tidied).strip("\n")


def plain(text: str) -> str:
    """
    Take out the marks alone.

        >>> plain("사\\0랑")
        '사랑'
    """
    return MARKS_RE.sub("", text)


def _tidy_line(line: str) -> str:
    """Return a marked line with its line end, or nothing where a removal left nothing to read."""
    end = "\n" if line.endswith("\n") else ""
    if DROPPED in line:
        line = EMPTY_BRACKETS_RE.sub("\0", line)
        line = SPACE_BEFORE_POINT_RE.sub("\0", line)
        line = SPACES_RE.sub(lambda match: "\0" if "\0" in match[0] else " ", line)
        if not any(map(str.isalnum, line)):
            return ""
    line = _without_marks(line).strip(" \t\n")
    return line + end if line else ""


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
