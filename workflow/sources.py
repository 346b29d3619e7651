"""What is wrong with the source of a corpus: its kind, the keys that go with it, its addresses."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

KINDS = ("files", "url", "package")
# Keys that describe the kinds, and the kinds that each goes with; `*` marks where it must stand.
KEYS = {
    "member": {"files": "", "url": "", "package": "*"},
    "sha256": {"url": "*", "package": "*"},
    "bytes": {"url": ""},
    "file": {"package": "*"},
}
WAYS_OUT = {
    "member": "name the files inside the package, such as member: '*.txt'",
    "sha256": "write sha256: null, and the first fetch prints what it found",
    "file": "write file: wheel, or file: sdist",
}


def source_problems(where: str, source: object) -> Iterator[str]:
    """Yield what is wrong with a source, one sentence each; `where` is its key."""
    if not isinstance(source, dict):
        return
    kinds = [kind for kind in KINDS if kind in source]
    if not kinds:
        yield f"{where}: names no text; give it one of: {', '.join(KINDS)}"
    elif len(kinds) > 1:
        yield (
            f"{where}: is of two kinds, {' and '.join(kinds)}; keep one. (A file given by "
            "--configfile is merged with config.yaml: take a new name for a new corpus)"
        )
    else:
        yield from _keys(where, kinds[0], source)
    yield from _braces(f"{where}.files", _texts(source.get("files")))
    yield from _addresses(f"{where}.url", _texts(source.get("url")))
    yield from _lengths(where, source)


def _keys(where: str, kind: str, source: dict[str, Any]) -> Iterator[str]:
    """Say which keys are missing, and which go with another kind."""
    for key, kinds in KEYS.items():
        if key in source and kind not in kinds:
            yield f"{where}: {key!r} goes with {' or '.join(kinds)}, not with {kind}; take it out"
        elif key not in source and kinds.get(kind) == "*":
            yield f"{where}: the key {key!r} is missing; {WAYS_OUT[key]}"


def _braces(where: str, patterns: list[str]) -> Iterator[str]:
    for pattern in patterns:
        if "{" in pattern or "}" in pattern:
            yield (
                f"{where}: {pattern!r} has a brace, which is a wildcard to the workflow; "
                "rename the file"
            )


def _addresses(where: str, addresses: list[str]) -> Iterator[str]:
    for address in addresses:
        try:
            path = urlsplit(address).path
        except ValueError as error:
            yield f"{where}: {address!r} is no address ({error})"
            continue
        name = unquote(path).rpartition("/")[2]
        if "{" in name or "}" in name:
            yield (
                f"{where}: {address!r} has a brace in its file name, which is a wildcard to the "
                "workflow; fetch the file yourself, rename it, and give it by files"
            )


def _lengths(where: str, source: dict[str, Any]) -> Iterator[str]:
    """Say where digests or sizes are not as many as the addresses that they belong to."""
    url = source.get("url")
    for key in ("sha256", "bytes"):
        value = source.get(key)
        if isinstance(value, list) and isinstance(url, str):
            yield f"{where}.{key}: is a list, and url is one address; write the value alone"
        elif isinstance(value, list) and isinstance(url, list) and len(value) != len(url):
            yield f"{where}.{key}: has {len(value)} entries, and url has {len(url)}; give each one"
        elif isinstance(value, list) and "package" in source:
            yield f"{where}.{key}: is a list, and a package has one file; write the value alone"
        elif isinstance(value, str | int) and isinstance(url, list):
            yield f"{where}.{key}: is one value for {len(url)} addresses; write a list, one each"


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [text for text in values if isinstance(text, str)]
