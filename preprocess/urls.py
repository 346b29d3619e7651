"""A corpus at addresses on the web: what its files are called here, and how each gets here."""

import json
import logging
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from preprocess.addresses import shown, split
from preprocess.client import Client, Sleep
from preprocess.connections import Session
from preprocess.fetch import Terms, fetch
from preprocess.held import Held, is_part, record_of
from preprocess.sources import nfc, short_names
from preprocess.transfer import FOUND, Wanted

SHA256_RE = re.compile(r"[0-9a-f]{64}")
# What a file system, a glob or the workflow (braces, <words>) would take for something else.
UNSAFE_RE = re.compile(r'[\x00-\x1f\x7f/\\{}<>:"|?*]|^\.')
LONGEST_NAME = 200  # bytes; file systems allow 255, and names are lengthened for parts

logger = logging.getLogger("geulteul")


@dataclass(frozen=True)
class UrlFile:
    """One file of a `url` source: what it is called here, and what is known of it."""

    name: str
    url: str
    sha256: str | None
    size: int | None


def url_files(source: Mapping[str, Any]) -> list[UrlFile]:
    """
    Read a `url` source of the config.

    >>> url_files({"url": "https://host/a/b.txt", "sha256": None})[0].name
    'b.txt'

    Raises:
        ValueError: an address or a digest is none, or there are not as many of each.
    """
    urls = _listed(source["url"])
    if not urls:
        raise ValueError("source.url: is an empty list; give an address")
    for url in urls:
        split(url, shown(url), "; name files on this computer by source: {files: [PATH]}")
    digests = _each(source["sha256"], "sha256", len(urls))
    sizes = _each(source.get("bytes"), "bytes", len(urls))
    for digest in digests:
        if digest is not None and SHA256_RE.fullmatch(str(digest).lower()) is None:
            raise ValueError(f"source.sha256: {digest!r} is not 64 hexadecimal digits, in quotes")
    lowered = [None if digest is None else digest.lower() for digest in digests]
    return list(map(UrlFile, names_of(urls), urls, lowered, sizes))


def names_of(urls: Sequence[str]) -> list[str]:
    """
    Name files by the last part of their address, or by the path that they do not share.

    The part after a question mark counts only where paths are equal.

    >>> names_of(["https://host/ko/%EA%B0%80.txt?x=1", "https://host/en/b.txt"])
    ['가.txt', 'b.txt']
    >>> names_of(["https://host/ko/a.txt", "https://host/en/a.txt"])
    ['ko/a.txt', 'en/a.txt']
    """
    paths = [_path(url) for url in urls]
    choices = (
        [PurePosixPath(path).name for path in paths],
        short_names(paths),
        short_names([f"{_path(url)}-{_safe(urlsplit(url).query)}" for url in urls]),
    )
    for names in choices:
        if _are_distinct(names):
            return names
    raise ValueError(f"source.url: {shown(urls[0])} …: two of the addresses name one file")


def place_urls(source: Mapping[str, Any], folder: Path, terms: Terms, sleep: Sleep) -> list[str]:
    """
    Put the files of a `url` source into `folder` and return their names there.

    What is there and right is kept without a request. A file whose digest the config does not know
    is right if it is what came from that address the last time.

    Raises:
        OSError: a file cannot be fetched.
        ValueError: a file is another than the config, or the last fetch, says.
    """
    files, held = url_files(source), Held(folder)
    is_new, digests = False, []
    for file in files:
        known = file.sha256 or held.recorded(shown(file.url))
        _make_room(folder, file.name)
        if known is None or held.place(known, file.name) is None:
            known = _fetch(file, known, folder, terms, sleep)
            is_new |= file.sha256 is None
        _check_size(file, folder)
        held.record(file.name, shown(file.url), known)
        digests.append(known)
    if is_new:
        line = json.dumps(digests if isinstance(source["url"], list) else digests[0])
        logger.warning("%s: taken unchecked; to pin it, put sha256: %s", _where(folder), line)
    return [file.name for file in files]


def _fetch(file: UrlFile, known: str | None, folder: Path, terms: Terms, sleep: Sleep) -> str:
    destination = folder / file.name
    told_by, accept = "the config", f'put "{FOUND}" in its place under {_where(folder)}.sha256'
    if file.sha256 is None:
        told_by = f"{record_of(destination)}, written at the last fetch,"
        accept = f'put sha256: "{FOUND}" under {_where(folder)}, or delete {record_of(destination)}'
    wanted = Wanted(file.url, known, file.size, told_by, accept)
    with Session() as session:
        client = Client(session, terms.policy(), terms.timeout)
        return fetch(client, wanted, destination, terms, sleep)


def _where(folder: Path) -> str:
    return f"corpora.{folder.name}.source"


def _check_size(file: UrlFile, folder: Path) -> None:
    size = (folder / file.name).stat().st_size
    if file.size not in (None, size):
        raise ValueError(
            f"{folder / file.name}: has {size} bytes and the right sha256, yet the config says "
            f"{file.size} bytes; correct {_where(folder)}.bytes"
        )


def _make_room(folder: Path, name: str) -> None:
    """Clear what an earlier source left where a folder must stand, or where the file must."""
    for parent in (folder / name).parents:
        if parent.is_relative_to(folder) and parent.is_file():
            parent.unlink()
    if (folder / name).is_dir():
        shutil.rmtree(folder / name)
    (folder / name).parent.mkdir(parents=True, exist_ok=True)


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 (as the config has it)
    return list(value) if isinstance(value, list) else [value]


def _each(value: Any, key: str, count: int) -> list[Any]:  # noqa: ANN401 (as the config has it)
    """Return one value for each address; null stands for all."""
    values = [None] * count if value is None else _listed(value)
    if len(values) != count:
        raise ValueError(f"source.{key}: has {len(values)} values for {count} addresses in url")
    return values


def _path(url: str) -> str:
    """Return host and path of an address as names that are safe here."""
    parts = urlsplit(url)
    pieces = [piece for piece in parts.path.split("/") if piece]
    return "/".join(map(_safe, [parts.hostname or "", *pieces]))


def _safe(piece: str) -> str:
    """Decode a part of an address, and replace what no name should have."""
    raw = unquote_to_bytes(piece)
    try:
        text = raw.decode()
    except UnicodeDecodeError:  # older Korean servers
        text = raw.decode("cp949", errors="replace")
    name = UNSAFE_RE.sub("_", nfc(text))
    if name.casefold() == "manifest.json":  # one file with ours, on some systems
        name = f"_{name}"
    if is_part(name.casefold()):
        name = f"{name}_"
    suffix = PurePosixPath(name).suffix if len(PurePosixPath(name).suffix) < 20 else ""
    stem = name.removesuffix(suffix).encode()[: LONGEST_NAME - len(suffix.encode())]
    return stem.decode(errors="ignore") + suffix


def _are_distinct(names: Sequence[str]) -> bool:
    """Tell whether no two names are one file, on any system, and none the folder of another."""
    folded = [name.casefold() for name in names]
    folders = {str(parent) for name in folded for parent in PurePosixPath(name).parents}
    return len(set(folded)) == len(names) and folders.isdisjoint(folded)
