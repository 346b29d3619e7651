"""Raw files as downloaded: verified against their manifest, archives opened as their members."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from preprocess.archives import Limits, Patterns, is_named_archive, open_archive
from preprocess.files import read_json, verify


@dataclass(frozen=True)
class RawFile:
    """
    One file, or one member of an archive: its name, its size in bytes, how to open it.

    The size of a large member of a .gz, .bz2, .xz, .lzma or .zst is an estimate: it serves for
    progress, and to divide a corpus into parts.
    """

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

    Where the source names members (`member`), every file must be an archive, whatever its name,
    that has one of them, and each pattern must fit in one of the archives.
    Else the files that are named as archives are opened, and all their members read but the
    hidden ones. Every file is verified before the first is given. Nothing is unpacked under its
    own name, and no code of a package is run. Members are named from the folder that all of them
    share, as files are; where two files would then share a name, with their archive's before it.

    Raises:
        FileNotFoundError: the manifest or a file that it names is missing.
        ValueError: a file is damaged or a stray, or an archive is not what `archives.open_archive`
            opens, or unpacks to more than `limits`; or a pattern fits nothing. What is damaged
            inside an archive is found when it is read.
    """
    content = read_json(manifest)
    _verify(manifest, content["files"])
    member = content["source"].get("member")
    patterns = None
    if member is not None:
        patterns = Patterns([member] if isinstance(member, str) else member)
    with ExitStack() as archives:
        groups = [
            _open(manifest.parent, entry, patterns, limits, archives) for entry in content["files"]
        ]
        if patterns is not None:
            patterns.check(manifest.parent)
        yield _told_apart(content["files"], groups)


def _open(
    folder: Path,
    entry: dict[str, Any],
    patterns: Patterns | None,
    limits: Limits,
    archives: ExitStack,
) -> list[RawFile]:
    """Return what one file of the manifest gives: itself, or members."""
    path = folder / entry["name"]
    if patterns is None and not is_named_archive(path):
        return [RawFile(entry["name"], entry["bytes"], _opener(path))]
    members = open_archive(path, entry["name"], patterns, limits, archives)
    return [RawFile(member.name, member.size, member.opener) for member in members]


def _told_apart(
    entries: Sequence[dict[str, Any]], groups: Sequence[list[RawFile]]
) -> list[RawFile]:
    """Join the groups; where names meet, put the name of the file before those of its members."""
    files = [file for group in groups for file in group]
    names = Counter(file.name for file in files)
    if all(count == 1 for count in names.values()):
        return files
    return [
        file if file.name == entry["name"] else replace(file, name=f"{entry['name']}/{file.name}")
        for entry, group in zip(entries, groups, strict=True)
        for file in group
    ]


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
        verify(folder / entry["name"], entry["sha256"], remedy)


def _opener(path: Path) -> Callable[[], IO[bytes]]:
    return lambda: path.open("rb")
