"""Two little runs, and a way to call a command on them."""

import io
import shutil
import sys
from pathlib import Path

import pytest
import torch

from model.__main__ import parser
from model.config import ModelConfig, from_settings
from model.folder import save_model
from model.rnn import CharRNN
from preprocess.files import write_json
from preprocess.vocabulary import Vocabulary
from tests.model.samplings import SETTINGS
from tests.model.trainings import MODEL, TRAIN


def evaluation(run: str, rnn: float, sha256: str = "a" * 64) -> dict:
    """Return what stands in evaluation.json, of the rows that are looked at."""
    return {
        "run": run,
        "text_sha256": sha256,
        "models": {"rnn": {"bits_per_byte": rnn}, "xz": {"bits_per_byte": 2.5}},
        "unseen_lines": {"bits_per_byte": {"rnn": rnn + 1}},
    }


@pytest.fixture(scope="session")
def runs(tmp_path_factory, undisturbed, song_corpus) -> Path:
    """
    The folder results/ with a trained run, `song`, and a random one that is smaller, `short`.

    Beside it stand the shards of their corpus.
    """
    root = tmp_path_factory.mktemp("a project")
    results = root / "results"
    about = {"corpus": "songs", "unit": "jamo"}
    torch.manual_seed(8)
    small = {**MODEL, "hidden": 8}
    size = Vocabulary.load(song_corpus.vocabulary).size
    random = CharRNN(from_settings(ModelConfig, small, "model"), size)
    settings = {"run": "short", "model": small, "train": TRAIN, **about}
    save_model(results / "short/model", random.state_dict(), settings, song_corpus.vocabulary)
    trained = CharRNN(from_settings(ModelConfig, MODEL, "model"), size)
    from safetensors.torch import load_file

    trained.load_state_dict(load_file(undisturbed / "model/model.safetensors"))
    settings = {"run": "song", "model": MODEL, "train": TRAIN, **about}
    save_model(results / "song/model", trained.state_dict(), settings, song_corpus.vocabulary)
    for name, loss in (("song", 3.0), ("short", 3.004)):
        settings = {**SETTINGS, "count": 2, "length": 12, "temperatures": [0.9, 0.5]}
        write_json(results / name / "samples.json", {"settings": settings, "samples": []})
        write_json(results / name / "evaluation.json", evaluation(name, loss))
        write_json(results / name / "run.json", {"steps": 48 if name == "song" else 0})
    shutil.copytree(song_corpus.shards.parent, root / "data/shards/songs/jamo")
    return results


@pytest.fixture
def call(runs, monkeypatch, capsys):
    """Return a function that calls a command in the project's folder, and returns what it wrote."""
    monkeypatch.chdir(runs.parent)
    for name in ("FORCE_COLOR", "NO_COLOR", "COLUMNS", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: object, stdin: str | bytes = b"") -> str:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        options = parser().parse_args([str(argument) for argument in arguments])
        assert options.function(options) is None
        return capsys.readouterr().out

    return call
