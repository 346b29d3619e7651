"""Names of members: decoded, refused where they point outside, chosen by pattern."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from preprocess.sources import matches, nfc

DRIVE_RE = re.compile(r"[A-Za-z]:")
MAX_MEMBERS = 1_000_000
LONGEST_NAME = 4096  # characters, folders in it; `**` is compared at each of them
SOME = 5  # names that a message lists
FOLDER = "a folder"  # which is passed by


def text_of(name: bytes) -> str:
    r"""
    Decode the name of a member of which the archive does not tell the encoding.

    Korean Windows writes CP949. What is neither that nor UTF-8 is taken for CP437, which zip says
    it is, and which has a character for every byte.

    >>> text_of("가사.txt".encode()), text_of("햏.txt".encode("cp949")), text_of(b"caf\x82.txt")
    ('가사.txt', '햏.txt', 'café.txt')
    """
    for encoding in ("utf-8", "cp949"):
        try:
            return name.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name.decode("cp437")


def is_hidden(name: str) -> bool:
    """Tell whether a name is what macOS and editors leave: `__MACOSX/`, `.DS_Store`, `._a.txt`."""
    return any(part == "__MACOSX" or _is_dotted(part) for part in PurePosixPath(name).parts)


class Patterns:
    """Patterns of members wanted, of one archive or several: each must fit in one of them."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._patterns = patterns
        self._fitted: set[str] = set()
        self._seen: list[str] = []

    def __str__(self) -> str:
        """List them, as they stand in the config."""
        return " or ".join(map(repr, self._patterns))

    def fit(self, name: str) -> bool:
        """Tell whether a member is wanted, and note by which patterns."""
        fitting = [
            pattern
            for pattern in self._patterns
            if matches(name, pattern) and (not is_hidden(name) or is_hidden(pattern))
        ]
        self._fitted.update(fitting)
        if len(self._seen) < SOME:
            self._seen.append(name)
        return bool(fitting)

    def check(self, folder: Path) -> None:
        """
        Check that each was of use, once all archives have been opened.

        Raises:
            ValueError: a pattern fits no member of the archives in `folder`.
        """
        for pattern in self._patterns:
            if pattern not in self._fitted:
                raise ValueError(
                    f"{folder}: no member fits {pattern!r} (source.member); there are "
                    f"{', '.join(self._seen)} …"
                )


class Choice:
    """
    The members of one archive that are wanted: by pattern, or all but the hidden ones.

    Every name of the archive passes `takes`, so that a hostile one anywhere refuses the archive,
    though nothing is ever written under a name of its.
    """

    def __init__(self, path: Path, patterns: Patterns | None) -> None:
        self._path, self._patterns = path, patterns
        self._seen: list[str] = []
        self._names: Counter[str] = Counter()
        self._members = 0

    def takes(self, name: str, odd: str | None) -> bool:
        """
        Tell whether a member is wanted; `odd` says what it is where it is no ordinary file.

        Raises:
            ValueError: its name points outside, or it is wanted and no ordinary file.
        """
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise ValueError(
                f"{self._path}: has more than {MAX_MEMBERS} members; unpack it yourself, join them "
                "into fewer files, and name these"
            )
        self._refuse_hostile(name)
        if len(self._seen) < SOME:
            self._seen.append(name)
        if odd == FOLDER or not self._fits(name):
            return False
        if odd is not None:
            raise ValueError(
                f"{self._path}: {name!r} is {odd}, no ordinary file; take it out of the archive, "
                "or name the members wanted (`member`)"
            )
        self._names[nfc(str(PurePosixPath(name)))] += 1
        return True

    def check(self) -> None:
        """
        Check what was taken, once all members have passed.

        Raises:
            ValueError: nothing is taken, or two members share a name.
        """
        if not self._names:
            words = "holds no file to read"
            if self._patterns is not None:
                words = f"no member fits {self._patterns}"
            some = ", ".join(self._seen) or "no members"
            more = " …" if self._members > len(self._seen) else ""
            raise ValueError(f"{self._path}: {words}; it has {some}{more}")
        for name, count in self._names.items():
            if count > 1:
                raise ValueError(
                    f"{self._path}: has {count} members named {name!r}; which is meant cannot be "
                    "told"
                )

    def _fits(self, name: str) -> bool:
        return not is_hidden(name) if self._patterns is None else self._patterns.fit(name)

    def _refuse_hostile(self, name: str) -> None:
        if len(name) > LONGEST_NAME:
            raise ValueError(
                f"{self._path}: has a member with a name of {len(name)} characters, which no file "
                f"can have ({name[:40]!r} …); such an archive is not opened"
            )
        parts = re.split(r"[/\\]", name)
        if "\0" in name or ".." in parts or parts[0] == "" or DRIVE_RE.match(name):
            raise ValueError(
                f"{self._path}: has a member named {name!r}, which points outside of it; such an "
                "archive is not opened: unpack it yourself with care, and name the files"
            )


def _is_dotted(part: str) -> bool:
    return part.startswith(".") and part not in (".", "..")
