"""
Archives and compressed files among the raw files, opened as the members that they hold.

`kinds.py` tells what a file is, `names.py` which members are wanted and which names are hostile,
`limits.py` what is a bomb, `streams.py` and `seekable.py` unpack in bounded memory, `zips.py`,
`tars.py`, `sevenzip.py` and `singles.py` are the formats, `damage.py` says what is wrong.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from preprocess.archives.damage import ADVICE, DamagedError
from preprocess.archives.kinds import is_named_archive, kind_of
from preprocess.archives.limits import Limits, Meter
from preprocess.archives.member import Member
from preprocess.archives.names import Choice, Patterns
from preprocess.archives.sevenzip import sevenzip_members
from preprocess.archives.singles import single_member
from preprocess.archives.tars import packed_tar_members, tar_members
from preprocess.archives.zips import zip_members
from preprocess.sources import nfc, short_names

__all__ = ["DamagedError", "Limits", "Member", "Patterns", "is_named_archive", "open_archive"]


def open_archive(
    path: Path, name: str, patterns: Patterns | None, limits: Limits, archives: ExitStack
) -> list[Member]:
    """
    Return the members wanted of an archive, in its order, named from the folder they share.

    Nothing is written under a name of the archive's. What is set aside lies in files without a
    name, and is gone when `archives` closes.

    Args:
        path: of the archive.
        name: that it has among the raw files; a single compressed file is named after it.
        patterns: of members; None for all but the hidden ones.
        limits: to what it may unpack.
        archives: closes what is opened here.

    Raises:
        ValueError: it is no archive, or damaged, hostile or a bomb, has a password or is packed
            in a way that cannot be read; nothing in it is wanted, or two members share a name.
    """
    kind = kind_of(path)
    choice, meter = Choice(path, patterns), Meter(path, limits)
    if kind.container is None:
        members = single_member(path, name, kind.method or "", choice, meter)
    elif kind.container == "zip":
        members = zip_members(path, choice, meter, archives)
    elif kind.container == "7z":
        members = sevenzip_members(path, choice, meter, archives)
    elif kind.method is None:
        members = tar_members(path, choice, meter)
    else:
        members = packed_tar_members(path, kind.method, choice, meter, archives)
    choice.check()
    _refuse_archives(path, members)
    if kind.container is None:
        return [replace(member, name=nfc(member.name)) for member in members]
    names = short_names([member.name for member in members])
    return [replace(member, name=short) for member, short in zip(members, names, strict=True)]


def _refuse_archives(path: Path, members: Sequence[Member]) -> None:
    """Refuse archives inside the archive, which would be taken for texts."""
    for member in members:
        if is_named_archive(Path(member.name)):
            raise ValueError(
                f"{path}: {member.name!r} is an archive inside the archive, which is not opened; "
                f"{ADVICE}; or leave it out by naming the members wanted (`member`)"
            )
