"""The stages from text files to shards, as the workflow calls them, in a folder of one's own."""

import glob
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from preprocess.split_rows import SPLITS
from workflow.configuration import Configuration, resolve
from workflow.entries import merge

ROOT = Path(__file__).parents[1]
CORPUS = "text"
TO_CLEAN = ("read", "clean", "split")
TO_SHARDS = ("count", "vocabulary", "encode", "gather")


@dataclass(frozen=True)
class Build:
    """
    A corpus of one part that is built stage by stage; it can be sent to another process.

    Attributes:
        folder: where all that is made lies.
        texts: the text files.
        configuration: config.yaml with the corpus.
    """

    folder: Path
    texts: Sequence[Path]
    configuration: Configuration

    @classmethod
    def of(cls, folder: Path, texts: Sequence[Path], corpus: Mapping[str, Any]) -> "Build":
        """Prepare the stages of texts; `corpus` has the keys of its entry besides `source`."""
        entry = {"source": _source(texts), **corpus}
        return cls(folder, texts, resolve(merge(_config(), {"corpora": {CORPUS: entry}})))

    @property
    def clean(self) -> Path:
        """The clean text."""
        return self.folder / "clean/part-00000.parquet"

    @property
    def split(self) -> Path:
        """The split."""
        return self.folder / "split.parquet"

    def vocabulary(self, unit: str) -> Path:
        """Return where the vocabulary of a unit is."""
        return self.folder / f"vocabulary/{unit}.parquet"

    def shards(self, unit: str) -> list[Path]:
        """Return where the shards of a unit are: train, valid, test."""
        return [self.folder / f"shards/{unit}/{name}-00000.parquet" for name in SPLITS]

    def run(self, stage: str, unit: str = "") -> None:
        """
        Run one stage, of `TO_CLEAN`, or of `TO_SHARDS` with a unit of config.yaml.

        It imports what it needs and no more, as the workflow's job does, for its memory's sake.
        """
        settings = self._settings(stage, unit)
        documents = self.folder / "documents/manifest.json"
        counts = self.folder / f"counts/{unit}.parquet"
        train, valid, test = self.shards(unit)
        for path in (self.clean, counts, self.vocabulary(unit), train):
            path.parent.mkdir(parents=True, exist_ok=True)
        match stage:
            case "read":
                from preprocess.download import download
                from preprocess.read import read

                raw = self.folder / "raw/manifest.json"
                download({"source": _source(self.texts)}, raw)
                read(settings, raw, documents)
            case "clean":
                from preprocess.clean import clean

                clean(settings, documents, 0, self.clean, self.clean.with_suffix(".json"))
            case "split":
                from preprocess.split import split

                split(settings, [self.clean], self.split, self.split.with_suffix(".json"))
            case "count":
                from preprocess.count import count

                count(settings, self.clean, self.split, 0, counts)
            case "vocabulary":
                from preprocess.choice import build

                build(settings, [counts], self.vocabulary(unit))
            case "encode":
                from preprocess.encode import encode

                encode(self.clean, self.split, self.vocabulary(unit), 0, train, valid, test)
            case "gather":
                from preprocess.shards import gather

                gather([train, valid, test], self.vocabulary(unit), train.parent / "manifest.json")

    def run_all(self, unit: str) -> None:
        """Run the stages from clean text to shards, one after another."""
        for stage in TO_SHARDS:
            self.run(stage, unit)

    def _settings(self, stage: str, unit: str) -> dict[str, Any]:
        if stage in ("encode", "gather"):
            return {}  # the vocabulary has the unit's settings
        settings: dict[str, Any] = json.loads(self.configuration.settings_of(stage, unit or CORPUS))
        return settings


def unit_names() -> list[str]:
    """Return the units of config.yaml."""
    return list(_config()["units"])


def _config() -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    return config


def _source(texts: Sequence[Path]) -> dict[str, list[str]]:
    return {"files": [glob.escape(str(text)) for text in texts]}
