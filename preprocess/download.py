"""Stage `download`: the files of a corpus as published, beside a manifest that lists them."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from preprocess.files import link_or_copy, read_json, sha256_of, write_json
from preprocess.package import Index, Package
from preprocess.sources import expand, raw_names

logger = logging.getLogger("geulteul")


def download(settings: Mapping[str, Any], manifest: Path) -> None:
    """
    Put the files of `settings["source"]` beside `manifest`, and write it last.

    What is there already and right is kept without a request; the same bytes under another corpus
    are linked, not fetched; whatever else lies in the folder is removed, which is ours alone.

    Args:
        settings: `source` is `{"files": [pattern, …]}`, or `{"package": "name==version", "file":
            "wheel" | "sdist", "sha256": hexadecimal or None, "members": [pattern, …]}`.
        manifest: `{"source", "files": [{"name", "bytes", "sha256"}, …]}` sorted by name.

    Raises:
        OSError: something cannot be read or fetched.
        ValueError: the source names nothing, or other bytes than its digest says.
    """
    source = settings["source"]
    folder = manifest.parent
    folder.mkdir(parents=True, exist_ok=True)
    if "files" in source:
        names = _place_files(source["files"], folder)
    elif "package" in source:
        names = [_place_package(source, folder)]
    else:
        raise ValueError(f"source: {sorted(source)} has neither `files` nor `package`")
    _remove_strays(folder, {*names, manifest.name})
    entries = [_entry(folder, name) for name in sorted(names)]
    write_json(manifest, {"source": source, "files": entries})
    logger.info("files: %d, bytes: %d", len(entries), sum(entry["bytes"] for entry in entries))


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
        if name == "manifest.json":
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


def _place_package(source: Mapping[str, Any], folder: Path) -> str:
    """Put the archive of a package into `folder` and return its name."""
    package = Package.of(source)
    held = _held(folder, package.sha256)
    if held is not None:
        return _keep(held, folder)
    index = Index.configured()
    published = index.find(package)
    if package.sha256 is None:
        held = _held(folder, published.sha256)
        if held is not None:
            return _keep(held, folder)
    found = index.fetch(published, folder / published.name)
    if package.sha256 is None:
        logger.warning('%s: took it unchecked; pin it with sha256: "%s"', package, found)
    return published.name


def _keep(held: Path, folder: Path) -> str:
    if held.parent != folder:
        logger.info("%s: linked from %s", held.name, held.parent)
        link_or_copy(held, folder / held.name)
    return held.name


def _held(folder: Path, sha256: str | None) -> Path | None:
    """Return a file with these bytes, in `folder` or in that of another corpus; None if none is."""
    if sha256 is None:
        return None
    here = [path for path in sorted(folder.iterdir()) if path.is_file()]
    for path in (*here, *_listed(folder, sha256)):
        if sha256_of(path) == sha256:
            return path
    return None


def _listed(folder: Path, sha256: str) -> Iterator[Path]:
    """Yield the files that other corpora's manifests list with this digest."""
    for manifest in sorted(folder.parent.glob("*/manifest.json")):
        for entry in read_json(manifest)["files"]:
            path = manifest.parent / entry["name"]
            if entry["sha256"] == sha256 and path.is_file():
                yield path


def _remove_strays(folder: Path, wanted: set[str]) -> None:
    """Remove whatever in `folder` is not named in `wanted`, and folders left empty."""
    for path in sorted(folder.rglob("*"), reverse=True):  # what a folder holds comes before it
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.relative_to(folder).as_posix() not in wanted:
            logger.info("%s: removed, no part of this source", path)
            path.unlink()
