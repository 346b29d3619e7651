"""Which values of the configuration each stage uses; so, what a changed value makes run again."""

from collections.abc import Callable, Iterator, Mapping, Sequence
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
# And what `clean` uses; and `split`, on its method.
CLEAN_KEYS = {form: ("namumark",) if form == "namuwiki" else () for form in FORMAT_KEYS}
METHOD_KEYS = {"hash": ("near_duplicates",), "position": ("block_characters",)}
# And what a vocabulary is chosen by, on the unit's kind: bytes leave no choice.
CHOICE_KEYS = ("min_count", "max_size", "coverage")
KIND_KEYS: dict[str, tuple[str, ...]] = {
    "syllable": CHOICE_KEYS,
    "jamo": CHOICE_KEYS,
    "byte": (),
    "word": CHOICE_KEYS,
    "subword": (*CHOICE_KEYS, "method", "over"),
}
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
    return _used(values.clean, CLEAN_KEYS, values.format)


def _merge_cleaning(configuration: "Configuration", corpus: str) -> Settings:
    return {"language": configuration.corpora[corpus].language}


def _split(configuration: "Configuration", corpus: str) -> Settings:
    split = configuration.corpora[corpus].split
    return _used(split, METHOD_KEYS, split["method"])


def _count(configuration: "Configuration", unit: str) -> Settings:
    # Limits choose among what was counted, and pieces are cut from the same counts either way.
    return {"kind": configuration.units[unit].kind}


def _vocabulary(configuration: "Configuration", unit: str) -> Settings:
    values = configuration.units[unit]
    return {key: getattr(values, key) for key in ("kind", *KIND_KEYS[values.kind])}


def _train(configuration: "Configuration", run: str) -> Settings:
    values = configuration.runs[run]
    settings = {
        "run": run,
        "corpus": values.corpus,
        "unit": values.unit,
        "init_from": values.init_from,
    }
    if values.choices:
        choices = [{**choice, **_network(choice)} for choice in values.choices]
        return {**settings, "auto": {"minutes": values.minutes, "choices": choices}}
    return {**settings, **_network({"model": values.model, "train": values.train})}


def _network(values: Mapping[str, Any]) -> Settings:
    """Return `model` and `train` as the trainer takes them."""
    # Threads reach the trainer as the rule claims them; more cores are no reason to train again.
    train = {key: value for key, value in values["train"].items() if key != "threads"}
    return {"model": values["model"], "train": train}


def _evaluate(configuration: "Configuration", run: str) -> Settings:
    values = configuration.runs[run]
    return {"run": run, "corpus": values.corpus, "unit": values.unit, **values.evaluate}


def _sample(configuration: "Configuration", run: str) -> Settings:
    return dict(configuration.runs[run].sample)


def _export(configuration: "Configuration", run: str) -> Settings:
    corpus = configuration.runs[run].corpus
    return {"corpus": {"name": corpus, **_described(configuration, corpus)}}


def _report(configuration: "Configuration", *runs: str) -> Settings:
    corpora = dict.fromkeys(configuration.runs[run].corpus for run in runs)
    described = {name: _described(configuration, name) for name in corpora}
    placed = {
        run: {"corpus": configuration.runs[run].corpus, "unit": configuration.runs[run].unit}
        for run in runs
    }
    units = {
        name: {**_vocabulary(configuration, name), "extends": configuration.units[name].extends}
        for name in dict.fromkeys(configuration.runs[run].unit for run in runs)
    }
    matrices = {
        name: _axes(configuration, name)
        for name, matrix in configuration.matrices.items()
        if len(matrix.runs) > 1 and set(matrix.runs) <= set(runs)
    }
    return {"runs": placed, "units": units, "corpora": described, "matrices": matrices}


def _described(configuration: "Configuration", corpus: str) -> Settings:
    """Return what people are told of a corpus."""
    values = configuration.corpora[corpus]
    return {key: getattr(values, key) for key in ("about", "language", "licence", "source")}


def _matrix(configuration: "Configuration", matrix: str) -> Settings:
    return {"matrices": {matrix: _axes(configuration, matrix)}}


def _axes(configuration: "Configuration", matrix: str) -> Settings:
    """Return where each run of a matrix stands in it."""
    runs = ((name, configuration.runs[name]) for name in configuration.matrices[matrix].runs)
    return {
        name: {
            "corpus": run.corpus,
            "unit": run.unit,
            "preset": run.preset,
            "cell": run.model["cell"],
        }
        for name, run in runs
    }


# A stage's name -> its settings, given what it works on: a corpus, a unit, or runs.
STAGES: dict[str, Callable[..., Settings]] = {
    "download": _download,
    "read": _read,
    "clean": _clean,
    "merge_cleaning": _merge_cleaning,
    "split": _split,
    "count": _count,
    "vocabulary": _vocabulary,
    "train": _train,
    "evaluate": _evaluate,
    "sample": _sample,
    "export": _export,
    "report": _report,
    "matrix": _matrix,
}


def keys_without_effect(
    where: str,
    entry: Mapping[str, Any],
    choice: str,
    value: object,
    table: Mapping[str, Sequence[str]],
) -> Iterator[str]:
    """
    Say which keys of an entry nothing uses where its key `choice` has this value.

    Args:
        where: the key of the entry.
        entry: its own keys, not those of the defaults.
        choice: the key that decides what is used, such as `format`.
        value: what it is, by the entry or the defaults; one that is not in `table` is passed over.
        table: the keys that each value of `choice` uses.
    """
    if not isinstance(value, str) or value not in table:
        return
    for key in _all_keys(table):
        users = [other for other, keys in table.items() if key in keys]
        if key in entry and value not in users:
            yield (
                f"{where}.{key}: has no effect with {choice}: {value}; take it out, or set "
                f"{choice}: {' or '.join(users)}"
            )


def _used(values: Mapping[str, Any], table: Mapping[str, Sequence[str]], choice: str) -> Settings:
    """Return the values but for those that `table` has for other choices only."""
    unused = set(_all_keys(table)) - set(table[choice])
    return {key: value for key, value in values.items() if key not in unused}


def _all_keys(table: Mapping[str, Sequence[str]]) -> list[str]:
    return list(dict.fromkeys(key for keys in table.values() for key in keys))
