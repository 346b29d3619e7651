"""
Tar files, plain or in a compressed stream.

Of a plain one the members are stretches of the file. A compressed one is unpacked once, from its
start to its end, and the members wanted are set aside: each could else be reached only by
unpacking all before it.
"""

import io
import tarfile
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from preprocess.archives.damage import told
from preprocess.archives.limits import BombError, Gauge, Meter
from preprocess.archives.member import Member
from preprocess.archives.names import FOLDER, Choice, text_of
from preprocess.archives.seekable import Rewindable, Slice, set_aside
from preprocess.archives.streams import PIECE_BYTES, unpacked
from preprocess.progress import progress

MAX_BYTES = 1 << 62
MAX_HEADER_BYTES = 1 << 20  # of a long name and the like, which tarfile reads whole
EXTENSIONS = frozenset(b"LKxgX"[i : i + 1] for i in range(5))
ODD = {
    tarfile.SYMTYPE: "a symbolic link",
    tarfile.LNKTYPE: "a hard link",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.FIFOTYPE: "a pipe",
}


class _Header(tarfile.TarInfo):
    """A header that is whole: tarfile takes a damaged one for the end, and the rest is lost."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_Header":
        """Read a header."""
        header = super().frombuf(buf, encoding, errors)
        most = MAX_HEADER_BYTES if header.type in EXTENSIONS else MAX_BYTES
        if not 0 <= header.size <= most:
            raise tarfile.ReadError(f"a header says {header.size} bytes")
        return header

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> "_Header":
        """
        Read the next header; zeros, which are no error here, are the end.

        What tarfile stumbles over without a word of its own are numbers that are none, and rows of
        extended headers, each of which it reads inside the one before.
        """
        try:
            return super().fromtarfile(archive)
        except (tarfile.EOFHeaderError, BombError):  # type: ignore[attr-defined]
            raise
        except (tarfile.HeaderError, RecursionError, ValueError) as error:
            raise tarfile.ReadError(f"{error} where a member or the end mark should be") from error


def is_header(head: bytes) -> bool:
    """Tell whether 512 bytes are the header of a tar file, by its check sum."""
    try:
        tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def tar_members(path: Path, choice: Choice, meter: Meter) -> list[Member]:
    """Return the members wanted of a plain tar file."""
    members = []
    with told(path), path.open("rb") as file, _open(file, "r:") as archive:
        for info in _each(archive):
            name = _name_of(info)
            if choice.takes(name, _odd(info)):
                meter.add(info.size)
                opener = _stretch(path, info.offset_data, info.size)
                members.append(Member(name, info.size, opener))
    return members


def packed_tar_members(
    path: Path, method: str, choice: Choice, meter: Meter, archives: ExitStack
) -> list[Member]:
    """Return the members wanted of a compressed tar file, set aside until `archives` closes."""
    aside = archives.enter_context(set_aside(path.parent))
    members = []
    with told(path), _unpacking(path, method, meter) as stream:
        with _open(stream, "r|") as archive:
            for info in _each(archive):
                name = _name_of(info)
                if choice.takes(name, _odd(info)):
                    start = aside.tell()
                    _copy(archive, info, aside)
                    members.append(Member(name, info.size, _shared(aside, start, info.size)))
        while stream.read(PIECE_BYTES):  # to the end, where the stream's check sum is
            pass
    return members


def _unpacking(path: Path, method: str, meter: Meter) -> IO[bytes]:
    gauge = Gauge(meter, path.name, path.stat().st_size)

    def start() -> Generator[bytes, None, None]:
        size = 0
        with path.open("rb") as file, progress(what="unpack", total=gauge.packed, unit="B") as bar:
            for piece in unpacked(file, method):
                size += len(piece)
                gauge.reached(size)
                bar.update(file.tell() - bar.n)
                yield piece

    return io.BufferedReader(Rewindable(start, path.parent), PIECE_BYTES)


def _open(file: IO[bytes], mode: str) -> tarfile.TarFile:
    return tarfile.open(fileobj=file, mode=mode, tarinfo=_Header, encoding="utf-8")  # type: ignore[call-overload, no-any-return]


def _each(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    while (info := archive.next()) is not None:
        archive.members.clear()  # type: ignore[attr-defined]  # they would all be kept
        if not 0 <= info.size <= MAX_BYTES:  # an extended header may say so: a way to go back
            raise tarfile.ReadError(f"{info.name!r} has {info.size} bytes")
        yield info


def _copy(archive: tarfile.TarFile, info: tarfile.TarInfo, aside: IO[bytes]) -> None:
    source = archive.extractfile(info)
    assert source is not None  # only ordinary files are wanted
    left = info.size
    while left:
        piece = source.read(min(left, PIECE_BYTES))
        if not piece:
            raise tarfile.ReadError(f"{info.name!r} is cut short")
        aside.write(piece)
        left -= len(piece)


def _stretch(path: Path, start: int, size: int) -> Callable[[], IO[bytes]]:
    return lambda: io.BufferedReader(Slice(path.open("rb"), start, size, owned=True))


def _shared(aside: IO[bytes], start: int, size: int) -> Callable[[], IO[bytes]]:
    return lambda: io.BufferedReader(Slice(aside, start, size, owned=False))


def _name_of(info: tarfile.TarInfo) -> str:
    """Return a member's name; what is not UTF-8 in it tarfile keeps as surrogates."""
    return text_of(info.name.encode("utf-8", "surrogateescape"))


def _odd(info: tarfile.TarInfo) -> str | None:
    if info.isdir():
        return FOLDER
    if info.issparse():
        return "a file with holes"
    return None if info.isfile() else ODD.get(info.type, f"of type {info.type!r}")
