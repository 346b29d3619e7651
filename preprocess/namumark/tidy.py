"""
Repair lines from which the scan took something out; lines that it left alone stay as they are.

The scan writes a mark where it took something out: `DROPPED` for content, `JOINED` for a marker
whose content stays, `ESCAPED` before a character that a backslash made literal.
"""

import re

DROPPED, JOINED, ESCAPED = "\x00", "\x01", "\x02"
MARKS_RE = re.compile("[\0\1\2]")
INVISIBLE = f" \t\n{DROPPED}{JOINED}{ESCAPED}"

# Spaces and marks that stand together; as one piece they are " ", "\0", or "\0 ".
MARKED_GAP_RE = re.compile(" \1\1* ")
GAP_RE = re.compile("[ \0][ \0]+")
EMPTY_BRACKETS_RE = re.compile("[(（\\[「『][ ,/·]*\0[ ,/·\0]*[)）\\]」』]")
# Both branches begin with a literal, by which `re` finds the places to try ten times as fast.
SPACE_AT_POINT_RE = re.compile("\0 (?=[.,)!?…])|\0(?<=[(（「『]\0) ")
LETTER_RE = re.compile(r"[^\W_]")
BLANK_LINES_RE = re.compile("\n\n\n+")

# What a reader of markup would take for a token, if it came to be by a removal.
TOKEN_RE = re.compile(
    r"(?=(\{\{\{|\}\}\}|\[\[|\]\]|\|\||''|\[\*|#!|<-|<\|"
    r"|\[(?:include|anchor|br|목차|각주|youtube)))",
    re.IGNORECASE,
)
LONGEST_TOKEN = 8  # "[include"
# A mark that may stand inside a token, with what is near it.
NEAR_MARK_RE = re.compile(r"[{}\[\]|'#<][{}\[\]|'#<*!\w-]{0,7}[\0\1][{}\[\]|'#<*!\w\0\1-]*")
MARK_RUN_RE = re.compile("([\0\1]+)")


def has_marks(text: str) -> bool:
    """Say whether a mark stands in a text; three plain searches are faster than one pattern."""
    return JOINED in text or DROPPED in text or ESCAPED in text


def tidy(text: str) -> str:
    """Take the marks out of a scanned text, and repair the lines that have them."""
    if not has_marks(text):
        return text
    text = MARKED_GAP_RE.sub(" ", _parted(text.replace(ESCAPED, "")))
    lines = []
    for line in text.split("\n"):
        if DROPPED in line:
            if LETTER_RE.search(line):  # else nothing to read is left, and the line goes
                lines.append(_tidy_line(line.replace(JOINED, "")))
        elif line[:1] == JOINED or line[-1:] == JOINED:
            if line := line.strip(" \t\1"):
                lines.append(line)
        else:
            lines.append(line)
    text = "\n".join(lines).replace(JOINED, "")
    return BLANK_LINES_RE.sub("\n\n", text).strip("\n")


def _tidy_line(line: str) -> str:
    """Repair a line that lost something."""
    line = GAP_RE.sub(_gap, line.replace("\t", " "))
    line, brackets = EMPTY_BRACKETS_RE.subn(DROPPED, line)
    if brackets:
        line = GAP_RE.sub(_gap, line)
    line, points = SPACE_AT_POINT_RE.subn(DROPPED, line)
    if brackets or points:
        line = _parted(line)
    return line.replace(DROPPED, "").strip(" ")


def _gap(match: re.Match[str]) -> str:
    """Collapse one gap: a dropped thing stands before the space that it leaves."""
    gap = match[0]
    if " " in gap:
        return DROPPED + " " if DROPPED in gap else " "
    return DROPPED


def _parted(text: str) -> str:
    """Put a space where taking out a mark would make a token of what stands around it."""
    return NEAR_MARK_RE.sub(_part, text)


def _part(match: re.Match[str]) -> str:
    parts = MARK_RUN_RE.split(match[0])  # text, marks, text, marks … text
    parted = [parts[0]]
    before = parts[0][-LONGEST_TOKEN:]
    for marks, piece in zip(parts[1::2], parts[2::2], strict=True):
        near = before + piece[:LONGEST_TOKEN]
        if any(t.start() < len(before) < t.end(1) for t in TOKEN_RE.finditer(near)):
            parted.append(" ")
            before = ""
        parted += [marks, piece]
        before = (before + piece)[-LONGEST_TOKEN:]
    return "".join(parted)
