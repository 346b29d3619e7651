"""Corpora at an address, through the rules: an archive of Korean Windows, a dump of namuwiki."""

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

import pyarrow as pa
import pyarrow.parquet as pq
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
    """Answers every request with the file that the server has."""

    def do_GET(self):
        self.server.requests += 1
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_):
        """Keep quiet."""


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.requests, server.body = 0, ARCHIVE
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
    return snakemake(tree, "data/split/mine.json", {"mine": mine}, status)


def snakemake(tree, target, corpora, status=0):
    """Build a file with these corpora in a config file of the user's; return what was said."""
    (tree / "mine.yaml").write_text(yaml.safe_dump({"corpora": corpora}), encoding="utf-8")
    command = ["snakemake", target, "--configfile", "mine.yaml"]
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


def test_namuwiki_as_on_hugging_face_is_fetched_read_and_cleaned(tree, server):
    """The entry of config.yaml, but for its address and the number of its parts."""
    pages = json.loads((ROOT / "data/embedded/namuwiki.json").read_text(encoding="utf-8"))
    columns = {key: [page[key] for page in pages] for key in ("title", "text", "contributors")}
    columns["namespace"] = [str(page["namespace"] or "") for page in pages]
    dump = io.BytesIO()
    pq.write_table(pa.table(columns), dump)
    server.body = dump.getvalue()
    url = f"http://127.0.0.1:{server.server_port}/namuwiki_20210301.parquet"
    entry = {"source": {"url": url}, "download": {"allow_private": True}, "parts": 2}
    snakemake(tree, "data/clean/namuwiki/cleaning.json", {"namuwiki": entry})
    assert server.requests == 1
    documents = json.loads((tree / "data/documents/namuwiki/manifest.json").read_text("utf-8"))
    assert documents["namespaces"] == {"": 137, "1": 4, "2": 2}
    assert documents["skipped"] == {"namespace": 6, "redirect": 8}
    assert documents["documents"] == 129
    assert [part["rows"] > 50 for part in documents["parts"]] == [True, True]
    clean = [row for part in (0, 1) for row in clean_rows(tree, part)]
    assert len(clean) == 129
    text = next(row["text"] for row in clean if row["title"] == "떡볶이")
    assert "떡볶이는 가래떡을 고추장 양념에 자작하게 졸여 먹는 한국의 대표 분식이다." in text


def clean_rows(tree, part):
    return pq.read_table(tree / f"data/clean/namuwiki/part-{part:05d}.parquet").to_pylist()
