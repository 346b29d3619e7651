"""
Repair lines from which the scan took something out; lines that it left alone stay as they are.

The scan writes a mark where it took something out: `DROPPED` for content, `JOINED` for a marker
whose content stays, `ESCAPED` before a character that a backslash made literal, `BREAK` for a line
end that is no end of a line of markup.
"""

import re

from preprocess.namumark.residue import RESIDUE

DROPPED, JOINED, ESCAPED, BREAK = "\x00", "\x01", "\x02", "\x03"
MARKS_RE = re.compile("[\0\1\2\3]")
INVISIBLE = f" \t\n{DROPPED}{JOINED}{ESCAPED}{BREAK}"

# Lines of which only marks are left, and marks at the start of one.
MARKED_LINE_RE = re.compile("\n\1[\1 \t]*(?=\n)")
MARKED_START_RE = re.compile("\n\1[\1 \t]*")
BREAK_RE = re.compile("\3[\1 \t]*")
# Spaces and marks that stand together; as one piece they are " ", "\0", or "\0 ".
MARKED_GAP_RE = re.compile(" \1\1* ")
GAP_RE = re.compile("[ \0][ \0]+")
EMPTY_BRACKETS_RE = re.compile("[(（\\[「『][ ,/·]*\0[ ,/·\0]*[)）\\]」』]")
# Both branches begin with a literal, by which `re` finds the places to try ten times as fast.
SPACE_AT_POINT_RE = re.compile("\0 (?=[.,)!?…])|\0(?<=[(（「『]\0) ")
LETTER_RE = re.compile(r"[^\W_]")
BLANK_LINES_RE = re.compile("\n\n\n+")

# What a reader of markup would take for a token, if it came to be by a removal.
TOKEN_RE = re.compile(rf"(?=({RESIDUE}))")
LONGEST_TOKEN = 8  # "[include"
# A mark that may stand inside a token, with what is near it.
NEAR_MARK_RE = re.compile(
    r"[{}\[\]|'#<][{}\[\]|'#<*!\w-]{0,7}[\0\1]+"
    r"(?=[{}\[\]|'*!a-zA-Z목차각주-])[{}\[\]|'#<*!\w\0\1-]*"
)
MARK_RUN_RE = re.compile("([\0\1]+)")


def has_marks(text: str) -> bool:
    """Say whether a mark stands in a text; plain searches are faster than one pattern."""
    return JOINED in text or DROPPED in text or ESCAPED in text or BREAK in text


def tidy(text: str) -> str:
    """Take the marks out of a scanned text, and repair the lines that have them."""
    if not has_marks(text):
        return text
    if BREAK in text:
        text = BREAK_RE.sub("\n", text.replace(" " + BREAK, BREAK))
    text = MARKED_GAP_RE.sub(" ", _parted(text.replace(ESCAPED, "")))
    text = MARKED_LINE_RE.sub("", f"\n{text}\n")
    text = MARKED_START_RE.sub("\n", text).replace(JOINED, "")
    if DROPPED in text:
        lines = [
            line if DROPPED not in line else _tidy_line(line)
            for line in text.split("\n")
            # Where a loss has left nothing to read, the line goes.
            if DROPPED not in line or LETTER_RE.search(line)
        ]
        text = "\n".join(lines)
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
    if not TOKEN_RE.search(MARKS_RE.sub("", match[0])):
        return match[0]
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
