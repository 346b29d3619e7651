"""Files fetched from a hostile server: resumed, tried again, refused, never spliced."""

import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from email.utils import formatdate

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preprocess.addresses import Policy
from preprocess.client import Client
from preprocess.connections import Session
from preprocess.fetch import Terms, fetch
from preprocess.partial import Part, notes_of, part_of
from preprocess.transfer import FOUND, Wanted

BODY = random.Random(1).randbytes(50_000)
OTHER = random.Random(2).randbytes(50_000)
PAGE = b"<!-- x -->\n<!DOCTYPE html>\n<html><title>Log in</title></html>"
CHANGED = "Sat, 02 Nov 2013 10:00:00 GMT"


def digest(data):
    return hashlib.sha256(data).hexdigest()


class Fetcher:
    """Fetches to one file; notes what it was asked to wait."""

    def __init__(self, folder):
        self.path = folder / "file.bin"
        self.waits = []
        self.terms = {"attempts": 3, "timeout": 5, "max_bytes": 10**6}
        self.terms |= {"allow_http": False, "allow_private": True}

    def __call__(self, url, sha256=None, size=None, **terms):
        wanted = Wanted(url, sha256, size, "the config", f"put {FOUND} there")
        terms = Terms(**(self.terms | terms))
        with Session() as session:
            client = Client(session, terms.policy(), terms.timeout)
            return fetch(client, wanted, self.path, terms, self.waits.append)

    def left(self):
        return sorted(path.name for path in self.path.parent.iterdir())


@pytest.fixture
def fetcher(tmp_path):
    return Fetcher(tmp_path)


def test_a_file_is_fetched_whole(server, fetcher):
    url = server.put("/file.bin", body=BODY)
    assert fetcher(url, digest(BODY), len(BODY)) == digest(BODY)
    assert fetcher.path.read_bytes() == BODY
    assert fetcher.left() == ["file.bin"]
    ((_, headers),) = server.requests
    assert headers["Accept-Encoding"] == "identity"
    assert "Range" not in headers


# 38: the connection drops


@pytest.mark.parametrize("names", [{}, {"etag": None, "changed": CHANGED}])
def test_fault_38_a_cut_transfer_is_resumed(server, fetcher, names):
    file = server.file(body=BODY, **names)
    cut = server.file(body=BODY, cut=30_000, **names)
    url = server.put("/file.bin", cut, file)
    assert fetcher(url, digest(BODY)) == digest(BODY)
    assert fetcher.path.read_bytes() == BODY
    assert server.ranges == [None, "bytes=30000-"]
    assert server.requests[1][1]["If-Range"] == (file.etag or CHANGED)
    assert fetcher.left() == ["file.bin"]


def test_fault_38_a_rest_without_a_name_is_taken_if_the_digest_is_known(server, fetcher):
    cut = server.file(body=BODY, cut=30_000)
    for body, ranges in [(BODY, [None, "bytes=30000-"]), (OTHER, [None, "bytes=30000-", None])]:
        server.requests.clear()
        nameless = server.file(body=body, headers={"ETag": ""})
        url = server.put("/file.bin", cut, nameless, server.file(body=body))
        assert fetcher(url, digest(body)) == digest(body)
        assert server.ranges == ranges


def test_fault_38_many_cuts_that_bring_something_are_no_failures(server, fetcher):
    url = server.put("/file.bin", body=BODY, cut=4_000)
    assert fetcher(url, digest(BODY), attempts=2) == digest(BODY)
    assert len(server.requests) == 13
    assert set(fetcher.waits) == {1.0}


def test_fault_38_without_a_name_for_the_bytes_it_begins_again(server, fetcher):
    for names in ({"etag": None}, {"etag": 'W/"1"'}, {"etag": "1"}):
        cut = server.file(body=BODY, cut=30_000, **names)
        url = server.put("/file.bin", cut, server.file(body=BODY, **names))
        assert fetcher(url, digest(BODY)) == digest(BODY)
    assert server.ranges == [None] * 6


def test_fault_38_a_time_of_change_is_a_name_only_once_it_is_past(server, fetcher):
    now = formatdate(time.time() + 5, usegmt=True)
    cut = server.file(body=BODY, cut=30_000, etag=None, changed=now)
    url = server.put("/file.bin", cut, server.file(body=BODY, etag=None, changed=now))
    assert fetcher(url, digest(BODY)) == digest(BODY)
    assert server.ranges == [None, None]


def test_fault_38_a_later_run_goes_on(server, fetcher):
    cut = server.file(body=BODY, cut=20_000)
    url = server.put("/file.bin", cut, server.file(status=503))
    with pytest.raises(OSError, match="the 20000 bytes that came are kept"):
        fetcher(url, digest(BODY))
    assert fetcher.left() == ["file.bin.part", "file.bin.part.json"]
    notes = json.loads(notes_of(fetcher.path).read_text(encoding="utf-8"))
    assert notes == {"url": url, "etag": '"1"', "last_modified": None, "total": 50_000}
    server.put("/file.bin", body=BODY)
    server.requests.clear()
    assert fetcher(url, digest(BODY)) == digest(BODY)
    assert server.ranges == ["bytes=20000-"]


def test_fault_38_a_whole_part_needs_no_request(server, fetcher):
    url = server.put("/file.bin", body=BODY)
    part_of(fetcher.path).write_bytes(BODY)
    notes_of(fetcher.path).write_text(json.dumps({"url": url, "etag": '"1"'}), encoding="utf-8")
    assert fetcher(url, digest(BODY)) == digest(BODY)
    assert server.requests == []
    part_of(fetcher.path).write_bytes(BODY)
    notes_of(fetcher.path).write_text(json.dumps({"url": url, "etag": '"1"'}), encoding="utf-8")
    assert fetcher(url, None) == digest(BODY)  # asked, the server says that there is no more: 416
    assert server.ranges == ["bytes=50000-"]
    assert fetcher.left() == ["file.bin"]


@pytest.mark.parametrize(
    "notes",
    [
        "not JSON",
        json.dumps({"url": "http://elsewhere/file.bin", "etag": '"1"', "total": 50_000}),
        json.dumps({"url": "URL", "etag": '"1"', "total": 10}),
        json.dumps({"url": "URL", "etag": None, "last_modified": None, "total": 50_000}),
        None,
    ],
)
def test_fault_38_a_part_of_something_else_is_dropped(server, fetcher, notes):
    url = server.put("/file.bin", body=BODY)
    part_of(fetcher.path).write_bytes(OTHER[:30_000])
    if notes is not None:
        notes_of(fetcher.path).write_text(notes.replace("URL", url), encoding="utf-8")
    assert fetcher(url) == digest(BODY)
    assert server.ranges == [None]
    assert fetcher.left() == ["file.bin"]


def test_fault_38_a_killed_process_is_gone_on_with(server, tmp_path):
    slow = server.file(body=BODY, step=1000, pause=0.05)
    url = server.put("/a/file.bin", slow, server.file(body=BODY))
    manifest = tmp_path / "raw" / "mine" / "manifest.json"
    terms = Fetcher(tmp_path).terms
    values = {"source": {"url": url, "sha256": digest(BODY)}, "download": terms}
    command = [sys.executable, "-m", "preprocess", "download", str(manifest)]
    process = subprocess.Popen([*command, "--settings", json.dumps(values)])
    part = manifest.parent / "file.bin.part"
    until = time.monotonic() + 20
    while not (part.is_file() and part.stat().st_size > 0) and time.monotonic() < until:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    size = part.stat().st_size
    assert 0 < size < len(BODY)
    assert not manifest.exists()
    subprocess.run([*command, "--settings", json.dumps(values)], check=True)
    assert server.ranges == [None, f"bytes={size}-"]
    assert server.requests[1][1]["If-Range"] == '"1"'
    assert (manifest.parent / "file.bin").read_bytes() == BODY
    left = sorted(path.name for path in manifest.parent.iterdir())
    assert left == [".file.bin.fetched.json", "file.bin", "manifest.json"]


# 39: the server ignores Range, or the file changes between two tries


def test_fault_39_a_server_that_ignores_range_is_read_from_the_start(server, fetcher):
    cut = server.file(body=BODY, cut=30_000)
    url = server.put("/file.bin", cut, server.file(body=BODY, ranges=False))
    assert fetcher(url) == digest(BODY)
    assert server.ranges == [None, "bytes=30000-"]


def test_fault_39_a_changed_file_is_read_from_the_start(server, fetcher):
    cut = server.file(body=BODY, cut=30_000)
    url = server.put("/file.bin", cut, server.file(body=OTHER, etag='"2"'))
    assert fetcher(url) == digest(OTHER)
    assert fetcher.path.read_bytes() == OTHER


@pytest.mark.parametrize(
    "lie",
    [
        {"headers": {"ETag": '"2"'}},  # the rest of another file, whatever If-Range asked
        {"range_header": "bytes 29999-49999/50000"},
        {"range_header": "bytes 30000-49999/50001"},
        {"range_header": "bytes x"},
        {"headers": {"ETag": ""}},  # no word of which file it is of
    ],
)
def test_fault_39_a_rest_that_does_not_fit_is_not_spliced(server, fetcher, lie):
    cut = server.file(body=BODY, cut=30_000)
    url = server.put("/file.bin", cut, server.file(body=OTHER, **lie), server.file(body=OTHER))
    assert fetcher(url) == digest(OTHER)
    assert server.ranges == [None, "bytes=30000-", None]


def test_fault_39_a_rest_must_tell_how_long_the_whole_is_if_nothing_else_does(tmp_path):
    part, headers = Part(tmp_path / "file.bin", "https://host/file.bin"), {"ETag": '"1"'}
    for known, told, fits in [(None, None, False), (None, 9, True), (9, None, True), (9, 8, False)]:
        part.begin(headers, known, is_bounded=True)
        assert part.fits(headers, 0, told, is_checked=True) == fits


def test_fault_39_a_splice_that_slipped_through_is_fetched_once_more(server, fetcher):
    cut = server.file(body=BODY, cut=30_000)
    url = server.put("/file.bin", cut, server.file(body=OTHER), server.file(body=OTHER))
    assert fetcher(url, digest(OTHER)) == digest(OTHER)
    assert server.ranges == [None, "bytes=30000-", None]
    url = server.put("/file.bin", cut, server.file(body=OTHER), server.file(body=OTHER))
    server.requests.clear()
    with pytest.raises(ValueError, match=digest(OTHER)):
        fetcher(url, "0" * 64)
    assert len(server.requests) == 3
    assert fetcher.left() == ["file.bin"]


def test_fault_39_a_rest_that_is_too_long_is_not_kept(server, fetcher):
    cut = server.file(body=BODY, cut=30_000)
    long = server.file(body=BODY + OTHER, range_header="bytes 30000-49999/50000")
    url = server.put("/file.bin", cut, long, server.file(body=BODY))
    assert fetcher(url) == digest(BODY)
    assert server.ranges == [None, "bytes=30000-", None]


def test_fault_39_a_416_for_a_file_that_shrank_begins_again(server, fetcher):
    cut = server.file(body=BODY, cut=30_000)
    url = server.put("/file.bin", cut, server.file(body=OTHER[:20_000]))
    assert fetcher(url) == digest(OTHER[:20_000])
    assert server.ranges == [None, "bytes=30000-", None]


ANSWERS = st.lists(
    st.tuples(
        st.booleans(),  # which of two files lies there
        st.none() | st.integers(0, 9_000),  # where the answer is cut
        st.booleans(),  # whether Range is heeded
        st.sampled_from([None, '"', 'W/"']),  # how its ETag begins
        st.sampled_from([None, "", 7_000]),  # the length it tells
    ),
    max_size=6,
)


@given(ANSWERS, st.booleans())
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_fault_39_whatever_a_server_does_no_file_is_spliced(server, fetcher, answers, is_known):
    bodies = [BODY[:9_000], OTHER[:9_000]]
    files = [
        server.file(
            body=bodies[other],
            cut=cut,
            ranges=ranges,
            etag=mark and f'{mark}{other}"',
            length=length if cut is None or length == "" else None,
        )
        for other, cut, ranges, mark, length in answers
    ]
    url = server.put("/file.bin", *files, server.file(body=bodies[0]))
    wanted = digest(bodies[0]) if is_known else None
    fetcher.path.unlink(missing_ok=True)
    try:
        found = fetcher(url, wanted, 9_000, attempts=20)
    except ValueError:
        assert fetcher.left() == []
    else:
        assert found == digest(fetcher.path.read_bytes())
        assert found in ([wanted] if is_known else [digest(body) for body in bodies])
        assert fetcher.left() == ["file.bin"]


# 40: statuses, hosts that are not found, TLS


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_fault_40_a_passing_fault_is_tried_again(server, fetcher, status):
    bad = server.file(status=status)
    url = server.put("/file.bin", bad, bad, server.file(body=BODY))
    assert fetcher(url) == digest(BODY)
    assert fetcher.waits == [1.0, 2.0]


def test_fault_40_in_the_end_it_gives_up_and_names_the_address(server, fetcher):
    url = server.put("/file.bin", status=500)
    with pytest.raises(OSError, match=rf"from {url}: .* 500 .*3 times in vain; check the net"):
        fetcher(url)
    assert len(server.requests) == 3
    assert fetcher.left() == []


def test_fault_40_pauses_grow_to_a_minute(server, fetcher):
    url = server.put("/file.bin", status=500)
    with pytest.raises(OSError, match="9 times"):
        fetcher(url, attempts=9)
    assert fetcher.waits == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 501, 204, 206, 304, 416])
def test_fault_40_a_lasting_fault_is_told_at_once(server, fetcher, status):
    url = server.put("/file.bin", status=status)
    with pytest.raises(OSError, match=rf"{url}: the server answered {status} "):
        fetcher(url)
    assert (len(server.requests), fetcher.waits) == (1, [])


def test_fault_40_retry_after_is_honoured(server, fetcher):
    busy = server.file(status=429, headers={"Retry-After": "7"})
    date = formatdate(time.time() + 100, usegmt=True)
    dated = server.file(status=503, headers={"Retry-After": date})
    url = server.put("/file.bin", busy, dated, server.file(body=BODY))
    assert fetcher(url) == digest(BODY)
    assert fetcher.waits[0] == 7
    assert 90 < fetcher.waits[1] <= 100


def test_fault_40_a_wait_beyond_ten_minutes_is_refused(server, fetcher):
    url = server.put("/file.bin", status=429, headers={"Retry-After": "601"})
    with pytest.raises(OSError, match="asks to wait 601 s, longer than the 600 s"):
        fetcher(url)
    assert fetcher.waits == []
    server.put("/file.bin", status=429, headers={"Retry-After": "soon"})
    with pytest.raises(OSError, match="in vain"):
        fetcher(url)
    assert fetcher.waits == [1.0, 2.0]


def test_fault_40_a_host_that_is_not_found_is_tried_again(fetcher, monkeypatch):
    def fail(*arguments, **values):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    for allow in (False, True):
        fetcher.waits.clear()
        with pytest.raises(OSError, match=r"from http://texts\.example/a: .*[Nn]ame"):
            fetcher("http://texts.example/a", allow_private=allow)
        assert fetcher.waits == [1.0, 2.0]


def test_fault_40_a_closed_port_is_tried_again(fetcher):
    with pytest.raises(OSError, match=r"Connection refused.*3 times"):
        fetcher("http://me:secret@127.0.0.1:1/a.txt")
    assert fetcher.waits == [1.0, 2.0]


def test_fault_40_a_tls_error_is_named_and_not_tried_again(server, fetcher):
    with pytest.raises(OSError, match=r"https://127.*TLS fails: check.*REQUESTS_CA_BUNDLE"):
        fetcher(f"https://{server.host}/a.txt")  # it speaks no TLS
    assert fetcher.waits == []


# 41: an HTML page in place of the file


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (PAGE, {}),
        (b"\xef\xbb\xbf  <HTML lang=ko>\n", {}),
        (b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "x">', {}),
        (b"<p>Please log in", {"Content-Type": "text/html; charset=utf-8"}),
    ],
)
@pytest.mark.parametrize("sha256", [None, digest(BODY)])
def test_fault_41_a_page_in_place_of_the_file_is_refused(server, fetcher, body, headers, sha256):
    url = server.put("/file.bin", body=body, headers=headers)
    with pytest.raises(ValueError, match="an HTML page came in place of the file") as caught:
        fetcher(url, sha256)
    assert repr(body[:100]) in str(caught.value)
    assert fetcher.left() == []
    assert len(server.requests) == 1


def test_fault_41_a_row_of_comments_is_looked_at_once(server, fetcher):
    body = b"<!---->" * 100 + b"no page"  # to be cut up in 2**100 ways
    assert fetcher(server.put("/file.bin", body=body)) == digest(body)


def test_fault_41_a_page_of_another_size_is_refused_as_a_page(server, fetcher):
    url = server.put("/file.bin", body=PAGE)
    with pytest.raises(ValueError, match="an HTML page"):
        fetcher(url, digest(BODY), len(BODY))
    assert fetcher.left() == []


def test_fault_41_what_is_no_page_or_is_meant_to_be_one_is_taken(server, fetcher):
    assert fetcher(server.put("/a.html", body=PAGE)) == digest(PAGE)
    assert fetcher(server.put("/a.txt", body=PAGE), digest(PAGE)) == digest(PAGE)
    text = "사랑 <html>".encode()
    html = {"Content-Type": "text/html"}  # what some servers call every text
    assert fetcher(server.put("/b.txt", body=text, headers=html)) == digest(text)


# 42: lengths that lie, transfers that stall


def test_fault_42_a_length_that_is_too_long_leaves_it_to_the_hash(server, fetcher):
    url = server.put("/file.bin", body=BODY, length=len(BODY) + 10)
    assert fetcher(url, digest(BODY)) == digest(BODY)
    assert len(server.requests) == 1
    assert fetcher(url) == digest(BODY)  # here it is the 416 that tells that there is no more
    with pytest.raises(OSError, match=r"cut off after 50000 of 50010 bytes"):
        fetcher(server.put("/x", body=BODY, length=len(BODY) + 10, ranges=False))


def test_fault_42_a_length_that_is_too_short_is_refused_by_the_hash(server, fetcher):
    url = server.put("/file.bin", body=BODY, length=40_000)
    with pytest.raises(ValueError, match=digest(BODY[:40_000])):
        fetcher(url, digest(BODY))
    assert fetcher.left() == []


def test_fault_42_no_length_at_all(server, fetcher, caplog):
    assert fetcher(server.put("/file.bin", body=BODY, length="")) == digest(BODY)
    assert "whether the file comes whole cannot be known" in caplog.text
    cut = server.file(body=BODY, length="", cut=9_000)
    url = server.put("/file.bin", cut)
    server.requests.clear()
    with pytest.raises(ValueError, match=digest(BODY[:9_000])):
        fetcher(url, digest(BODY))
    assert server.ranges == [None, None]  # it may have been a cut: a second chance
    server.requests.clear()
    server.put("/file.bin", cut, server.file(body=BODY, length=""))
    assert fetcher(url, None, len(BODY)) == digest(BODY)  # its size tells that it was cut
    assert server.ranges == [None, "bytes=9000-"]


def test_fault_42_sizes_are_capped(server, fetcher):
    url = server.put("/file.bin", body=BODY)
    with pytest.raises(ValueError, match=r"has 50000 bytes.*max_bytes is 49999"):
        fetcher(url, max_bytes=49_999)
    server.put("/file.bin", body=BODY * 100, length="", pause=0.001)
    with pytest.raises(ValueError, match=r"max_bytes is 100000"):
        fetcher(url, max_bytes=100_000)
    server.put("/file.bin", body=BODY)
    for size in (49_999, 50_001):
        with pytest.raises(ValueError, match=f"has 50000 bytes.*the config says {size}"):
            fetcher(url, digest(BODY), size)
    assert fetcher.left() == []


@pytest.mark.parametrize("fault", [{"stall": 9.0, "cut": 30_000}, {"step": 1, "pause": 0.05}])
def test_fault_42_a_transfer_that_stalls_or_trickles_is_cut_and_resumed(server, fetcher, fault):
    url = server.put("/file.bin", server.file(body=BODY, **fault), server.file(body=BODY))
    began = time.monotonic()
    assert fetcher(url, digest(BODY), timeout=0.3) == digest(BODY)
    assert time.monotonic() - began < 8
    assert server.ranges[1].startswith("bytes=")
    assert fetcher.waits == [1.0]


def dripping(pieces, pause):
    """Serve one answer in pieces, and return its address."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        connected, _ = listener.accept()
        with listener, connected, contextlib.suppress(OSError):
            connected.recv(10_000)
            for piece in pieces:
                connected.sendall(piece)
                time.sleep(pause)

    threading.Thread(target=serve, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}/file.bin"


def test_fault_42_headers_that_trickle_are_cut(fetcher):
    url = dripping([b"HTTP/1.1 200 OK\r\nX: "] + [b"x"] * 1000, 0.04)
    began = time.monotonic()
    with pytest.raises(OSError, match=r"fewer than 1000 bytes came in 0\.1 s"):
        fetcher(url, timeout=0.1, attempts=1)
    assert time.monotonic() - began < 8
    assert fetcher.left() == []


def test_fault_42_headers_without_end_are_cut(fetcher):
    url = dripping([b"HTTP/1.1 100 Continue\r\n\r\n" * 50] * 1000, 0.01)
    with pytest.raises(OSError, match="the headers took too long"):
        fetcher(url, timeout=0.1, attempts=1)


@pytest.mark.parametrize("after", [b"3\r\nabc\r\n", b"3\r\nabc\r\n0\r\nX: "])
def test_fault_42_what_stands_between_chunks_may_not_trickle(fetcher, after):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    began = time.monotonic()
    with pytest.raises(OSError, match=r"cut off after 3 bytes \(fewer than 1000 bytes came in"):
        fetcher(dripping([head + after] + [b"0"] * 400, 0.02), timeout=0.1, attempts=1)
    assert time.monotonic() - began < 4
    assert fetcher.left() == []


def test_fault_42_the_last_bytes_are_taken_however_late(fetcher):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"
    url = dripping([head[:20], head[20:], b"abc"], 0.2)
    assert fetcher(url, timeout=0.35, attempts=1) == digest(b"abc")


def test_fault_42_the_words_of_a_server_are_short_and_plain(fetcher):
    nonsense = b"\x1b[2J" + b"x" * 5_000
    for answer in (nonsense, b"HTTP/1.1 404 " + nonsense):
        with pytest.raises(OSError, match=r"\?\[2Jxxx") as refusal:
            fetcher(dripping([answer + b"\r\n\r\n"], 0), attempts=1)
        assert str(refusal.value).isprintable()
        assert len(str(refusal.value)) < 600


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Le", b"nonsense\r\n\r\n"])
def test_fault_42_an_answer_cut_in_its_headers_is_no_empty_file(fetcher, head):
    with pytest.raises(OSError, match="cannot be fetched"):
        fetcher(dripping([head], 0), attempts=1)
    assert fetcher.left() == []


def test_fault_42_a_body_in_chunks_ends_where_it_says(fetcher):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert fetcher(dripping([head, b"3\r\nabc\r\n", b"0\r\n\r\n"], 0)) == digest(b"abc")
    with pytest.raises(OSError, match="cut off after 3 bytes"):
        fetcher(dripping([head, b"3\r\nabc\r\n"], 0), attempts=1)


# 43: redirects; their policy is in test_addresses.py


def test_fault_43_redirects_are_followed_to_the_file(server, fetcher):
    server.put("/to/file.bin", body=BODY)
    url = server.put("/a", status=302, headers={"Location": "/b"})
    server.put("/b", status=307, headers={"Location": f"{server.address}/to/file.bin?x=1"})
    assert fetcher(url, digest(BODY)) == digest(BODY)
    assert server.paths == ["/a", "/b", "/to/file.bin?x=1"]


def test_fault_43_a_circle_of_redirects_ends(server, fetcher):
    url = server.put("/a", status=302, headers={"Location": "/a"})
    with pytest.raises(OSError, match="10 redirects lead to no file"):
        fetcher(url)
    assert len(server.requests) == 11


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("file:///etc/passwd", r"sends on to file:///etc/passwd: only http and https"),
        ("ftp://host/x", "only http and https"),
        ("http://10.0.0.1/x?key=secret", r"on to http://10\.0\.0\.1/x: 10.0.0.1 is a private"),
        ("//[::1/x", "sends on to what is no address"),
        ("http://host:99999999/", "is no address"),
    ],
)
def test_fault_43_a_redirect_out_of_bounds_is_refused(server, fetcher, location, message):
    url = server.put("/a", status=302, headers={"Location": location})
    policy = Policy(allow_http=False, allow_private=False, trusted=frozenset({"127.0.0.1"}))
    with Session() as session, pytest.raises(ValueError, match=message):
        Client(session, policy, 5).ask(url, {})
    assert len(server.requests) == 1


def test_credentials_stay_at_their_server(server, fetcher):
    url = server.put("/a", status=302, headers={"Location": "/b"})
    elsewhere = f"http://localhost:{server.host.partition(':')[2]}/c"
    server.put("/b", status=302, headers={"Location": elsewhere})
    server.put("/c", body=BODY, cut=10)
    with pytest.raises(OSError, match=r"file\.bin") as caught:
        fetcher(url.replace("//", "//me:s%40cret@"))
    given = [headers.get("Authorization") for _, headers in server.requests]
    assert given[:3] == ["Basic bWU6c0BjcmV0", "Basic bWU6c0BjcmV0", None]
    assert "cret" not in str(caught.value)
    assert "cret" not in notes_of(fetcher.path).read_text(encoding="utf-8")


# 44: the file has changed where it lies


def test_fault_44_other_bytes_are_refused_with_both_digests_and_the_remedy(server, fetcher):
    url = server.put("/file.bin", body=OTHER)
    with pytest.raises(ValueError, match="has changed") as caught:
        fetcher(url, digest(BODY))
    message = str(caught.value)
    assert f"the config says {digest(BODY)}" in message
    assert f"put {digest(OTHER)} there" in message
    assert repr(OTHER[:100]) in message
    assert fetcher.left() == []
    assert len(server.requests) == 1


def test_an_old_file_stays_until_the_new_one_is_whole(server, fetcher):
    fetcher.path.write_bytes(b"old")
    url = server.put("/file.bin", body=OTHER)
    with pytest.raises(ValueError, match="has changed"):
        fetcher(url, digest(BODY))
    assert fetcher.path.read_bytes() == b"old"


def test_a_file_that_will_not_fit_on_the_disk_is_refused_before_it_comes(
    server, fetcher, monkeypatch
):
    room = shutil.disk_usage(".")._replace(free=20_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: room)
    url = server.put("/file.bin", body=BODY)
    with pytest.raises(OSError, match=r"50000 bytes are to come, the disk has 20000 left"):
        fetcher(url)
    fetcher(server.put("/small", body=BODY[:20_000]))


def test_what_is_compressed_on_the_way_all_the_same_is_told(server, fetcher, caplog):
    url = server.put("/file.bin", body=BODY, headers={"Content-Encoding": "gzip"})
    assert fetcher(url) == digest(BODY)
    assert "file.bin: is sent and kept compressed (gzip)" in caplog.text


def test_a_login_in_netrc_is_used(server, fetcher, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password word\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    fetcher(server.put("/file.bin", body=BODY))
    assert server.requests[0][1]["Authorization"] == "Basic bWU6d29yZA=="


def test_a_disk_that_is_full_is_named(server, fetcher, monkeypatch):
    def append(self, piece):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Part, "append", append)
    url = server.put("/file.bin", body=BODY)
    with pytest.raises(OSError, match=r"file\.bin\.part: cannot be written \(No space left"):
        fetcher(url)
