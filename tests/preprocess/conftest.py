"""A web server on this machine that does what it is told: cut, stall, trickle, lie, send on."""

import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

DATE = "Sat, 02 Nov 2013 10:00:00 GMT"


@dataclass
class File:
    """
    What lies at a path, and how it is sent; an honest server's file unless told otherwise.

    Attributes:
        cut: bytes of each answer that are sent before the connection is closed.
        length: Content-Length; None to tell the right one, "" to tell none.
        pause: seconds between two pieces of `step` bytes.
        stall: seconds of silence before the connection is closed.
    """

    body: bytes = b""
    status: int = 200
    headers: dict = field(default_factory=dict)
    etag: str | None = '"1"'
    changed: str | None = None
    ranges: bool = True
    cut: int | None = None
    length: int | str | None = None
    step: int = 1 << 16
    pause: float = 0.0
    stall: float = 0.0
    range_header: str | None = None  # Content-Range, where it lies


class Server:
    """Files by path, a list of them for one request after another; the requests that came."""

    def __init__(self):
        self.files, self.requests = {}, []
        self.host, self.address = "", ""

    def put(self, path, *files, **values):
        """Lay files at a path, the last for good, and return their address."""
        self.files[path] = list(files) or [File(**values)]
        return f"{self.address}{path}"

    @property
    def paths(self):
        return [path for path, _ in self.requests]

    @property
    def ranges(self):
        return [headers.get("Range") for _, headers in self.requests]

    def answer(self, handler):
        path = handler.path.partition("?")[0]
        self.requests.append((handler.path, dict(handler.headers)))
        files = self.files.get(path, [File(status=404)])
        file = files.pop(0) if len(files) > 1 else files[0]
        status, start = file.status, 0
        wanted, same = handler.headers.get("Range"), handler.headers.get("If-Range")
        if status == 200 and wanted and file.ranges and same in (None, file.etag, file.changed):
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            status = 206 if start < len(file.body) else 416
        handler.send_response(status)
        body = b"" if status == 416 else file.body[start:]
        for name, value in _headers(file, status, start, len(body)).items():
            handler.send_header(name, value)
        handler.end_headers()
        _send(handler, file, body)


def _headers(file, status, start, length):
    size = len(file.body)
    headers = {"ETag": file.etag, "Last-Modified": file.changed}
    if file.length != "":
        headers["Content-Length"] = length if file.length is None else file.length - start
    if status == 206:
        headers["Content-Range"] = file.range_header or f"bytes {start}-{size - 1}/{size}"
    if status == 416:
        headers["Content-Range"] = f"bytes */{size}"
    return {name: str(value) for name, value in (headers | file.headers).items() if value}


def _send(handler, file, body):
    body = body[: file.cut]
    for start in range(0, len(body), file.step):
        handler.wfile.write(body[start : start + file.step])
        time.sleep(file.pause)
    time.sleep(file.stall)


@pytest.fixture
def server(monkeypatch):
    """A hostile server on 127.0.0.1; no proxy of the environment stands before it."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    hostile = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            try:
                hostile.answer(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *arguments):
            """Keep the test's output clean."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    threading.Thread(target=http.serve_forever, args=[0.01], daemon=True).start()
    hostile.host = f"127.0.0.1:{http.server_port}"
    hostile.address = f"http://{hostile.host}"
    hostile.file = File
    yield hostile
    http.shutdown()
    http.server_close()
