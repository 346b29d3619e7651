"""What is wrong with a configuration by its schema, in words, with the nearest right key."""

import difflib
import math
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

SCHEMA = Path(__file__).with_name("config.schema.yaml")
KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "text (in quotes)",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}
BOUNDS = {
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "above",
    "exclusiveMaximum": "below",
}


def schema_problems(config: Mapping[str, Any]) -> list[str]:
    """
    List what the schema has against `config`, one sentence each, in the order of the file.

    Beyond JSON Schema: keys must be text (YAML reads `2024:` as a number and `no:` as false),
    numbers finite, and whole numbers written as such (64, not 64.0).
    """
    unreadable = list(_wrong_keys(config, ()))
    if unreadable:  # the validator takes keys for text
        return unreadable
    errors = sorted(_validator().iter_errors(config), key=lambda e: [str(p) for p in e.path])
    worded = [words for error in errors for words in _words(error)]
    return list(dict.fromkeys([*_not_finite(config, ()), *worded]))


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """
    Say which of `words` is nearest to `word`, or, where none is near, list them all.

        >>> did_you_mean("lerning_rate", ["learning_rate", "batch"])
        "did you mean 'learning_rate'?"
        >>> did_you_mean("x", ["batch", "window"])
        'there are: batch, window'
    """
    words = list(words)
    nearest = difflib.get_close_matches(word, words, n=1, cutoff=0.5)
    if nearest:
        return f"did you mean {nearest[0]!r}?"
    return f"there are: {', '.join(words)}" if words else "there is none"


@cache
def _validator() -> Any:  # noqa: ANN401 (jsonschema's validators share no public type)
    def whole(_: object, value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool)

    checker = Draft202012Validator.TYPE_CHECKER.redefine("integer", whole)
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    kind = extend(Draft202012Validator, type_checker=checker)  # type: ignore[no-untyped-call]
    return kind(schema)


def _path(parts: Iterable[object]) -> str:
    return ".".join(map(str, parts)) or "config.yaml"


def _wrong_keys(value: object, path: tuple[object, ...]) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, below in value.items():
            if not isinstance(key, str):
                yield f"{_path(path)}: the key {key!r} is not text; put it in quotes"
            yield from _wrong_keys(below, (*path, key))


def _not_finite(value: object, path: tuple[object, ...]) -> Iterator[str]:
    if isinstance(value, float) and not math.isfinite(value):
        yield f"{_path(path)}: {value} is not a finite number"
    items: Iterable[tuple[object, object]] = ()
    if isinstance(value, Mapping):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, below in items:
        yield from _not_finite(below, (*path, key))


def _words(error: ValidationError) -> Iterator[str]:
    """Put one error of the validator into words: where, what, and what to do."""
    details: dict[str, Any] = vars(error)
    where, value = _path(error.path), details["instance"]
    rule, schema = details["validator_value"], details["schema"]
    match error.validator:
        case "additionalProperties":
            known = schema["properties"]
            yield from (_unknown_key(where, key, known) for key in value if key not in known)
        case "type":
            wanted = [rule] if isinstance(rule, str) else list(rule)
            right = " or ".join(KINDS[kind] for kind in wanted)
            yield f"{where}: {_short(value)} is not {right}{_type_hint(value, wanted)}"
        case "enum":
            listed = ", ".join(rule)
            hint = did_you_mean(str(value), rule) if isinstance(value, str) else ""
            hint = f"; {hint}" if hint.startswith("did") else ""
            yield f"{where}: {_short(value)} is not one of {listed}{hint}"
        case "required":
            yield from (f"{where}: the key {key!r} is missing" for key in rule if key not in value)
        case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" as bound:
            yield f"{where}: {value} must be {BOUNDS[bound]} {rule}"
        case "minItems" | "minLength":
            yield f"{where}: is empty"
        case "uniqueItems":
            yield f"{where}: {_short(value)} names something twice"
        case "pattern":
            yield f"{where}: {_short(value)} is not {schema['description']}"
        case _:  # "not": defaults.corpus.source
            yield f"{where}: has no default; it belongs to each entry"


def _unknown_key(where: str, key: str, known: Mapping[str, Any]) -> str:
    """Name the nearest right key; a key that belongs one level deeper is sent there."""
    for outer, schema in known.items():
        if isinstance(schema, Mapping) and key in _keys_of(schema):
            return f"{where}: unknown key {key!r}; it belongs under {outer!r}"
    return f"{where}: unknown key {key!r}; {did_you_mean(key, known)}"


def _keys_of(schema: Mapping[str, Any]) -> Iterable[str]:
    reference = schema.get("$ref", "")
    if reference:
        schema = _validator().schema["$defs"][reference.removeprefix("#/$defs/")]
    keys: Mapping[str, Any] = schema.get("properties", {})
    return keys


def _type_hint(value: object, wanted: list[str]) -> str:
    """Explain the two traps of YAML: `4e-3` is text, and a SHA-256 of digits is a number."""
    if isinstance(value, str) and "number" in wanted:
        try:
            return f"; write {float(value)}"
        except ValueError:
            return ""
    if "string" in wanted and isinstance(value, int) and not isinstance(value, bool):
        return f"; write '{value}'"
    if "array" in wanted and isinstance(value, str | int):
        return f"; write [{value}]"
    return ""


def _short(value: object) -> str:
    text = "null" if value is None else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
