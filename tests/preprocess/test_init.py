"""The config file for a user's own texts: valid YAML, right about what the files are."""

import io
import json
import unicodedata
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from preprocess import init as init_module
from preprocess.init import init
from preprocess.sources import expand


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def config_of(folder, files, name="mine"):
    """Write files (name to bytes), run `init` on them and return the config."""
    for file, data in files.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    output = folder / "mine.yaml"
    output.unlink(missing_ok=True)
    init([Path(file) for file in files], name, output)
    return yaml.safe_load(output.read_text(encoding="utf-8"))


KOREAN = "사랑은 창밖의 빗물\n".encode("cp949")


def test_many_files_are_documents_split_by_hash(folder):
    config = config_of(folder, {f"내 글/{i:02d}.txt": KOREAN for i in range(60)})
    assert config == {
        "targets": ["mine"],
        "corpora": {
            "mine": {
                "source": {"files": ["내 글/*.txt"]},
                "format": "text",
                "document": "file",
                "split": {"method": "hash", "valid": 0.1, "test": 0.1},
                "language": "ko",
                "licence": None,
            }
        },
        "runs": {"mine": {"corpus": "mine", "unit": "jamo", "preset": "auto", "minutes": 15}},
    }


def corpus_of(*arguments):
    return config_of(*arguments)["corpora"]["mine"]


@pytest.mark.parametrize(("blocks", "are_many"), [(58, False), (59, True)])
def test_few_files_are_one_long_text_and_many_blocks_in_them_are_told(folder, blocks, are_many):
    corpus = corpus_of(folder, {"a.txt": (KOREAN + b"\n") * blocks, "b.txt": KOREAN * 1000})
    assert (corpus["document"], corpus["split"]["method"]) == ("file", "position")
    assert corpus["source"] == {"files": ["a.txt", "b.txt"]}
    told = "(60 or more) are texts of their own, say document: blank-line and method: hash"
    assert (told in Path("mine.yaml").read_text(encoding="utf-8")) is are_many


@pytest.mark.parametrize(
    ("text", "unit", "language"),
    [
        ("가나다 abcdefg", "jamo", "ko"),
        ("가나다 abcdefgh", "syllable", "und"),
        ("1", "syllable", "und"),
    ],
)
def test_the_unit_follows_the_share_of_hangul(folder, text, unit, language):
    config = config_of(folder, {"a.txt": text.encode()})
    assert config["runs"]["mine"]["unit"] == unit
    assert config["corpora"]["mine"]["language"] == language


def test_a_pattern_is_written_only_where_it_means_the_same_files(folder):
    files = {f"{i}.txt": KOREAN for i in range(5)}
    assert corpus_of(folder, files)["source"]["files"] == ["*.txt"]
    (folder / "other.txt").write_bytes(KOREAN)
    assert corpus_of(folder, files)["source"]["files"] == list(files)


def test_any_name_comes_back_as_the_same_file(folder):
    names = ["[1] 'a\" \\ #: *.txt", unicodedata.normalize("NFD", "한글.txt"), "- no.txt"]
    corpus = corpus_of(folder, dict.fromkeys(names, KOREAN))
    assert sorted(str(path) for path in expand(corpus["source"]["files"])) == sorted(names)


@pytest.mark.parametrize("name", ["no", "2024", "노래", "1e3", "a.b-c"])
def test_a_name_stays_a_string(folder, name):
    config = config_of(folder, {"a.txt": KOREAN}, name)
    assert config["targets"] == [name] == list(config["runs"]) == list(config["corpora"])


def test_json_lines_by_column(folder):
    record = {"id": "x" * 90, "title": "제목", "text": "사랑"}
    data = "".join(json.dumps(record) + "\n" for _ in range(60)).encode()
    corpus = corpus_of(folder, {"a.jsonl": data})
    assert corpus["format"] == "jsonl"
    assert (corpus["text_column"], corpus["title_column"]) == ("text", "title")
    assert corpus["split"]["method"] == "hash"
    assert "document" not in corpus


def test_a_table_of_tabs_by_column(folder):
    rows = "".join(f"{i}\t사랑은 창밖의 빗물\t1\n" for i in range(60))
    corpus = corpus_of(folder, {"a.tsv": ("id\tdocument\tlabel\n" + rows).encode("cp949")})
    assert (corpus["format"], corpus["text_column"]) == ("tsv", "document")
    assert (corpus["title_column"], corpus["split"]["method"]) == (None, "hash")
    with pytest.raises(ValueError, match=r"b\.tsv: its first line has no tab"):
        corpus_of(folder, {"b.tsv": KOREAN})


def test_an_archive_stands_for_its_members(folder):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(60):
            archive.writestr(f"글/{number}.txt", KOREAN)
    corpus = corpus_of(folder, {"a.zip": buffer.getvalue()})
    assert (corpus["format"], corpus["document"]) == ("text", "file")
    assert corpus["source"] == {"files": ["a.zip"]}
    assert (corpus["language"], corpus["split"]["method"]) == ("ko", "hash")


def test_wrong_bytes_are_no_hindrance_and_a_binary_is(folder):
    assert corpus_of(folder, {"a.txt": KOREAN + b"\xff" + KOREAN})["language"] == "ko"
    with pytest.raises(ValueError, match=r"b\.txt: is a document of Hangul"):
        corpus_of(folder, {"b.txt": bytes.fromhex("d0cf11e0a1b11ae1") + KOREAN})


def test_parquet_takes_the_column_with_the_most_text(folder):
    table = pa.table({"n": [1, 2], "label": ["ab", "cd"], "body": ["사랑은 비", "창밖의 비"]})
    pq.write_table(table, folder / "a.parquet")
    corpus = corpus_of(folder, {"a.parquet": (folder / "a.parquet").read_bytes()})
    assert corpus["format"] == "parquet"
    assert (corpus["text_column"], corpus["title_column"]) == ("body", None)
    assert corpus["split"]["method"] == "position"


def test_a_json_file_is_a_namuwiki_dump(folder):
    page = {"namespace": 0, "title": "사랑", "text": "'''사랑'''"}
    data = json.dumps([page], ensure_ascii=False).encode()
    corpus = corpus_of(folder, {"dump.json": data})
    assert (corpus["format"], corpus["language"]) == ("namuwiki", "ko")
    with pytest.raises(ValueError, match=r"b\.json: \.json is read as a namuwiki dump"):
        corpus_of(folder, {"b.json": b'{"a": 1}'})


@pytest.mark.parametrize("text", ["가나\n다라\n" * 9, "가나 다라 " * 9, "뷁 " * 30])
@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
@pytest.mark.parametrize("size", range(30, 36))
def test_only_the_beginning_of_a_large_file_is_looked_at(folder, monkeypatch, text, encoding, size):
    monkeypatch.setattr(init_module, "LOOK_BYTES", size)
    assert corpus_of(folder, {"a.txt": text.encode(encoding)})["language"] == "ko"


def test_refusals(folder):
    (folder / "a.txt").write_bytes(KOREAN)
    (folder / "b.jsonl").write_bytes(b"{}")
    output = folder / "mine.yaml"
    with pytest.raises(ValueError, match=r"none\.txt: matches no file"):
        init([Path("none.txt")], "mine", output)
    with pytest.raises(ValueError, match=r"several formats \(jsonl, text\)"):
        init([Path("a.txt"), Path("b.jsonl")], "mine", output)
    with pytest.raises(ValueError, match="name: 'a/b' may have"):
        init([Path("a.txt")], "a/b", output)
    assert not output.exists()
    output.write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError, match=r"mine\.yaml: is there already"):
        init([Path("a.txt")], "mine", output)
    assert output.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("name", ["novel", "sherlock", "units", "logs"])
def test_names_of_config_yaml_and_of_results_are_taken(tmp_path, name):
    (tmp_path / "a.txt").write_text("글", "utf-8")
    with pytest.raises(ValueError, match=f"'{name}' is taken"):
        init([tmp_path / "a.txt"], name, tmp_path / "mine.yaml")
    assert not (tmp_path / "mine.yaml").exists()


def test_a_config_yaml_in_which_a_key_stands_twice_is_refused(folder, monkeypatch):
    (folder / "config.yaml").write_text("runs: {mine: 1}\nruns: {}\n", encoding="utf-8")
    monkeypatch.setattr(init_module, "CONFIG", folder / "config.yaml")
    with pytest.raises(ValueError, match=r"config\.yaml, on lines 1 and 2, and only the last"):
        config_of(folder, {"a.txt": KOREAN})
    assert not (folder / "mine.yaml").exists()
