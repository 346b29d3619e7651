"""A text that comes in pieces, divided into lines or stretches: in bounded memory, however long."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

# White space alone makes a line blank, but not so much of it: that much is not held back.
BLANK_CHARACTERS = 1 << 20


@dataclass(slots=True)
class Line:
    r"""
    A line while it is read.

    Attributes:
        number: from 1.
        position: about how many bytes of the file stand before it.
        parts: pieces of its text, without the line end; to be used up before the next line.
        end: `\n`, `\r\n`, `\r`, or nothing at the end of the file; known when `parts` are used up.
    """

    number: int
    position: int
    parts: Iterable[str]
    end: str

    def text(self) -> str:
        """Return all of the text, which is held in memory."""
        return "".join(self.parts)

    def has_text(self) -> bool:
        """Tell whether it is more than white space, and keep the parts looked at."""
        parts, seen, size = iter(self.parts), [], 0
        for part in parts:
            seen.append(part)
            size += len(part)
            if size >= BLANK_CHARACTERS or not (part.isspace() or not part):
                self.parts = chain(seen, parts)
                return True
        self.parts = seen
        return False


def lines(pieces: Iterable[str], codec: str) -> Iterator[Line]:
    r"""
    Divide a text into lines, which end with `\n`, `\r\n` or `\r` and with nothing else.

    U+2028 and the form feed, which `str.splitlines` cuts at too, stand inside lines of JSON and of
    prose. Positions are counted in `codec`; each wrong byte that was replaced, and each byte order
    mark that was removed, may shift those behind it by a few bytes.
    """
    fragments = _fragments(pieces)
    number, position = 1, 0
    for text, end in fragments:
        line = Line(number, position, (text,), end)
        rest = None
        if not end:
            rest = line.parts = _Rest(line, text, fragments, codec)
        yield line
        if rest is None:
            position += _size(text + end, codec)
        else:
            for _ in rest:  # what was not wanted
                pass
            position += rest.size
        number += 1


def cut(pieces: Iterable[str], limit: int) -> Iterator[str]:
    r"""
    Join a text and cut it into the longest stretches of at most `limit` UTF-8 bytes.

    A cut is made behind a line end where the stretch has one, else between two characters. The
    result does not depend on how the text was divided before, and never more than `limit` bytes
    and one piece are held.

    >>> list(cut(["사랑\n이", "별\n"], 8))
    ['사랑\n', '이별\n']
    """
    if limit < 4:
        raise ValueError(f"max_document_bytes: is {limit}; a character takes up to 4 bytes")
    pieces = iter(pieces)
    first, second = next(pieces, ""), next(pieces, None)
    if second is None and 4 * len(first) <= limit:  # short in any case: as most texts are
        if first:
            yield first
        return
    held = bytearray()
    for piece in chain((first, second or ""), pieces):
        held += piece.encode()
        start = 0
        while len(held) - start > limit:
            end = _cut_point(held, start, start + limit)
            yield held[start:end].decode()
            start = end
        del held[:start]
    if held:
        yield held.decode()


def _cut_point(text: bytearray, start: int, end: int) -> int:
    """Return where to cut `text` behind `start` and not behind `end`, which is inside it."""
    if text[end - 1 : end + 1] == b"\r\n":  # one line end, not two
        end -= 1
    line_end = max(text.rfind(b"\n", start, end), text.rfind(b"\r", start, end)) + 1
    if line_end > start:
        return line_end
    while text[end] & 0xC0 == 0x80:  # inside a character
        end -= 1
    return end


class _Rest:
    """A line of several fragments; counts its bytes, and tells the line its end."""

    def __init__(
        self, line: Line, first: str, fragments: Iterator[tuple[str, str]], codec: str
    ) -> None:
        self.size = 0
        self._parts = self._read(line, chain([(first, "")], fragments), codec)

    def __iter__(self) -> Iterator[str]:
        return self._parts

    def _read(self, line: Line, fragments: Iterator[tuple[str, str]], codec: str) -> Iterator[str]:
        for text, end in fragments:
            self.size += _size(text + end, codec)
            line.end = end
            yield text
            if end:
                return


def _fragments(pieces: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield stretches of lines, and the line end behind each, if it is there."""
    held = ""  # "\r", which may be half a line end
    for piece in pieces:
        text = held + piece
        held = "\r" if text.endswith("\r") else ""
        for line in io.StringIO(text[: len(text) - len(held)], newline=""):
            body = line.rstrip("\r\n")
            yield body, line[len(body) :]
    if held:
        yield "", held


def _size(text: str, codec: str) -> int:
    is_short = text.isascii() and not codec.startswith(("utf-16", "utf-32"))
    return len(text) if is_short else len(text.encode(codec, "replace"))
