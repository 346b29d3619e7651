"""Two runs beside each other: the numbers that compare, and the settings that differ."""

from collections.abc import Iterator, Mapping
from typing import Any

CLOSE = 0.01  # bits per byte; a smaller difference may be chance
ROWS = ("rnn", "ngram", "mixture", "dynamic", "xz", "ppmd")
# What a model's config.json says of itself, not of how it was made, and a sentence on its settings.
OWN = ("format", "run", "vocabulary_sha256", "preset.why")

Json = Mapping[str, Any]
Pair = tuple[Any, Any]


def why_incomparable(first: Json, second: Json) -> str | None:
    """
    Say in words why the numbers of two runs do not compare; None where they do.

    Args:
        first: evaluation.json of a run.
        second: of the other.
    """
    for evaluation in (first, second):
        if not evaluation["models"]:
            return f"{evaluation['run']} has no numbers: {evaluation['skipped']}"
    if first["text_sha256"] != second["text_sha256"]:
        digests = " and ".join(one["text_sha256"][:12] for one in (first, second))
        return (
            f"their test texts differ (sha256 {digests}), so their numbers cannot be compared: "
            "another corpus, split or cleaning makes another text"
        )
    return None


def test_numbers(first: Json, second: Json) -> dict[str, Pair]:
    """Return bits per byte of both by row of evaluation.json; None where a run has no such row."""
    rows: dict[str, Pair] = {}
    for name in ROWS:
        pair = _pair(name, *({name: _bits(one["models"].get(name))} for one in (first, second)))
        if any(value is not None for value in pair):
            rows[name] = pair
    seldom = [one["unseen_lines"].get("bits_per_byte", {}) for one in (first, second)]
    if all("rnn" in row for row in seldom):
        rows["rnn, unseen lines"] = _pair("rnn", *seldom)
    return rows


def differing_settings(first: Json, second: Json) -> dict[str, Pair]:
    """
    Return the settings of two models that differ, by key; None for what one does not have.

    >>> differing_settings({"unit": "jamo", "model": {"layers": 1, "tie": True}},
    ...                    {"unit": "byte", "model": {"layers": 1}})
    {'unit': ('jamo', 'byte'), 'model.tie': (True, None)}
    """
    flat = [dict(_flat(config)) for config in (first, second)]
    keys = [key for key in dict.fromkeys([*flat[0], *flat[1]]) if key not in OWN]
    pairs = {key: _pair(key, *flat) for key in keys}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


def _bits(row: Json | None) -> float | None:
    return None if row is None else row.get("bits_per_byte")


def _pair(key: str, first: Json, second: Json) -> Pair:
    return first.get(key), second.get(key)


def _flat(settings: Json, before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (key, value), keys inside keys joined by dots."""
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value
