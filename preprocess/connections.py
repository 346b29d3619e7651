"""
Connections to servers that end where bytes only trickle.

The time-out of a socket is for each read of it alone: a server that sends one byte now and then,
of its headers, of a length between two chunks, or of the file, would hold us for days.
"""

import http.client
import io
import math
import socket
import time
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PATIENCE = 2  # time-outs within which all headers must come
LEAST_BYTES = 1000  # that must come within a time-out, else the transfer has stalled


class _Timely(io.RawIOBase):
    """
    The bytes of a connection as they come.

    Attributes:
        deadline: of the monotonic clock, in seconds; nothing is read after it.
    """

    def __init__(self, connected: io.RawIOBase, timeout: float) -> None:
        self._connected, self._timeout = connected, timeout
        self._since, self._came = time.monotonic(), 0
        self.deadline = math.inf

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int | None:
        """Read what is there; what was the last to come is taken, however late it was."""
        now = time.monotonic()
        if now > self.deadline:
            raise TimeoutError("the headers took too long")
        if now - self._since >= self._timeout:
            if self._came < LEAST_BYTES:
                raise TimeoutError(f"fewer than {LEAST_BYTES} bytes came in {self._timeout:g} s")
            self._since, self._came = now, 0
        count: int | None = self._connected.readinto(buffer)
        self._came += count or 0
        return count

    def close(self) -> None:
        """Close what it reads from."""
        self._connected.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    """An answer that is read through `_Timely`."""

    def __init__(self, sock: socket.socket, *arguments: Any, **values: Any) -> None:  # noqa: ANN401
        super().__init__(sock, *arguments, **values)
        self._timeout = sock.gettimeout() or math.inf
        self._timely = _Timely(self.fp.detach(), self._timeout)
        self.fp = io.BufferedReader(self._timely)

    def begin(self) -> None:
        """Read the headers, and whatever answers precede the one that counts."""
        self._timely.deadline = time.monotonic() + PATIENCE * self._timeout
        super().begin()
        self._timely.deadline = math.inf


class _Connection(HTTPConnection):
    response_class = _Answer


class _ConnectionTLS(HTTPSConnection):
    response_class = _Answer


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _PoolTLS(HTTPSConnectionPool):
    ConnectionCls = _ConnectionTLS


POOLS = {"http": _Pool, "https": _PoolTLS}


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *arguments: Any, **values: Any) -> None:  # noqa: ANN401
        super().init_poolmanager(*arguments, **values)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, *arguments: Any, **values: Any) -> Any:  # noqa: ANN401
        manager = super().proxy_manager_for(*arguments, **values)
        manager.pool_classes_by_scheme = POOLS
        return manager


class WatchedSession(requests.Session):
    """Requests over such connections; REQUESTS_CA_BUNDLE comes before `certificates`."""

    def __init__(self, certificates: str | None = None) -> None:
        super().__init__()
        self.mount("http://", _Adapter())
        self.mount("https://", _Adapter())
        if certificates:
            self.verify = certificates


class Session(WatchedSession):
    """One that sees no redirects: it would read their bodies to prepare for them."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Say that there is none."""
        return None
