"""Raw files are what their manifest says, or refused by name; archives are their members."""

import gzip
import io
import json
import random
import shutil
import tarfile
import zipfile

import pytest

from preprocess.archives import Limits, seekable
from preprocess.archives.seekable import SPOOL_BYTES
from preprocess.files import sha256_of
from preprocess.raw import open_raw

LIMITS = Limits(max_bytes=1 << 30, max_ratio=200)


def write_manifest(folder, *names, members=None):
    files = [
        {"name": n, "bytes": (folder / n).stat().st_size, "sha256": sha256_of(folder / n)}
        for n in names
    ]
    source = {"files": ["*"]} if members is None else {"member": members}
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps({"source": source, "files": files}), encoding="utf-8")
    return manifest


@pytest.fixture
def manifest(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.txt").write_bytes(b"one")
    (tmp_path / "2.txt").write_bytes(b"second")
    return write_manifest(tmp_path, "2.txt", "a/1.txt")


def contents(manifest):
    with open_raw(manifest, LIMITS) as files:
        return [(file.name, file.size, file.open().read()) for file in files]


def test_files_come_in_the_manifests_order(manifest):
    (manifest.parent / ".DS_Store").write_bytes(b"hidden files are nobody's")
    assert contents(manifest) == [("2.txt", 6, b"second"), ("a/1.txt", 3, b"one")]


def test_a_changed_file_is_refused_with_the_rule_to_run(manifest):
    (manifest.parent / "2.txt").write_bytes(b"secone")
    with pytest.raises(ValueError, match=r"2\.txt: sha256 is [0-9a-f]{64}, the manifest says") as e:
        contents(manifest)
    assert f"delete {manifest} and run the same command again" in str(e.value)


def test_a_lost_file_is_refused(manifest):
    (manifest.parent / "a" / "1.txt").unlink()
    with pytest.raises(FileNotFoundError, match=r"a/1\.txt: is missing; delete "):
        contents(manifest)


def test_a_stray_is_refused(manifest):
    (manifest.parent / "a" / "3.txt").write_bytes(b"x")
    with pytest.raises(ValueError, match=r"a/3\.txt: is not in .*manifest\.json; delete "):
        contents(manifest)


def test_a_damaged_manifest_is_refused(manifest):
    manifest.write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match=r"manifest\.json: is damaged"):
        contents(manifest)


MEMBERS = {"p-1/d/b.txt": b"bee", "p-1/d/e/a.txt": b"ay", "p-1/x.py": b"code"}


def archive_of(folder, form, members=MEMBERS):
    path = folder / f"p-1{form}"
    if form == ".tar.gz":
        with tarfile.open(path, "w:gz") as archive:
            for name, data in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in members.items():
                archive.writestr(name, data)
    return path.name


FORMS = [".zip", ".tar.gz", "-py3-none-any.whl"]


@pytest.mark.parametrize("form", FORMS)
def test_members_by_pattern_named_from_their_common_folder(tmp_path, form):
    name = archive_of(tmp_path, form)
    manifest = write_manifest(tmp_path, name, members=["d/**/*.txt"])
    assert contents(manifest) == [("b.txt", 3, b"bee"), ("e/a.txt", 2, b"ay")]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["manifest.json", name]


@pytest.mark.parametrize("form", FORMS)
def test_members_can_be_sought_and_opened_again(tmp_path, form):
    name = archive_of(tmp_path, form)
    with open_raw(write_manifest(tmp_path, name, members=["*.txt"]), LIMITS) as files:
        for file in reversed(files):
            with file.open() as stream:
                first = stream.read()
                stream.seek(0)
                assert stream.read() == first
            assert file.open().read() == first


def test_a_member_larger_than_memory_is_set_aside(tmp_path):
    data = random.Random(0).randbytes(SPOOL_BYTES + 1)
    name = archive_of(tmp_path, ".tar.gz", {"p-1/big.txt": data})
    assert contents(write_manifest(tmp_path, name, members=["*.txt"])) == [
        ("big.txt", len(data), data)
    ]


@pytest.mark.parametrize("form", FORMS)
def test_a_pattern_that_fits_no_member_is_refused_with_some_that_are_there(tmp_path, form):
    name = archive_of(tmp_path, form)
    manifest = write_manifest(tmp_path, name, members=["*.txt", "*.md"])
    with pytest.raises(
        ValueError, match=r"no member fits '\*\.md' \(source\.member\); there are p-1/"
    ):
        contents(manifest)
    manifest = write_manifest(tmp_path, name, members=["*.rst", "*.md"])
    with pytest.raises(ValueError, match=r"fits '\*\.rst' or '\*\.md'; it has p-1/d/b\.txt"):
        contents(manifest)


def test_each_pattern_may_fit_in_another_archive(tmp_path):
    for letter in "ab":
        members = {f"p/{letter}.txt": b"text", "p/x.txt": b"no"}
        shutil.move(tmp_path / archive_of(tmp_path, ".zip", members), tmp_path / f"{letter}.zip")
    manifest = write_manifest(tmp_path, "a.zip", "b.zip", members=["a.txt", "b.txt"])
    assert [name for name, _, _ in contents(manifest)] == ["a.txt", "b.txt"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_refused(tmp_path):
    name = archive_of(tmp_path, ".zip")
    with zipfile.ZipFile(tmp_path / name, "a") as archive:
        archive.writestr("p-1/d/b.txt", b"another")
    with pytest.raises(ValueError, match=r"2 members named 'p-1/d/b\.txt'"):
        contents(write_manifest(tmp_path, name, members=["*.txt"]))


@pytest.mark.parametrize("form", FORMS)
def test_an_archive_cut_short_is_refused(tmp_path, form):
    name = archive_of(tmp_path, form)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:60])
    with pytest.raises(ValueError, match="is no whole archive"):
        contents(write_manifest(tmp_path, name, members=["*.txt"]))


def test_a_file_that_is_no_archive_has_no_members(tmp_path):
    shutil.copy(__file__, tmp_path / "a.txt")
    with pytest.raises(ValueError, match="has no members"):
        contents(write_manifest(tmp_path, "a.txt", members=["*.txt"]))


def test_files_named_as_archives_are_opened_and_others_read_as_they_are(tmp_path):
    zipped = archive_of(tmp_path, ".zip")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "노래.TXT.GZ").write_bytes(gzip.compress("사랑".encode()))
    shutil.copy(tmp_path / zipped, tmp_path / "b.docx")  # decoding tells what that is
    shutil.copy(tmp_path / zipped, tmp_path / "data")
    names = ["a/노래.TXT.GZ", "b.docx", "data", zipped]
    found = contents(write_manifest(tmp_path, *names))
    raw = (tmp_path / zipped).read_bytes()
    assert found == [
        ("a/노래.TXT", 6, "사랑".encode()),
        ("b.docx", len(raw), raw),
        ("data", len(raw), raw),
        ("d/b.txt", 3, b"bee"),
        ("d/e/a.txt", 2, b"ay"),
        ("x.py", 4, b"code"),
    ]


def test_one_pattern_may_stand_alone_and_every_file_must_be_an_archive(tmp_path):
    shutil.move(tmp_path / archive_of(tmp_path, ".zip"), tmp_path / "one")
    shutil.move(tmp_path / archive_of(tmp_path, ".tar.gz", {"q/z.txt": b"zed"}), tmp_path / "two")
    found = contents(write_manifest(tmp_path, "one", "two", members="*.txt"))
    assert [name for name, _, _ in found] == ["b.txt", "e/a.txt", "z.txt"]
    (tmp_path / "three.txt").write_bytes(b"plain")
    with pytest.raises(ValueError, match=r"three\.txt: is no archive, so it has no members"):
        contents(write_manifest(tmp_path, "one", "two", "three.txt", members="*.txt"))


def test_members_of_several_archives_are_told_apart_by_their_archives(tmp_path):
    for name in ("b.zip", "a.whl"):
        shutil.move(tmp_path / archive_of(tmp_path, ".zip", {"p/1.txt": b"one"}), tmp_path / name)
    (tmp_path / "2.txt.gz").write_bytes(gzip.compress(b"packed"))
    (tmp_path / "2.txt").write_bytes(b"plain")
    found = contents(write_manifest(tmp_path, "2.txt", "2.txt.gz", "a.whl", "b.zip"))
    assert [name for name, _, _ in found] == [
        "2.txt",
        "2.txt.gz/2.txt",
        "a.whl/1.txt",
        "b.zip/1.txt",
    ]
    (tmp_path / "2.txt.gz").unlink()
    (tmp_path / "2.txt").unlink()
    (tmp_path / "b.zip").unlink()
    assert contents(write_manifest(tmp_path, "a.whl")) == [("1.txt", 3, b"one")]


def test_a_bomb_beside_sound_files_is_refused_by_its_limits(tmp_path):
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(bytes(3_000_000)))
    manifest = write_manifest(tmp_path, "a.txt.gz")
    with open_raw(manifest, Limits(max_bytes=1 << 30, max_ratio=2000)) as files:
        assert files[0].open().read() == bytes(3_000_000)
    with pytest.raises(ValueError, match=r"archive\.max_ratio"):
        contents(manifest)


@pytest.mark.parametrize("form", [".tar.gz", ".zip"])
def test_what_is_set_aside_lies_beside_the_raw_files_without_a_name(tmp_path, form, monkeypatch):
    data = random.Random(1).randbytes(3000)
    name = archive_of(tmp_path, form, {"p/a.txt": data})
    monkeypatch.setattr(seekable, "SPOOL_BYTES", 1000)
    folders = []
    spooled = seekable.SpooledTemporaryFile

    def noted(**options):
        folders.append(options["dir"])
        return spooled(**options)

    monkeypatch.setattr(seekable, "SpooledTemporaryFile", noted)
    with open_raw(write_manifest(tmp_path, name), LIMITS) as (file,), file.open() as stream:
        stream.seek(-10, 2)
        assert stream.read() == data[-10:]
        assert sorted(path.name for path in tmp_path.iterdir()) == ["manifest.json", name]
    assert folders == [str(tmp_path)]
