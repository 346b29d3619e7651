"""
The model card: what a model is, how good it is, what it repeats, and what made it.

It begins with metadata as the Hugging Face Hub reads them
(https://github.com/huggingface/hub-docs/blob/main/modelcard.md); the rest is for people.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
import yaml

from model.by_heart import LONG_COPY
from model.export.markdown import fenced, plain
from model.export.memorised import longest_copy

TEMPLATES = Path(__file__).parent / "templates"
SAMPLES = 3  # shown, of the run's main temperature
# Licences that the Hub knows by name; any other is "other", with a name of its own.
LICENCES = re.compile(
    r"apache-2\.0|mit|cc0-1\.0|gpl-[23]\.0|agpl-3\.0|cc-by(-nc)?(-sa|-nd)?-[234]\.0|cc-by-2\.5"
)
METRICS = {
    "bits_per_byte": "bits per byte",
    "bits_per_character": "bits per character",
}
# Rows of evaluation.json: what they are, and what they are to the network.
ROWS = {
    "rnn": ("this network", ""),
    "ngram": ("n-gram, interpolated modified Kneser-Ney", "floor"),
    "xz": ("compressor xz", "floor"),
    "ppmd": ("compressor ppmd", "floor"),
    "mixture": ("network and n-grams, mixed", "ceiling"),
    "dynamic": ("the mixture, learning on as it reads", "ceiling"),
}
# What samples are worth, as in samples.json.
WORTH = {
    "longest_copy": "longest passage that stands in train, in characters",
    "copied_12": "characters in such passages of 12 and more",
    "copied_40": "characters in such passages of 40 and more",
    "lines_in_train_share": "lines that are lines of train",
    "duplicate_lines_share": "lines that stand in the same text before",
    "eojeol_in_train_share": "eojeol that train has, too",
}

Json = Mapping[str, Any]


class Facts(NamedTuple):
    """
    What a card tells.

    Attributes:
        corpus: `name`, `about`, `language`, `licence`, `source` of the corpus.
        config: the model's config.json.
        evaluation, samples, record: evaluation.json, samples.json, run.json of the run.
        sizes: of each split: `bytes`, `characters`, `documents`.
        unit: settings of the vocabulary's unit.
        vocabulary_size: tokens.
        states: names of the step's state.
        digests: SHA-256 by what they are of.
        versions: by package.
    """

    corpus: Json
    config: Json
    evaluation: Json
    samples: Json
    record: Json
    sizes: Json
    unit: Json
    vocabulary_size: int
    states: Sequence[str]
    digests: Mapping[str, str]
    versions: Mapping[str, str]


def card(facts: Facts) -> str:
    """Return the model card, in Markdown; equal facts give equal text."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES, encoding="utf-8"),
        autoescape=False,  # Markdown: the filters below keep texts from being marks
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"plain": plain, "fenced": fenced, "yaml": _yaml}
    shown = [row for row in facts.samples["samples"] if _is_main(row, facts.samples)]
    return environment.get_template("card.md").render(
        facts._asdict(),
        metadata=_yaml(_metadata(facts)),
        rows=_rows(facts.evaluation["models"]),
        shown=shown[:SAMPLES],
        copy=longest_copy(facts.samples),
        warn_above=LONG_COPY,
        worth=_worth(facts.samples),
        made_of=_made_of(facts),
    )


def _metadata(facts: Facts) -> dict[str, Any]:
    """Return the metadata of the card: https://huggingface.co/docs/hub/model-cards."""
    config, corpus = facts.config, facts.corpus
    tags = ["onnx", "character-level", config["model"]["cell"], facts.unit["kind"], "geulteul"]
    metadata: dict[str, Any] = {"language": corpus["language"], **_licence(corpus["licence"])}
    metadata |= {"library_name": "onnx", "pipeline_tag": "text-generation"}
    metadata["tags"] = list(dict.fromkeys(tags))
    measured = facts.evaluation["models"].get("rnn")
    if measured:
        metrics = [
            {"type": key, "name": name, "value": round(measured[key], 4)}
            for key, name in METRICS.items()
        ]
        result = {
            "task": {"type": "text-generation"},
            "dataset": {"name": corpus["name"], "type": corpus["name"], "split": "test"},
            "metrics": metrics,
        }
        metadata["metrics"] = list(METRICS)
        metadata["model-index"] = [{"name": config["run"], "results": [result]}]
    return metadata


def _licence(licence: str | None) -> dict[str, str]:
    """
    Name a licence as the Hub does.

    >>> _licence("CC BY-SA 3.0"), _licence("MIT (the package)")
    ({'license': 'cc-by-sa-3.0'}, {'license': 'other', 'license_name': 'mit-the-package'})
    """
    if licence is None:
        return {"license": "unknown"}
    slug = "-".join(re.findall(r"[a-z0-9.]+", licence.lower()))
    if LICENCES.fullmatch(slug):
        return {"license": slug}
    return {"license": "other", "license_name": slug or "other"}


def _made_of(facts: Facts) -> Json:
    """Return the settings that the model came of."""
    trained = {key: facts.record.get(key) for key in ("run", "init_from", "model", "train")}
    return {"corpus": {"source": facts.corpus["source"]}, "unit": dict(facts.unit), **trained}


def _rows(models: Mapping[str, Json]) -> list[dict[str, Any]]:
    """Return the rows that were measured, from the best on, each named."""
    measured = [(name, row) for name, row in models.items() if row["bits_per_byte"] is not None]
    return [
        {**row, "name": ROWS.get(name, (name, ""))[0], "role": ROWS.get(name, (name, ""))[1]}
        for name, row in sorted(measured, key=lambda item: (item[1]["bits_per_byte"], item[0]))
    ]


def _is_main(sample: Json, samples: Json) -> bool:
    """Whether a sample was drawn at the run's main temperature, which comes first."""
    first = samples["samples"][0]["settings"]["temperature"]
    return bool(sample["settings"]["temperature"] == first)


def _worth(samples: Json) -> list[list[str]]:
    """Return the table of what samples are worth: a header, then a row for each measure."""
    drawn, human = samples["worth"], samples["human"]
    header = ["", *(f"temperature {row['temperature']:g}" for row in drawn), "human text"]
    rows = [
        [name, *(_number(key, row.get(key)) for row in (*drawn, human))]
        for key, name in WORTH.items()
    ]
    return [header, *rows]


def _number(measure: str, value: float | None) -> str:
    """Write a measure: a number of characters, or a share of 0..1 in percent."""
    if value is None:
        return "–"
    return f"{value:,}" if measure == "longest_copy" else f"{100 * value:.1f}%"


def _yaml(value: object) -> str:
    dumped: str = yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=1000)
    return dumped
