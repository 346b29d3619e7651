"""The files of the stage: samples, and what they are worth."""

from pathlib import Path
from typing import Any
from unicodedata import normalize

import numpy as np
import pytest
import torch

from model.config import ModelConfig
from model.folder import load_model, save_model
from model.rnn import CharRNN
from model.sample import sample
from model.scoring import bits_of_text
from preprocess.files import read_json
from preprocess.grammar import Grammar
from preprocess.split_rows import STRETCHES
from preprocess.tables import DOCUMENTS, write_columns
from preprocess.units import make_unit
from preprocess.vocabulary import Vocabulary
from tests.model.samplings import SETTINGS

SHAPE = {
    "cell": "lstm",
    "layers": 2,
    "hidden": 128,
    "embedding": 32,
    "embedding_dropout": 0.5,
    "dropout": 0.5,
    "weight_dropout": 0.5,
    "tie": True,
    "carry": "document",
}
TRAIN = "사랑했던 그대여 이제는 안녕히\n밤하늘에 별이 지네"
TEST = "사랑했던 그대여 이제는 안녕히\n아무도 모르는 나만의 이야기"
SONG = "그대가 떠나던 그 밤에는 비가 내리고\n나는 우산도 없이 골목에 서 있었네\n다시 온다던 말"


def vocabulary_of(kind: str) -> Vocabulary:
    """Return the vocabulary of a unit, with a few characters where it has characters."""
    unit = make_unit({"kind": kind})
    code_points = np.array(sorted(map(ord, set("\n 사랑했던밤하늘 별ㅋ"))), np.uint32)
    code_points = code_points[unit.base.may_have_id(code_points)]
    size = 257 + len(unit.base.parts) + len(code_points)
    return Vocabulary(unit, list(map(chr, code_points)), np.zeros(size, np.int64))


def write_corpus(folder: Path, rows: list[tuple[str, str]]) -> tuple[Path, Path]:
    """Write clean text and split files: a document for each (split, text)."""
    clean, split = folder / "part-00000.parquet", folder / "split.parquet"
    names = [f"{number}.txt" for number in range(len(rows))]
    texts = [text for _, text in rows]
    write_columns(clean, DOCUMENTS, [names, [""] * len(rows), texts])
    splits = [name for name, _ in rows]
    write_columns(split, STRETCHES, [names, splits, [0] * len(rows), list(map(len, texts))])
    return clean, split


def run_stage(
    folder: Path, rows: list[tuple[str, str]], kind: str = "jamo", **changes: Any
) -> tuple[str, dict[str, Any]]:
    """Run the stage on a saved random model; return the text and the JSON that it wrote."""
    folder.mkdir(exist_ok=True)
    vocabulary = vocabulary_of(kind)
    vocabulary.save(folder / "vocabulary.parquet")
    torch.manual_seed(5)
    network = CharRNN(ModelConfig(**SHAPE), vocabulary.size)
    settings = {"run": "mine", "model": SHAPE, "train": {}}
    save_model(folder / "model", network.state_dict(), settings, folder / "vocabulary.parquet")
    clean, split = write_corpus(folder, rows)
    outputs = folder / "samples.txt", folder / "samples.json"
    asked = {**SETTINGS, "temperatures": [1.0], "count": 2, "length": 30, "seed": 1, **changes}
    sample(asked, folder / "model", [clean], split, *outputs)
    return outputs[0].read_text(encoding="utf-8"), read_json(outputs[1])


def test_the_stage_writes_samples_of_each_temperature(tmp_path: Path) -> None:
    text, told = run_stage(
        tmp_path, [("train", TRAIN)], prompt="사랑", temperatures=[0.8, 0.5], stop="none"
    )
    samples = told["samples"]
    assert [(row["index"], row["settings"]["temperature"]) for row in samples] == [
        (0, 0.8),
        (1, 0.8),
        (0, 0.5),
        (1, 0.5),
    ]
    assert text == "\n".join(
        f'=== sample {row["index"] + 1} of 2: prompt "사랑", '
        f"temperature {row['settings']['temperature']}, seed 1 ===\n{row['text']}\n"
        for row in samples
    )
    assert [len(row["text"]) for row in samples] == [32] * 4
    assert {row["prompt"] for row in samples} == {"사랑"}
    assert {row["seed"] for row in samples} == {1}
    assert samples[2]["settings"].keys() == {
        *SETTINGS.keys() - {"count", "prompt", "seed"},
        "temperature",
    }
    assert told["settings"]["temperatures"] == [0.8, 0.5]
    network, vocabulary, _ = load_model(tmp_path / "model", "cpu")
    for row in samples:
        bits = bits_of_text(network, vocabulary, Grammar.of(vocabulary), row["text"])
        assert row["score"] == pytest.approx(bits["bits_per_byte"], rel=1e-6)


def test_a_verse_of_train_is_found_and_marked(tmp_path: Path) -> None:
    verse = SONG[4:-5]
    rows = [("train", TRAIN), ("train", SONG), ("train", SONG[:20]), ("test", TEST)]
    text, told = run_stage(tmp_path, rows, prompt=f"아니 {verse}!", count=1)
    [row] = told["samples"]
    assert row["text"].startswith(f"아니 {verse}!")
    assert row["copies"] == [{"start": 2, "end": 3 + len(verse), "document_id": "1.txt"}]
    assert row["text"][2 : 3 + len(verse)] in SONG
    assert row["novelty"]["longest_copy"] == len(verse) + 1
    assert row["novelty"]["copied_40"] == (len(verse) + 1) / len(row["text"])
    assert row["novelty"]["lines_in_train"] == 1
    where = f"--- characters 3 to {3 + len(verse)} stand in train, in 1.txt ---\n"
    assert text.endswith(f"\n{where}")


def test_what_stands_in_valid_and_test_alone_is_no_copy(tmp_path: Path) -> None:
    rows = [("train", TRAIN), ("valid", SONG), ("test", SONG)]
    text, told = run_stage(tmp_path, rows, prompt=SONG, count=1)
    assert told["samples"][0]["copies"] == []
    assert told["samples"][0]["novelty"]["longest_copy"] < 12
    assert "---" not in text


def test_decomposed_text_is_found_and_marked_where_it_stands(tmp_path: Path, monkeypatch) -> None:
    decomposed = normalize("NFD", SONG)
    monkeypatch.setattr("model.sample.draw", lambda *_: [f"네 {decomposed}?"])
    _, told = run_stage(tmp_path, [("train", decomposed)], count=1)
    end = 2 + len(decomposed)
    assert told["samples"][0]["copies"] == [{"start": 2, "end": end, "document_id": "0.txt"}]
    assert told["samples"][0]["novelty"]["characters"] == len(SONG) + 3


def test_windows_of_the_model_and_of_people_are_measured_alike(tmp_path: Path, monkeypatch) -> None:
    """What a model does not do by chance, it does here: it sings a song of train without end."""
    songs = "\n".join([SONG] * 20)
    asked = []

    def sing(*arguments: Any) -> list[str]:
        asked.append(arguments[-1])
        return [songs[: arguments[-1].length]] * arguments[-1].count

    monkeypatch.setattr("model.sample.draw", sing)
    human = "".join(chr(0xAC00 + place * 7919 % 11172) for place in range(6400 * 2))
    rows = [
        ("train", SONG),
        ("test", f"{human[:5000]}{SONG}"),
        ("test", human[5000 : -len(SONG) - 2]),
    ]
    _, told = run_stage(tmp_path, rows, temperatures=[0.8, 0.2], length=40)
    assert told["windows"] == {"count": 64, "characters": 200}
    people, windows = asked[0], asked[2]
    assert (people.count, people.length) == (2, 40)
    assert (windows.count, windows.length, windows.stop) == (64, 200, "none")
    assert [row["temperature"] for row in told["worth"]] == [0.8, 0.2]
    for row in told["worth"]:
        assert row.keys() - {"temperature"} == told["human"].keys()
        assert row["texts"] == row["loops"] == 64
        assert row["characters"] == 64 * 200 == told["human"]["characters"]
        assert row["longest_copy"] == len(SONG) + 1  # and the line feed behind it
        assert row["longest_copied"] == {"text": f"{SONG}\n", "document_id": "0.txt"}
        assert row["copied_40"] > 0.9
        assert row["lines_in_train_share"] == 1
        assert row["duplicate_lines_share"] > 0.4
        assert row["broken_syllables"] == 0
    assert told["human"]["longest_copied"] == {"text": f"{SONG}\n", "document_id": "0.txt"}
    assert told["human"]["loops"] == 0
    assert 0 < told["human"]["copied_12"] < 0.02


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        ("jamo", [("train", TRAIN)]),
        ("syllable", [("train", TRAIN), ("valid", TEST)]),
        ("byte", [("train", TRAIN), ("test", "열 글자가 될까요?")]),
    ],
)
def test_without_a_test_text_long_enough_there_are_no_human_windows(
    tmp_path: Path, kind: str, rows: list[tuple[str, str]]
) -> None:
    _, told = run_stage(tmp_path, rows, kind, length=15)
    assert told["windows"] == {"count": 64, "characters": 15}
    assert told["human"]["texts"] == told["human"]["characters"] == 0
    assert told["human"]["copied_12"] is told["human"]["longest_copied"] is None
    [row] = told["worth"]
    assert row["characters"] == 64 * 15


def test_the_likeliest_text_loops_and_that_shows(tmp_path: Path) -> None:
    _, told = run_stage(tmp_path, [("train", TRAIN)], temperatures=[0.0], length=300, stop="none")
    [row] = told["worth"]
    assert row["loops"] == 64
    assert row["compression_ratio"] > 20
    assert {sample["novelty"]["loops"] for sample in told["samples"]} == {1}


def test_a_sample_shorter_than_a_copy(tmp_path: Path) -> None:
    _, told = run_stage(tmp_path, [("train", TRAIN)], length=3, stop="none")
    for row in told["samples"]:
        assert len(row["text"]) == 3
        assert row["novelty"]["copied_12"] == 0
        assert row["novelty"]["lines"] == 0
        assert row["novelty"]["lines_in_train_share"] is None
        assert row["copies"] == []


def test_the_stage_writes_the_same_bytes_again(tmp_path: Path) -> None:
    contents = []
    for name in ("first", "second"):
        run_stage(tmp_path / name, [("train", TRAIN), ("test", TEST * 40)])
        contents.append(
            [(tmp_path / name / f"samples.{kind}").read_bytes() for kind in ("txt", "json")]
        )
    assert contents[0] == contents[1]
