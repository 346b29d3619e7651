"""Small trainings: settings, the files they write, and what is to be compared of them."""

import csv
from pathlib import Path
from typing import Any

from benchmarks import kills

MODEL = {**kills.MODEL, "hidden": 12}
TRAIN = {
    **kills.TRAIN,
    "epochs": 2,
    "evaluations": 8,
    "checkpoint_seconds": 1000,
    "precision": "auto",
}


def settings(model: Any = (), **changes: Any) -> dict[str, Any]:
    """Return settings of a training of 48 steps on the songs, with other values where given."""
    return {"run": "song", "model": {**MODEL, **dict(model)}, "train": {**TRAIN, **changes}}


def paths(folder: Path, corpus: Any) -> dict[str, Path]:
    """Return what `model.train.train` reads and writes, in one folder."""
    return {
        "shards": corpus.shards,
        "vocabulary": corpus.vocabulary,
        "model": folder / "model",
        "metrics": folder / "metrics.csv",
        "record": folder / "run.json",
        "work": folder / "work",
        "tensorboard": folder / "tensorboard",
    }


def weights(folder: Path) -> bytes:
    """Return the bytes of the trained weights."""
    return (folder / "model" / "model.safetensors").read_bytes()


def curve(folder: Path) -> list[dict[str, str]]:
    """Return the rows of metrics.csv, but for what the clock says."""
    with (folder / "metrics.csv").open(encoding="utf-8") as file:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]


def newest_step(work: Path) -> int:
    """Return the number of the newest checkpoint; 0 without one."""
    return max((int(path.stem[11:]) for path in work.glob("checkpoint-*.json")), default=0)
