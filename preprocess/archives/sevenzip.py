"""7z files: the members wanted are unpacked once, in one pass, and set aside."""

import io
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import py7zr
from py7zr.exceptions import DecompressionBombError
from py7zr.io import Py7zIO, WriterFactory

from preprocess.archives.damage import told
from preprocess.archives.limits import FREE_BYTES, Gauge, Meter
from preprocess.archives.member import Member
from preprocess.archives.names import FOLDER, Choice
from preprocess.archives.seekable import Slice, set_aside
from preprocess.progress import progress

if TYPE_CHECKING:
    from tqdm import tqdm

# py7zr gives all that comes of what it reads at once in some methods: 32 MB of this in the worst.
SIP_BYTES = 1 << 10


class _Sips(io.FileIO):
    """A file that gives at most `sip` bytes at a time, once one is set."""

    sip: int | None = None

    def read(self, size: int | None = -1) -> bytes:
        """Read up to `size` bytes."""
        if self.sip is not None:
            size = self.sip if size is None or size < 0 else min(size, self.sip)
        return super().read(size)


class _Product(Py7zIO):
    """What py7zr writes one member to: the end of the file that all of them share."""

    def __init__(self, aside: IO[bytes], bar: "tqdm[Any]") -> None:
        self._aside, self._bar = aside, bar
        self.start = aside.seek(0, io.SEEK_END)

    def write(self, s: bytes | bytearray) -> int:
        """Add bytes."""
        self._bar.update(len(s))
        return self._aside.write(s)

    def read(self, size: int | None = None) -> bytes:
        """Give nothing: py7zr has no need to read."""
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:
        """Stay: what py7zr does when a member ends is go to its start."""
        return 0

    def flush(self) -> None:
        """Do nothing: the file is ours."""

    def size(self) -> int:
        """Return how many bytes were written."""
        return self._aside.tell() - self.start


class _Products(WriterFactory):
    """The products by the path that py7zr would write to."""

    def __init__(self, aside: IO[bytes], bar: "tqdm[Any]") -> None:
        self._aside, self._bar = aside, bar
        self.made: dict[Path, _Product] = {}

    def create(self, filename: str) -> Py7zIO:
        """Make the product of one member."""
        product = self.made[Path(filename)] = _Product(self._aside, self._bar)
        return product


def sevenzip_members(path: Path, choice: Choice, meter: Meter, archives: ExitStack) -> list[Member]:
    """Return the members wanted of a 7z file, set aside until `archives` closes."""
    aside = archives.enter_context(set_aside(path.parent))
    packed, limits = path.stat().st_size, meter.limits
    most = min(limits.max_bytes, max(FREE_BYTES, int(limits.max_ratio * packed)))
    with told(path), _Sips(path) as file, _opened(file, most) as archive:
        chosen = [entry for entry in archive.files if choice.takes(entry.filename, _odd(entry))]
        choice.check()
        # py7zr never gives more of a member than the directory says: a bomb is told before.
        with _malformed():
            _refuse_methods(archive.archiveinfo().method_names)
        total = sum(entry.uncompressed for entry in chosen)
        Gauge(meter, path.name, packed).reached(total)
        file.sip = SIP_BYTES
        with progress(what="unpack", total=total, unit="B") as bar:
            made = _products(path, archive, [entry.filename for entry in chosen], aside, bar, most)
    return [
        Member(entry.filename, entry.uncompressed, _opener(aside, product, entry.uncompressed))
        for entry, product in zip(chosen, made, strict=True)
    ]


def _products(
    path: Path,
    archive: py7zr.SevenZipFile,
    names: list[str],
    aside: IO[bytes],
    bar: "tqdm[Any]",
    most: int,
) -> list[_Product]:
    """Unpack the members of these names to `aside`."""
    products = _Products(aside, bar)
    folder = path.parent.resolve()  # nothing is written there: py7zr wants one for the names
    with _malformed(), _no_bomb(path, most):
        archive.extract(folder, names, factory=products)
        return [products.made[folder / name] for name in names]


def _refuse_methods(names: list[str]) -> None:
    """Refuse PPMd: the library that py7zr has for it reads and writes beyond its memory."""
    if "PPMd" in names:
        raise NotImplementedError("PPMd")


def _opened(file: _Sips, most: int) -> py7zr.SevenZipFile:
    with _malformed():
        return py7zr.SevenZipFile(file, max_extract_size=most)


@contextmanager
def _malformed() -> Iterator[None]:
    """Say that a directory makes no sense, where py7zr stumbles over it."""
    try:
        yield
    except (AssertionError, AttributeError, LookupError, OverflowError, TypeError) as error:
        reason = str(error) or type(error).__name__
        raise py7zr.Bad7zFile(f"its directory makes no sense: {reason}") from error


@contextmanager
def _no_bomb(path: Path, most: int) -> Iterator[None]:
    """Say how much is unpacked on the way to what is wanted: members share a stream."""
    try:
        yield
    except DecompressionBombError as error:
        raise ValueError(
            f"{path}: more than {most} bytes must be unpacked to reach what is wanted "
            "(archive.max_bytes, and archive.max_ratio times its size); raise them if you trust "
            "the archive"
        ) from error


def _opener(aside: IO[bytes], product: _Product, size: int) -> Callable[[], IO[bytes]]:
    return lambda: io.BufferedReader(Slice(aside, product.start, size, owned=False))


def _odd(entry: py7zr.py7zr.ArchiveFile) -> str | None:
    if entry.is_directory:
        return FOLDER
    if entry.is_symlink or entry.is_junction:
        return "a symbolic link"
    return None if entry.st_fmt in (None, 0, stat.S_IFREG) else "a device or a pipe"
