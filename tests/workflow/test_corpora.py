"""The corpora of the configuration: what each is, what its stages get, what is refused and how."""

import gzip
import json
from pathlib import Path

import pytest
import yaml

from preprocess.download import download
from preprocess.files import read_json
from preprocess.read import read
from workflow.configuration import resolve
from workflow.entries import merge

ROOT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
CONFIGURATION = resolve(CONFIG)
STAGES = ("download", "read", "clean", "merge_cleaning", "split")
COPYRIGHTED = {"ballad-lyrics", "invisible-dragon"}
URL = "https://host/a.txt"
SHA = "0" * 64


def with_corpus(**values):
    return merge(CONFIG, {"corpora": {"mine": values}})


def problems(**values):
    """Return what is said of config.yaml with a corpus `mine`, one line a problem."""
    with pytest.raises(ValueError, match="the configuration is not right") as refusal:
        resolve(with_corpus(**values))
    return [line.removeprefix("  - ") for line in str(refusal.value).splitlines()[1:]]


def settings(stage, corpus="mine", **values):
    configuration = resolve(with_corpus(**values)) if values else CONFIGURATION
    return json.loads(configuration.settings_of(stage, corpus))


# Those that we know


@pytest.mark.parametrize("name", CONFIGURATION.corpora)
def test_a_corpus_of_ours_says_what_it_is_and_gives_every_stage_its_settings(name):
    corpus = CONFIGURATION.corpora[name]
    assert corpus.about.endswith(".")
    assert corpus.licence
    assert corpus.language in ("ko", "en", "zh", "c")
    for stage in STAGES:
        assert settings(stage, name)
    assert corpus.accept_licence is (name not in COPYRIGHTED)


def test_addresses_of_ours_are_encrypted_and_packages_are_pinned():
    for corpus in CONFIGURATION.corpora.values():
        urls = corpus.source.get("url", [])
        for url in [urls] if isinstance(urls, str) else urls:
            assert url.startswith("https://")
        if "package" in corpus.source:
            assert len(corpus.source["sha256"]) == 64


def test_what_is_copyrighted_is_refused_with_its_licence_until_it_is_accepted():
    lyrics = CONFIGURATION.corpora["ballad-lyrics"]
    with pytest.raises(ValueError, match=r"third-party copyright.*accept_licence: true in a file"):
        lyrics.check_licence()
    accepted = resolve(merge(CONFIG, {"corpora": {"ballad-lyrics": {"accept_licence": True}}}))
    accepted.corpora["ballad-lyrics"].check_licence()


@pytest.mark.parametrize("name", ["namuwiki200302.json", "namuwiki_20210301.json.gz"])
def test_a_dump_of_the_users_is_read_from_data_local(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    raw, documents = Path("raw/manifest.json"), Path("documents/manifest.json")
    message = r"^data/local/namuwiki\*: matches no file .*; put the file there, or name another "
    with pytest.raises(ValueError, match=message):
        download(settings("download", "namuwiki-json"), raw)
    dump = (ROOT / "data/embedded/namuwiki.json").read_bytes()
    path = Path("data/local", name)
    path.parent.mkdir(parents=True)
    path.write_bytes(gzip.compress(dump) if path.suffix == ".gz" else dump)
    download(settings("download", "namuwiki-json"), raw)
    read(settings("read", "namuwiki-json"), raw, documents)
    content = read_json(documents)
    assert content["namespaces"] == {"0": 137, "1": 4, "2": 2}
    assert (content["documents"], len(content["parts"])) == (129, 32)


# What the stages get


def test_download_gets_the_source_and_how_to_fetch():
    source = {"url": [URL, "https://host/b.txt"], "sha256": [SHA, None], "bytes": [3, 4]}
    changed = settings("download", source=source, download={"timeout": 5})
    assert changed["source"] == source
    assert changed["download"] == {**CONFIG["defaults"]["corpus"]["download"], "timeout": 5}


def test_files_are_not_fetched_so_how_to_fetch_is_no_setting_of_theirs():
    assert settings("download", source={"files": ["x"]}) == {"source": {"files": ["x"]}}


@pytest.mark.parametrize(
    ("form", "keys"),
    [
        ("text", {"document", "encoding"}),
        ("jsonl", {"encoding", "text_column", "title_column"}),
        ("tsv", {"encoding", "text_column", "title_column"}),
        ("parquet", {"text_column", "title_column"}),
        ("namuwiki", {"namespaces", "allow_truncated"}),
    ],
)
def test_read_gets_what_its_format_uses(form, keys):
    common = {"format", "parts", "max_document_bytes", "strict", "archive"}
    assert set(settings("read", source={"files": ["x"]}, format=form)) == common | keys
    cleaning = set(settings("clean", source={"files": ["x"]}, format=form))
    everything = set(CONFIG["defaults"]["corpus"]["clean"])
    assert cleaning == (everything if form == "namuwiki" else everything - {"namumark"})


def test_split_gets_what_its_method_uses():
    common = {"method", "valid", "test", "salt"}
    assert set(settings("split", "ballad")) == common | {"near_duplicates"}
    assert set(settings("split", "novel")) == common | {"block_characters"}


def test_merging_the_counts_gets_the_language():
    assert settings("merge_cleaning", "chinese-news") == {"language": "zh"}


# What is refused


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"url": URL}, ": the key 'sha256' is missing; write sha256: null, and the first fetch"),
        (
            {"url": URL, "sha256": None, "files": ["x"]},
            ": is of two kinds, files and url; keep one.",
        ),
        (
            {"url": URL, "sha256": None, "file": "wheel"},
            ": 'file' goes with package, not with url; take it out",
        ),
        ({"files": ["x"], "bytes": 3}, ": 'bytes' goes with url, not with files; take it out"),
        (
            {"package": "a==1", "file": "wheel", "sha256": SHA},
            ": the key 'member' is missing; name the files inside the package",
        ),
        (
            {"package": "a==1", "file": "wheel", "sha256": [SHA], "member": "*"},
            ".sha256: is a list, and a package has one file; write the value alone",
        ),
        (
            {"url": "ftp://host/a", "sha256": None},
            ".url: 'ftp://host/a' is not an address that begins with https:// or http://",
        ),
        ({"url": "https://[::1/a", "sha256": None}, ".url: 'https://[::1/a' is no address ("),
        ({"url": [], "sha256": None}, ".url: is empty"),
        ({"url": [URL, URL], "sha256": None}, ".url: "),
        (
            {"url": "https://host/a%7Bb.txt", "sha256": None},
            ".url: 'https://host/a%7Bb.txt' has a brace in its file name",
        ),
        (
            {"url": [URL, URL + "2"], "sha256": [SHA]},
            ".sha256: has 1 entries, and url has 2; give each one",
        ),
        (
            {"url": [URL, URL + "2"], "sha256": SHA},
            ".sha256: is one value for 2 addresses; write a list, one each",
        ),
        (
            {"url": URL, "sha256": [SHA]},
            ".sha256: is a list, and url is one address; write the value alone",
        ),
        (
            {"url": [URL, URL + "2"], "sha256": None, "bytes": [1, 2, 3]},
            ".bytes: has 3 entries, and url has 2; give each one",
        ),
        (
            {"url": URL, "sha256": SHA.replace("0", "A")},
            f".sha256: '{'A' * 56}… is not a SHA-256 (64 hexadecimal digits in lower case)",
        ),
        ({"url": URL, "sha256": None, "members": "*"}, ": unknown key 'members'; did you mean"),
        ({"files": ["x.zip"], "member": []}, ".member: is empty"),
    ],
)
def test_a_source_that_cannot_be_is_refused(source, words):
    said = problems(source=source)
    assert any(line.startswith(f"corpora.mine.source{words}") for line in said), said


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (
            {"format": "jsonl", "document": "line"},
            ".document: has no effect with format: jsonl; take it out, or set format: text",
        ),
        (
            {"text_column": "x"},
            ".text_column: has no effect with format: text; take it out, or set format: "
            "jsonl or tsv or parquet",
        ),
        ({"title_column": "x"}, ".title_column: has no effect with format: text"),
        ({"namespaces": [0]}, ".namespaces: has no effect with format: text"),
        (
            {"format": "parquet", "allow_truncated": True},
            ".allow_truncated: has no effect with format: parquet; take it out, or set format: "
            "namuwiki",
        ),
        ({"format": "namuwiki", "allow_truncated": 1}, ".allow_truncated: 1 is not true or false"),
        ({"format": "parquet", "encoding": "cp949"}, ".encoding: has no effect with format: "),
        (
            {"clean": {"namumark": {"tables": "drop"}}},
            ".clean.namumark: has no effect with format: text; take it out, or set format: "
            "namuwiki",
        ),
        (
            {"split": {"method": "position", "near_duplicates": 0.9}},
            ".split.near_duplicates: has no effect with method: position; take it out, or set "
            "method: hash",
        ),
        ({"split": {"block_characters": 9}}, ".split.block_characters: has no effect with method:"),
        (
            {"clean": {"duplicate_lines": "drop"}, "parts": 2},
            ".clean.duplicate_lines: drop needs the text in one part, and parts is 2; set "
            "parts: 1, or duplicate_lines: keep",
        ),
        (
            {"clean": {"mask": ["phon"]}},
            ".clean.mask.0: 'phon' is not one of resident-number, phone, email, card; did you "
            "mean 'phone'?",
        ),
        ({"clean": {"mask": ["card", "card"]}}, ".clean.mask: ['card', 'card'] names something tw"),
        ({"clean": {"min_hangul": 1.5}}, ".clean.min_hangul: 1.5 must be at most 1"),
        ({"clean": {"max_repeated_lines": -1}}, ".clean.max_repeated_lines: -1 must be at least 0"),
        ({"split": {"near_duplicates": 0}}, ".split.near_duplicates: 0 must be above 0"),
        (
            {"download": {"timeout": 5}},
            ".download: has no effect with files, which are not fetched",
        ),
        ({"download": {"attempts": 0}}, ".download.attempts: 0 must be at least 1"),
        ({"download": {"timout": 9}}, ".download: unknown key 'timout'; did you mean 'timeout'?"),
        ({"archive": {"max_ratio": 0.5}}, ".archive.max_ratio: 0.5 must be at least 1"),
        ({"allow_http": True}, ": unknown key 'allow_http'; it belongs under 'download'"),
        ({"encoding": "base64"}, ".encoding: 'base64' is none that Python knows; try auto, utf-8"),
        ({"strict": "yes"}, ".strict: 'yes' is not true or false"),
        ({"accept_licence": "CC0"}, ".accept_licence: 'CC0' is not true or false"),
    ],
)
def test_a_value_that_cannot_be_is_refused(entry, words):
    said = problems(source={"files": ["x"]}, **entry)
    assert any(line.startswith(f"corpora.mine{words}") for line in said), said


def test_defaults_may_hold_what_a_format_does_not_use():
    change = {"defaults": {"corpus": {"text_column": "content", "namespaces": ["0"]}}}
    resolve(merge(CONFIG, change))


def test_several_addresses_may_share_an_unknown_digest():
    source = {"url": [URL, URL + "2"], "sha256": None, "member": "*.txt"}
    assert resolve(with_corpus(source=source)).corpora["mine"].source == source
