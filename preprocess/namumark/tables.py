"""Tables: rows over any number of lines, their cells, captions and attributes."""

import re

from preprocess.namumark.names import CELL_ATTRIBUTES
from preprocess.namumark.state import LINK, LostCell, Row, Scan
from preprocess.namumark.tidy import DROPPED, INVISIBLE, JOINED
from preprocess.namumark.tokens import MARKUP_RE

ATTRIBUTES_RE = re.compile(CELL_ATTRIBUTES, re.VERBOSE | re.IGNORECASE)
BARS_RE = re.compile(r"\|\|+")
SINGLE_BAR_RE = re.compile(r"(?<!\|)\|(?!\|)")
ROW_END_RE = re.compile(r"[ \t]*(?:\n(\|\|+)|(?=\n|\Z))")

HANGUL_RE = re.compile("[가-힣]")
SENTENCE_ENDS = ("다.", "요.", "음.", "함.")
AFTER_SENTENCE = "\"'’”)" + INVISIBLE
AROUND_CELL = "|" + INVISIBLE
SHORTEST_SENTENCE, PROSE_SYLLABLES = 2, 40


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
        if attributes := ATTRIBUTES_RE.match(scan.text, stop):
            stop = attributes.end()
    elif scan.text[stop - 1] == "}":  # |}}, of a box of old pages
        scan.out.append(JOINED)
        return stop
    elif row is None:
        scan.out.append(DROPPED + " ")
        return stop
    _end_cell(scan, row, start)
    # Two characters tell of most cells that the row does not end with them.
    following = scan.text[stop : stop + 2]
    if (following[0] == "\n" or following.isspace()) and (end := ROW_END_RE.match(scan.text, stop)):
        if end[1]:
            _next_row(scan, row)
            return _rows(scan, row, end.end())
        scan.leave(kept=row.is_kept)
        return end.end()
    return _open_cell(scan, row, stop)


def open_row(scan: Scan, pos: int) -> int:
    """Open a row at the start of a line, at `||` or `|caption|`; a row that is open goes on."""
    if scan.row() is not None:
        return pos
    bars = BARS_RE.match(scan.text, pos)
    if bars is None and not _is_caption(scan.text, pos):
        return pos
    row = Row(len(scan.out), pos, has_caption=bars is None)
    scan.forget(scan.floor + 1)
    scan.enter(row)
    return _rows(scan, row, bars.end()) if bars else _open_cell(scan, row, pos + 1)


def is_prose(text: str) -> bool:
    """
    Say whether a table cell is prose: it ends as a sentence does, or has 40 Hangul syllables.

        >>> is_prose("멥쌀"), is_prose("오래 끓여도 풀어지지 않는다.")
        (False, True)
    """
    if JOINED in text or DROPPED in text:
        text = text.replace(JOINED, "").replace(DROPPED, "")
    if len(text) < SHORTEST_SENTENCE:
        return False
    return text.rstrip(AFTER_SENTENCE).endswith(SENTENCE_ENDS) or (
        len(text) >= PROSE_SYLLABLES and len(HANGUL_RE.findall(text)) >= PROSE_SYLLABLES
    )


def _rows(scan: Scan, row: Row, stop: int) -> int:
    """Handle the rows from `stop` that hold no markup, which are most; open a cell of the next."""
    text = scan.text
    while True:
        end = text.find("\n", stop)
        if MARKUP_RE.search(text, stop, end):
            return _open_cell(scan, row, stop)
        *cells, rest = text[stop:end].split("||")
        has_end = bool(cells) and not rest.strip(" \t")
        dropped = characters = 0
        for cell in cells:
            plain = cell.strip(AROUND_CELL)
            if _is_wanted(scan, plain):
                _keep_cell(scan.out, row, plain)
            elif not has_end:
                _drop_cell(scan, row, plain, len(cell), "")
            elif plain:
                dropped += 1
                characters += len(cell)
        if not has_end:
            return _open_cell(scan, row, end - len(rest))
        if dropped:
            scan.drop("tables", characters, dropped)
        _mark_gap(scan.out, row)
        if not text.startswith("||", end + 1):
            scan.leave(kept=row.is_kept)
            return end
        _next_row(scan, row)
        stop = end + 3


def _open_cell(scan: Scan, row: Row, stop: int) -> int:
    """Begin a cell, whose pieces are judged at its end; return where its text begins."""
    row.cell = stop
    row.out, row.notes, row.has_kept = len(scan.out), len(scan.footnotes), False
    scan.out.append(f"\n{JOINED}" if row.is_kept else JOINED)
    return stop


def _next_row(scan: Scan, row: Row) -> None:
    """Begin a row on the line below with the same frame; a line that kept nothing is not ended."""
    if row.is_kept:
        scan.out.append("\n")
        row.is_kept, row.gap = False, -1
        if row.floor >= 0:
            scan.stack[row.floor].has_kept = True
    row.has_caption = False
    row.lost = []


def _end_cell(scan: Scan, row: Row, end: int) -> None:
    """Keep or drop the cell's pieces. A cell with a kept table is kept unread: linear time."""
    out, first = scan.out, row.out
    scan.forget(scan.floor + 1)
    cell = "" if row.has_kept else "".join(out[first:]).strip(INVISIBLE)
    if row.has_kept and scan.options.tables != "drop":
        _begin_kept(out, row)
    elif _is_wanted(scan, cell):
        del out[first:]
        _keep_cell(out, row, cell)
    else:
        del out[first:]
        notes = ""
        if len(scan.footnotes) > row.notes:
            notes = "\n".join(filter(None, scan.footnotes[row.notes :]))
            scan.footnotes[row.notes :] = [""]
        _drop_cell(scan, row, cell, end - row.cell, notes)


def _is_wanted(scan: Scan, cell: str) -> bool:
    tables = scan.options.tables
    return cell != "" and (tables == "cells" or (tables == "prose" and is_prose(cell)))


def _begin_kept(out: list[str], row: Row) -> None:
    """Note that a row has a cell that is kept; it takes the line of those that were dropped."""
    if not row.is_kept and row.gap >= 0:
        out[row.gap] = JOINED
    row.is_kept = True


def _keep_cell(out: list[str], row: Row, cell: str) -> None:
    if row.is_kept:
        out.append("\n" + cell)
    else:
        _begin_kept(out, row)
        out.append(cell)


def _drop_cell(scan: Scan, row: Row, cell: str, characters: int, notes: str) -> None:
    """Count a cell that is dropped, and remember it in case that its row has no end."""
    out = scan.out
    if cell or notes:
        scan.drop("tables", characters)
        text = f"\n{JOINED}{cell}" if row.is_kept else f"{JOINED}{cell}\n"
        row.lost.append(LostCell(len(out), text, characters, len(scan.footnotes) - 1, notes))
        out.append("")
    _mark_gap(out, row)


def _mark_gap(out: list[str], row: Row) -> None:
    """Mark a row that has kept nothing yet, once for all its cells and the rows above it."""
    if not row.is_kept and row.gap < 0:
        row.gap = len(out)
        out.append(DROPPED)


def _is_caption(text: str, pos: int) -> bool:
    """Say whether a bar begins |caption| a || b ||: another one, and then bars, on the line."""
    last = text.rfind("||", pos + 1, text.find("\n", pos))
    return last > 0 and SINGLE_BAR_RE.search(text, pos + 1, last) is not None
