"""
Kills trainings at random moments, and compares how they end with one that nobody disturbed.

    python -m benchmarks.kills --kills 50

Signals are SIGKILL, SIGTERM, SIGINT and SIGUSR1. Moments are those of the start (imports, loading),
of the steps (with a checkpoint after each, and with validations and samples), and of the end, when
outputs are written. After each kill the same command is given again, until the training has ended;
then the model folder must have the same bytes, and metrics.csv the same rows but for the seconds.
It prints a row a kill, and exits with 1 if anything differs, or ends in another way than its
signal asks for.
"""

import argparse
import csv
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from preprocess.choice import build
from preprocess.count import count
from preprocess.encode import encode
from preprocess.shards import gather
from preprocess.split_rows import SPLITS, STRETCHES
from preprocess.tables import DOCUMENTS, write_columns

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)
MODEL = {
    "cell": "lstm",
    "layers": 2,
    "hidden": 16,
    "embedding": 8,
    "embedding_dropout": 0.1,
    "dropout": 0.2,
    "weight_dropout": 0.2,
    "tie": True,
    "carry": "document",
}
TRAIN = {
    "device": "cpu",
    "precision": "float32",
    "seed": 1,
    "batch": 4,
    "window": 16,
    "epochs": 3,
    "learning_rate": 0.01,
    "final_learning_rate": 0.1,
    "warmup_steps": 5,
    "weight_decay": 0.01,
    "beta1": 0.9,
    "beta2": 0.99,
    "clip": 1.0,
    "evaluations": 12,
    "patience": 100,
    "retries": 3,
    "checkpoint_seconds": 0,
    "sample_every": 0,
    "cache_bytes": 1_000_000,
    "compose": True,
    "restart": False,
}
SETTINGS = {"run": "kills", "model": MODEL, "train": TRAIN}
WORDS = ("사랑", "바다", "그대", "밤", "별", "노래", "비가", "오면", "나는", "漢", "ㅋㅋ")
AHEAD = 10  # steps that a training is let go on for, at most, before it is killed in a step
LATER = 0.03  # seconds, at most, from a checkpoint to the kill after it


class Process(Protocol):
    """What is asked of a process, as `subprocess.Popen` has it."""

    def poll(self) -> int | None:
        """Return its exit status, negative for a signal that ended it; None while it runs."""

    def wait(self) -> int:
        """Wait for its exit status."""

    def send_signal(self, number: int, /) -> None:
        """Send a signal, if it still runs."""


Start = Callable[[list[str]], Process]


class Kill(NamedTuple):
    """One of them."""

    signal: str
    moment: str
    """"start", "step" or "end"."""
    step: int
    """Newest checkpoint before it."""
    status: int
    """What the process ended with."""

    @property
    def is_right(self) -> bool:
        """Whether it ended as the signal asks for, or finished the outputs that it was writing."""
        number = signal.Signals[self.signal]
        return self.status in (-number, 128 + number, 0)


def command(shards: Path, vocabulary: Path, folder: Path, settings: dict[str, Any]) -> list[str]:
    """Return the arguments after `python -m model` of a training with all its files in a folder."""
    return [
        *("train", str(shards), "--vocabulary", str(vocabulary), "--model", str(folder / "model")),
        *("--metrics", str(folder / "metrics.csv"), "--record", str(folder / "run.json")),
        *("--work", str(folder / "work"), "--tensorboard", str(folder / "tensorboard")),
        *("--threads", "1", "--code", "c", "--settings", json.dumps(settings)),
        *("--log", str(folder / "train.log")),
    ]


def start(arguments: list[str]) -> "subprocess.Popen[bytes]":
    """Start `python -m model` in a process of its own, whose words are in its log."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    line = [sys.executable, "-m", "model", *arguments]
    return subprocess.Popen(
        line, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def newest(folder: Path) -> int:
    """Return the number of the newest checkpoint; 0 without one."""
    names = (path.stem for path in (folder / "work").glob("checkpoint-*.json"))
    return max((int(name.partition("-")[2]) for name in names), default=0)


def kills(
    start: Start, arguments: list[str], folder: Path, rng: random.Random, startup: float
) -> Iterator[Kill]:
    """
    Kill a training again and again, until it has ended by itself.

    Args:
        start: starts a process.
        arguments: of the training.
        folder: of the training.
        rng: draws signals and moments.
        startup: seconds from the start of a process to its first step, about.

    Raises:
        RuntimeError: it ended by itself with an error.
    """
    while True:
        number, moment = rng.choice(SIGNALS), rng.choice(("start", "step", "step", "step", "end"))
        if moment == "end":
            shutil.rmtree(folder / "model", ignore_errors=True)  # whose coming is waited for
        process, before = start(arguments), newest(folder)
        _wait(process, folder, moment, before, rng, startup)
        if process.poll() is None:
            process.send_signal(number)
            step = newest(folder)
            yield Kill(number.name, moment, step, process.wait())
        if process.poll() == 0:
            return
        if process.poll() == 1:
            raise RuntimeError(f"ended with an error; see {folder / 'train.log'}")


def _wait(
    process: Process, folder: Path, moment: str, before: int, rng: random.Random, startup: float
) -> None:
    """Wait for the moment of a kill, or the end of the process."""
    if moment == "start":
        deadline = time.monotonic() + startup * rng.random()
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.001)
        return
    target = before + rng.randint(1, AHEAD)
    later = LATER * rng.random() if moment == "step" else 0.0
    while process.poll() is None:
        if moment == "step" and newest(folder) >= target:
            break
        if moment == "end" and (folder / "model").exists():
            break
        time.sleep(0.001)
    time.sleep(later)


def differences(reference: Path, folder: Path) -> list[str]:
    """Name the files of a training's outcome that differ from those of another one."""
    names = ["config.json", "model.safetensors", "vocabulary.parquet", "SHA256SUMS"]
    paths = [f"model/{name}" for name in names]
    wrong = [p for p in paths if (reference / p).read_bytes() != (folder / p).read_bytes()]
    strays = {path.name for path in (folder / "model").iterdir()} - set(names)
    if curve(reference) != curve(folder):
        wrong.append("metrics.csv")
    return [*wrong, *sorted(strays)]


def curve(folder: Path) -> list[dict[str, str]]:
    """Return the rows of metrics.csv, but for what the clock says."""
    with (folder / "metrics.csv").open(encoding="utf-8") as file:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]


def write_corpus(folder: Path) -> tuple[Path, Path]:
    """Write shards of 40 little songs of drawn words, and return their manifest and vocabulary."""
    rng = random.Random(1)
    splits = ["train"] * 24 + ["valid"] * 12 + ["test"] * 4
    songs = ["\n".join(" ".join(rng.choices(WORDS, k=4)) for _ in range(4)) for _ in splits]
    names = [f"{number}.txt" for number in range(len(songs))]
    clean, split, counts = (folder / f"{name}.parquet" for name in ("clean", "split", "counts"))
    write_columns(clean, DOCUMENTS, [names, [""] * len(songs), songs])
    ends = [len(song) for song in songs]
    write_columns(split, STRETCHES, [names, splits, [0] * len(songs), ends])
    vocabulary, manifest = folder / "vocabulary.parquet", folder / "shards" / "manifest.json"
    count({"kind": "jamo"}, clean, split, 0, counts)
    build({"kind": "jamo", "min_count": 2}, [counts], vocabulary)
    train, valid, test = (manifest.parent / f"{name}-00000.parquet" for name in SPLITS)
    encode(clean, split, vocabulary, 0, train=train, valid=valid, test=test)
    gather([train, valid, test], vocabulary, manifest)
    return manifest, vocabulary


def main() -> int:
    """Kill as often as asked, print a row a kill, and say whether all ended alike."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[1])
    parser.add_argument("--kills", type=int, default=50, help="kills, at least")
    parser.add_argument("--seed", type=int, default=1, help="draws signals and moments")
    options = parser.parse_args()
    rng, wrong = random.Random(options.seed), 0
    done: list[Kill] = []
    with tempfile.TemporaryDirectory() as name:
        shards, vocabulary = write_corpus(Path(name))
        reference = Path(name) / "reference"
        startup = _undisturbed(command(shards, vocabulary, reference, SETTINGS), reference)
        trainings = 0
        while len(done) < options.kills:
            trainings += 1
            folder = Path(name) / f"training-{trainings}"
            arguments = command(shards, vocabulary, folder, SETTINGS)
            for kill in kills(start, arguments, folder, rng, startup):
                done.append(kill)
                wrong += not kill.is_right
                sys.stdout.write(
                    f"{len(done):4}  training {trainings:2}  {kill.signal:8} {kill.moment:6} "
                    f"after step {kill.step:3}  status {kill.status:4}"
                    f"{'' if kill.is_right else '  WRONG'}\n"
                )
                sys.stdout.flush()
            if differing := differences(reference, folder):
                wrong += 1
                sys.stdout.write(f"training {trainings} differs: {', '.join(differing)}\n")
    counts = ", ".join(f"{n} {name}" for name, n in Counter(kill.signal for kill in done).items())
    words = f"{wrong} ended wrongly" if wrong else "all ended with the same bytes"
    sys.stdout.write(f"{len(done)} kills ({counts}) of {trainings} trainings: {words}\n")
    return int(wrong > 0)


def _undisturbed(arguments: list[str], folder: Path) -> float:
    """Train without a kill; return the seconds to the first step."""
    began = time.monotonic()
    process = start(arguments)
    while not newest(folder) and process.poll() is None:
        time.sleep(0.01)
    startup = time.monotonic() - began
    if process.wait():
        raise RuntimeError((folder / "train.log").read_text(encoding="utf-8"))
    return startup


if __name__ == "__main__":
    sys.exit(main())
