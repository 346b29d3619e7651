"""The files of the stage: samples, and what they are worth."""

from pathlib import Path

import numpy as np
import pytest
import torch

from model.config import ModelConfig
from model.folder import save_model
from model.rnn import CharRNN
from model.sample import sample
from model.scoring import bits_of_text
from preprocess.files import read_json
from preprocess.grammar import Grammar
from preprocess.split_rows import STRETCHES
from preprocess.tables import DOCUMENTS, write_columns
from preprocess.units import END, make_unit
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


def make(kind: str) -> tuple[CharRNN, Vocabulary, Grammar]:
    """Return a random model over the jamo or syllables of a few characters."""
    unit = make_unit({"kind": kind})
    code_points = np.array(sorted(map(ord, set("\n 사랑했던밤하늘 별ㅋ"))), np.uint32)
    code_points = code_points[unit.base.may_have_id(code_points)]
    size = 257 + len(unit.base.parts) + len(code_points)
    vocabulary = Vocabulary(unit, list(map(chr, code_points)), np.zeros(size, np.int64))
    torch.manual_seed(5)
    model = CharRNN(ModelConfig(**SHAPE), vocabulary.size).eval()
    # Write characters, which a random model would drown in bytes, and end now and then.
    bias = torch.zeros(vocabulary.size)
    bias[1:257] = -30.0
    bias[END] = 1.0
    model.register_forward_hook(lambda _, __, output: (output[0] + bias, output[1]))
    return model, vocabulary, Grammar.of(vocabulary)


def write_corpus(folder: Path, splits: dict[str, str]) -> tuple[Path, Path]:
    """Write clean text and split files with one document for each split."""
    clean, split = folder / "part-00000.parquet", folder / "split.parquet"
    texts = list(splits.values())
    write_columns(clean, DOCUMENTS, [list(splits), [""] * len(texts), texts])
    columns = [list(splits), list(splits), [0] * len(texts), list(map(len, texts))]
    write_columns(split, STRETCHES, columns)
    return clean, split


def run_stage(folder: Path, splits: dict[str, str], **changes) -> tuple[str, dict]:
    """Run the stage on a saved random model; return the text and the JSON that it wrote."""
    _, vocabulary, _ = make("jamo")
    vocabulary.save(folder / "vocabulary.parquet")
    torch.manual_seed(5)
    weights = CharRNN(ModelConfig(**SHAPE), vocabulary.size).state_dict()
    settings = {"run": "mine", "model": SHAPE, "train": {}}
    save_model(folder / "model", weights, settings, folder / "vocabulary.parquet")
    clean, split = write_corpus(folder, splits)
    outputs = folder / "samples.txt", folder / "samples.json"
    asked = {**SETTINGS, "temperatures": [1.0], "length": 30, "seed": 1, **changes}
    sample(asked, folder / "model", [clean], split, *outputs)
    return outputs[0].read_text(encoding="utf-8"), read_json(outputs[1])


def test_the_stage_writes_text_and_what_it_is_worth(tmp_path: Path) -> None:
    known = TRAIN.split("\n")[0]
    text, told = run_stage(
        tmp_path, {"train": TRAIN, "test": TEST}, count=2, prompt=f"{known}\n", temperatures=[0.8]
    )
    first, second = told["samples"]
    assert text == (
        f'=== sample 1 of 2: prompt "{known}\\n", temperature 0.8, seed 1 ===\n{first["text"]}\n'
        f'\n=== sample 2 of 2: prompt "{known}\\n", temperature 0.8, seed 1 ===\n'
        f"{second['text']}\n"
    )
    assert told["human"] == {"lines": 2, "lines_in_train": 1, "share": 0.5}
    assert [row["novelty"]["lines_in_train"] for row in told["samples"]] == [1, 1]
    assert told["novelty"]["lines_in_train"] == 2
    assert second["index"] == 1
    assert second["seed"] == 1
    assert second["settings"] == {
        "length": 30,
        "temperature": 0.8,
        "top_k": 0,
        "stop": "document",
    }
    _, vocabulary, grammar = make("jamo")
    torch.manual_seed(5)
    model = CharRNN(ModelConfig(**SHAPE), vocabulary.size).eval()
    score = bits_of_text(model, vocabulary, grammar, second["text"])["bits_per_byte"]
    assert second["score"] == pytest.approx(score)


def test_the_stage_writes_the_same_bytes_again(tmp_path: Path) -> None:
    contents = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        run_stage(tmp_path / name, {"train": TRAIN})
        contents.append(
            [(tmp_path / name / f"samples.{kind}").read_bytes() for kind in ("txt", "json")]
        )
    assert contents[0] == contents[1]
    assert read_json(tmp_path / "first" / "samples.json")["human"] == {
        "lines": 0,
        "lines_in_train": 0,
        "share": None,
    }
