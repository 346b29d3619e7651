"""
What a schema cannot say of a configuration: names, what they refer to, sources, splits.

The checks take what has the right form and pass over what has not, which the schema reports; so
all that is wrong is found at once.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from preprocess.names import NAME_RE, RESERVED
from workflow.auto import AUTO, auto_problems
from workflow.entries import Settings, entries_of, merge, runs_of
from workflow.initial import initial_problems
from workflow.samples import sample_problems
from workflow.schema import did_you_mean
from workflow.settings import CLEAN_KEYS, FORMAT_KEYS, METHOD_KEYS, keys_without_effect
from workflow.sources import source_problems
from workflow.units import unit_problems

MAX_NAME_BYTES = 200  # file systems allow 255; suffixes are added
REFERENCES = {"corpus": "corpora", "unit": "units", "preset": "presets"}


def problems_of(config: Settings) -> Iterator[str]:
    """Yield what is wrong with `config`, one sentence each, with the key it is about."""
    yield from _names(config)
    yield from _references(config)
    yield from _targets(config)
    yield from unit_problems(config)
    yield from initial_problems(config)
    yield from sample_problems(config)
    yield from auto_problems(config)
    defaults = entries_of(config, "defaults").get("corpus", {})
    for name, entry in entries_of(config, "corpora").items():
        yield from source_problems(f"corpora.{name}.source", entry.get("source"))
        merged = merge(defaults, entry)
        yield from _unused(f"corpora.{name}", entry, merged)
        yield from _duplicate_lines(f"corpora.{name}", merged)
        yield from _encoding(f"corpora.{name}.encoding", merged.get("encoding"))
        yield from _split(name, merged)


def _names(config: Settings) -> Iterator[str]:
    """Say which names cannot be file names, and which would be the same file."""
    for section in ("corpora", "units", "presets"):
        named = [(f"{section}.{name}", name) for name in entries_of(config, section)]
        yield from (p for where, name in named for p in _name(where, name))
        yield from _clashes(named)
    named = [(where, name) for where, name, _ in runs_of(config)]
    for where, name in named:
        yield from _name(where, name)
        if name.casefold() in RESERVED:
            yield f"{where}: results/{name} has another use; take another name"
    # A target may be a run or a matrix, so they share their names.
    matrices = [(f"matrices.{name}", name) for name in entries_of(config, "matrices")]
    yield from (p for where, name in matrices for p in _name(where, name))
    yield from _clashes(named + matrices)


def _name(where: str, name: str) -> Iterator[str]:
    composed = unicodedata.normalize("NFC", name)
    size = len(name.encode("utf-8", "surrogatepass"))
    if composed != name:
        yield f"{where}: the name is spelt in decomposed letters (NFD); write it as {composed!r}"
    elif not NAME_RE.fullmatch(name):
        yield (
            f"{where}: {name!r} is not a name: it may have letters, digits and _, "
            "and after the first of them also . and -"
        )
    if size > MAX_NAME_BYTES:
        yield f"{where}: the name has {size} bytes; {MAX_NAME_BYTES} is the most"


def _clashes(named: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Say which names would share a file: macOS and Windows take `Ballad` and `ballad` for one."""
    first: dict[str, str] = {}
    for where, name in named:
        other = first.setdefault(unicodedata.normalize("NFC", name).casefold(), where)
        if other is not where:
            yield f"{where}: clashes with {other}; give one of them another name"


def _references(config: Settings) -> Iterator[str]:
    """Say which corpora, units and presets are named that are not there."""
    referring = [("defaults.run", entries_of(config, "defaults").get("run", {}))]
    for section in ("runs", "matrices"):
        referring += [(f"{section}.{k}", v) for k, v in entries_of(config, section).items()]
    for where, entry in referring:
        for key, section in REFERENCES.items():
            names, known = entry.get(key), [*entries_of(config, section)]
            known += [AUTO] if key == "preset" else []
            for name in names if isinstance(names, list) else [names]:
                if isinstance(name, str) and name not in known:
                    hint = did_you_mean(name, known)
                    yield f"{where}.{key}: there is no {name!r} in {section}; {hint}"


def _targets(config: Settings) -> Iterator[str]:
    targets = config.get("targets")
    named = [*entries_of(config, "runs"), *entries_of(config, "matrices")]
    known = dict.fromkeys(named + [name for _, name, _ in runs_of(config)])
    for target in targets if isinstance(targets, list) else []:
        if isinstance(target, str) and target not in known:
            yield f"targets: there is no run or matrix {target!r}; {did_you_mean(target, known)}"


def _unused(where: str, entry: Settings, merged: Settings) -> Iterator[str]:
    """Say which keys of an entry, not those of the defaults, nothing uses with its others."""
    if "download" in entry and "files" in _below(entry, "source"):
        yield f"{where}.download: has no effect with files, which are not fetched; take it out"
    form, method = merged.get("format"), _below(merged, "split").get("method")
    yield from keys_without_effect(where, entry, "format", form, FORMAT_KEYS)
    yield from keys_without_effect(
        f"{where}.clean", _below(entry, "clean"), "format", form, CLEAN_KEYS
    )
    yield from keys_without_effect(
        f"{where}.split", _below(entry, "split"), "method", method, METHOD_KEYS
    )


def _below(entry: Settings, key: str) -> Settings:
    below = entry.get(key)
    return below if isinstance(below, Mapping) else {}


def _duplicate_lines(where: str, entry: Settings) -> Iterator[str]:
    parts = entry.get("parts")
    dropped = _below(entry, "clean").get("duplicate_lines") == "drop"
    if dropped and isinstance(parts, int) and parts > 1:
        yield (
            f"{where}.clean.duplicate_lines: drop needs the text in one part, and parts is "
            f"{parts}; set parts: 1, or duplicate_lines: keep"
        )


def _encoding(where: str, name: object) -> Iterator[str]:
    if not isinstance(name, str) or name == "auto":
        return
    try:
        b" ".decode(name, "ignore")  # finds out what is no encoding of text, such as base64
    except (LookupError, ValueError):
        yield f"{where}: {name!r} is none that Python knows; try auto, utf-8, cp949 or utf-16"


def _split(corpus: str, entry: Settings) -> Iterator[str]:
    where, split, parts = f"corpora.{corpus}", entry.get("split"), entry.get("parts")
    if not isinstance(split, dict):
        return
    valid, test = split.get("valid"), split.get("test")
    if isinstance(valid, int | float) and isinstance(test, int | float) and valid + test >= 1:
        yield f"{where}.split: valid {valid} and test {test} leave nothing to train on"
    if split.get("method") == "position" and isinstance(parts, int) and parts > 1:
        yield (
            f"{where}.split.method: position needs the text in one part, and parts is {parts}; "
            "set parts: 1, or method: hash"
        )
