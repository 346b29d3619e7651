"""Stage `download`: the files of a corpus as published, beside a manifest that lists them."""

import fcntl
import logging
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from preprocess.addresses import shown
from preprocess.client import Sleep
from preprocess.fetch import Terms
from preprocess.files import link_or_copy, sha256_of, write_json
from preprocess.held import Held, record_of
from preprocess.package import Index, Package
from preprocess.sources import expand, raw_names
from preprocess.urls import place_urls

logger = logging.getLogger("geulteul")


def download(settings: Mapping[str, Any], manifest: Path, sleep: Sleep = time.sleep) -> None:
    """
    Put the files of `settings["source"]` beside `manifest`, and write it last.

    What is there already and right is kept without a request; the same bytes under another corpus
    are linked, not fetched; whatever else lies in the folder is removed, which is ours alone. What
    has come of a file when a fetch fails stays as `NAME.part`, for the next call to go on from.

    Args:
        settings: `source` is `{"files": [pattern, …]}`, `{"url": address or list, "sha256":
            hexadecimal or None, or a list}`, perhaps with `"bytes"`, or `{"package":
            "name==version", "file": "wheel" | "sdist", "sha256": hexadecimal or None}`; `member`
            is for `read`. `download` has the fields of `fetch.Terms`.
        manifest: `{"source", "files": [{"name", "bytes", "sha256"}, …]}` sorted by name.
        sleep: waits between two tries.

    Raises:
        OSError: something cannot be read or fetched, or another process is at work here.
        ValueError: the source names nothing, or other bytes than its digest says, or addresses
            that may not be asked.
    """
    folder = manifest.parent
    folder.mkdir(parents=True, exist_ok=True)
    with _claimed(folder):
        _fill(settings, manifest, sleep)


def _fill(settings: Mapping[str, Any], manifest: Path, sleep: Sleep) -> None:
    source, folder = settings["source"], manifest.parent
    if "files" in source:
        names = _place_files(source["files"], folder)
    elif "url" in source:
        names = place_urls(source, folder, Terms.of(settings["download"]), sleep)
    elif "package" in source:
        names = [_place_package(source, folder, Terms.of(settings["download"]), sleep)]
    else:
        raise ValueError(f"source: {sorted(source)} has none of `files`, `url` and `package`")
    records = {record_of(Path(name)).as_posix() for name in names if "files" not in source}
    _remove_strays(folder, {*names, *records, manifest.name})
    entries = [_entry(folder, name) for name in sorted(names)]
    write_json(manifest, {"source": _without_passwords(source), "files": entries})
    logger.info("files: %d, bytes: %d", len(entries), sum(entry["bytes"] for entry in entries))


@contextmanager
def _claimed(folder: Path) -> Iterator[None]:
    """Keep a second process out, which would take our half of a file for its own."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise OSError(
            f"{folder}: another process is filling it; wait until it ends, or end it"
        ) from None
    except OSError:  # a file system without locks
        logger.debug("%s: cannot be locked", folder)
    try:
        yield
    finally:
        os.close(descriptor)


def _without_passwords(source: Mapping[str, Any]) -> dict[str, Any]:
    """Return a source as a manifest may show it."""
    urls = source.get("url")
    if urls is None:
        return dict(source)
    return {**source, "url": shown(urls) if isinstance(urls, str) else list(map(shown, urls))}


def _entry(folder: Path, name: str) -> dict[str, Any]:
    path = folder / name
    return {"name": name, "bytes": path.stat().st_size, "sha256": sha256_of(path)}


def _place_files(patterns: Sequence[str], folder: Path) -> list[str]:
    """Link a user's files into `folder` and return their names there."""
    paths = expand(patterns)
    names = raw_names(paths)
    for path, name in zip(paths, names, strict=True):
        if path.resolve().is_relative_to(folder.resolve()):
            raise ValueError(
                f"{path}: lies in {folder}, which holds copies and is cleared; "
                "move it, for example to data/local"
            )
        if name.casefold() == "manifest.json":
            raise ValueError(f"{path}: manifest.json is a name of ours; rename the file")
    _remove_strays(folder, {*names, "manifest.json"})  # a file may stand where a folder must
    for path, name in zip(paths, names, strict=True):
        if not _is_same(path, folder / name):
            link_or_copy(path, folder / name)
    return names


def _is_same(source: Path, copy: Path) -> bool:
    if not copy.is_file():
        return False
    return copy.samefile(source) or sha256_of(copy) == sha256_of(source)


def _place_package(source: Mapping[str, Any], folder: Path, terms: Terms, sleep: Sleep) -> str:
    """Put the archive of a package into `folder` and return its name."""
    package, held = Package.of(source), Held(folder)
    known = package.sha256 or held.recorded(str(package))
    name = held.place(known) if known else None
    if name is None:
        index = Index.configured()
        published = index.find(replace(package, sha256=known), terms, sleep)
        name, known = published.name, published.sha256
        if known is None or held.place(known, name) is None:
            known = index.fetch(package, published, folder / name, terms, sleep)
            if package.sha256 is None:
                logger.warning('%s: taken unchecked; to pin it, put sha256: "%s"', package, known)
    assert known is not None
    held.record(name, str(package), known)
    return name


def _remove_strays(folder: Path, wanted: set[str]) -> None:
    """Remove whatever in `folder` is not named in `wanted`, and folders left empty."""
    for path in sorted(folder.rglob("*"), reverse=True):  # what a folder holds comes before it
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.relative_to(folder).as_posix() not in wanted:
            logger.info("%s: removed, no part of this source", path)
            path.unlink()
