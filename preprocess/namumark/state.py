"""
The state of a scan: pieces of text written, frames open, what was dropped.

What is open (a link, a footnote, a table row …) is a frame on a stack that remembers where its
pieces begin, so that its end can drop or change them; what never ends is forgotten, and its text
stays. The topmost block or row is the floor: what is below it cannot end before it does.
"""

from dataclasses import dataclass
from typing import NamedTuple

from preprocess.namumark.heads import pair_braces
from preprocess.namumark.options import Options
from preprocess.namumark.tidy import DROPPED, JOINED

TRIMMED = f" \t{JOINED}"  # at the end of a line

BLOCK, ROW, LINK, FILE, FOOTNOTE, MACRO, RUBY, BRACKET, MARKER = range(9)


@dataclass(frozen=True)
class Dropped:
    """How many of a construct were dropped, and how many characters of markup they had."""

    count: int
    characters: int


class Frame:
    """Something open."""

    __slots__ = ("display", "floor", "has_kept", "kind", "marker", "notes", "out", "pos")

    def __init__(self, kind: int, out: int, pos: int, notes: int = 0, marker: str = "") -> None:
        self.kind = kind
        self.out = out  # index of its first piece; ROW: of the first piece of its present cell
        self.pos = pos  # where it began; BLOCK: where it ends
        self.notes = notes  # how many footnotes stand before it; ROW: before its present cell
        # MARKER: the marker; FILE: the construct; BLOCK: what is written at its end
        self.marker = marker
        self.display = -1  # LINK: index of the first piece after `|`
        self.floor = -1  # BLOCK, ROW: index of the BLOCK or ROW below it
        self.has_kept = False  # BLOCK, ROW: a table in it (in its present cell) was kept


class LostCell(NamedTuple):
    """A cell that was dropped; if its row has no end, it comes back."""

    out: int  # index of the empty piece that holds its place
    text: str
    characters: int
    note: int  # index of the empty footnote that holds the place of its own
    notes: str


class Row(Frame):
    """A row of a table, and the rows below it."""

    __slots__ = ("cell", "gap", "has_caption", "is_kept", "lost")

    def __init__(self, out: int, pos: int, *, has_caption: bool) -> None:
        super().__init__(ROW, out, pos)
        self.has_caption = has_caption  # what is open in it is its caption
        self.cell = pos  # where the text of its present cell begins
        self.is_kept = False  # one of its cells was kept
        self.gap = -1  # index of the mark of the cells that were dropped on a line; -1: none
        self.lost: list[LostCell] = []


class Scan:
    """The state of the scan of one page."""

    __slots__ = (
        "block_ends",
        "dropped",
        "escaped",
        "floor",
        "footnotes",
        "found",
        "heading_end",
        "heading_out",
        "heading_tail",
        "links",
        "options",
        "out",
        "pairs",
        "stack",
        "text",
    )

    def __init__(self, text: str, options: Options, dropped: dict[str, list[int]]) -> None:
        self.text = text
        self.options = options
        self.pairs, self.escaped = pair_braces(text)
        self.block_ends: set[int] = set()  # where the }}} of a BLOCK frame stands
        self.out: list[str] = []
        self.footnotes: list[str] = []
        self.stack: list[Frame] = []
        self.floor = -1  # index of the topmost BLOCK or ROW
        self.links = 0  # LINK frames on the stack
        self.heading_end = -1  # where the line of the present heading ends
        self.heading_out = -1  # index of its first piece
        self.heading_tail = ""  # the equals signs there, and what parts them from the title
        self.dropped = dropped  # how many of a construct, and their characters
        self.found: dict[str, int] = {}

    def drop(self, construct: str, characters: int, count: int = 1) -> None:
        """Count something that does not come into the text."""
        counts = self.dropped.get(construct)
        if counts is None:
            self.dropped[construct] = [count, characters]
        else:
            counts[0] += count
            counts[1] += characters

    def leave_out(self, construct: str, characters: int) -> None:
        """Count something that does not come into the text, and mark its place."""
        self.drop(construct, characters)
        self.out.append(DROPPED)

    def cut(self, frame: Frame, construct: str, end: int) -> None:
        """Take out what a frame has written, and its footnotes; it ends at `end`."""
        del self.out[frame.out :]
        del self.footnotes[frame.notes :]
        self.leave_out(construct, end - frame.pos)

    def push(self, kind: int, pos: int, mark: str) -> Frame:
        """Open a frame that begins at `pos`, its first piece being a mark or an opener."""
        frame = Frame(kind, len(self.out), pos, len(self.footnotes))
        self.stack.append(frame)
        self.out.append(mark)
        return frame

    def trim_line(self, end: int) -> None:
        """Take spaces and marks off the end of a line from which the scan took something out."""
        last = self.out[-1] if self.out else ""
        if last == "\n":
            return
        begin = self.text.rfind("\n", 0, end) + 1
        if JOINED in last or not self.text.startswith(last, begin) or len(last) < end - begin:
            self.out[-1:] = [last.rstrip(TRIMMED) or JOINED]

    def trim(self) -> None:
        """Take the spaces off the end of what was written last."""
        if self.out and self.out[-1][-1:].isspace() and self.out[-1][-1] != "\n":
            self.out[-1] = self.out[-1].rstrip(" \t")

    def forget(self, index: int) -> None:
        """Take the frames from `index` off the stack; their pieces stay."""
        if self.links:
            for frame in self.stack[index:]:
                self.links -= frame.kind == LINK
        del self.stack[index:]

    def enter(self, frame: Frame) -> None:
        """Make a BLOCK or ROW the floor."""
        frame.floor = self.floor
        self.floor = len(self.stack)
        self.stack.append(frame)

    def leave(self, *, kept: bool) -> None:
        """Take the floor and all above it off the stack, and tell the one below what was kept."""
        frame = self.stack[self.floor]
        self.forget(self.floor)
        self.floor = frame.floor
        if kept and self.floor >= 0:
            self.stack[self.floor].has_kept = True

    def end_paragraph(self) -> None:
        """Forget all that is open but blocks: nothing else reaches over a blank line or heading."""
        self.forget(self.floor + 1)
        while (row := self.row()) is not None:
            self.end_text_row(row)

    def end_text_row(self, row: Row) -> None:
        """Leave a row that has no end, and so is text: what its cells lost comes back."""
        for cell in row.lost:
            self.out[cell.out] = cell.text
            if cell.notes:
                self.footnotes[cell.note] = cell.notes
            self.drop("tables", -cell.characters, -1)
        self.leave(kept=True)

    def row(self) -> Row | None:
        """Return the open row of a table, if it is the floor."""
        if self.floor < 0:
            return None
        frame = self.stack[self.floor]
        return frame if isinstance(frame, Row) else None

    def top(self) -> Frame | None:
        """Return the topmost frame above the floor that is no MARKER, if there is one."""
        index = len(self.stack) - 1
        while index > self.floor:  # at most one MARKER of each kind
            if self.stack[index].kind != MARKER:
                return self.stack[index]
            index -= 1
        return None

    def close(self, frame: Frame) -> None:
        """Take a frame above the floor, and all above it, off the stack."""
        while True:
            last = self.stack.pop()
            self.links -= last.kind == LINK
            if last is frame:
                return

    def find(self, needle: str, pos: int) -> int:
        """Find the next `needle`, each stretch of the text being searched once only; -1: none."""
        found = self.found.get(needle, 0)
        if 0 <= found < pos or needle not in self.found:
            found = self.found[needle] = self.text.find(needle, pos)
        return found
