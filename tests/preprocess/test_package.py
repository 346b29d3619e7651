"""Packages as data, from an index of our own: nothing runs, digests and passwords guarded."""

import base64
import hashlib
import io
import tarfile
import threading
import zipfile
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from packaging.version import Version
from pypi_simple import PYPI_SIMPLE_ENDPOINT

from preprocess import download as stage
from preprocess import package
from preprocess.archives import Limits
from preprocess.fetch import Terms
from preprocess.files import read_json
from preprocess.package import Index, Package
from preprocess.raw import open_raw


def wheel_of(members):
    """Make the bytes of a wheel that holds `members` (name to bytes)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()


def sdist_of(members):
    """Make the bytes of an sdist that holds `members` (name to bytes)."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


@dataclass
class Server:
    """A package index on this machine: files by path, the requests that came."""

    address: str = ""
    files: dict = field(default_factory=dict)  # path -> bytes, or status
    requests: list = field(default_factory=list)
    authorizations: list = field(default_factory=list)
    password: str | None = None
    promised: int = 0  # bytes that the header names and that never come

    def add(self, project, archives, digests=True):
        """List archives (name to bytes) on the page of a project."""
        links = []
        for name, data in archives.items():
            self.files[f"/files/{name}"] = data
            digest = f"#sha256={hashlib.sha256(data).hexdigest()}" if digests else ""
            links.append(f'<a href="/files/{name}{digest}">{name}</a>')
        self.files[f"/simple/{project}/"] = f"<html><body>{''.join(links)}</body></html>".encode()

    def answer(self, handler):
        self.requests.append(handler.path)
        given = handler.headers.get("Authorization")
        self.authorizations.append(given)
        content = self.files.get(handler.path, 404)
        if self.password and given != f"Basic {base64.b64encode(self.password.encode()).decode()}":
            content = 401
        handler.send_response(content if isinstance(content, int) else 200)
        body = b"no" if isinstance(content, int) else content
        is_page = handler.path.startswith("/simple/")
        handler.send_header("Content-Type", "text/html" if is_page else "application/x-tar")
        handler.send_header("Content-Length", str(len(body) + self.promised))
        handler.end_headers()
        handler.wfile.write(body)


def start_server():
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            server.answer(self)

        def log_message(self, *arguments):
            """Keep the test's output clean."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, args=[0.01], daemon=True).start()
    server.address = f"http://127.0.0.1:{http.server_port}"
    return server, http


@pytest.fixture
def index(monkeypatch):
    """The package index that pip is configured with."""
    server, http = start_server()
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.address}/simple")
    monkeypatch.setattr(package, "_pip_settings", dict)
    for name in ("PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    yield server
    http.shutdown()
    http.server_close()


WHEEL = wheel_of({"toy/data/노래.txt": "사랑".encode(), "toy/data/b.md": b"no", "toy/x.py": b"1"})
WHEEL_NAME = "toy-1.0-py3-none-any.whl"


def source(sha256, file="wheel", pin="toy==1.0", member=("toy/data/*.txt",)):
    return {"package": pin, "file": file, "sha256": sha256, "member": list(member)}


DOWNLOAD = {"attempts": 2, "timeout": 5, "max_bytes": 10**6}
DOWNLOAD |= {"allow_http": False, "allow_private": False}  # the index's own host needs neither


def download(settings, manifest):
    """Run the stage; between two tries it does not wait."""
    stage.download(settings | {"download": DOWNLOAD}, manifest, lambda seconds: None)


def find(package):
    return Index.configured().find(package, Terms(**DOWNLOAD), lambda seconds: None)


def digest(data):
    return hashlib.sha256(data).hexdigest()


def texts(manifest):
    with open_raw(manifest, Limits(10**6, 200)) as files:
        return {file.name: file.open().read().decode() for file in files}


def test_a_wheel_is_fetched_and_its_members_are_the_text(index, tmp_path):
    index.add("toy", {WHEEL_NAME: WHEEL, "toy-1.0.tar.gz": b"x", "toy-1.1-py3-none-any.whl": b"y"})
    manifest = tmp_path / "raw" / "songs" / "manifest.json"
    download({"source": source(digest(WHEEL))}, manifest)
    assert read_json(manifest) == {
        "source": source(digest(WHEEL)),
        "files": [{"name": WHEEL_NAME, "bytes": len(WHEEL), "sha256": digest(WHEEL)}],
    }
    assert texts(manifest) == {"노래.txt": "사랑"}
    assert index.requests == ["/simple/toy/", f"/files/{WHEEL_NAME}"]


def test_no_code_of_an_sdist_is_run_nor_a_member_unpacked(index, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trap = f"open({str(tmp_path / 'ran')!r}, 'w').write('ran')\n"
    members = {
        "toy-1.0/PKG-INFO": b"Name: toy\n",
        "toy-1.0/setup.py": trap.encode(),
        "toy-1.0/toy/__init__.py": trap.encode(),
        "toy-1.0/src/b.c": b"int b;",
        "toy-1.0/src/deep/a.c": b"int a;",
    }
    data = sdist_of(members)
    index.add("toy", {"toy-1.0.tar.gz": data})
    manifest = tmp_path / "raw" / "c" / "manifest.json"
    download({"source": source(digest(data), file="sdist", member=["*.c", "setup.py"])}, manifest)
    found = texts(manifest)
    assert {name: found[name] for name in ("src/b.c", "src/deep/a.c")} == {
        "src/b.c": "int b;",
        "src/deep/a.c": "int a;",
    }
    assert found["setup.py"] == trap  # text like any other
    assert not (tmp_path / "ran").exists()
    left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*"))
    assert left == [
        "raw",
        "raw/c",
        "raw/c/.toy-1.0.tar.gz.fetched.json",
        "raw/c/manifest.json",
        "raw/c/toy-1.0.tar.gz",
    ]


def test_what_is_there_and_right_is_kept_without_a_request(index, tmp_path):
    index.add("toy", {WHEEL_NAME: WHEEL})
    manifest = tmp_path / "raw" / "songs" / "manifest.json"
    download({"source": source(digest(WHEEL))}, manifest)
    first = manifest.read_bytes()
    index.requests.clear()
    manifest.unlink()  # as Snakemake does before it runs the rule again
    download({"source": source(digest(WHEEL))}, manifest)
    assert index.requests == []
    assert manifest.read_bytes() == first


def test_a_damaged_file_is_fetched_again(index, tmp_path):
    index.add("toy", {WHEEL_NAME: WHEEL})
    manifest = tmp_path / "raw" / "songs" / "manifest.json"
    download({"source": source(digest(WHEEL))}, manifest)
    (manifest.parent / WHEEL_NAME).write_bytes(WHEEL[:-1])
    download({"source": source(digest(WHEEL))}, manifest)
    assert texts(manifest) == {"노래.txt": "사랑"}


def test_another_corpus_of_the_same_archive_links_it(index, tmp_path):
    index.add("toy", {WHEEL_NAME: WHEEL})
    songs, code = (tmp_path / "raw" / name / "manifest.json" for name in ("songs", "code"))
    download({"source": source(digest(WHEEL))}, songs)
    index.requests.clear()
    download({"source": source(digest(WHEEL), member=["*.py"])}, code)
    assert index.requests == []
    assert (code.parent / WHEEL_NAME).samefile(songs.parent / WHEEL_NAME)
    assert texts(code) == {"x.py": "1"}


@pytest.mark.parametrize("digests", [True, False])
def test_other_bytes_than_the_config_says_are_refused(index, tmp_path, digests):
    index.add("toy", {WHEEL_NAME: WHEEL}, digests=digests)
    manifest = tmp_path / "raw" / "songs" / "manifest.json"
    with pytest.raises(ValueError, match=f"(?s){'0' * 64}.*put") as caught:
        download({"source": source("0" * 64)}, manifest)
    assert digest(WHEEL) in str(caught.value) or not digests
    assert list(manifest.parent.iterdir()) == []
    # An index that tells the digest is believed to have no other file: nothing is fetched.
    assert index.requests == ["/simple/toy/", f"/files/{WHEEL_NAME}"][: 1 if digests else 2]


def test_bytes_that_are_not_what_the_index_says_are_refused(index, tmp_path):
    index.add("toy", {WHEEL_NAME: WHEEL})
    index.files[f"/files/{WHEEL_NAME}"] = b"<html>please log in</html>"
    manifest = tmp_path / "raw" / "songs" / "manifest.json"
    with pytest.raises(ValueError, match=r"an HTML page came .*begins with b'<html>please log in"):
        download({"source": source(digest(WHEEL))}, manifest)
    assert list(manifest.parent.iterdir()) == []


def test_a_digest_not_yet_known_is_told(index, tmp_path, caplog):
    index.add("toy", {WHEEL_NAME: WHEEL}, digests=False)
    manifest = tmp_path / "raw" / "songs" / "manifest.json"
    download({"source": source(None)}, manifest)
    assert f'sha256: "{digest(WHEEL)}"' in caplog.text
    assert read_json(manifest)["files"][0]["sha256"] == digest(WHEEL)
    index.requests.clear()
    download({"source": source(None)}, manifest)  # what came then is known again
    assert index.requests == []
    index.add("toy", {WHEEL_NAME: b"other"}, digests=False)
    (manifest.parent / WHEEL_NAME).unlink()
    with pytest.raises(ValueError, match=f"{digest(b'other')}.*{digest(WHEEL)}"):
        download({"source": source(None)}, manifest)


@pytest.mark.parametrize(
    ("pin", "file", "message"),
    [
        ("toy==2.0", "wheel", "wheel of toy==2.0: the package index has no such file"),
        ("toy==1.0", "sdist", "sdist of toy==1.0: the package index has no such file"),
        ("nothing==1.0", "wheel", "the package index has no such project"),
        ("toy", "wheel", "package: 'toy' is not name==version"),
        ("toy>=1.0", "wheel", "package: 'toy>=1.0' is not name==version"),
        ("toy==x!y", "wheel", "package: 'toy==x!y' is not|has no valid version"),
        ("toy==1.0", "egg", "file is 'egg'; it must be wheel or sdist"),
    ],
)
def test_what_the_index_does_not_have_is_refused(index, tmp_path, pin, file, message):
    index.add("toy", {WHEEL_NAME: WHEEL})
    with pytest.raises(ValueError, match=message):
        download({"source": source(None, file, pin)}, tmp_path / "raw" / "x" / "manifest.json")


def test_of_several_wheels_the_digest_decides(index):
    names = ["toy-1.0-cp311-cp311-any.whl", "toy-1.0-cp312-cp312-any.whl"]
    index.add("toy", {names[0]: b"a", names[1]: b"b"})
    assert find(Package("toy", Version("1.0.0"), "wheel", digest(b"b"))).name == names[1]
    with pytest.raises(ValueError, match="several files fit"):
        find(Package("toy", Version("1.0"), "wheel", None))


def test_a_password_goes_to_the_index_alone_and_into_no_message(index, tmp_path, monkeypatch):
    other, http = start_server()
    address = index.address.replace("//", "//me:s%40cret@") + "/simple"
    monkeypatch.setenv("PIP_INDEX_URL", address)
    index.password = "me:s@cret"  # percent signs are undone
    other.files[f"/{WHEEL_NAME}"] = WHEEL
    link = f'<a href="{other.address}/{WHEEL_NAME}#sha256={digest(WHEEL)}">{WHEEL_NAME}</a>'
    index.files["/simple/toy/"] = link.encode()
    manifest = tmp_path / "raw" / "songs" / "manifest.json"
    download({"source": source(digest(WHEEL))}, manifest)
    http.shutdown()
    http.server_close()
    assert other.authorizations == [None]
    assert "cret" not in manifest.read_text(encoding="utf-8")
    index.add("toy", {WHEEL_NAME: WHEEL})
    download({"source": source(None)}, tmp_path / "elsewhere" / "songs" / "manifest.json")
    index.password = "me:changed"
    with pytest.raises(OSError, match=r"cannot be read .*401") as caught:
        download({"source": source("0" * 64)}, tmp_path / "x" / "songs" / "manifest.json")
    assert "cret" not in str(caught.value)


def test_an_index_out_of_reach_is_an_os_error(index, tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://me:secret@127.0.0.1:1/simple")
    with pytest.raises(OSError, match=r"the package index cannot be read .* check") as caught:
        find(Package("toy", Version("1.0"), "wheel", None))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(("content", "promised"), [(503, 0), (b"half", 4)])
def test_an_error_or_an_answer_cut_short_leaves_no_file(index, tmp_path, content, promised):
    index.add("toy", {WHEEL_NAME: WHEEL})
    index.files[f"/files/{WHEEL_NAME}"], index.promised = content, promised
    index.files["/simple/toy/"] += b" " * promised
    manifest = tmp_path / "raw" / "songs" / "manifest.json"
    with pytest.raises(OSError, match=r"toy.*cannot be"):
        download({"source": source(None)}, manifest)
    assert list(manifest.parent.iterdir()) == []


def test_the_index_is_the_one_that_pip_asks(monkeypatch):
    settings = {"index-url": "https://me:word@mirror.example/simple", "cert": "/etc/ca.pem"}
    monkeypatch.setattr(package, "_pip_settings", lambda: settings)
    for name in ("PIP_INDEX_URL", "PIP_CERT"):
        monkeypatch.delenv(name, raising=False)
    expected = Index("https://mirror.example/simple", ("me", "word"), "/etc/ca.pem")
    assert Index.configured() == expected
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:8/s")
    monkeypatch.setenv("PIP_CERT", "/other.pem")
    assert Index.configured() == Index("http://127.0.0.1:8/s", None, "/other.pem")
    monkeypatch.setattr(package, "_pip_settings", dict)
    monkeypatch.delenv("PIP_INDEX_URL")
    assert Index.configured().address == PYPI_SIMPLE_ENDPOINT
    monkeypatch.setenv("PIP_INDEX_URL", "file:///srv/simple")
    with pytest.raises(ValueError, match="only http and https addresses"):
        Index.configured()


def test_pip_is_asked_for_its_settings(tmp_path, monkeypatch):
    config = tmp_path / "pip.conf"
    config.write_text("[global]\nindex-url = http://127.0.0.1:9/simple\n", encoding="utf-8")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    assert package._pip_settings()["index-url"] == "http://127.0.0.1:9/simple"
