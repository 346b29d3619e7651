"""What has come of a file so far: `NAME.part`, and `NAME.part.json` which tells what it is of."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from preprocess.addresses import shown
from preprocess.files import read_json, write_json

PIECE_BYTES = 1 << 20  # read at once of what is there already


def part_of(destination: Path) -> Path:
    """Return where the bytes of `destination` lie until all have come."""
    return destination.with_name(f"{destination.name}.part")


def notes_of(destination: Path) -> Path:
    """Return where it stands what the part of `destination` is a part of."""
    return destination.with_name(f"{destination.name}.part.json")


class Part:
    """
    The bytes of one file as they come; those of an earlier process are gone on with.

    Attributes:
        size: bytes that are there.
        was_resumed: whether some bytes came by another request than the last.
        is_bounded: whether the server tells where it ends, so that a cut is seen for one.
    """

    def __init__(self, destination: Path, url: str) -> None:
        self.destination = destination
        self.path, self._notes_path = part_of(destination), notes_of(destination)
        self._url = shown(url)
        self.size, self._digest = 0, hashlib.sha256()
        self.was_resumed, self.is_bounded = False, True
        self._notes = self._read_notes()
        if self.validator is None:
            self._notes = {}
        else:
            self._take_up()

    @property
    def total(self) -> int | None:
        """Bytes that the whole has, where the server said so."""
        return self._notes.get("total")

    @property
    def validator(self) -> str | None:
        """What If-Range takes: the server's name for these very bytes, None if it has none."""
        return self._notes.get("etag") or self._notes.get("last_modified")

    @property
    def sha256(self) -> str:
        """Digest of what is there, in hexadecimal."""
        return self._digest.hexdigest()

    def begin(self, headers: Mapping[str, str], total: int | None, is_bounded: bool) -> None:
        """Start anew, with the answer whose headers these are."""
        self.forget()
        self.is_bounded = is_bounded
        self._notes = {"url": self._url, "total": total, **validators(headers)}
        if self.validator is not None:
            write_json(self._notes_path, self._notes)

    def fits(
        self,
        headers: Mapping[str, str],
        first: int | None,
        total: int | None,
        is_checked: bool,
    ) -> bool:
        """
        Tell whether an answer goes on where this ends, in the same file.

        A server that names no bytes may have passed over our If-Range: it is believed only if the
        digest of the whole `is_checked` in the end.
        """
        named = validators(headers)
        # An ETag says it all.
        key = "etag" if self._notes.get("etag") else "last_modified"
        is_nameless = headers.get("ETag") is None and headers.get("Last-Modified") is None
        same = self._notes.get(key) == named[key] or (is_checked and is_nameless)
        # Where nobody tells how long the whole is, the rest may be a piece of the rest.
        wholes = {total, self.total} - {None}
        return same and first == self.size and len(wholes) == 1

    def go_on(self, total: int | None) -> None:
        """Note that an answer that fits is to be appended."""
        self.was_resumed = True
        self._notes["total"] = total if self.total is None else self.total

    def forget(self) -> None:
        """Drop what has come: the next bytes are the file's first."""
        self.discard()
        self.size, self._digest, self.was_resumed = 0, hashlib.sha256(), False
        self._notes = {}

    def discard(self) -> None:
        """Remove the files."""
        self.path.unlink(missing_ok=True)
        self._notes_path.unlink(missing_ok=True)

    @contextmanager
    def open(self) -> Iterator[None]:
        """Open it for `append`."""
        try:
            with self.path.open("ab") as self._file:
                yield
        except OSError as error:  # a full disk names no file
            raise OSError(f"{self.path}: cannot be written ({error.strerror or error})") from error

    def append(self, piece: bytes) -> None:
        """Add bytes at its end."""
        self._file.write(piece)
        self._digest.update(piece)
        self.size += len(piece)

    def start(self) -> bytes:
        """Return its first bytes."""
        with self.path.open("rb") as file:
            return file.read(1024)

    def finish(self) -> None:
        """Give the file its name, its bytes on the disk first."""
        with self.path.open("rb") as file:
            os.fsync(file.fileno())
        self.path.replace(self.destination)
        self._notes_path.unlink(missing_ok=True)

    def _read_notes(self) -> dict[str, Any]:
        try:
            notes: dict[str, Any] = read_json(self._notes_path)
        except (FileNotFoundError, ValueError):  # damaged notes are as good as none
            return {}
        return notes if notes.get("url") == self._url else {}

    def _take_up(self) -> None:
        """Go on from the bytes on the disk; more than the whole has are none of its own."""
        if not self.path.is_file():
            return
        with self.path.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                self._digest.update(piece)
                self.size += len(piece)
        self.was_resumed = self.size > 0
        if self.total is not None and self.size > self.total:
            self.forget()


def validators(headers: Mapping[str, str]) -> dict[str, str | None]:
    """
    Return what an answer offers to name its bytes by: only what is sure to change with them.

    A weak ETag (W/…) names all versions that mean the same. A time of change names seconds, so it
    is sure only if the answer is younger by one (RFC 9110, section 8.8.2.2).

    >>> validators({"ETag": 'W/"1"', "Last-Modified": "Sat, 02 Nov 2013 10:00:00 GMT"})["etag"]
    """
    etag, changed = headers.get("ETag"), headers.get("Last-Modified")
    if etag is not None and not etag.startswith('"'):
        etag = None
    if changed is not None and not _is_older(changed, headers.get("Date")):
        changed = None
    return {"etag": etag, "last_modified": changed}


def _is_older(changed: str, answered: str | None) -> bool:
    try:
        then = parsedate_to_datetime(changed)
        return answered is None or parsedate_to_datetime(answered) - then >= timedelta(seconds=1)
    except (ValueError, TypeError):  # no date, or one with and one without a time zone
        return False
