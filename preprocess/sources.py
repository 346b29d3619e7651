"""Patterns of file names to files, and the names that those files have inside the project."""

import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import takewhile
from pathlib import Path, PurePosixPath

PATHVAR_RE = re.compile(r"<[a-z][a-z0-9_]*>")  # what Snakemake replaces in paths


def expand(patterns: Sequence[str]) -> list[Path]:
    """
    Return the files that the patterns match, each once, sorted by path in NFC.

    `*` and `?` stay within a name, `**` is any number of folders, and neither matches a name that
    begins with a dot; `~` is the home folder. Names are compared in NFC, so that a pattern typed
    on one system finds files that came from another (macOS writes 한글 decomposed).

    Raises:
        ValueError: a pattern matches no file, or a link to nothing; two files have equal names in
            NFC, so that one would overwrite the other; a name is one that the workflow cannot
            carry: with a brace or a `<word>`, which it would replace, or not in UTF-8.
    """
    found: dict[Path, Path] = {}
    for pattern in patterns:
        walked = list(_walk_from(pattern))
        matched = [path for path in walked if path.is_file() or path.is_symlink()]
        if not matched:
            raise ValueError(_nothing_matches(pattern, walked))
        found.update({_absolute(path): path for path in matched})
    paths = sorted(found.values(), key=lambda path: (nfc(str(path)), str(path)))
    _refuse_twins(paths)
    for path in paths:
        _refuse_name(path)
    return paths


def _refuse_name(path: Path) -> None:
    name = str(path)
    try:
        name.encode()
    except UnicodeEncodeError:
        raise ValueError(
            f"{name!a}: its name is not UTF-8; rename it (convmv -f cp949 -t utf8 --notest FILE)"
        ) from None
    if "{" in name or "}" in name or PATHVAR_RE.search(name):
        raise ValueError(f"{path}: has a brace or a <word> in its name, a wildcard; rename it")
    if not path.exists():
        raise ValueError(f"{path}: is a link to nothing; remove it, or mend it")


def raw_names(paths: Sequence[Path]) -> list[str]:
    """
    Name each file by its path from the folder that holds them all, in NFC, with `/` between parts.

    >>> raw_names([Path("data/local/a/1.txt"), Path("data/local/b/1.txt")])
    ['a/1.txt', 'b/1.txt']
    """
    return short_names([_absolute(path).as_posix() for path in paths])


def short_names(names: Sequence[str]) -> list[str]:
    """
    Take off the folders that all the names share, and put them in NFC.

    >>> short_names(["konlpy/data/corpus/kolaw/constitution.txt"])
    ['constitution.txt']
    """
    if not names:
        return []
    parents = [PurePosixPath(name).parent.parts for name in names]
    columns = zip(*parents, strict=False)  # as long as the shortest
    shared = sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, columns))
    return [nfc("/".join(PurePosixPath(name).parts[shared:])) for name in names]


def matches(name: str, pattern: str) -> bool:
    """
    Tell whether a member of an archive fits a pattern, compared part by part from the right.

    >>> matches("uwsgi-2.0.31/core/socket.c", "*.c")
    True
    >>> matches("uwsgi-2.0.31/core/socket.c", "plugins/*.c")
    False
    >>> matches("a/b/c/d.txt", "a/**/d.txt")
    True
    """
    return _parts_match(nfc(name).split("/")[::-1], nfc(pattern).split("/")[::-1])


def nfc(text: str) -> str:
    """Compose a name, so that names typed and names found on a disk compare equal."""
    return unicodedata.normalize("NFC", text)


def _absolute(path: Path) -> Path:
    """Make a path absolute, `..` taken out, links kept: a link is a name that the user gave."""
    return Path(os.path.abspath(path))  # noqa: PTH100


def _parts_match(names: list[str], patterns: list[str]) -> bool:
    if not patterns:
        return True
    if patterns[0] == "**":
        return any(_parts_match(names[i:], patterns[1:]) for i in range(len(names) + 1))
    if not names or not fnmatchcase(names[0], patterns[0]):
        return False
    return _parts_match(names[1:], patterns[1:])


def _walk_from(pattern: str) -> Iterator[Path]:
    path = Path(pattern).expanduser()
    anchor = Path(path.anchor)  # "." where the pattern is relative
    parts = path.parts[1:] if path.anchor else path.parts
    if parts:
        yield from _walk(anchor, parts)


def _walk(folder: Path, parts: Sequence[str]) -> Iterator[Path]:
    """Yield what lies at `parts` under `folder`; one pattern a part."""
    head, rest = parts[0], parts[1:]
    if head == "**":
        for below in (folder, *_folders_below(folder)):
            yield from _walk(below, rest or ["*"])
        return
    entries = [folder / head] if head == ".." else _entries(folder, head)
    for entry in entries:
        if not rest:
            yield entry
        elif entry.is_dir():
            yield from _walk(entry, rest)


def _entries(folder: Path, pattern: str) -> list[Path]:
    try:
        names = os.listdir(folder)  # noqa: PTH208 (names, not paths, are compared)
    except PermissionError:  # a folder that may be passed through, yet not listed
        return [folder / pattern] if (folder / pattern).exists() else []
    hidden = pattern.startswith(".")
    wanted = nfc(pattern)
    return [
        folder / name
        for name in sorted(names)
        if (hidden or not name.startswith(".")) and fnmatchcase(nfc(name), wanted)
    ]


def _folders_below(folder: Path) -> Iterator[Path]:
    for entry in _entries(folder, "*"):
        if entry.is_dir() and not entry.is_symlink():  # a link may lead back up
            yield entry
            yield from _folders_below(entry)


def _refuse_twins(paths: Sequence[Path]) -> None:
    seen: dict[str, Path] = {}
    for path in paths:
        twin = seen.setdefault(nfc(str(_absolute(path))), path)
        if twin is not path:
            raise ValueError(
                f"{path}: two files have this name, once composed (NFC) and once decomposed; "
                "rename or remove one of them"
            )


def _nothing_matches(pattern: str, walked: Sequence[Path]) -> str:
    path = Path(pattern).expanduser()
    if path.is_dir():
        return f"{pattern}: is a folder; name its files, as in {path / '*.txt'}"
    folders = [path for path in walked if path.is_dir()]
    if folders:
        return (
            f"{pattern}: matches only folders, such as {folders[0]}; move its files beside it, or "
            f"name them in the corpus's `source.files`, as in {folders[0] / '*'}"
        )
    return (
        f"{pattern}: matches no file (looked from {Path.cwd()}); put the file there, or name "
        "another in the corpus's `source.files`"
    )
