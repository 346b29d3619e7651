"""
Connections to servers that bound how long an answer may take to begin.

The time-out of a socket is for each read of it alone: a server that sends one byte of its headers
now and then would hold us for days. The bytes of the body are watched by `transfer`.
"""

import socket
import threading
from contextlib import suppress
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import HTTPResponse

PATIENCE = 2  # time-outs within which all headers must come


class _Watch(threading.Timer):
    """Ends a connection after some seconds, unless it is cancelled before."""

    def __init__(self, connected: socket.socket, seconds: float) -> None:
        super().__init__(seconds, self._shut)
        self._connected, self.has_shut = connected, False
        self.daemon = True
        self.start()

    def _shut(self) -> None:
        self.has_shut = True
        with suppress(OSError):  # it may just have ended
            self._connected.shutdown(socket.SHUT_RDWR)


class _Watched(HTTPConnection):
    """A connection that is closed if the headers of an answer take too long."""

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        assert isinstance(self.timeout, int | float)
        watch = _Watch(self.sock, PATIENCE * self.timeout)
        try:
            answer = super().getresponse()
        finally:
            watch.cancel()
        if watch.has_shut:  # else headers that break off there would pass for all
            raise TimeoutError("the headers took too long")
        return answer


class _WatchedTLS(_Watched, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _PoolTLS(HTTPSConnectionPool):
    ConnectionCls = _WatchedTLS


POOLS = {"http": _Pool, "https": _PoolTLS}


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *arguments: Any, **values: Any) -> None:  # noqa: ANN401
        super().init_poolmanager(*arguments, **values)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, *arguments: Any, **values: Any) -> Any:  # noqa: ANN401
        manager = super().proxy_manager_for(*arguments, **values)
        manager.pool_classes_by_scheme = POOLS
        return manager


class Session(requests.Session):
    """Watched connections; sees no redirects, whose bodies it would read to prepare for them."""

    def __init__(self, certificates: str | None = None) -> None:
        super().__init__()
        self.mount("http://", _Adapter())
        self.mount("https://", _Adapter())
        if certificates:
            self.verify = certificates

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Say that there is none."""
        return None
