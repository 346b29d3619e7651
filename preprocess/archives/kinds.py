"""What kind of archive a file is, told by its content; and what its name says it is."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from preprocess.archives.damage import ADVICE, told
from preprocess.archives.streams import STARTS, unpacked
from preprocess.archives.tars import is_header
from preprocess.archives.zips import listed_entries

HEAD_BYTES = 512  # a header of a tar file


@dataclass(frozen=True)
class Kind:
    """An archive: what holds members (None: a single file), and how the whole is compressed."""

    container: str | None  # zip, 7z or tar
    method: str | None  # a key of streams.STARTS

    def __str__(self) -> str:
        """Name it for people."""
        if self.method is None:
            return f"a {self.container} archive"
        return f"a file in {self.method}" if self.container is None else f"a tar in {self.method}"


# Where a suffix names a method alone, a tar inside is welcome too.
SUFFIXES = {
    ".zip": Kind("zip", None),
    ".whl": Kind("zip", None),
    ".7z": Kind("7z", None),
    ".tar": Kind("tar", None),
    ".tgz": Kind("tar", "gz"),
    ".tbz": Kind("tar", "bz2"),
    ".tbz2": Kind("tar", "bz2"),
    ".txz": Kind("tar", "xz"),
    ".tlz": Kind("tar", "lzma"),
    ".tzst": Kind("tar", "zst"),
    **{f".tar.{method}": Kind("tar", method) for method in STARTS},
    **{f".{method}": Kind(None, method) for method in STARTS},
}
# ALZip's .alz and .egg are common in Korea, and nothing else opens them.
UNREADABLE_RE = re.compile(
    r"\.(?:rar|r\d\d|alz|egg|cab|lzh|lha|arj|ace|lz4|lz|br|z)$",
    re.IGNORECASE,
)
VOLUME_RE = re.compile(r"\.(?:(?:7z|zip|tar|gz)\.\d{3}|z\d\d)$", re.IGNORECASE)
DOCUMENT_RE = re.compile(r"\.(?:docx|xlsx|pptx|hwpx|odt|ods|odp)$", re.IGNORECASE)

MAGICS: tuple[tuple[bytes, Kind], ...] = (
    (b"PK\x03\x04", Kind("zip", None)),
    (b"PK\x05\x06", Kind("zip", None)),  # empty
    (b"PK\x07\x08", Kind("zip", None)),  # the mark of one that was to be divided
    (b"7z\xbc\xaf\x27\x1c", Kind("7z", None)),
    (b"\x1f\x8b\x08", Kind(None, "gz")),
    (b"\xfd7zXZ\0", Kind(None, "xz")),
    (b"\x28\xb5\x2f\xfd", Kind(None, "zst")),
)
UNREADABLE: tuple[tuple[bytes, str], ...] = (
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"ALZ\x01", "an ALZ archive"),
    (b"EGGA", "an EGG archive"),
    (b"MSCF", "a cabinet"),
    (b"\x04\x22\x4d\x18", "LZ4"),
    (b"LZIP", "lzip"),
    (b"\x1f\x9d", "compress (.Z)"),
)
OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old document of Word, Excel or HWP"),
    (b"%PDF", "a PDF"),
    (b"PAR1", "Parquet"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)
HTML_RE = re.compile(rb"\s*<(?:!doctype html|html)", re.IGNORECASE)


def is_named_archive(path: Path) -> bool:
    """Tell whether a file's name says that it is an archive, one that can be opened or not."""
    name = path.name
    return bool(_named(path) or UNREADABLE_RE.search(name) or VOLUME_RE.search(name))


def kind_of(path: Path) -> Kind:
    """
    Tell what kind of archive a file is; its name, where it says something, must agree.

    Raises:
        ValueError: it is none, or one that cannot be opened here, or its name says another.
    """
    if VOLUME_RE.search(path.name):
        raise ValueError(f"{path}: is one volume of several; join them: {ADVICE}")
    if DOCUMENT_RE.search(path.name):
        raise ValueError(f"{path}: is a document, no archive; save it as text, and name that")
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    kind = _found(path, head)
    named = _named(path)
    if kind is None:
        raise ValueError(f"{path}: {_no_archive(path, head, named)}")
    if named is not None and not _agree(named, kind):
        raise ValueError(f"{path}: is named as {named}, but is {kind}; rename it")
    return kind


def _no_archive(path: Path, head: bytes, named: Kind | None) -> str:
    """Say what is wrong with a file that is no archive of ours."""
    if named == Kind("zip", None):
        listed_entries(path)  # the last of several volumes begins anyhow
    seen = looks_like(head)
    if any(head.startswith(magic) for magic, _ in UNREADABLE):
        return f"looks like {seen}, which cannot be opened here; {ADVICE}"
    if UNREADABLE_RE.search(path.name):
        words = "is named as an archive that cannot be opened here, and looks like"
        return f"{words} {seen}; {ADVICE}"
    if named is None:
        return f"is no archive, so it has no members; it looks like {seen}"
    return f"is named as {named}, but looks like {seen}; fetch it again, or rename it"


def looks_like(head: bytes) -> str:
    """Say what a file looks like that begins with `head`."""
    for magic, name in (*UNREADABLE, *OTHERS):
        if head.startswith(magic):
            return name
    if not head:
        return "an empty file"
    if HTML_RE.match(head):
        return "a web page (HTML)"
    if all(byte >= 0x20 or byte in b"\t\n\r\f" for byte in head):
        return f"text ({head[:20]!r} …)"
    return f"nothing known ({head[:8].hex(' ')} …)"


def _named(path: Path) -> Kind | None:
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    for suffix in ("".join(suffixes), *suffixes[-1:]):
        if suffix in SUFFIXES:
            return SUFFIXES[suffix]
    return None


def _agree(named: Kind, kind: Kind) -> bool:
    return named.method == kind.method and named.container in (None, kind.container)


def _found(path: Path, head: bytes) -> Kind | None:
    kind = _of_magic(head)
    if kind is None:
        named = _named(path)
        zeros = named is not None and named.container == "tar" and head == bytes(HEAD_BYTES)
        return Kind("tar", None) if is_header(head) or zeros else None
    if kind.method is not None and is_header(_first_bytes(path, kind.method)):
        return Kind("tar", kind.method)
    return kind


def _of_magic(head: bytes) -> Kind | None:
    for magic, kind in MAGICS:
        if head.startswith(magic):
            return kind
    tests: dict[str, Callable[[bytes], bool]] = {"bz2": _is_bz2, "lzma": _is_lzma, "zst": _is_skip}
    return next((Kind(None, method) for method, test in tests.items() if test(head)), None)


def _is_bz2(head: bytes) -> bool:
    ends = (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")  # π, or √π where it is empty
    return head.startswith(b"BZh") and head[4:10] in ends


def _is_lzma(head: bytes) -> bool:
    """Tell by the usual parameters, a window of 2ⁿ or 3·2ⁿ, and a size below 2⁵⁶ or unknown."""
    window = int.from_bytes(head[1:5], "little")
    usual = window >= 1 << 12 and window // (window & -window) in (1, 3)
    return head.startswith(b"\x5d") and usual and head[12:13] in (b"\0", b"\xff")


def _is_skip(head: bytes) -> bool:
    """Tell a frame that is to be skipped, with which `pzstd` begins."""
    return head[1:4] == b"\x2a\x4d\x18" and head[0] & 0xF0 == 0x50


def _first_bytes(path: Path, method: str) -> bytes:
    """Return the first bytes that come out of a compressed file."""
    found = b""
    with told(path), path.open("rb") as file:
        for piece in unpacked(file, method):
            found += piece[:HEAD_BYTES]
            if len(found) >= HEAD_BYTES:
                break
    return found[:HEAD_BYTES]
