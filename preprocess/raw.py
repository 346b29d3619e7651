"""Raw files as downloaded: verified against their manifest, archives opened as their members."""

import shutil
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from preprocess.archives import Limits
from preprocess.files import read_json, sha256_of
from preprocess.sources import matches, short_names

SPOOL_BYTES = 16 << 20  # a member of a tar file up to this size stays in memory


@dataclass(frozen=True)
class RawFile:
    """One file, or one member of an archive: its name, its size in bytes, how to open it."""

    name: str
    size: int
    opener: Callable[[], IO[bytes]]

    def open(self) -> IO[bytes]:
        """Open it for reading, at its start; it can be sought, and is the caller's to close."""
        return self.opener()


@contextmanager
def open_raw(manifest: Path, limits: Limits) -> Iterator[list[RawFile]]:
    """
    Give the raw files of a corpus, in the manifest's order; members in their archive's order.

    Every file is verified before the first is given. Nothing is unpacked to disk under its own
    name, and no code of a package is run. Members are named from the folder that all of them
    share, as files are.

    Raises:
        FileNotFoundError: the manifest or a file that it names is missing.
        ValueError: a file is damaged or a stray, or an archive has no member that a pattern fits.
    """
    content = read_json(manifest)
    _verify(manifest, content["files"])
    member = content["source"].get("member")
    members = [member] if isinstance(member, str) else member
    with ExitStack() as archives:
        files: list[RawFile] = []
        for entry in content["files"]:
            path = manifest.parent / entry["name"]
            if members is None:
                files.append(RawFile(entry["name"], entry["bytes"], _opener(path)))
            else:
                files.extend(_open_archive(path, members, archives))
        yield files


def _verify(manifest: Path, entries: Sequence[dict[str, Any]]) -> None:
    remedy = f"delete {manifest} and run the same command again"
    folder = manifest.parent
    listed = {entry["name"] for entry in entries} | {manifest.name}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        # Desktops and network disks leave hidden files of their own; they are never read.
        if name not in listed and not path.is_dir() and not path.name.startswith("."):
            raise ValueError(f"{path}: is not in {manifest}; {remedy}")
    for entry in entries:
        path = folder / entry["name"]
        if not path.is_file():
            raise FileNotFoundError(f"{path}: is missing; {remedy}")
        found = sha256_of(path)
        if found != entry["sha256"]:
            raise ValueError(
                f"{path}: sha256 is {found}, the manifest says {entry['sha256']}; {remedy}"
            )


def _opener(path: Path) -> Callable[[], IO[bytes]]:
    return lambda: path.open("rb")


def _open_archive(path: Path, patterns: Sequence[str], archives: ExitStack) -> list[RawFile]:
    """Return the members of an archive that fit a pattern; each pattern must fit one."""
    try:
        if path.name.endswith((".whl", ".zip")):
            members = _zip_members(archives.enter_context(zipfile.ZipFile(path)))
        elif path.name.endswith(".tar.gz"):
            members = _tar_members(archives.enter_context(tarfile.open(path, "r:gz")))  # noqa: SIM115
        else:
            raise ValueError(f"{path}: is no wheel, .zip or .tar.gz, so it has no members")
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error) as error:
        raise ValueError(f"{path}: is no whole archive ({error})") from error
    for pattern in patterns:
        if not any(matches(member.name, pattern) for member in members):
            some = ", ".join(member.name for member in members[:5])
            raise ValueError(f"{path}: no member fits {pattern!r}; it has {some} …")
    chosen = [m for m in members if any(matches(m.name, pattern) for pattern in patterns)]
    names = [member.name for member in chosen]
    for name, count in Counter(names).items():
        if count > 1:
            raise ValueError(
                f"{path}: has {count} members named {name!r}; which is meant cannot be told"
            )
    return [
        RawFile(name, member.size, member.opener)
        for name, member in zip(short_names(names), chosen, strict=True)
    ]


def _zip_members(archive: zipfile.ZipFile) -> list[RawFile]:
    def opener(info: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
        return lambda: archive.open(info)

    return [
        RawFile(info.filename, info.file_size, opener(info))
        for info in archive.infolist()
        if not info.is_dir()
    ]


def _tar_members(archive: tarfile.TarFile) -> list[RawFile]:
    def opener(info: tarfile.TarInfo) -> Callable[[], IO[bytes]]:
        return lambda: _spooled(archive, info)

    return [
        RawFile(info.name, info.size, opener(info))
        for info in archive.getmembers()
        if info.isfile()
    ]


def _spooled(archive: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    """Copy a member aside: to go back inside a gzip stream is to unpack it from its start."""
    member = archive.extractfile(info)
    assert member is not None  # only regular files are listed
    spool = SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115 (the caller closes it)
    shutil.copyfileobj(member, spool)
    spool.seek(0)
    return spool
