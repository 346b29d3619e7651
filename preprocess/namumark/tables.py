"""Tables: rows over any number of lines, their cells, captions and attributes."""

import re

from preprocess.namumark.names import is_cell_attribute
from preprocess.namumark.state import LINK, ROW, Frame, Scan
from preprocess.namumark.tidy import DROPPED, INVISIBLE, JOINED
from preprocess.namumark.tokens import TOKEN_RE

BARS_RE = re.compile(r"\|\|+")
SINGLE_BAR_RE = re.compile(r"(?<!\|)\|(?!\|)")
ROW_END_RE = re.compile(r"[ \t]*(?:\n(\|\|+)|(?=\n|\Z))")

HANGUL_RE = re.compile("[가-힣]")
SENTENCE_ENDS = ("다.", "요.", "음.", "함.")
AFTER_SENTENCE = "\"'’”)" + INVISIBLE
PROSE_SYLLABLES = 40
LONGEST_ATTRIBUTE = 200  # characters; what is longer is text


def bars(scan: Scan, start: int, stop: int) -> int:
    """Handle a run of bars: the end of a cell, or of a link's target, or text."""
    row = scan.row()
    if stop - start == 1:
        top = scan.top()
        is_target = top is not None and top.kind == LINK and top.display < 0
        if row is None or not row.has_caption or is_target:
            scan.out.append("|")
            if top is not None and is_target:
                top.display = len(scan.out)
            return stop
        row.has_caption = False
    elif scan.text[stop - 1] == "}":  # |}}, of a box of old pages
        scan.out.append(JOINED)
        return stop
    elif row is None:
        scan.out.append(DROPPED + " ")
        return stop
    _end_cell(scan, row, start)
    return _cells(scan, row, stop, is_row_open=True)


def open_row(scan: Scan, pos: int) -> int:
    """Open a row at the start of a line, at `||` or `|caption|`; a row that is open goes on."""
    if scan.row() is not None:
        return pos
    bars = BARS_RE.match(scan.text, pos)
    if bars is None and not _is_caption(scan.text, pos):
        return pos
    row = Frame(ROW, len(scan.out), pos)
    row.has_caption = bars is None
    scan.forget(scan.floor + 1)
    scan.enter(row)
    return _cells(scan, row, bars.end() if bars else pos + 1, is_row_open=False)


def is_prose(text: str) -> bool:
    """
    Say whether a table cell is prose: it ends as a sentence does, or has 40 Hangul syllables.

        >>> is_prose("멥쌀"), is_prose("오래 끓여도 풀어지지 않는다.")
        (False, True)
    """
    if JOINED in text or DROPPED in text:
        text = text.replace(JOINED, "").replace(DROPPED, "")
    return text.rstrip(AFTER_SENTENCE).endswith(SENTENCE_ENDS) or (
        len(text) >= PROSE_SYLLABLES and len(HANGUL_RE.findall(text)) >= PROSE_SYLLABLES
    )


def _cells(scan: Scan, row: Frame, stop: int, *, is_row_open: bool) -> int:
    """
    Go on from `stop`, behind bars: handle the cells that hold no markup, and open the next one.

    With `is_row_open` the bars ended a cell, and may end the row. Return where to go on.
    """
    text, out = scan.text, scan.out
    while True:
        # Most cells begin with a space or a letter: two characters tell that no pattern is needed.
        if (
            is_row_open
            and (text[stop] == "\n" or text[stop : stop + 2].isspace())
            and (end := ROW_END_RE.match(text, stop))
        ):
            stop = end.end()
            if not end[1]:
                scan.leave(kept=row.is_kept)
                return stop
            _next_row(scan, row)
        while text[stop] == "<" or (text[stop] == " " and text[stop + 1] == "<"):
            end_of_attribute = text.find(">", stop, stop + LONGEST_ATTRIBUTE) + 1
            if not is_cell_attribute(text[stop:end_of_attribute].lstrip(" ")):
                break
            stop = end_of_attribute
        token = TOKEN_RE.search(text, stop)
        start, end_of_bars = token.span() if token else (stop, stop)
        if end_of_bars - start < 2 or text[start] != "|" or text[end_of_bars - 1] == "}":
            row.out, row.cell, row.notes, row.has_kept = len(out), stop, len(scan.footnotes), False
            out.append("\n" + JOINED if row.is_kept else JOINED)
            return stop
        cell = text[stop:start].strip(INVISIBLE)
        if not _is_wanted(scan, cell):
            _drop_cell(scan, row, cell, start - stop)
        elif row.is_kept:
            out.append("\n" + cell)
        else:
            _begin_kept(out, row, len(out))
            out.append(cell)
        is_row_open, stop = True, end_of_bars


def _next_row(scan: Scan, row: Frame) -> None:
    """Begin a row on the line below with the same frame; a line that kept nothing is not ended."""
    if row.is_kept:
        scan.out.append("\n")
        row.is_kept = False
        if row.floor >= 0:
            scan.stack[row.floor].has_kept = True
    row.has_caption = False
    row.start, row.lost = len(scan.out), []


def _end_cell(scan: Scan, row: Frame, end: int) -> None:
    """Keep or drop the cell's pieces. A cell with a kept table is kept unread: linear time."""
    out, first = scan.out, row.out
    scan.forget(scan.floor + 1)
    cell = "" if row.has_kept else "".join(out[first:]).strip(INVISIBLE)
    if (row.has_kept and scan.options.tables != "drop") or _is_wanted(scan, cell):
        _begin_kept(out, row, first)
        out.append(JOINED)  # the spaces at a cell's end only align it
    else:
        del out[first:]
        del scan.footnotes[row.notes :]
        _drop_cell(scan, row, cell, end - row.cell)


def _is_wanted(scan: Scan, cell: str) -> bool:
    tables = scan.options.tables
    return cell != "" and (tables == "cells" or (tables == "prose" and is_prose(cell)))


def _begin_kept(out: list[str], row: Frame, first: int) -> None:
    """Note that a row has a cell that is kept; it takes the line of those that were dropped."""
    if not row.is_kept and first and out[first - 1] is DROPPED:
        out[first - 1] = JOINED
    row.is_kept = True


def _drop_cell(scan: Scan, row: Frame, cell: str, characters: int) -> None:
    """Count a cell that is dropped; one mark stands for any number of them on one line."""
    out = scan.out
    if cell:
        scan.drop("tables", characters)
        text = f"\n{JOINED}{cell}" if row.is_kept else f"{JOINED}{cell}\n"
        row.lost.append((len(out), text, characters))
    if not row.is_kept and not (out and out[-1] is DROPPED):
        out.append(DROPPED)


def _is_caption(text: str, pos: int) -> bool:
    """Say whether a bar begins |caption| a || b ||: another one, and then bars, on the line."""
    last = text.rfind("||", pos + 1, text.find("\n", pos))
    return last > 0 and SINGLE_BAR_RE.search(text, pos + 1, last) is not None
