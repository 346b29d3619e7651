"""Files of two encodings: each line is UTF-8 or CP949, whichever it is better Korean in."""

import codecs
import io
from collections.abc import Iterable, Iterator

import numpy as np

from preprocess.decoding.repairs import FIRST, Repairs
from preprocess.decoding.score import MIN_SCORE, SURE_SCORE, hangul_score

# The encoding of a line is decided by so many of its bytes; what follows them in the line, however
# long it is, is in the same.
LINE_BYTES = 1 << 20
WRONG_ONE_IN = 8  # bytes beyond ASCII, of a line that could yet be UTF-8
OTHER = {"utf-8": "cp949", "cp949": "utf-8"}
Stretch = tuple[str, bytes]  # a codec, and bytes that are to be read by it


class LineEncodings:
    """
    Tells line by line which of two encodings a file is in.

    A line stays in the main encoding of its file unless it is Korean in the other, and not here;
    what is there with errors must surely be. So a UTF-8 line with a wrong byte stays one. Without
    letters to tell by ("…"), it goes with the line before it, if without error in that encoding.
    """

    def __init__(self, main: str, repairs: Repairs) -> None:
        self._main = main
        self._last = main
        self._repairs = repairs
        self._number = 0  # lines so far

    def stretches(self, pieces: Iterable[bytes]) -> Iterator[Stretch]:
        """Divide a file, however it was cut into pieces, into stretches of one encoding."""
        held, running = b"", None  # bytes of a line without an end; encoding of one too long
        for piece in pieces:
            if running is not None:
                end = piece.find(b"\n") + 1 or len(piece)
                yield running, piece[:end]
                if piece[end - 1 : end] != b"\n":
                    continue
                piece, running = piece[end:], None
            held += piece
            end = held.rfind(b"\n") + 1
            yield from self._whole_lines(held[:end])
            held = held[end:]
            if len(held) >= LINE_BYTES:
                running = self._count(self._choose(held))
                yield running, held
                held = b""
        if held:
            yield self._count(self._choose(held)), held

    def _whole_lines(self, block: bytes) -> Iterator[Stretch]:
        done = yielded = 0  # bytes decided, and bytes given away
        for start, end in self._doubtful(block):
            self._pass_main(block[done:start])
            codec = self._count(self._choose(block[start:end]))
            if codec != self._main:
                if start > yielded:
                    yield self._main, block[yielded:start]
                yield codec, block[start:end]
                yielded = end
            done = end
        self._pass_main(block[done:])
        if len(block) > yielded:
            yield self._main, block[yielded:]

    def _doubtful(self, block: bytes) -> Iterator[tuple[int, int]]:
        """Yield start and end of the lines that might be in the other encoding."""
        if self._main == "utf-8":
            return iter(()) if _is_right(block, "utf-8") else _not_utf8(block)
        return _all_lines(block) if len(block) >= LINE_BYTES else _maybe_utf8(block)

    def _pass_main(self, lines: bytes) -> None:
        """Count whole lines that are in the main encoding without any doubt."""
        if lines:
            self._count(self._main, lines.count(b"\n"))
            self._last = self._last if lines.isascii() else self._main

    def _choose(self, line: bytes) -> str:
        line = line[:LINE_BYTES]
        if line.isascii():
            return self._main
        if not (self._main == "utf-8" and _is_right(line, "utf-8")) and self._is_other(line):
            self._last = OTHER[self._main]
        else:
            self._last = self._main
        return self._last

    def _is_other(self, line: bytes) -> bool:
        main, other = self._main, OTHER[self._main]
        texts = _read(line, main), _read(line, other)
        here, there = map(hangul_score, texts)
        if not _is_right(line, other):  # a damaged line of the other encoding
            return here < MIN_SCORE and there >= SURE_SCORE
        if max(here, there) >= MIN_SCORE:
            return there > here
        if other == "utf-8" and not _is_right(line, main):  # hardly ever right by chance
            return True
        return self._last == other or _is_hangul(texts[1])

    def _count(self, codec: str, lines: int = 1) -> str:
        """Count lines, and note the numbers of those that are not in the main encoding."""
        self._number += lines
        self._repairs.lines[codec] += lines
        if codec != self._main and len(self._repairs.other_lines) < FIRST:
            self._repairs.other_lines.append(self._number)
        return codec


def _is_right(data: bytes, codec: str) -> bool:
    """Tell whether there is no wrong byte; a character cut by the end is none."""
    try:
        codecs.getincrementaldecoder(codec)().decode(data)
    except UnicodeDecodeError:
        return False
    return True


def _read(data: bytes, codec: str) -> str:
    return codecs.getincrementaldecoder(codec)("replace").decode(data)


def _is_hangul(text: str) -> bool:
    """Tell whether there are several letters beyond ASCII, all of them Hangul syllables."""
    letters = [char for char in text if not char.isascii() and char.isalpha()]
    return len(letters) > 1 and all("가" <= char <= "힣" for char in letters)


def _all_lines(block: bytes) -> Iterator[tuple[int, int]]:
    start = 0
    for line in io.BytesIO(block):
        yield start, start + len(line)
        start += len(line)


def _not_utf8(block: bytes) -> Iterator[tuple[int, int]]:
    start = 0
    for line in io.BytesIO(block):
        try:
            line.decode()
        except UnicodeDecodeError:
            yield start, start + len(line)
        start += len(line)


def _maybe_utf8(block: bytes) -> Iterator[tuple[int, int]]:
    """
    Yield the lines beyond ASCII that could be UTF-8, with few bytes wrong.

    In UTF-8 a byte from 0xC0 on has one of 0x80 to 0xBF behind it, and such a byte never stands
    behind ASCII. Korean in CP949 breaks that with every other character, so few lines of it are
    looked at twice.
    """
    if not block:
        return
    data = np.frombuffer(block, np.uint8)
    follows = np.append((data ^ 0x80) < 0x40, False)  # is a byte 0x80 to 0xBF
    is_wrong = (data >= 0xC0) & ~follows[1:]
    is_wrong[1:] |= follows[1:-1] & (data[:-1] < 0x80)
    is_wrong[0] |= follows[0]
    starts = np.append(0, np.flatnonzero(data[:-1] == ord("\n")) + 1)
    ends = np.append(starts[1:], len(data))
    wrong, beyond = (
        np.add.reduceat(flags, starts, dtype=int) for flags in (is_wrong, data >= 0x80)
    )
    for index in np.flatnonzero((beyond > 0) & (wrong * WRONG_ONE_IN <= beyond)):
        yield int(starts[index]), int(ends[index])
