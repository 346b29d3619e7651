"""One try to get a file, or the rest of it: a request, and the bytes of its answer to a part."""

import logging
import re
import shutil
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus

import requests
from urllib3.exceptions import HTTPError

from preprocess.client import Client, CutError, reason_of, status_fault
from preprocess.partial import Part
from preprocess.progress import progress

PIECE_BYTES = 1 << 16
FOUND = "{found}"  # in `Wanted.accept`, where the digest of what came goes
RANGE_RE = re.compile(r"bytes (?:(\d{1,18})-\d{1,18}|\*)/(\d{1,18}|\*)")

logger = logging.getLogger("geulteul")


@dataclass(frozen=True)
class Wanted:
    """
    A file that lies somewhere.

    Attributes:
        url: where; its credentials, if any, are for its host alone.
        sha256: what its bytes must be, in hexadecimal; None to take it as it comes.
        size: bytes that it must have; None if that is not known.
        told_by: who says so, such as "the config".
        accept: what to do if the bytes that came are right, FOUND in place of their digest.
    """

    url: str
    sha256: str | None
    size: int | None
    told_by: str
    accept: str


def transfer(client: Client, wanted: Wanted, part: Part, most_bytes: int) -> str:
    """
    Go on with a part until the file has come, and return the content type it came with.

    It stops early, with no error, once the size is seen to be wrong: `has_wrong_size` tells.

    Raises:
        CutError: the transfer failed or stalled; the part holds what has come.
        OSError: the server refuses, or the disk does.
        ValueError: an address may not be asked.
    """
    # Compressed on the way, an archive would come unpacked and its digest would not fit.
    headers = {"Accept-Encoding": "identity"}
    if part.size > 0 and part.validator is not None:
        headers |= {"Range": f"bytes={part.size}-", "If-Range": part.validator}
    with closing(client.ask(wanted.url, headers)) as answer:
        if answer.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and "Range" in headers:
            _check_complete(answer, part)
        else:
            _take(answer, wanted, part, "Range" in headers)
            _receive(answer, wanted, part, most_bytes)
        return answer.headers.get("Content-Type", "")


def has_wrong_size(part: Part, wanted: Wanted, most_bytes: int) -> bool:
    """Tell whether what has come, or what the server says will, is more or other than it may."""
    sizes = [part.size] if part.total is None else [part.size, part.total]
    if max(sizes) > most_bytes:
        return True
    if wanted.size is None:
        return False
    return part.size > wanted.size or part.total not in (None, wanted.size)


def _take(answer: requests.Response, wanted: Wanted, part: Part, has_range: bool) -> None:
    """Ready the part for the answer's bytes: the rest of the file, or a file from its start."""
    if answer.status_code == HTTPStatus.OK:
        # Sent in chunks, a body ends where it says, and a length beside that counts for nothing.
        is_chunked = "Transfer-Encoding" in answer.headers
        length = None if is_chunked else _number(answer.headers.get("Content-Length"))
        part.begin(answer.headers, length, is_chunked or length is not None)
        _warn(answer, wanted, part)
    elif answer.status_code == HTTPStatus.PARTIAL_CONTENT and has_range:
        first, total = _range(answer)
        if not part.fits(answer.headers, first, total, wanted.sha256 is not None):
            part.forget()
            raise CutError("the rest that the server sent is not of the same file")
        part.go_on(total)
    else:
        raise status_fault(answer, wanted.url)


def _warn(answer: requests.Response, wanted: Wanted, part: Part) -> None:
    """Tell what the bytes alone will not show."""
    encoding = answer.headers.get("Content-Encoding", "identity")
    if encoding.lower() != "identity":
        logger.warning("%s: is sent and kept compressed (%s)", part.destination.name, encoding)
    if not part.is_bounded and wanted.sha256 is None and wanted.size is None:
        logger.warning(
            "%s: the server tells no length and the config neither sha256 nor bytes: "
            "whether the file comes whole cannot be known",
            part.destination.name,
        )


def _check_complete(answer: requests.Response, part: Part) -> None:
    """Of a file that has come whole there is no rest: that is what 416 should mean."""
    _, total = _range(answer)
    if total != part.size:
        part.forget()
        raise CutError("the server has no more of the file, yet it is not whole")


def _receive(answer: requests.Response, wanted: Wanted, part: Part, most_bytes: int) -> None:
    """Append the answer's bytes until it ends."""
    expected = part.total if part.total is not None else wanted.size
    _check_room(part, expected)
    with part.open(), progress(what=part.destination.name, total=expected, unit="B") as bar:
        bar.initial = bar.n = part.size  # what was there already is no part of the rate
        while piece := _read(answer, part, expected):
            part.append(piece)
            bar.update(len(piece))
            if has_wrong_size(part, wanted, most_bytes):
                return
            if part.total is not None and part.size > part.total:
                part.forget()
                raise CutError("more came than the server said")
    # An answer that broke off in its headers looks like an empty one of no length.
    if part.size < (1 if expected is None else expected):
        raise CutError(_cut_at(part, expected))


def _check_room(part: Part, expected: int | None) -> None:
    """Refuse at once what would fill the disk hours later."""
    free = shutil.disk_usage(part.path.parent).free
    if expected is not None and expected - part.size > free:
        raise OSError(
            f"{part.path}: {expected - part.size} bytes are to come, the disk has {free} left; "
            "make room and run again"
        )


def _read(answer: requests.Response, part: Part, expected: int | None) -> bytes:
    """Read what is there: a read of a whole piece would not see that the bytes only trickle."""
    try:
        piece: bytes = answer.raw.read1(PIECE_BYTES, decode_content=False)
    except HTTPError as error:
        raise CutError(f"{_cut_at(part, expected)} ({reason_of(error)})") from None
    return piece


def _cut_at(part: Part, expected: int | None) -> str:
    whole = "" if expected is None else f" of {expected}"
    return f"cut off after {part.size}{whole} bytes"


def _range(answer: requests.Response) -> tuple[int | None, int | None]:
    """Return the first byte and the size of the whole that Content-Range tells."""
    match = RANGE_RE.fullmatch(answer.headers.get("Content-Range", "").strip())
    return (None, None) if match is None else (_number(match[1]), _number(match[2]))


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch("[0-9]{1,18}", text) else None
