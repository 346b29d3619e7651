"""Files of the user and from the web beside a manifest: linked, fetched, kept, listed."""

import hashlib
from pathlib import Path

import pytest

from preprocess import held
from preprocess.download import download
from preprocess.files import read_json, write_json, write_text
from preprocess.held import record_of
from preprocess.urls import names_of


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
        (
            {"files": ["data/local/Manifest.*"]},
            r"data/local/Manifest\.JSON: manifest\.json is a na",
        ),
        ({"torrent": "x"}, "none of `files`, `url` and `package`"),
    ],
)
def test_refusals_leave_no_manifest(manifest, tmp_path, source, message):
    for name in ("manifest.json", "Manifest.JSON"):
        (tmp_path / "data" / "local" / name).write_bytes(b"{}")
    with pytest.raises(ValueError, match=message):
        download({"source": source}, manifest)
    assert not manifest.exists()


# Addresses

TEXT, OTHER = b"song one\n" * 200, b"song two\n" * 300
TERMS = {"attempts": 2, "timeout": 5, "max_bytes": 10**6}
TERMS |= {"allow_http": False, "allow_private": True}


def digest(data):
    return hashlib.sha256(data).hexdigest()


def get(manifest, source, **settings):
    """Run the stage on a source of addresses; between two tries it does not wait."""
    settings = {"source": source, "download": TERMS} | settings
    download(settings, manifest, lambda seconds: None)
    return read_json(manifest)["files"]


def entry(name, data):
    return {"name": name, "bytes": len(data), "sha256": digest(data)}


@pytest.fixture
def raw(tmp_path):
    return tmp_path / "raw" / "songs" / "manifest.json"


def left(manifest):
    folder = manifest.parent
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))


def test_a_url_is_fetched_listed_and_then_kept_without_a_request(server, raw):
    url = server.put("/texts/song.txt", body=TEXT)
    source = {"url": url, "sha256": digest(TEXT), "bytes": len(TEXT), "member": "*.txt"}
    assert get(raw, source) == [entry("song.txt", TEXT)]
    assert read_json(raw)["source"] == source
    assert left(raw) == [".song.txt.fetched.json", "manifest.json", "song.txt"]
    server.requests.clear()
    server.put("/texts/song.txt", body=OTHER)
    before = raw.read_bytes()
    raw.unlink()  # as Snakemake does before it runs the rule again
    get(raw, source)
    assert (server.requests, raw.read_bytes()) == ([], before)


def test_several_urls_each_with_its_digest(server, raw):
    urls = [server.put("/a/train.txt", body=TEXT), server.put("/a/test.txt", body=OTHER)]
    digests = [digest(TEXT).upper(), digest(OTHER)]
    listed = get(raw, {"url": urls, "sha256": digests, "bytes": [None, len(OTHER)]})
    assert listed == [entry("test.txt", OTHER), entry("train.txt", TEXT)]
    server.put("/b/train.txt", body=OTHER)
    urls.append(f"{server.address}/b/train.txt")
    server.requests.clear()
    listed = get(raw, {"url": urls, "sha256": [*digests, None]})
    assert [file["name"] for file in listed] == ["a/test.txt", "a/train.txt", "b/train.txt"]
    assert server.paths == ["/b/train.txt"]
    assert "train.txt" not in left(raw)


def test_one_file_that_fails_leaves_the_others_and_its_part(server, raw):
    urls = [server.put("/a.txt", body=TEXT)]
    urls.append(server.put("/b.txt", server.file(body=OTHER, cut=1500), server.file(status=503)))
    source = {"url": urls, "sha256": [digest(TEXT), digest(OTHER)]}
    with pytest.raises(OSError, match=r"b\.txt: cannot be fetched"):
        get(raw, source)
    assert not raw.exists()
    assert left(raw) == [".a.txt.fetched.json", "a.txt", "b.txt.part", "b.txt.part.json"]
    server.put("/b.txt", body=OTHER)
    server.requests.clear()
    assert get(raw, source) == [entry("a.txt", TEXT), entry("b.txt", OTHER)]
    assert (server.paths, server.ranges) == (["/b.txt"], ["bytes=1500-"])
    assert [name for name in left(raw) if "part" in name] == []


def test_another_corpus_of_the_same_file_links_it(server, raw):
    url = server.put("/song.txt", body=TEXT)
    get(raw, {"url": url, "sha256": digest(TEXT)})
    other = raw.parent.parent / "lines" / "manifest.json"
    server.requests.clear()
    assert get(other, {"url": f"{url}?v=2", "sha256": digest(TEXT)}) == [entry("song.txt", TEXT)]
    assert server.requests == []
    assert (other.parent / "song.txt").samefile(raw.parent / "song.txt")


def test_a_file_that_was_renamed_where_it_lies_is_linked(server, raw):
    get(raw, {"url": server.put("/old.txt", body=TEXT), "sha256": digest(TEXT)})
    server.requests.clear()
    source = {"url": f"{server.address}/new.txt", "sha256": digest(TEXT)}
    assert get(raw, source) == [entry("new.txt", TEXT)]
    assert server.requests == []
    assert left(raw) == [".new.txt.fetched.json", "manifest.json", "new.txt"]


def test_files_that_swapped_their_names_are_fetched_right(server, raw):
    urls = [server.put("/a.txt", body=TEXT), server.put("/b.txt", body=OTHER)]
    get(raw, {"url": urls, "sha256": [digest(TEXT), digest(OTHER)]})
    server.put("/a.txt", body=OTHER)
    server.put("/b.txt", body=TEXT)
    listed = get(raw, {"url": urls, "sha256": [digest(OTHER), digest(TEXT)]})
    assert listed == [entry("a.txt", OTHER), entry("b.txt", TEXT)]


def test_a_digest_not_known_is_told_ready_to_paste(server, raw, caplog):
    url = server.put("/song.txt", body=TEXT)
    assert get(raw, {"url": url, "sha256": None}) == [entry("song.txt", TEXT)]
    assert f'corpora.songs.source: taken unchecked; to pin it, put sha256: "{digest(TEXT)}"' in (
        caplog.text
    )
    caplog.clear()
    urls = [url, server.put("/b.txt", body=OTHER)]
    get(raw, {"url": urls, "sha256": None})
    assert f'sha256: ["{digest(TEXT)}", "{digest(OTHER)}"]' in caplog.text


def test_a_file_taken_unchecked_is_kept_without_a_request(server, raw):
    url = server.put("/song.txt", body=TEXT)
    source = {"url": url, "sha256": None}
    get(raw, source)
    server.put("/song.txt", body=OTHER)
    server.requests.clear()
    raw.unlink()
    assert get(raw, source) == [entry("song.txt", TEXT)]
    assert server.requests == []


def test_fault_40_offline_a_right_file_is_enough(raw):
    raw.parent.mkdir(parents=True)
    (raw.parent / "song.txt").write_bytes(TEXT)
    source = {"url": "http://127.0.0.1:1/song.txt", "sha256": digest(TEXT)}
    assert get(raw, source) == [entry("song.txt", TEXT)]
    (raw.parent / "song.txt").write_bytes(OTHER)
    with pytest.raises(OSError, match="Connection refused"):
        get(raw, source)


def test_fault_44_a_file_that_changed_since_the_last_fetch_is_refused(server, raw):
    url = server.put("/song.txt", body=TEXT)
    source = {"url": url, "sha256": None}
    get(raw, source)
    server.put("/song.txt", body=OTHER)
    (raw.parent / "song.txt").unlink()
    with pytest.raises(ValueError, match="has changed") as caught:
        get(raw, source)
    record = raw.parent / ".song.txt.fetched.json"
    message = str(caught.value)
    assert f"{record}, written at the last fetch, says {digest(TEXT)}" in message
    assert (
        f'put sha256: "{digest(OTHER)}" under corpora.songs.source, or delete {record}' in message
    )
    assert left(raw) == [".song.txt.fetched.json", "manifest.json"]
    record.unlink()
    assert get(raw, source) == [entry("song.txt", OTHER)]


def test_fault_44_the_new_digest_in_the_config_is_the_way_to_accept(server, raw):
    url = server.put("/song.txt", body=TEXT)
    get(raw, {"url": url, "sha256": digest(TEXT)})
    server.put("/song.txt", body=OTHER)
    (raw.parent / "song.txt").unlink()
    with pytest.raises(ValueError, match=r"the config says .*under corpora\.songs\.source\.sha256"):
        get(raw, {"url": url, "sha256": digest(TEXT)})
    assert get(raw, {"url": url, "sha256": digest(OTHER)}) == [entry("song.txt", OTHER)]
    assert get(raw, {"url": url, "sha256": None}) == [entry("song.txt", OTHER)]


def test_a_size_that_the_config_has_wrong_is_refused(server, raw):
    url = server.put("/song.txt", body=TEXT)
    get(raw, {"url": url, "sha256": digest(TEXT)})
    with pytest.raises(ValueError, match=r"right sha256.*correct corpora\.songs\.source\.bytes"):
        get(raw, {"url": url, "sha256": digest(TEXT), "bytes": 7})


def test_fault_43_a_private_host_is_refused_unless_allowed(server, raw):
    url = server.put("/song.txt", body=TEXT)
    with pytest.raises(ValueError, match=r"download\.allow_private: true"):
        get(raw, {"url": url, "sha256": None}, download=TERMS | {"allow_private": False})
    assert server.requests == []


def test_passwords_in_addresses_reach_no_file(server, raw):
    url = server.put("/song.txt", body=TEXT)
    secret = url.replace("//", "//me:secret@")
    get(raw, {"url": secret, "sha256": None})
    assert server.requests[0][1]["Authorization"].startswith("Basic ")
    assert read_json(raw)["source"]["url"] == url
    for path in raw.parent.iterdir():
        assert b"secret" not in path.read_bytes()
    get(raw, {"url": [secret], "sha256": [None]})
    assert read_json(raw)["source"]["url"] == [url]
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("urls", "names"),
    [
        (["/a/%EB%B0%9C%EB%9D%BC%EB%93%9C.txt?x=1#y"], ["발라드.txt"]),
        (["/%E1%84%80%E1%85%A1.txt"], ["가.txt"]),  # decomposed
        (["/%B0%A1.txt"], ["가.txt"]),  # CP949
        (
            ["/a%2F..%2Fb.txt", "/%2e%2e", "/{c}.txt", "/%3Cd%3E"],
            ["a_.._b.txt", "_.", "_c_.txt", "_d_"],
        ),
        (["/.hidden", "/manifest.json", "/x.part"], ["_hidden", "_manifest.json", "x.part_"]),
        (["/a/", "/b/c"], ["a", "c"]),
        ([""], ["host.example"]),
        (["/x/1.txt", "/y/1.txt"], ["x/1.txt", "y/1.txt"]),
        (["/x/a.txt", "/y/A.txt"], ["x/a.txt", "y/A.txt"]),  # one name on some systems
        (["/Manifest.JSON", "/a.PART"], ["_Manifest.JSON", "a.PART_"]),
        (["/get?id=1", "/get?id=2"], ["get-id=1", "get-id=2"]),
        (["/" + "%EA%B0%80" * 90 + ".tar.gz"], ["가" * 65 + ".gz"]),
    ],
)
def test_names_of_files_from_addresses(urls, names):
    assert names_of([f"https://host.example{url}" for url in urls]) == names


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"url": [], "sha256": None}, "is an empty list"),
        ({"url": "file:///x", "sha256": None}, r"only http and https.*files: \[PATH\]"),
        ({"url": "data/x.txt", "sha256": None}, r"only http and https.*files: \[PATH\]"),
        ({"url": "https://h/x", "sha256": "abc"}, "'abc' is not 64 hexadecimal digits"),
        ({"url": ["https://h/x"], "sha256": [None, None]}, "2 values for 1 addresses"),
        ({"url": ["https://h/x", "https://h/y"], "sha256": "0" * 64}, "1 values for 2"),
        ({"url": ["https://h/x"] * 2, "sha256": None}, "two of the addresses name one file"),
        ({"url": ["https://h/x", "https://h/y"], "sha256": None, "bytes": [1]}, "bytes: has 1"),
    ],
)
def test_sources_that_say_nothing_are_refused(raw, source, message):
    with pytest.raises(ValueError, match=message):
        get(raw, source)


def test_many_files_are_looked_up_in_linear_time(raw, monkeypatch):
    urls = [f"https://example.org/{number}.txt" for number in range(50)]
    for url in urls:
        path = raw.parent / url.rpartition("/")[2]
        write_text(path, url)
        content = {"origin": url, "sha256": digest(url.encode()), "bytes": len(url)}
        write_json(record_of(path), content)
    read = []
    monkeypatch.setattr(held, "read_json", lambda path: read.append(path) or read_json(path))
    assert len(get(raw, {"url": urls, "sha256": None})) == 50
    other = raw.parent.with_name("other") / raw.name
    assert len(get(other, {"url": urls, "sha256": [digest(url.encode()) for url in urls]})) == 50
    assert len(read) == 50 + 50 + 1  # records to find and to check them by, a manifest


def test_two_processes_do_not_fill_one_folder(server, raw):
    def again(seconds):
        with pytest.raises(OSError, match="songs: another process is filling it"):
            download(settings, raw)

    url = server.put("/song.txt", server.file(body=TEXT, cut=1000), server.file(body=TEXT))
    settings = {"source": {"url": url, "sha256": None}, "download": TERMS}
    download(settings, raw, again)
    assert read_json(raw)["files"] == [entry("song.txt", TEXT)]
    assert server.ranges == [None, "bytes=1000-"]
    download(settings, raw)


def test_what_stands_in_the_way_of_a_file_makes_room(server, raw):
    (raw.parent / "b.txt" / "deep").mkdir(parents=True)
    (raw.parent / "b.txt" / "deep" / "old").write_bytes(b"x")
    get(raw, {"url": server.put("/b.txt", body=TEXT), "sha256": None})
    urls = [server.put("/b.txt/c", body=TEXT), server.put("/d/c", body=OTHER)]
    assert get(raw, {"url": urls, "sha256": None}) == [entry("b.txt/c", TEXT), entry("d/c", OTHER)]
