"""
Which addresses may be asked, and how one is shown: never with its user name and password.

A corpus may be fetched by http and https alone. A redirect may not lead from https to http, and no
address, the first or a later one, may lead to a machine that only this computer or its network can
reach: a page on the internet has no business to make us read there. The config can allow both.
A name is looked up here, and again by the connection: a name server that answers differently the
second time is not found out.
"""

import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from requests.utils import get_environ_proxies, select_proxy

USER_RE = re.compile(r"//[^/?#]*@")  # user:password@ in an address
CREDENTIALS_RE = re.compile(r"//[^/?#\s]*@")  # the same where other words may stand before it
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address
Address = IPv4Address | IPv6Address


@dataclass(frozen=True)
class Policy:
    """What the config allows; hosts in `trusted` may be private, such as the package index's."""

    allow_http: bool
    allow_private: bool
    trusted: frozenset[str] = frozenset()

    def check(self, url: str, before: str | None = None) -> None:
        """
        Refuse an address that may not be asked.

        Where a proxy of the environment carries the request, names are looked up there: only
        `localhost` and addresses in digits can be judged.

        Args:
            url: what would be asked.
            before: the address that sent us on to it, if one did.

        Raises:
            ValueError: it may not be asked; the message says which key of the config allows it.
            socket.gaierror: its host has no address, at the moment or at all.
        """
        where = shown(url) if before is None else f"{shown(before)}: sends on to {_target(url)}"
        parts = split(url, where)
        host = host_of(url)
        if before is not None and split(before, where).scheme == "https" and parts.scheme == "http":
            self._check_downgrade(where)
        if self.allow_private or host in self.trusted:
            return
        for address in _addresses_of(host, url):
            if _is_private(address):
                raise ValueError(
                    f"{where}: {host} is a private address ({address}), of this computer or its "
                    "network; if it is meant, set download.allow_private: true for this corpus"
                )

    def _check_downgrade(self, where: str) -> None:
        if not self.allow_http:
            raise ValueError(
                f"{where}: from https to http, where anyone on the way can change the file; if "
                "it must be, set download.allow_http: true for this corpus"
            )


def split(url: str, where: str, advice: str = "") -> SplitResult:
    """Split an http or https address; if it is none, the message is `where`, why, and `advice`."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 (it is read from the text only now)
        (parts.hostname or "").encode("idna")  # a part empty, or longer than 63 letters
    except ValueError:  # its words could hold a password
        raise ValueError(f"{where}: is no address; check how it is written") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{where}: only http and https addresses are fetched{advice}")
    return parts


def host_of(url: str) -> str:
    """Return the host of an address, in small letters, without the dot that may end it."""
    return (urlsplit(url).hostname or "").rstrip(".")


def is_same_origin(one: str, other: str) -> bool:
    """
    Tell whether two addresses are one server's, so that a password for one is for the other.

    >>> is_same_origin("https://host/a", "https://host:443/b")
    True
    >>> is_same_origin("https://host/a", "http://host/a")
    False
    """
    return _origin(one) == _origin(other)


def split_credentials(url: str) -> tuple[str, tuple[str, str] | None]:
    """
    Take user and password out of an address.

    >>> split_credentials("https://me:p%40ss@host:8080/a.txt")
    ('https://host:8080/a.txt', ('me', 'p@ss'))
    >>> split_credentials("https://host/a.txt")
    ('https://host/a.txt', None)
    """
    parts = urlsplit(url)
    if parts.username is None:
        return url, None
    auth = unquote(parts.username), unquote(parts.password or "")
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])), auth


def without_credentials(text: str) -> str:
    """
    Take user names and passwords out of the addresses in a text.

    >>> without_credentials("404 for https://me:secret@host/simple/x/")
    '404 for https://host/simple/x/'
    """
    return CREDENTIALS_RE.sub("//", text)


def shown(url: str) -> str:
    """
    Return an address as messages show it; of a malformed one nothing before an `@` is trusted.

    >>> shown("https://me:pass/word@host/x")
    'https://host/x'
    """
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 (a password with a slash in it is taken for a port)
    except ValueError:
        is_sound = False
    else:
        is_sound = bool(parts.netloc)
    if is_sound:
        return USER_RE.sub("//", url, count=1)
    before, slashes, rest = url.partition("//") if "//" in url else ("", "", url)
    return f"{before}{slashes}{rest.rpartition('@')[2]}"


def _origin(url: str) -> tuple[str, str, int]:
    scheme = urlsplit(url).scheme
    return scheme, host_of(url), urlsplit(url).port or (443 if scheme == "https" else 80)


def _target(url: str) -> str:
    """Show where a redirect leads; what it asks for may be signed, which is a password too."""
    return shown(url).partition("?")[0]


def _addresses_of(host: str, url: str) -> list[Address]:
    """Return the IP addresses that a request for `url` would go to, as far as can be told here."""
    literal = _literal(host)
    if literal is not None:
        return [literal]
    if host == "localhost" or host.endswith(".localhost"):
        return [IPv4Address("127.0.0.1")]
    if select_proxy(url, get_environ_proxies(url)) is not None:
        return []
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [ip_address(entry[4][0]) for entry in found]


def _literal(host: str) -> Address | None:
    """Read an address in digits; for sockets `127.1` and `0x7f000001` are such too."""
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return None


def _is_private(address: Address) -> bool:
    """Tell whether an address is private, loopback, link-local, reserved, or of no one host."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_private(inner)
    return not address.is_global or address.is_reserved or address.is_multicast
