"""What a run left in its folder; a file that is not there is named, and the page does without."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model.report.curves import Curve, read_curves
from model.run_files import read_object
from preprocess.vocabulary import Vocabulary

Json = dict[str, Any]

# What evaluation.json must have, whatever was measured.
EVALUATION = {"models": dict, "text_sha256": str, "bytes": int, "documents": int}


@dataclass(frozen=True)
class Run:
    """
    One run, as its files tell it.

    Attributes:
        name: of its folder.
        corpus, unit: names of them; empty where nothing tells them.
        unit_settings: kind of the unit, and what else makes it; empty where nothing tells it.
        evaluation, samples, record: evaluation.json, samples.json, run.json; empty where missing.
        text: samples.txt, wanted only where samples.json is missing; else empty.
        curves: by split; empty where metrics.csv is missing.
        vocabulary: of its model; None where missing.
        missing: names of the files that are not there.
    """

    name: str
    corpus: str = ""
    unit: str = ""
    unit_settings: Json = field(default_factory=dict)
    evaluation: Json = field(default_factory=dict)
    samples: Json = field(default_factory=dict)
    record: Json = field(default_factory=dict)
    text: str = ""
    curves: dict[str, Curve] = field(default_factory=dict)
    vocabulary: Vocabulary | None = None
    missing: tuple[str, ...] = ()

    @property
    def models(self) -> dict[str, dict[str, Any]]:
        """Rows of evaluation.json, the best first, those that were not measured last."""
        models: dict[str, dict[str, Any]] = self.evaluation.get("models", {})
        return dict(sorted(models.items(), key=lambda item: (_bits(item[1]), item[0])))

    @property
    def model_settings(self) -> dict[str, Any]:
        """Shape of the network, as far as run.json tells it."""
        settings: dict[str, Any] = self.record.get("model", {})
        return settings

    @property
    def setbacks(self) -> list[dict[str, Any]]:
        """Each time that the training diverged: `step`, `reason`, the step it went `back_to`."""
        setbacks: list[dict[str, Any]] = self.record.get("setbacks", [])
        return setbacks


def _bits(row: Json) -> float:
    bits: float | None = row["bits_per_byte"]
    return math.inf if bits is None else bits


def read_run(folder: Path, settings: Mapping[str, Mapping[str, Json]]) -> Run:
    """
    Read what is in a run's folder.

    Args:
        folder: `results/{run}`.
        settings: `runs`: `corpus` and `unit` of each run by name, for one that was not evaluated;
            `units`: settings of each unit by name.

    Raises:
        ValueError: a file is there and damaged.
    """
    name = folder.resolve().name
    missing: list[str] = []
    evaluation = _json(folder / "evaluation.json", missing, **EVALUATION)
    samples = _json(folder / "samples.json", missing)
    record = _json(folder / "run.json", missing)
    metrics = folder / "metrics.csv"
    if not metrics.exists():
        missing.append(metrics.name)
    text = folder / "samples.txt"
    if not text.exists():
        missing.append(text.name)
    vocabulary = folder / "model" / "vocabulary.parquet"
    if not vocabulary.exists():
        missing.append(f"model/{vocabulary.name}")
    placed = settings.get("runs", {}).get(name, {})
    unit = evaluation.get("unit") or placed.get("unit", "")
    return Run(
        name=name,
        corpus=evaluation.get("corpus") or placed.get("corpus", ""),
        unit=unit,
        unit_settings=settings.get("units", {}).get(unit, {}),
        evaluation=evaluation,
        samples=samples,
        record=record,
        text=text.read_text(encoding="utf-8") if text.exists() and not samples else "",
        curves=read_curves(metrics) if metrics.exists() else {},
        vocabulary=Vocabulary.load(vocabulary) if vocabulary.exists() else None,
        missing=tuple(missing),
    )


def _json(path: Path, missing: list[str], **keys: type) -> Json:
    if not path.exists():
        missing.append(path.name)
        return {}
    return read_object(path, **keys)


@dataclass(frozen=True)
class Corpus:
    """
    One corpus, as its manifests tell it.

    Attributes:
        name: of the corpus.
        described: `about`, `language`, `licence`, `source` of its entry in config.yaml.
        documents, cleaning, split: what `read`, `clean` and `split` counted; empty where missing.
    """

    name: str
    described: Json
    documents: Json
    cleaning: Json
    split: Json


def read_corpus(name: str, files: tuple[Path, Path, Path], described: Mapping[str, Json]) -> Corpus:
    """Read the manifest of documents, cleaning.json and the split's summary of a corpus."""
    documents, cleaning, split = (_json(path, []) for path in files)
    return Corpus(name, described.get(name, {}), documents, cleaning, split)
