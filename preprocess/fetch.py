"""Bytes from an address to a file: streamed, hashed, absent or complete."""

import hashlib
import re
from pathlib import Path

import requests

from preprocess.files import atomic_path
from preprocess.progress import progress

TIMEOUT = (15, 60)  # seconds to connect, and between two pieces of an answer
PIECE_BYTES = 1 << 16
CREDENTIALS_RE = re.compile(r"//[^/@\s]+@")  # user:password@ in an address


def fetch(
    session: requests.Session,
    url: str,
    destination: Path,
    sha256: str | None,
    auth: tuple[str, str] | None = None,
) -> str:
    """
    Fetch `url` to `destination` and return the SHA-256 of its bytes; nothing is left if it fails.

    Args:
        session: carries what the caller knows of certificates.
        url: http or https; never shown with credentials.
        destination: where the file appears once it is whole and right.
        sha256: what it must be, in hexadecimal; None to take it as it comes.
        auth: user and password for this address alone.

    Raises:
        OSError: the address cannot be reached, or the answer is cut off or an error.
        ValueError: the bytes are others than `sha256` says.
    """
    # Compressed on the way, an archive would come unpacked and its digest would not fit.
    headers = {"Accept-Encoding": "identity"}
    digest = hashlib.sha256()
    try:
        with (
            session.get(url, stream=True, timeout=TIMEOUT, headers=headers, auth=auth) as answer,
            atomic_path(destination) as temporary,
        ):
            answer.raise_for_status()
            length = answer.headers.get("Content-Length", "")
            total = int(length) if length.isdecimal() else None
            with (
                temporary.open("wb") as file,
                progress(what=destination.name, total=total, unit="B") as bar,
            ):
                for piece in answer.iter_content(PIECE_BYTES):
                    file.write(piece)
                    digest.update(piece)
                    bar.update(len(piece))
            _check(temporary, destination, digest.hexdigest(), sha256)
    except requests.RequestException as error:
        # `from None`: the library's own words may hold the address with its password.
        raise OSError(
            f"{destination.name}: cannot be fetched ({without_credentials(str(error))}); "
            "check the network and run again"
        ) from None
    return digest.hexdigest()


def without_credentials(text: str) -> str:
    """
    Take user names and passwords out of the addresses in a text.

    >>> without_credentials("404 for https://me:secret@host/simple/x/")
    '404 for https://host/simple/x/'
    """
    return CREDENTIALS_RE.sub("//", text)


def _check(received: Path, destination: Path, found: str, wanted: str | None) -> None:
    if wanted is None or found == wanted:
        return
    with received.open("rb") as file:
        start = file.read(100)
    raise ValueError(
        f"{destination.name}: sha256 of what came is {found}, the config says {wanted} "
        f"(it begins with {start!r}); if the new file is right, put the new sha256 in the config"
    )
