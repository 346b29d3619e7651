"""Bytes from an address to a file: tried again, gone on with, checked; absent or complete."""

import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from preprocess.addresses import Policy, shown
from preprocess.client import Client, CutError, Sleep, persist
from preprocess.connections import LEAST_BYTES
from preprocess.partial import Part
from preprocess.transfer import FOUND, Wanted, transfer

# How a page begins, after the blanks, declarations and comments that may precede it; `?>` and `*+`
# take nothing back, or a row of comments would be cut up in all ways there are.
PAGE_RE = re.compile(
    rb"(?>\xef\xbb\xbf|\s|<\?xml[^>]*>|<!--.*?-->)*+<(?:!doctype\s+html|html|head|body)[\s>]",
    re.IGNORECASE | re.DOTALL,
)

logger = logging.getLogger("geulteul")


@dataclass(frozen=True)
class Terms:
    """
    How long, how much and where from a file may be fetched: `download` of the config.

    Attributes:
        attempts: tries in a row that may fail without getting any further.
        timeout: seconds to connect, and without a byte.
        max_bytes: of one file.
        allow_http: whether a redirect may lead from https to http.
        allow_private: whether a host may be a private one.
    """

    attempts: int
    timeout: float
    max_bytes: int
    allow_http: bool
    allow_private: bool

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Terms":
        """Read the `download` settings of the config."""
        return cls(**settings)

    def policy(self, *trusted: str) -> Policy:
        """Return which addresses may be asked; the hosts `trusted` may be private."""
        return Policy(self.allow_http, self.allow_private, frozenset(trusted))


def fetch(
    client: Client, wanted: Wanted, destination: Path, terms: Terms, sleep: Sleep = time.sleep
) -> str:
    """
    Fetch a file to `destination` and return the SHA-256 of its bytes.

    What has come lies in `NAME.part` beside it, and a later call goes on from there, in this
    process or another. Before it is refused, a file pieced together so is fetched once more from
    its start, as pieces of two may have come; and so is one that may have been cut off unseen.

    Raises:
        OSError: the file cannot be fetched now; what has come stays.
        ValueError: it is not the file that is wanted, and nothing of it stays; or its address, or
            one that it sends us on to, may not be asked.
    """
    part = Part(destination, wanted.url)
    fault = _fault_of(client, wanted, part, terms, sleep)
    if fault is not None and (part.was_resumed or not part.is_bounded):
        logger.warning("%s: pieced together, or cut off, it is not right; once more", part.path)
        part.forget()
        fault = _fault_of(client, wanted, part, terms, sleep)
    if fault is not None:
        part.discard()
        raise ValueError(fault)
    part.finish()
    return part.sha256


def _fault_of(client: Client, wanted: Wanted, part: Part, terms: Terms, sleep: Sleep) -> str | None:
    """Fetch a file to its part, and return what is wrong with it; None if nothing is."""
    content_type = _complete(client, wanted, part, terms, sleep)
    if part.sha256 == wanted.sha256 and wanted.size in (None, part.size):
        return None
    name, url, start = part.destination.name, shown(wanted.url), part.start()
    came = f"it begins with {start[:100]!r}"
    url_names_page = urlsplit(url).path.lower().endswith((".html", ".htm"))
    if _is_page(start, content_type) and not url_names_page:
        return (
            f"{name}: an HTML page came in place of the file (a login or error page?) from {url}; "
            f"{came}; open the address in a browser to see what it wants"
        )
    size = part.size if part.total is None else max(part.size, part.total)
    if size > terms.max_bytes:
        return (
            f"{name}: has {size} bytes or more, download.max_bytes is {terms.max_bytes} ({came}); "
            "raise it if the file is right"
        )
    if wanted.size not in (None, size):
        return f"{name}: has {size} bytes or more, the config says {wanted.size} ({came})"
    if wanted.sha256 is None:
        return None
    return (
        f"{name}: sha256 of what came is {part.sha256}, {wanted.told_by} says {wanted.sha256}: the "
        f"file at {url} has changed, or it is another ({came}); if it is right, "
        f"{wanted.accept.replace(FOUND, part.sha256)}"
    )


def _complete(client: Client, wanted: Wanted, part: Part, terms: Terms, sleep: Sleep) -> str:
    """Get the whole file into its part, and return the content type it came with."""
    furthest = part.size

    def attempt() -> str:
        if part.size > 0 and part.sha256 == wanted.sha256:
            return ""  # nothing is missing, whatever length the server tells
        return transfer(client, wanted, part, terms.max_bytes)

    def has_advanced() -> bool:
        nonlocal furthest
        before, furthest = furthest, max(furthest, part.size)
        return furthest >= before + LEAST_BYTES or part.sha256 == wanted.sha256

    try:
        return persist(part.destination.name, attempt, has_advanced, terms.attempts, sleep)
    except CutError as cut:
        left = ""
        if part.validator is None:
            part.discard()
        elif part.size > 0:
            left = f"; the {part.size} bytes that came are kept, and the next run goes on from them"
        raise OSError(
            f"{part.destination.name}: cannot be fetched from {shown(wanted.url)}: {cut}; tried "
            f"{terms.attempts} times in vain{left}; check the network and run again"
        ) from None


def _is_page(start: bytes, content_type: str) -> bool:
    """Tell whether a file that begins so is an HTML page; servers call plain text one, too."""
    if PAGE_RE.match(start):
        return True
    return "html" in content_type.lower() and start.lstrip().startswith(b"<")
