"""A corpus at an address, an archive of Korean Windows, through the rules from source to split."""

import hashlib
import io
import json
import shutil
import subprocess
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
COPIED = ("Snakefile", "config.yaml", "environment.yml")
FOLDERS = ("workflow", "profiles", "preprocess", "model")
SONGS = "\r\n\r\n".join(f"{number}번째 노래\r\n펲시 한 잔의 사랑 {number}" for number in range(80))


def archive():
    """Return a zip file of one text; text and name are in CP949, as Windows writes both."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("AAAA.txt", SONGS.encode("cp949"))
    return packed.getvalue().replace(b"AAAA.txt", "가사.txt".encode("cp949"))


ARCHIVE = archive()
SHA256 = hashlib.sha256(ARCHIVE).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """Answers every request with the archive."""

    def do_GET(self):
        self.server.requests += 1
        self.send_response(200)
        self.send_header("Content-Length", str(len(ARCHIVE)))
        self.end_headers()
        self.wfile.write(ARCHIVE)

    def log_message(self, *_):
        """Keep quiet."""


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.requests = 0
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def tree(tmp_path):
    for name in COPIED:
        shutil.copy(ROOT / name, tmp_path)
    for name in FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    return tmp_path


def split(tree, server, status=0, *, sha256=None, **entry):
    """Run the rules up to the split of the corpus `mine` and return what was said."""
    source = {"url": f"http://127.0.0.1:{server.server_port}/songs.zip", "sha256": sha256}
    mine = {
        "source": source,
        "document": "blank-line",
        "split": {"valid": 0.2, "test": 0.2},
        **entry,
    }
    (tree / "mine.yaml").write_text(yaml.safe_dump({"corpora": {"mine": mine}}), encoding="utf-8")
    command = ["snakemake", "data/split/mine.json", "--configfile", "mine.yaml"]
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=tree, capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    assert done.returncode == status, said
    return said


def test_fetched_once_its_digest_told_and_read_as_windows_wrote_it(tree, server):
    said = split(tree, server, status=1)
    assert "set download.allow_private: true for this corpus" in said
    assert server.requests == 0
    allowed = {"download": {"allow_private": True}}
    assert f'sha256: "{SHA256}"' in split(tree, server, **allowed)
    assert server.requests == 1
    documents = json.loads((tree / "data/documents/mine/manifest.json").read_text("utf-8"))
    assert documents["encodings"] == {"cp949": 1}
    assert documents["documents"] == 80
    assert [file["name"] for file in documents["files"]] == ["가사.txt"]
    sizes = json.loads((tree / "data/split/mine.json").read_text("utf-8"))["sizes"]
    assert sum(size["documents"] for size in sizes.values()) == 80
    # The digest is pasted: nothing is fetched again.
    split(tree, server, **allowed, sha256=SHA256)
    assert server.requests == 1
    manifest = json.loads((tree / "data/raw/mine/manifest.json").read_text("utf-8"))
    assert manifest["files"] == [
        {"name": "songs.zip", "bytes": len(ARCHIVE), "sha256": SHA256},
    ]
