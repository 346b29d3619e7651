"""What a schema cannot say of units: what has no effect, and which vocabulary may extend which."""

from collections.abc import Iterator, Mapping

from workflow.entries import Settings, entries_of, merge
from workflow.schema import did_you_mean
from workflow.settings import KIND_KEYS, keys_without_effect

# `extends` is no setting of a stage: the vocabulary it names is an input.
KEYS = {kind: (*keys, "extends") if keys else () for kind, keys in KIND_KEYS.items()}
SAME = ("kind", "method", "over")  # of a vocabulary and of the one that it extends


def unit_problems(config: Settings) -> Iterator[str]:
    """Yield what is wrong with the units, one sentence each, with the key it is about."""
    defaults = entries_of(config, "defaults").get("unit", {})
    entries = entries_of(config, "units")
    units = {name: merge(defaults, entry) for name, entry in entries.items()}
    for name, unit in units.items():
        where = f"units.{name}"
        yield from keys_without_effect(where, entries[name], "kind", unit.get("kind"), KEYS)
        if unit.get("kind") == "subword" and unit.get("max_size") is None:
            yield (
                f"{where}.max_size: is null, and pieces are learnt up to a size; set one, such as "
                "max_size: 8000"
            )
        yield from _extended(f"{where}.extends", unit, units, entries_of(config, "corpora"))
    yield from _circles(units)


def _extended(
    where: str, unit: Settings, units: Mapping[str, Settings], corpora: Mapping[str, Settings]
) -> Iterator[str]:
    """Say why there is no vocabulary that this unit can extend by the name that it gives."""
    if (named := _names(unit)) is None:
        return
    for name, section, known in zip(named, ("corpora", "units"), (corpora, units), strict=True):
        if name not in known:
            yield f"{where}: there is no {name!r} in {section}; {did_you_mean(name, known)}"
    other = units.get(named[1], unit)
    keys = SAME if unit.get("kind") == "subword" else SAME[:1]
    differing = [key for key in keys if unit.get(key) != other.get(key)]
    if differing:
        key = differing[0]
        yield (
            f"{where}: {'/'.join(named)} has {key}: {other.get(key)}, and this unit {key}: "
            f"{unit.get(key)}; a vocabulary can extend one of the same {key} only"
        )


def _circles(units: Mapping[str, Settings]) -> Iterator[str]:
    """Say which units extend one another in a circle, each circle once."""
    found: set[str] = set()
    for start in units:
        way = [start]
        while (named := _names(units[way[-1]])) and named[1] in units and named[1] not in way:
            way.append(named[1])
        if named and named[1] == start and start not in found:
            found.update(way)
            yield (
                f"units.{start}.extends: goes round in a circle: {' -> '.join([*way, start])}; "
                "begin with a unit that extends none"
            )


def _names(unit: Settings) -> tuple[str, str] | None:
    """Return the corpus and the unit of the vocabulary that a unit extends, if any."""
    extends = unit.get("extends")
    if not isinstance(extends, str) or extends.count("/") != 1:
        return None
    corpus, name = extends.split("/")
    return corpus, name
