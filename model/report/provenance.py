"""Where a model comes from: what made it, on what machine, in what time, from which bytes."""

from collections.abc import Iterator, Mapping
from typing import Any

from model.report import words
from model.report.runs import Run
from model.report.words import Words

VALUE_CHARACTERS = 300  # of one value of a record
DIGEST_CHARACTERS = 12

ENDED = {
    "epochs": Words("모든 에폭을 마쳤다", "all epochs done"),
    "patience": Words("valid가 더 나아지지 않았다", "valid got no better"),
}

Json = Mapping[str, Any]


def provenance_view(run: Run, characters: int) -> dict[str, Any] | None:
    """
    Gather what run.json tells; None where it is missing.

    Returns:
        `facts`: (words, value) of what people ask for, a value being a text or Words; `rows`:
        (path, value) of everything, as far as it fits into so many characters; `cut`, whether
        it does not.
    """
    if not run.record:
        return None
    rows, cut = _within(_flat(run.record), characters)
    return {"facts": list(_facts(run.record)), "rows": rows, "cut": cut}


def _facts(record: Json) -> Iterator[tuple[Words, str | Words]]:
    """Yield the facts that are known; a record of another shape tells fewer."""
    machine = _mapping(record, "machine")
    if record.get("device"):
        hardware = machine.get("gpu") or machine.get("processor") or ""
        device = " · ".join(str(part) for part in (record["device"], hardware) if part)
        yield Words("장치", "Device"), device
    if _is_number(machine.get("cores")):
        memory = words.size(machine.get("memory_bytes"))
        threads = record.get("threads", "–")
        yield (
            Words("기계", "Machine"),
            Words(
                f"코어 {machine['cores']}개 (스레드 {threads}개), 메모리 {memory}",
                f"{machine['cores']} cores ({threads} threads), {memory} of memory",
            ),
        )
    if _is_number(record.get("seconds")):
        yield Words("학습 시간", "Training"), words.duration(record["seconds"])
    if _is_number(record.get("tokens_per_second")):
        yield Words("초당 토큰", "Tokens per second"), words.whole(record["tokens_per_second"])
    for kind, peak in _mapping(record, "peak_memory_bytes").items():
        if _is_number(peak):
            name = kind.upper()
            yield Words(f"최대 메모리 ({name})", f"Peak memory ({name})"), words.size(peak)
    if _is_number(record.get("steps")):
        steps = words.whole(record["steps"])
        best = words.whole(record["best_step"]) if _is_number(record.get("best_step")) else "–"
        yield (
            Words("걸음", "Steps"),
            Words(f"{steps}, 그 가운데 {best}의 것을 지켰다", f"{steps}; that of {best} is kept"),
        )
    if record.get("ended_by") in ENDED:
        yield Words("끝난 까닭", "Ended by"), ENDED[record["ended_by"]]
    if record.get("init_from"):
        yield Words("시작한 모델", "Begins with"), str(record["init_from"])
    if "seed" in record:
        yield Words("시드", "Seed"), str(record["seed"])
    versions = _mapping(record, "versions")
    if versions:
        told = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
        yield Words("판", "Versions"), words.cut(told, VALUE_CHARACTERS)
    digests = {"code": record.get("code"), **_mapping(record, "inputs_sha256")}
    known = [f"{name} {str(value)[:DIGEST_CHARACTERS]}" for name, value in digests.items() if value]
    if known:
        yield Words("SHA-256", "SHA-256"), words.cut(", ".join(known), VALUE_CHARACTERS)


def _mapping(record: Json, key: str) -> Json:
    value = record.get(key)
    return value if isinstance(value, Mapping) else {}


def _is_number(value: Any) -> bool:  # noqa: ANN401 (JSON)
    return isinstance(value, int | float) and not isinstance(value, bool)


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 (JSON)
    """Yield the leaves of a JSON value, each with its path."""
    if isinstance(value, dict):
        for key in sorted(value):
            yield from _flat(value[key], f"{path}.{key}" if path else key)
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        for number, item in enumerate(value):
            yield from _flat(item, f"{path}[{number}]")
    else:
        told = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        yield path, words.cut("–" if value in (None, []) else told, VALUE_CHARACTERS)


def _within(rows: Iterator[tuple[str, str]], characters: int) -> tuple[list[tuple[str, str]], bool]:
    """Return the rows that fit, and whether some did not."""
    kept: list[tuple[str, str]] = []
    for row in rows:
        characters -= sum(map(len, row))
        if characters < 0:
            return kept, True
        kept.append(row)
    return kept, False
