"""Whether a whole stream is UTF-8, told faster than by decoding it."""

import codecs
from dataclasses import dataclass
from functools import partial
from typing import IO

import numpy as np
import pyarrow as pa

PIECE_BYTES = 1 << 18


@dataclass(frozen=True)
class Utf8Check:
    """
    How far a stream is right in UTF-8.

    Attributes:
        wrong: offset of the first wrong byte; None where there is none.
        nuls: NUL bytes before it.
        size: bytes before it.
    """

    wrong: int | None
    nuls: int
    size: int


def check_utf8(stream: IO[bytes], piece_bytes: int = PIECE_BYTES) -> Utf8Check:
    """Read a stream to its end or to the first wrong byte; a cut last character is not wrong."""
    held, position, nuls = b"", 0, 0
    for piece in iter(partial(stream.read, piece_bytes), b""):
        data = held + piece
        end = _end_of_characters(data)
        whole, held = data[:end], data[end:]
        if not _is_valid(whole):
            wrong = _first_wrong(whole)
            return _wrong_at(position + wrong, nuls + whole.count(0, 0, wrong))
        nuls += whole.count(0)
        position += end
    try:
        codecs.getincrementaldecoder("utf-8")().decode(held)
    except UnicodeDecodeError as error:
        return _wrong_at(position + error.start, nuls)
    return Utf8Check(None, nuls, position + len(held))


def _wrong_at(offset: int, nuls: int) -> Utf8Check:
    return Utf8Check(offset, nuls, offset)


def _end_of_characters(data: bytes) -> int:
    """
    Return where the last character begins if bytes of it are still to come, else the length.

    >>> _end_of_characters("가나".encode()[:-1]), _end_of_characters("가나".encode())
    (3, 6)
    """
    for back in range(1, min(4, len(data) + 1)):
        byte = data[-back]
        if byte & 0xC0 != 0x80:  # not a continuation
            length = 1 + (byte >= 0xC0) + (byte >= 0xE0) + (byte >= 0xF0)
            return len(data) - back if length > back else len(data)
    return len(data)


def _is_valid(data: bytes) -> bool:
    """Ask Arrow, which checks three times as fast as Python decodes."""
    ends = pa.py_buffer(np.array([0, len(data)], np.int32))
    text = pa.Array.from_buffers(pa.string(), 1, [None, ends, pa.py_buffer(data)])
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _first_wrong(data: bytes) -> int:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.start
    raise AssertionError("Arrow and Python differ on what UTF-8 is")
