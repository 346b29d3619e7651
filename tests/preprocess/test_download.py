"""A user's own files beside a manifest: linked, listed, strays removed."""

import hashlib
from pathlib import Path

import pytest

from preprocess.download import download
from preprocess.files import read_json


@pytest.fixture
def manifest(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    local = tmp_path / "data" / "local" / "sub"
    local.mkdir(parents=True)
    (local / "b.txt").write_bytes(b"bee\n")
    (local.parent / "가.txt").write_bytes(b"ga\n")
    return tmp_path / "data" / "raw" / "mine" / "manifest.json"


SETTINGS = {"source": {"files": ["data/local/**/*.txt"]}}


def test_files_are_linked_and_listed_by_name(manifest):
    download(SETTINGS, manifest)
    assert read_json(manifest) == {
        "source": SETTINGS["source"],
        "files": [
            {"name": "sub/b.txt", "bytes": 4, "sha256": hashlib.sha256(b"bee\n").hexdigest()},
            {"name": "가.txt", "bytes": 3, "sha256": hashlib.sha256(b"ga\n").hexdigest()},
        ],
    }
    assert (manifest.parent / "sub" / "b.txt").samefile("data/local/sub/b.txt")


def test_again_gives_the_same_bytes_and_moves_nothing(manifest):
    download(SETTINGS, manifest)
    before = {path: (path.stat().st_ino, path.read_bytes()) for path in manifest.parent.glob("*.*")}
    download(SETTINGS, manifest)
    after = {path: (path.stat().st_ino, path.read_bytes()) for path in manifest.parent.glob("*.*")}
    before[manifest] = after[manifest] = before[manifest][1:]
    assert before == after


def test_a_changed_file_takes_the_place_of_the_old(manifest, tmp_path):
    download(SETTINGS, manifest)
    replaced = tmp_path / "new.txt"
    replaced.write_bytes(b"wasp\n")
    replaced.replace("data/local/sub/b.txt")  # as editors do
    download(SETTINGS, manifest)
    assert (manifest.parent / "sub" / "b.txt").read_bytes() == b"wasp\n"
    assert read_json(manifest)["files"][0]["bytes"] == 5


def test_strays_are_removed_and_the_users_own_files_are_not(manifest):
    download(SETTINGS, manifest)
    (manifest.parent / "stray.txt").write_bytes(b"x")
    (manifest.parent / "old").mkdir()
    (manifest.parent / "old" / ".tmp-0.txt").write_bytes(b"x")
    Path("data/local/sub/b.txt").unlink()
    download(SETTINGS, manifest)
    left = sorted(p.relative_to(manifest.parent).as_posix() for p in manifest.parent.rglob("*"))
    assert left == ["manifest.json", "가.txt"]
    assert sorted(path.name for path in Path("data/local").iterdir()) == ["sub", "가.txt"]


def test_a_file_makes_room_for_a_folder_of_its_name(manifest, tmp_path):
    download({"source": {"files": ["data/local/가.txt"]}}, manifest)
    (manifest.parent / "sub").write_bytes(b"in the way")
    download(SETTINGS, manifest)
    assert (manifest.parent / "sub" / "b.txt").read_bytes() == b"bee\n"


def test_a_folder_with_spaces_and_korean(tmp_path, monkeypatch):
    folder = tmp_path / "내 글 '모음' $x;"
    folder.mkdir()
    (folder / "사랑 노래.txt").write_bytes(b"a")
    monkeypatch.chdir(tmp_path)
    manifest = folder / "raw" / "나" / "manifest.json"
    download({"source": {"files": [f"{folder.name}/*.txt"]}}, manifest)
    assert [entry["name"] for entry in read_json(manifest)["files"]] == ["사랑 노래.txt"]


def test_files_inside_the_folder_of_copies_are_refused_and_live_on(manifest):
    own = manifest.parent / "song.txt"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"my only copy")
    with pytest.raises(ValueError, match="holds copies and is cleared; move it"):
        download({"source": {"files": ["data/raw/mine/*.txt"]}}, manifest)
    assert own.read_bytes() == b"my only copy"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"files": ["data/local/*.md"]}, r"data/local/\*\.md: matches no file"),
        ({"files": ["data/local/manifest.json"]}, "is a name of ours; rename"),
        ({"torrent": "x"}, "none of `files`, `url` and `package`"),
    ],
)
def test_refusals_leave_no_manifest(manifest, tmp_path, source, message):
    (tmp_path / "data" / "local" / "manifest.json").write_bytes(b"{}")
    with pytest.raises(ValueError, match=message):
        download({"source": source}, manifest)
    assert not manifest.exists()
