"""
Zip files and wheels: their members unpacked by the bounded streams of this package.

Python's zipfile reads the directory and finds the members. Their bytes it gives packed: its own
readers of bzip2 and LZMA hold all that comes of a megabyte, gigabytes of a bomb, and Deflate64,
in which Windows packs large files, it cannot read. (APPNOTE.TXT, sections 4.4 and 4.6.9.)
"""

import bz2
import copy
import io
import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import inflate64

from preprocess.archives.damage import ADVICE, told
from preprocess.archives.limits import Gauge, Meter
from preprocess.archives.member import Member
from preprocess.archives.names import FOLDER, Choice, text_of
from preprocess.archives.seekable import Rewindable
from preprocess.archives.streams import (
    MEMORY_BYTES,
    PIECE_BYTES,
    READ_BYTES,
    STARTS,
    Decompressor,
    Deflate,
    one_stream,
)

ENCRYPTED = 0x1
UTF8_NAME = 0x800
UNICODE_PATH = 0x7075  # an extra field with the name in UTF-8 (section 4.6.9)
AES = 99
END_RECORD = struct.Struct("<4sHHHHIIH")  # section 4.3.16
SIP_BYTES = 1 << 12  # of Deflate64, which cannot be told to give less: 4 MB at most come of it


class Deflate64:
    """inflate64's decompressor in the manner of the others."""

    needs_input = True
    unused_data = b""

    def __init__(self) -> None:
        self._inner = inflate64.Inflater()

    @property
    def eof(self) -> bool:
        """Whether the stream has ended."""
        return bool(self._inner.eof)

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Take `data` in, and give what comes of it, at most 1,032 times as much."""
        try:
            return bytes(self._inner.inflate(data))
        except ValueError as error:
            raise zlib.error(str(error)) from error


def _lzma(packed: IO[bytes]) -> Decompressor:
    """Start LZMA behind the header that zip gives it: version, size, parameters, window."""
    _, _, _, parameters, window = struct.unpack("<BBHBI", packed.read(9))
    if window > MEMORY_BYTES:
        raise lzma.LZMAError(f"its window is {window} bytes, more than {MEMORY_BYTES}")
    filters = {
        "id": lzma.FILTER_LZMA1,
        "dict_size": window,
        "lc": parameters % 9,
        "lp": parameters // 9 % 5,
        "pb": parameters // 45,
    }
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[filters])


METHODS: dict[int, Callable[[IO[bytes]], Decompressor]] = {
    zipfile.ZIP_DEFLATED: lambda _: Deflate(wbits=-15),
    9: lambda _: Deflate64(),
    zipfile.ZIP_BZIP2: lambda _: bz2.BZ2Decompressor(),
    zipfile.ZIP_LZMA: _lzma,
    93: lambda _: STARTS["zst"](),
    95: lambda _: STARTS["xz"](),
}


def zip_members(path: Path, choice: Choice, meter: Meter, archives: ExitStack) -> list[Member]:
    """Return the members wanted of a zip file, which `archives` closes."""
    entries = listed_entries(path)
    with told(path):
        archive = archives.enter_context(zipfile.ZipFile(path))
        found = len(archive.infolist())
        if entries not in (None, found):
            raise zipfile.BadZipFile(f"{found} members are listed, its end record says {entries}")
    members = []
    for info in archive.infolist():
        name = _name_of(info)
        if choice.takes(name, _odd(info, name)):
            _refuse_unreadable(path, info, name)
            members.append(_member(archive, path, info, Gauge(meter, name, info.compress_size)))
    return members


def _member(archive: zipfile.ZipFile, path: Path, info: zipfile.ZipInfo, gauge: Gauge) -> Member:
    def start() -> Generator[bytes, None, None]:
        with told(path, gauge.name), archive.open(_as_stored(info)) as packed:
            yield from _checked(_pieces(packed, info), info, gauge)

    return Member(
        gauge.name,
        info.file_size,
        lambda: io.BufferedReader(Rewindable(start, path.parent), READ_BYTES),
    )


def _pieces(packed: IO[bytes], info: zipfile.ZipInfo) -> Iterator[bytes]:
    if info.compress_type == zipfile.ZIP_STORED:
        return iter(lambda: packed.read(PIECE_BYTES), b"")
    stream = METHODS[info.compress_type](packed)
    sip = SIP_BYTES if isinstance(stream, Deflate64) else READ_BYTES
    return one_stream(packed, stream, read_bytes=sip)


def _checked(
    pieces: Iterator[bytes], info: zipfile.ZipInfo, gauge: Gauge
) -> Generator[bytes, None, None]:
    """Pass the pieces on, counted; their check sum decides whether they are right."""
    crc = size = 0
    while size != info.file_size and (piece := next(pieces, b"")):  # LZMA may have no end mark
        crc = zlib.crc32(piece, crc)
        size += len(piece)
        gauge.reached(size)
        yield piece
    if crc != info.CRC:
        raise zipfile.BadZipFile(f"its check sum is {crc:08x}, the directory says {info.CRC:08x}")


def _as_stored(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """Describe a member as if its packed bytes were what it holds, with no check sum known."""
    packed = copy.copy(info)
    packed.compress_type = zipfile.ZIP_STORED
    packed.file_size = info.compress_size
    packed.CRC = None  # type: ignore[assignment]  # zipfile then checks none
    return packed


def _name_of(info: zipfile.ZipInfo) -> str:
    """Return a member's name; `orig_filename` is whole where `filename` ends at a NUL."""
    name = info.orig_filename
    if not info.flag_bits & UTF8_NAME:
        known = name.encode("cp437")  # zipfile decoded it so, and that undoes it
        name = _unicode_path(info.extra, known) or text_of(known)
    return name.replace("\\", "/")  # as Windows' own zips before 2015 have it


def _unicode_path(extra: bytes, known: bytes) -> str | None:
    """Return the name in UTF-8 from the extra fields, where there is one of this very name."""
    while len(extra) >= 4:
        field, size = struct.unpack("<HH", extra[:4])
        data, extra = extra[4 : 4 + size], extra[4 + size :]
        if field == UNICODE_PATH and data[1:5] == struct.pack("<I", zlib.crc32(known)):
            return text_of(data[5:])
    return None


def _odd(info: zipfile.ZipInfo, name: str) -> str | None:
    kind = stat.S_IFMT(info.external_attr >> 16)  # 0 where no Unix wrote it
    if name.endswith("/") or kind == stat.S_IFDIR:
        return FOLDER
    if kind == stat.S_IFLNK:
        return "a symbolic link"
    return None if kind in (0, stat.S_IFREG) else "a device or a pipe"


def _refuse_unreadable(path: Path, info: zipfile.ZipInfo, name: str) -> None:
    if info.flag_bits & ENCRYPTED or info.compress_type == AES:
        raise ValueError(f"{path}: {name!r} has a password; {ADVICE}")
    if info.compress_type not in METHODS and info.compress_type != zipfile.ZIP_STORED:
        raise ValueError(
            f"{path}: {name!r} is packed by method {info.compress_type}, which cannot be read "
            f"here; {ADVICE}"
        )


def listed_entries(path: Path) -> int | None:
    """
    Return how many members the end record counts; None where it has no room for the number.

    Raises:
        ValueError: the file is the last of several volumes.
    """
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - (1 << 16) - END_RECORD.size))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < END_RECORD.size:
        return None  # zipfile says what is missing
    _, volume, _, _, entries, *_ = END_RECORD.unpack_from(tail, at)
    if volume not in (0, 0xFFFF):
        raise ValueError(f"{path}: is one volume of several; join them: {ADVICE}")
    return None if entries == 0xFFFF else int(entries)
