"""
The whole workflow on a user's own files: in a folder that is hard to quote, with a tiny model.

Files are UTF-8 and CP949, the config is ten lines, training is killed and goes on.
"""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from preprocess.vocabulary import Vocabulary

ROOT = Path(__file__).parents[1]
COPIED = ("Snakefile", "config.yaml", "environment.yml", "workflow", "profiles", "preprocess")
CONFIG = """\
targets: [mine, calm]
corpora:
  mine:
    source: {files: ["data/local/내 글/*.txt"]}
    split: {method: hash, valid: 0.2, test: 0.2}
defaults:
  run:
    model: {hidden: 24, embedding: 12}
    train: {epochs: 6, evaluations: 6, patience: 6, batch: 4, threads: 1, checkpoint_seconds: 0}
    sample: {count: 2, length: 40}
runs:
  mine: {corpus: mine, unit: jamo, preset: small}
  calm: {corpus: mine, unit: jamo, preset: small}
"""
UNITS = """\
units:
  few: {kind: word, coverage: 0.3}
  more: {kind: word, extends: mine/few}
"""
MODEL = "results/mine/model/model.safetensors"


def start(tree, *arguments, config="mine.yaml"):
    command = [sys.executable, "-m", "snakemake", *arguments, "--configfile", config]
    return subprocess.Popen(
        command, cwd=tree, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def snakemake(tree, *arguments, config="mine.yaml"):
    process = start(tree, *arguments, config=config)
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said
    return said


def python(tree, *arguments):
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(
        command, cwd=tree, text=True, capture_output=True, check=True, timeout=120
    ).stdout


def trainer_of(tree, process, after=0):
    """Return the trainer of the run `mine` when it has a checkpoint later than the step `after`."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        steps = [int(p.stem.split("-")[1]) for p in (tree / "work/mine").glob("checkpoint-*.json")]
        if max(steps, default=0) > after:
            for child in psutil.Process(process.pid).children(recursive=True):
                if "train" in child.cmdline()[:4]:
                    return child, max(steps)
        time.sleep(0.02)
    raise AssertionError("the training had no checkpoint in time")


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the project, with 40 songs of a user's own, every other one in CP949."""
    tree = tmp_path_factory.mktemp("end to end") / "글 틀"
    tree.mkdir()
    for name in (*COPIED, "model"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, tree)
    own = tree / "data/local/내 글"
    own.mkdir(parents=True)
    for number, song in enumerate(sorted((ROOT / "data/embedded/ballad").glob("*.txt"))[:40]):
        encoding = ("utf-8", "cp949")[number % 2]
        (own / f"노래 {number}.txt").write_text(song.read_text("utf-8"), encoding)
    (tree / "mine.yaml").write_text(CONFIG, encoding="utf-8")
    return tree


@pytest.fixture(scope="module")
def said(tree):
    """
    What Snakemake says when it goes on after one violent end, and after another builds all.

    SIGKILL ends the trainer of `mine`, then Snakemake itself, whose trainer must not live on.
    """
    process = start(tree, MODEL)
    trainer, step = trainer_of(tree, process)
    trainer.kill()
    process.communicate(timeout=60)
    assert process.returncode == 1
    assert not (tree / MODEL).exists()

    process = start(tree, MODEL)
    trainer, _ = trainer_of(tree, process, after=step)
    process.kill()
    trainer.wait(timeout=60)
    before, _ = process.communicate(timeout=60)
    snakemake(tree, "--unlock")
    return before + snakemake(tree)


def test_a_killed_training_goes_on_and_ends_as_if_it_had_not_been(tree, said):
    assert "going on from step" in said
    mine, calm = (tree / f"results/{run}/model/model.safetensors" for run in ("mine", "calm"))
    assert mine.read_bytes() == calm.read_bytes()


def test_files_of_both_encodings_are_read_in_full(tree, said):
    manifest = json.loads((tree / "data/documents/mine/manifest.json").read_text("utf-8"))
    assert manifest["documents"] == 40
    assert manifest["encodings"] == {"utf-8": 20, "cp949": 20}
    songs = sorted((ROOT / "data/embedded/ballad").glob("*.txt"))[:40]
    assert manifest["characters"] == sum(len(song.read_text("utf-8")) for song in songs)


def test_the_numbers_of_the_test_split_add_up(tree, said):
    evaluation = json.loads((tree / "results/mine/evaluation.json").read_text("utf-8"))
    size = json.loads((tree / "data/split/mine.json").read_text("utf-8"))["sizes"]["test"]
    assert evaluation["bytes"] == size["bytes"]
    assert evaluation["characters"] == size["characters"]
    assert evaluation["documents"] == size["documents"]
    for row in evaluation["models"].values():
        per_byte = row["bits_per_character"] * size["characters"] / size["bytes"]
        assert row["bits_per_byte"] == pytest.approx(per_byte, rel=1e-12)


def test_samples_are_whole_syllables_with_a_header_each(tree, said):
    text = (tree / "results/mine/samples.txt").read_text("utf-8")
    assert text.count("=== sample") == 2 * 3  # at each temperature
    assert "\ufffd" not in text
    assert not any("\u1100" <= character <= "\u11ff" for character in text)


def test_pages_and_table_are_there(tree, said):
    table = (tree / "results/summary.csv").read_text("utf-8")
    assert all(run in table for run in ("mine", "calm"))
    for page in ("results/report.html", "results/mine/report.html"):
        assert "<script src" not in (tree / page).read_text("utf-8")


def test_a_second_run_does_nothing(tree, said):
    assert "Nothing to be done" in snakemake(tree)


def test_people_sample_and_score_at_a_terminal(tree, said):
    text = python(
        tree,
        "model",
        "sample",
        "results/mine",
        "--prompt",
        "사랑뷁",
        "--count",
        "2",
        "--length",
        "9",
    )
    assert text.count("사랑뷁") == 4  # in the header and in the text of both
    file = tree / "data/local/내 글/노래 1.txt"
    score = json.loads(python(tree, "model", "score", "results/mine", str(file), "--json"))
    song = file.read_text("cp949")
    assert score["bytes"] == len(song.encode()) + 1
    assert score["characters"] == len(song) + 1
    assert 0 < score["bits_per_byte"] < 8


def test_an_export_writes_what_the_model_does_without_any_of_our_code(tree, said):
    snakemake(tree, "results/mine/export/README.md")
    example = [sys.executable, "example.py", "사랑", "--temperature", "0", "--length", "40"]
    folder = tree / "results/mine/export"
    theirs = subprocess.run(example, cwd=folder, text=True, capture_output=True, check=True)
    greedy = ("--prompt", "사랑", "--temperature", "0", "--length", "40", "--count", "1")
    ours = python(tree, "model", "sample", "results/mine", *greedy)
    assert ours.partition("\n")[2] == theirs.stdout
    assert "license: unknown" in (folder / "README.md").read_text("utf-8")


def test_a_vocabulary_begins_with_the_one_that_it_extends(tree, said):
    (tree / "units.yaml").write_text(CONFIG + UNITS, encoding="utf-8")
    snakemake(tree, "data/vocabulary/mine/more.parquet", config="units.yaml")
    few, more = (
        Vocabulary.load(tree / f"data/vocabulary/mine/{unit}.parquet") for unit in ("few", "more")
    )
    assert few.size < more.size
    assert more.symbols[: few.size] == few.symbols
    assert more.counts[: few.size].sum() > 0


def test_init_writes_a_config_that_works(tree, said):
    files = [str(path) for path in sorted((tree / "data/local/내 글").glob("*.txt"))]
    python(tree, "preprocess", "init", *files, "--name", "by-init")
    plan = snakemake(tree, "-n", "--quiet", "rules", config="by-init.yaml")
    assert "train" in plan
