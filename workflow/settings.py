"""Which values of the configuration each stage uses; so, what a changed value makes run again."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workflow.configuration import Configuration

# What `read` uses of a corpus depends on its format.
READ_KEYS = ("format", "parts", "max_document_bytes", "strict", "archive")
FORMAT_KEYS = {
    "text": ("document", "encoding"),
    "jsonl": ("encoding", "text_column", "title_column"),
    "tsv": ("encoding", "text_column", "title_column"),
    "parquet": ("text_column", "title_column"),
    "namuwiki": ("namespaces", "allow_truncated"),
}
# And what `split` uses, on its method.
METHOD_KEYS = {"hash": "near_duplicates", "position": "block_characters"}
Settings = dict[str, Any]


def _download(configuration: "Configuration", corpus: str) -> Settings:
    values = configuration.corpora[corpus]
    settings: Settings = {"source": values.source}
    if "files" not in values.source:
        settings["download"] = values.download
    return settings


def _read(configuration: "Configuration", corpus: str) -> Settings:
    values = configuration.corpora[corpus]
    return {key: getattr(values, key) for key in READ_KEYS + FORMAT_KEYS[values.format]}


def _clean(configuration: "Configuration", corpus: str) -> Settings:
    values = configuration.corpora[corpus]
    if values.format == "namuwiki":
        return dict(values.clean)
    return {key: value for key, value in values.clean.items() if key != "namumark"}


def _merge_cleaning(configuration: "Configuration", corpus: str) -> Settings:
    return {"language": configuration.corpora[corpus].language}


def _split(configuration: "Configuration", corpus: str) -> Settings:
    split = configuration.corpora[corpus].split
    unused = {key for method, key in METHOD_KEYS.items() if method != split["method"]}
    return {key: value for key, value in split.items() if key not in unused}


def _count(configuration: "Configuration", unit: str) -> Settings:
    return {"kind": configuration.units[unit].kind}


def _vocabulary(configuration: "Configuration", unit: str) -> Settings:
    values = configuration.units[unit]
    return {"kind": values.kind, "min_count": values.min_count, "max_size": values.max_size}


def _train(configuration: "Configuration", run: str) -> Settings:
    values = configuration.runs[run]
    # Threads reach the trainer as the rule claims them; more cores are no reason to train again.
    train = {key: value for key, value in values.train.items() if key != "threads"}
    return {
        "run": run,
        "corpus": values.corpus,
        "unit": values.unit,
        "model": values.model,
        "train": train,
    }


def _evaluate(configuration: "Configuration", run: str) -> Settings:
    values = configuration.runs[run]
    return {"run": run, "corpus": values.corpus, "unit": values.unit, **values.evaluate}


def _sample(configuration: "Configuration", run: str) -> Settings:
    return dict(configuration.runs[run].sample)


def _report(configuration: "Configuration", *runs: str) -> Settings:
    corpora = dict.fromkeys(configuration.runs[run].corpus for run in runs)
    described = {
        name: {
            "about": corpus.about,
            "language": corpus.language,
            "licence": corpus.licence,
            "source": corpus.source,
        }
        for name in corpora
        for corpus in [configuration.corpora[name]]
    }
    placed = {
        run: {"corpus": configuration.runs[run].corpus, "unit": configuration.runs[run].unit}
        for run in runs
    }
    return {"runs": placed, "corpora": described}


# A stage's name -> its settings, given what it works on: a corpus, a unit, or runs.
STAGES: dict[str, Callable[..., Settings]] = {
    "download": _download,
    "read": _read,
    "clean": _clean,
    "merge_cleaning": _merge_cleaning,
    "split": _split,
    "count": _count,
    "vocabulary": _vocabulary,
    "encode": _vocabulary,
    "train": _train,
    "evaluate": _evaluate,
    "sample": _sample,
    "report": _report,
}
