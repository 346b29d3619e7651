"""A single file in a compressed stream (.gz, .bz2, .xz, .lzma, .zst), named without its suffix."""

import io
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path, PurePosixPath

from preprocess.archives.damage import told
from preprocess.archives.limits import Gauge, Meter
from preprocess.archives.member import Member
from preprocess.archives.names import Choice
from preprocess.archives.seekable import Rewindable
from preprocess.archives.streams import READ_BYTES, unpacked

SAMPLE_BYTES = 4 << 20


def single_member(path: Path, name: str, method: str, choice: Choice, meter: Meter) -> list[Member]:
    """
    Return the one member of a compressed file; none where it is not wanted.

    Its size is an estimate above 4 MB: streams do not tell it, or tell it modulo 4 GB.

    Args:
        path: of the compressed file.
        name: that it has among the raw files, its folders in it.
        method: a key of `streams.STARTS`.
        choice: of members wanted.
        meter: of bytes unpacked.
    """
    inner = PurePosixPath(name)
    if inner.suffix.lower() == f".{method}":
        inner = inner.with_suffix("")
    if not choice.takes(str(inner), None):
        return []
    gauge = Gauge(meter, str(inner), path.stat().st_size)

    def start() -> Generator[bytes, None, None]:
        size = 0
        with told(path), path.open("rb") as file:
            for piece in unpacked(file, method):
                size += len(piece)
                gauge.reached(size)
                yield piece

    return [
        Member(
            str(inner),
            _estimated_size(path, method),
            lambda: io.BufferedReader(Rewindable(start, path.parent), READ_BYTES),
        )
    ]


def _estimated_size(path: Path, method: str) -> int:
    """
    Return the size unpacked: as if all shrank as the first 4 MB did, exact below these.

    Of a file that is cut off it is what there is: the cut is told as the member is read.
    """
    size = 0
    with told(path), path.open("rb") as file, suppress(EOFError):
        for piece in unpacked(file, method):
            size += len(piece)
            if size >= SAMPLE_BYTES:
                return size * path.stat().st_size // file.tell()
    return size
