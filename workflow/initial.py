"""What a schema cannot say of `init_from`: which run may begin with the model of which other."""

from collections.abc import Iterator, Mapping

from workflow.entries import Settings, entries_of, merged_run, runs_of
from workflow.schema import did_you_mean

OF_UNIT = ("kind", "over")  # of both units; `over` has a meaning in kind subword only
OF_MODEL = ("cell", "layers", "hidden", "embedding", "tie")  # what the shapes of weights come from


def initial_problems(config: Settings) -> Iterator[str]:
    """Yield what is wrong with `init_from`, one sentence each, with the key it is about."""
    entries = {name: (where, entry) for where, name, entry in runs_of(config)}
    runs = {name: merged_run(config, entry) for name, (_, entry) in entries.items()}
    for name, run in runs.items():
        where, other = f"{entries[name][0]}.init_from", run.get("init_from")
        if not isinstance(other, str):
            continue
        if other not in runs:
            yield f"{where}: there is no {other!r} in runs; {did_you_mean(other, runs)}"
            continue
        for what, own, others in _pairs(config, run, runs[other]):
            if own != others:
                yield (
                    f"{where}: {other} has {what}: {others}, and this run {what}: {own}; a run "
                    f"can begin with a model of the same {what} only"
                )
    yield from _circles({name: run.get("init_from") for name, run in runs.items()}, entries)


def _pairs(
    config: Settings, run: Settings, other: Settings
) -> Iterator[tuple[str, object, object]]:
    """Yield what has to be equal: its key, and the values of both runs."""
    units = entries_of(config, "units")
    own, others = (units.get(str(one.get("unit")), {}) for one in (run, other))
    keys = OF_UNIT if own.get("kind") == "subword" else OF_UNIT[:1]
    defaults = entries_of(config, "defaults").get("unit", {})
    for key in keys:
        yield key, own.get(key, defaults.get(key)), others.get(key, defaults.get(key))
    if "auto" in (run.get("preset"), other.get("preset")):
        return  # the trainer chooses, and compares
    models = [one.get("model") for one in (run, other)]
    own, others = (model if isinstance(model, Mapping) else {} for model in models)
    for key in OF_MODEL:
        yield f"model.{key}", own.get(key), others.get(key)


def _circles(
    begun: Mapping[str, object], entries: Mapping[str, tuple[str, Settings]]
) -> Iterator[str]:
    """Say which runs begin with one another's models in a circle, each circle once."""
    found: set[str] = set()
    for start in begun:
        way = [start]
        while (other := begun[way[-1]]) in begun and other not in way:
            way.append(str(other))
        if other == start and start not in found:
            found.update(way)
            yield (
                f"{entries[start][0]}.init_from: goes round in a circle: "
                f"{' -> '.join([*way, start])}; begin with a run that begins with no other's model"
            )
