"""Compressed streams unpacked piece by piece: no method gives more at once than a bounded piece."""

import bz2
import lzma
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Protocol

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PIECE_BYTES = 1 << 20
READ_BYTES = 1 << 16
# The most memory that a stream may ask for: its window, which its header names.
MEMORY_BYTES = 1 << 31
ZSTD_WINDOW_LOG = 31

ZstdError = zstd.ZstdError


class Decompressor(Protocol):
    """What Python's modules for bzip2, LZMA and Zstandard agree on."""

    @property
    def eof(self) -> bool:
        """Whether the stream has ended."""

    @property
    def needs_input(self) -> bool:
        """Whether nothing more can come before more is given."""

    @property
    def unused_data(self) -> bytes:
        """What was given behind the end of the stream."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Take `data` in, and give at most `max_length` bytes."""


class Deflate:
    """zlib's decompressor in the manner of the others; `wbits` as zlib has them."""

    def __init__(self, wbits: int) -> None:
        self._inner = zlib.decompressobj(wbits)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        """Whether the stream has ended."""
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        """What was given behind the end of the stream."""
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Take `data` in, and give at most `max_length` bytes."""
        piece = self._inner.decompress(self._inner.unconsumed_tail + data, max_length)
        # A full piece may have left some behind inside, even where all input is used up.
        self.needs_input = not self._inner.unconsumed_tail and len(piece) < max_length
        return piece


def zstandard() -> Decompressor:
    """Start a stream of Zstandard, whatever its window (`zstd --ultra --long=31`)."""
    return zstd.ZstdDecompressor(
        options={zstd.DecompressionParameter.window_log_max: ZSTD_WINDOW_LOG}
    )


STARTS: dict[str, Callable[[], Decompressor]] = {
    "gz": lambda: Deflate(wbits=31),
    "bz2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MEMORY_BYTES),
    "lzma": lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=MEMORY_BYTES),
    "zst": zstandard,
}


def unpacked(file: IO[bytes], method: str) -> Iterator[bytes]:
    """
    Yield in pieces what the streams of a compressed file hold, one behind the other.

    Zeros between and behind streams are padding. Anything else behind a stream must be another:
    Python's own readers drop it without a word, and a lost half of a file with it.

    Raises:
        EOFError: the file ends inside a stream.
        OSError, lzma.LZMAError, zlib.error, zstd.ZstdError: a stream is damaged.
    """
    data = file.read(READ_BYTES)
    while data:
        stream = STARTS[method]()
        yield from one_stream(file, stream, data)
        data = stream.unused_data.lstrip(b"\0")
        while not data and (more := file.read(READ_BYTES)):
            data = more.lstrip(b"\0")


def one_stream(
    file: IO[bytes], stream: Decompressor, data: bytes = b"", read_bytes: int = READ_BYTES
) -> Iterator[bytes]:
    """Yield in pieces what one stream holds, which begins with `data` and goes on in `file`."""
    while not stream.eof:
        if not data and stream.needs_input:
            data = file.read(read_bytes)
            if not data:
                raise EOFError("it ends in the middle of a stream")
        piece = stream.decompress(data, PIECE_BYTES)
        data = b""
        if piece:
            yield piece
