"""The lessons: each config of docs/lessons is trained as the workflow does, and does as it says."""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from model.sample import sample
from model.train import train
from preprocess.choice import build
from preprocess.clean import clean
from preprocess.count import count
from preprocess.download import download
from preprocess.encode import encode
from preprocess.read import read
from preprocess.shards import SPLITS, gather
from preprocess.split import split
from preprocess.tokens import load_split
from preprocess.vocabulary import END, Vocabulary
from workflow.configuration import resolve
from workflow.entries import merge

ROOT = Path(__file__).resolve().parents[1]
LESSONS = (ROOT / "docs/lessons.md").read_text(encoding="utf-8")


def lesson(name, **changes):
    """Return the configuration that a lesson's file comes to."""
    files = [ROOT / "config.yaml", ROOT / f"docs/lessons/{name}.yaml"]
    return resolve(merge(*(yaml.safe_load(file.read_text("utf-8")) for file in files), changes))


def encoded(configuration, run, folder):
    """Run the stages up to the shards on the corpus of a run; return their paths by name."""
    corpus, unit = configuration.runs[run].corpus, configuration.runs[run].unit
    paths = {
        "raw": folder / "raw" / "manifest.json",
        "documents": folder / "documents" / "manifest.json",
        "clean": folder / "clean.parquet",
        "split": folder / "split.parquet",
        "counts": folder / "counts.parquet",
        "vocabulary": folder / "vocabulary.parquet",
        "shards": folder / "shards" / "manifest.json",
    }

    def settings(stage, name):
        return json.loads(configuration.settings_of(stage, name))

    download(settings("download", corpus), paths["raw"])
    read(settings("read", corpus), paths["raw"], paths["documents"])
    cleaning = folder / "cleaning.json"
    clean(settings("clean", corpus), paths["documents"], 0, paths["clean"], cleaning)
    split(settings("split", corpus), [paths["clean"]], paths["split"], folder / "split.json")
    count(settings("count", unit), paths["clean"], paths["split"], 0, paths["counts"])
    build(settings("vocabulary", unit), [paths["counts"]], paths["vocabulary"], None)
    shards = [folder / "shards" / f"{name}-00000.parquet" for name in SPLITS]
    encode(paths["clean"], paths["split"], paths["vocabulary"], 0, *shards)
    gather(shards, paths["vocabulary"], paths["shards"])
    return paths


def learnt(configuration, run, paths, folder, on_validation=None):
    """Train a run and sample from it; return its samples and its curve."""
    train(
        json.loads(configuration.settings_of("train", run)),
        code="c",
        threads=1,
        shards=paths["shards"],
        vocabulary=paths["vocabulary"],
        model=folder / "model",
        metrics=folder / "metrics.csv",
        record=folder / "run.json",
        work=folder / "work",
        tensorboard=folder / "tensorboard",
        on_validation=on_validation,
    )
    sample(
        json.loads(configuration.settings_of("sample", run)),
        folder / "model",
        [paths["clean"]],
        paths["split"],
        folder / "samples.txt",
        folder / "samples.json",
    )
    with (folder / "metrics.csv").open(encoding="utf-8") as file:
        curve = list(csv.DictReader(file))
    return (folder / "samples.txt").read_text(encoding="utf-8"), curve


@pytest.fixture(scope="module")
def hello(tmp_path_factory):
    """The text of one word, as shards."""
    folder = tmp_path_factory.mktemp("hello")
    configuration = lesson("hello")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        paths = encoded(configuration, configuration.targets[0], folder)
    return configuration, paths


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_each_cell_learns_hello_by_heart(hello, tmp_path, cell):
    configuration, paths = hello
    text, curve = learnt(configuration, f"by-heart-hello-letter-{cell}", paths, tmp_path)
    assert text in LESSONS
    assert text.splitlines()[1:] == ["hello"]
    losses = [float(row["train_bits_per_byte"]) for row in curve]
    assert 6.5 < losses[0] < 8.1  # the mean of eight steps, the first of which know nothing
    assert losses[-1] < 0.05  # a letter that knew only the one before would cost 1/3 a byte


def test_hello_is_spelt_in_letters_and_an_end(hello):
    _, paths = hello
    symbols = Vocabulary.load(paths["vocabulary"])
    split = load_split(paths["shards"], "train", symbols.sha256)
    assert symbols.decode(split.tokens[:5]) == "hello"
    assert (split.tokens[5], split.bytes, symbols.size) == (END, 6, 261)
    assert split.tokens.min() == END
    assert (split.tokens[:5] >= 257).all()  # none in bytes


def test_the_lessons_show_their_files_and_build_them():
    shown = re.findall(r"```yaml\n(.*?)```", LESSONS, re.DOTALL)
    commands = re.findall(
        r"^snakemake --configfile (docs/lessons/.+\.yaml)$", LESSONS, re.MULTILINE
    )
    assert commands == ["docs/lessons/hello.yaml", "docs/lessons/min-char-rnn.yaml"]
    assert shown == [(ROOT / file).read_text(encoding="utf-8") for file in commands]
    assert len(shown[0].splitlines()) == 5
    watched = lesson("min-char-rnn").runs["min-char-rnn"]
    assert (watched.model["cell"], watched.train["window"]) == ("rnn", 25)
    planned = [sys.executable, "-m", "snakemake", "-n", "--quiet", "rules", "--configfile"]
    said = subprocess.run([*planned, commands[0]], cwd=ROOT, capture_output=True, text=True)
    assert said.returncode == 0, said.stdout + said.stderr
