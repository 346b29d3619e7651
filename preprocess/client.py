"""Requests by hand: each redirect judged, passwords kept at their host, faults told apart."""

import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urljoin

import requests
from urllib3.exceptions import InvalidHeader
from urllib3.util import Retry

from preprocess.addresses import (
    Policy,
    host_of,
    is_same_origin,
    shown,
    split_credentials,
    without_credentials,
)
from preprocess.connections import Session

MOST_REDIRECTS = 10
LONGEST_WAIT = 600  # seconds that a server may ask us to wait
LONGEST_WORDS = 300  # characters of a server that a message repeats
LONGEST_PAUSE = 60  # seconds between two tries where it asks for nothing
# Statuses of a server that is busy, restarting or out of patience: another try may succeed.
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
ADVICE = {
    401: "it wants a login: put user and password in ~/.netrc",
    403: "it is not given to everyone, or not to programs",
    410: "it was taken away for good",
}
Answer = TypeVar("Answer")
Sleep = Callable[[float], None]

logger = logging.getLogger("geulteul")


class CutError(Exception):
    """
    A fault of the network or of a busy server, which another try may not meet.

    Args:
        words: what went wrong.
        after: seconds that the server asks us to wait first.
    """

    def __init__(self, words: str, after: float = 0.0) -> None:
        super().__init__(words)
        self.after = after


@dataclass(frozen=True)
class Client:
    """
    How a file's server is asked.

    Attributes:
        session: its connections.
        policy: which addresses may be asked.
        timeout: seconds to connect, and without a byte.
        auth: user and password for the server of `sent_by` alone.
        sent_by: the page that named the first address, where that was not the user.
    """

    session: Session
    policy: Policy
    timeout: float
    auth: tuple[str, str] | None = None
    sent_by: str | None = None

    def ask(self, url: str, headers: dict[str, str]) -> requests.Response:
        """
        Send a GET and return the answer that is no redirect, its body not yet read.

        Raises:
            CutError: no answer came.
            OSError: none will come: TLS fails, or the redirects have no end.
            ValueError: an address may not be asked.
        """
        before, auth = self.sent_by, self.auth
        for _ in range(MOST_REDIRECTS + 1):
            self._check(url, before)
            if before is not None and not is_same_origin(before, url):
                auth = None
            address, own = split_credentials(url)
            auth = own or auth
            answer = self._get(address, headers, auth)
            target = _target_of(answer, address)
            if target is None:
                return answer
            answer.close()
            before, url = address, target
        raise OSError(f"{shown(before or url)}: {MOST_REDIRECTS} redirects lead to no file")

    def _check(self, url: str, before: str | None) -> None:
        try:
            self.policy.check(url, before)
        except socket.gaierror as error:
            raise CutError(f"the host {host_of(url)} is not found ({error.strerror})") from None

    def _get(
        self, address: str, headers: dict[str, str], auth: tuple[str, str] | None
    ) -> requests.Response:
        try:
            return self.session.get(
                address,
                headers=headers,
                auth=auth,
                timeout=(self.timeout, self.timeout),
                stream=True,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise sorted_fault(error, address) from None


def _target_of(answer: requests.Response, address: str) -> str | None:
    """Return where an answer sends us on to; None if it does not."""
    if not answer.is_redirect:
        return None
    try:
        # Headers are read as Latin-1; addresses in them that are not ASCII are in UTF-8.
        return urljoin(address, answer.headers["Location"].encode("latin-1").decode())
    except ValueError:
        raise ValueError(f"{shown(address)}: sends on to what is no address") from None


def sorted_fault(error: requests.RequestException, url: str) -> CutError | OSError:
    """Turn a fault of the library into one that another try may not meet, or that it will."""
    words = f"{host_of(url)}: {reason_of(error)}"
    if error.response is not None:
        return status_fault(error.response, url)
    if isinstance(error, requests.exceptions.SSLError):
        return OSError(
            f"{shown(url)}: {words}; the server's certificate is not trusted, or TLS fails: check "
            "the address and the computer's date; behind a proxy with certificates of its own, set "
            "REQUESTS_CA_BUNDLE"
        )
    if isinstance(error, requests.ConnectionError | requests.Timeout):
        return CutError(words)
    return OSError(f"{shown(url)}: {words}")


def status_fault(answer: requests.Response, url: str) -> CutError | OSError:
    """Turn a status that brings no file into a fault, as `sorted_fault` does."""
    status, last = answer.status_code, shown(answer.url).partition("?")[0]
    words = f"the server answered {status} {_printable(answer.reason or '')}"
    if host_of(answer.url) != host_of(url):
        words += f" (we were sent on to {last})"
    if status not in PASSING:
        return OSError(f"{shown(url)}: {words}; {ADVICE.get(status, 'check the address')}")
    after = _retry_after(answer)
    if after > LONGEST_WAIT:
        return OSError(
            f"{shown(url)}: {words} and asks to wait {after:.0f} s, longer than the "
            f"{LONGEST_WAIT} s that we wait for a server; run again later"
        )
    return CutError(words, after)


def reason_of(error: BaseException) -> str:
    """Return the words of the fault below all the libraries' own, without passwords."""
    while (deeper := error.__cause__ or error.__context__) is not None:
        error = deeper
    return without_credentials(_printable(str(error))) or type(error).__name__


def _printable(text: str) -> str:
    """Return the start of what may be a server's words, which could write over the terminal."""
    shortened = text if len(text) <= LONGEST_WORDS else f"{text[:LONGEST_WORDS]} …"
    return "".join(letter if letter.isprintable() else "?" for letter in shortened)


def persist(
    what: str,
    attempt: Callable[[], Answer],
    has_advanced: Callable[[], bool],
    attempts: int,
    sleep: Sleep,
) -> Answer:
    """
    Try until it succeeds, or has failed `attempts` times in a row without getting any further.

    Raises:
        CutError: the last try's.
    """
    failed = 0
    while True:
        try:
            return attempt()
        except CutError as error:
            cut = error
        failed = 0 if has_advanced() else failed + 1
        if failed >= attempts:
            raise cut
        wait = max(cut.after, min(2.0 ** max(failed - 1, 0), LONGEST_PAUSE))
        left = attempts - failed
        logger.warning("%s: %s; waiting %.0f s, tries left: %d", what, cut, wait, left)
        sleep(wait)


def _retry_after(answer: requests.Response) -> float:
    """Return the seconds that a server asks us to wait, as a number or a date; 0 if it does not."""
    try:
        return Retry().parse_retry_after(answer.headers.get("Retry-After", "0"))
    except (InvalidHeader, ValueError, OverflowError):
        return 0.0
