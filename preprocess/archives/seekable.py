"""Members that can be sought, though what unpacks them only goes forward."""

import io
import os
from collections.abc import Callable, Generator
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

SPOOL_BYTES = 16 << 20  # what is set aside stays in memory up to this size


def set_aside(folder: Path) -> IO[bytes]:
    """
    Open a temporary file without a name, the caller's to close.

    It lies on the disk of the raw files, where the user has room: /tmp may be memory. Where a
    disk cannot do without a name, it has for a moment one that no stage reads.
    """
    place = str(folder) if os.access(folder, os.W_OK) else None
    return SpooledTemporaryFile(max_size=SPOOL_BYTES, dir=place, prefix=".tmp-")


class _Source(io.RawIOBase):
    """What can be read and sought."""

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes."""
        return True


class Slice(_Source):
    """The bytes of a file from `start` on, `size` of them; the file may be shared by slices."""

    def __init__(self, file: IO[bytes], start: int, size: int, *, owned: bool) -> None:
        self._file, self._start, self._size, self._owned = file, start, size, owned
        self._position = 0

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Read at most as much as fits in; nothing at the end."""
        view = memoryview(buffer).cast("B")
        wanted = min(len(view), max(0, self._size - self._position))
        self._file.seek(self._start + self._position)
        data = self._file.read(wanted)
        if wanted and not data:
            raise EOFError(f"{self._size - self._position} bytes are missing at its end")
        view[: len(data)] = data
        self._position += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go elsewhere, and tell where."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def close(self) -> None:
        """Close what it reads from."""
        if self._owned:
            self._file.close()
        super().close()


class Rewindable(_Source):
    """
    A stream that unpacks from its start: forward freely, back to the start by starting anew.

    That is how text is read: once to tell its encoding, once to decode it. To go anywhere else,
    as Parquet does, it is set aside whole in a temporary file.
    """

    def __init__(self, start: Callable[[], Generator[bytes, None, None]], folder: Path) -> None:
        self._start, self._folder = start, folder
        self._pieces = start()
        self._piece = memoryview(b"")
        self._position = 0
        self._aside: IO[bytes] | None = None
        self._fault: Exception | None = None  # what the unpacking ended with

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Read at most as much as fits in; nothing at the end."""
        view = memoryview(buffer).cast("B")
        if self._aside is not None:
            data = self._aside.read(len(view))
            view[: len(data)] = data
            return len(data)
        if not self._piece:
            self._piece = self._next_piece()
        size = min(len(view), len(self._piece))
        view[:size] = self._piece[:size]
        self._skip(size)
        return size

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go elsewhere, and tell where."""
        target = offset + (self.tell() if whence == io.SEEK_CUR else 0)
        if self._aside is None and (whence == io.SEEK_END or 0 < target < self._position):
            self._set_aside()
        if self._aside is not None:
            whence = io.SEEK_END if whence == io.SEEK_END else io.SEEK_SET
            return self._aside.seek(target, whence)
        if target < self._position:
            self._restart()
        self._forward(target)
        return self._position

    def tell(self) -> int:
        """Tell how many bytes stand before."""
        return self._position if self._aside is None else self._aside.tell()

    def close(self) -> None:
        """Close what it reads from."""
        self._pieces.close()
        if self._aside is not None:
            self._aside.close()
        super().close()

    def _next_piece(self) -> memoryview:
        """Unpack on; what is damaged is damaged at each try, and no end of the stream."""
        if self._fault is not None:
            raise self._fault
        try:
            return memoryview(next(self._pieces, b""))
        except Exception as error:
            self._fault = error
            raise

    def _restart(self) -> None:
        self._pieces.close()
        self._pieces, self._fault = self._start(), None
        self._piece, self._position = memoryview(b""), 0

    def _forward(self, target: int) -> None:
        while self._position < target:
            self._piece = self._piece or self._next_piece()
            if not self._piece:
                return  # the end
            self._skip(min(len(self._piece), target - self._position))

    def _skip(self, size: int) -> None:
        self._piece = self._piece[size:]
        self._position += size

    def _set_aside(self) -> None:
        self._restart()
        self._aside = set_aside(self._folder)
        for piece in self._pieces:
            self._aside.write(piece)
