"""The entries of the configuration as they are written: merged, and matrices spread into runs."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

AXES = ("corpus", "unit", "preset", "cell", "seed")  # of a matrix, in the order of the run's name
AXIS_SECTIONS = {"cell": "model", "seed": "train"}  # where in a run the values of these axes go

Settings = Mapping[str, Any]


def merge(*layers: Settings) -> dict[str, Any]:
    """
    Merge mappings, the later over the earlier; mappings in them merge, anything else replaces.

    >>> merge({"model": {"layers": 1, "hidden": 256}}, {"model": {"layers": 2}})
    {'model': {'layers': 2, 'hidden': 256}}
    """
    merged: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            if isinstance(value, Mapping):
                below = merged.get(key)
                merged[key] = merge(below if isinstance(below, Mapping) else {}, value)
            else:
                merged[key] = value
    return merged


def entries_of(config: Settings, section: str) -> dict[str, Settings]:
    """Return the entries of a section that are mappings; what is not is the schema's to report."""
    entries = config.get(section)
    if not isinstance(entries, Mapping):
        return {}
    return {k: v for k, v in entries.items() if isinstance(k, str) and isinstance(v, Mapping)}


def matrix_runs(name: str, matrix: Settings) -> dict[str, Settings]:
    """
    Return the runs that a matrix stands for; none where an axis is no list.

    >>> list(matrix_runs("units", {"corpus": ["ballad"], "unit": ["jamo", "byte"], "seed": [1]}))
    ['units-ballad-jamo-1', 'units-ballad-byte-1']
    """
    axes = [axis for axis in AXES if axis in matrix]
    if not all(isinstance(matrix[axis], list) for axis in axes):
        return {}
    shared = {key: value for key, value in matrix.items() if key not in AXES}
    return {
        "-".join([name, *map(str, values)]): merge(
            shared, *(_axis_entry(axis, value) for axis, value in zip(axes, values, strict=True))
        )
        for values in product(*(matrix[axis] for axis in axes))
    }


def runs_of(config: Settings) -> Iterator[tuple[str, str, Settings]]:
    """Yield every run, a matrix's too: its key path, its name, its own keys."""
    for name, entry in entries_of(config, "runs").items():
        yield f"runs.{name}", name, entry
    for matrix, axes in entries_of(config, "matrices").items():
        for name, entry in matrix_runs(matrix, axes).items():
            yield f"matrices.{matrix} (its run {name})", name, entry


def merged_run(config: Settings, entry: Settings) -> dict[str, Any]:
    """Return a run's own keys over those of its preset, over the defaults."""
    defaults = entries_of(config, "defaults").get("run", {})
    preset = entry.get("preset", defaults.get("preset"))
    return merge(defaults, entries_of(config, "presets").get(str(preset), {}), entry)


def _axis_entry(axis: str, value: object) -> Settings:
    section = AXIS_SECTIONS.get(axis)
    return {section: {axis: value}} if section else {axis: value}
