"""What it brought to begin with another model: such runs beside those that began with nothing."""

from collections.abc import Sequence
from typing import Any

from model.report.runs import Run
from model.report.words import TOO_CLOSE, Words, duration

SHAPE = ("cell", "layers", "hidden", "embedding", "tie")


def fine_tuning_view(runs: Sequence[Run]) -> dict[str, Any] | None:
    """
    Compare the runs of one text that began with another model with their like that did not.

    Like are networks of the same shape over the same kind of unit; None where no two runs are.

    Returns:
        `rows`: name, `init_from`, bits per byte, steps and seconds of each run, the best first;
        `verdicts`: a sentence for each run that began with another model.
    """
    begun = [run for run in runs if _is_measured(run) and run.record.get("init_from")]
    fresh = [run for run in runs if _is_measured(run) and not run.record.get("init_from")]
    pairs = [
        (run, min(like, key=_bits))
        for run in begun
        if (like := [other for other in fresh if _kind(other) == _kind(run)])
    ]
    if not pairs:
        return None
    kinds = [_kind(run) for run, _ in pairs]
    return {
        "rows": sorted(
            (_row(run) for run in begun + fresh if _kind(run) in kinds),
            key=lambda row: row["bits_per_byte"],
        ),
        "verdicts": [_verdict(run, other) for run, other in pairs],
    }


def _is_measured(run: Run) -> bool:
    return "rnn" in run.models and {"steps", "seconds"} <= run.record.keys()


def _bits(run: Run) -> float:
    bits: float = run.models["rnn"]["bits_per_byte"]
    return bits


def _kind(run: Run) -> list[Any]:
    """Return what two runs must share to be compared."""
    unit = run.unit_settings.get("kind", run.unit)
    return [unit, *(run.model_settings.get(key) for key in SHAPE)]


def _row(run: Run) -> dict[str, Any]:
    return {
        "name": run.name,
        "init_from": run.record.get("init_from"),
        "bits_per_byte": _bits(run),
        "steps": run.record["steps"],
        "seconds": run.record["seconds"],
    }


def _verdict(run: Run, other: Run) -> Words:
    """Say which of two is better, and what each took."""
    gap = abs(_bits(other) - _bits(run))
    took, others = duration(run.record["seconds"]), duration(other.record["seconds"])
    steps, other_steps = run.record["steps"], other.record["steps"]
    ko = (
        f"{run.record['init_from']}의 모델에서 시작한 {run.name}({steps}걸음, {took.ko})과 "
        f"처음부터 학습한 {other.name}({other_steps}걸음, {others.ko}): "
    )
    en = (
        f"{run.name}, which begins with the model of {run.record['init_from']} ({steps} steps, "
        f"{took.en}), and {other.name}, which begins with nothing ({other_steps} steps, "
        f"{others.en}): "
    )
    if gap < TOO_CLOSE:
        return Words(
            f"{ko}차이는 바이트당 {gap:.3f}비트로, 우열을 가릴 수 없다.",
            f"{en}{gap:.3f} bits per byte apart, too close to call.",
        )
    better = run if _bits(run) < _bits(other) else other
    return Words(
        f"{ko}{better.name} 쪽이 바이트당 {gap:.3f}비트 낫다.",
        f"{en}{better.name} is better by {gap:.3f} bits per byte.",
    )
