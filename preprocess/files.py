"""Files that are absent or complete, and digests of them."""

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# Of what a stage of ours made and something else has damaged.
REMEDY = "delete what is left of it and run the same command again"


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """
    Give a temporary path beside `path`; on success it takes the place of `path`.

    The caller creates the file there; on an error it is removed. The name is unique, so that a
    process that outlived its workflow cannot tear the file of the next one. The content is on the
    disk before the name is, so that a power cut leaves the old file or the new one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary_beside(path)
    try:
        yield temporary
        _sync(temporary)
        temporary.replace(path)
        _sync(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text, with line feeds as they stand in `text`."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def write_json(path: Path, value: object) -> None:
    """Write JSON with sorted keys, so that equal values are equal bytes; NaN is refused."""
    dumped = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False)
    write_text(path, dumped + "\n")


def read_json(path: Path) -> Any:  # noqa: ANN401 (the caller knows what it wrote)
    """Read a JSON file of ours; a damaged one is refused by name."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(
            f"{path}: is damaged ({error}); delete it and run snakemake again"
        ) from error


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(path: Path, sha256: str, remedy: str) -> None:
    """
    Refuse a file that is not what its manifest says.

    Raises:
        FileNotFoundError: it is missing.
        ValueError: its bytes are others.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: is missing; {remedy}")
    found = sha256_of(path)
    if found != sha256:
        raise ValueError(f"{path}: sha256 is {found}, the manifest says {sha256}; {remedy}")


def link_or_copy(source: Path, destination: Path) -> None:
    """Put `source` at `destination` too: a hard link where the disk allows, else a copy."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary_beside(destination)
    try:
        os.link(source.resolve(), temporary)
        temporary.replace(destination)  # no data of its own: nothing to wait for
    except OSError:  # another disk, or a file system without links
        with atomic_path(destination) as copy:
            shutil.copyfile(source, copy)
    finally:
        temporary.unlink(missing_ok=True)


def _temporary_beside(path: Path) -> Path:
    return path.with_name(f".tmp-{secrets.token_hex(8)}{path.suffix}")


def _sync(path: Path) -> None:
    """Flush a file or folder to the disk; not every file system can sync a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:
        if not path.is_dir():
            raise
    finally:
        os.close(descriptor)
