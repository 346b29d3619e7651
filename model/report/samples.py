"""Samples on the page: tabs by temperature, copies marked, and what the texts are worth."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from model.report import words
from model.report.runs import Run
from model.report.words import Words

EXCERPT_CHARACTERS = 220
EXCERPT_LINES = 9
NAME_CHARACTERS = 120
MOST_COPIES = 40  # listed beneath a sample
FAR_FROM_HUMAN = 0.1  # difference of shares that is worth a word
LONG_COPY = 50  # characters: longer ones are hardly chance

MEASURES = {  # of samples.json, in the order shown: words and the filter that writes it
    "longest_copy": (Words("가장 긴 베낀 대목 (글자)", "Longest copy (characters)"), "whole"),
    "copied_12": (Words("12글자 이상 베낀 글자", "Characters in copies of 12 or more"), "share"),
    "copied_20": (Words("20글자 이상 베낀 글자", "Characters in copies of 20 or more"), "share"),
    "copied_40": (Words("40글자 이상 베낀 글자", "Characters in copies of 40 or more"), "share"),
    "lines_in_train_share": (Words("학습 글에 그대로 있는 줄", "Lines verbatim in train"), "share"),
    "duplicate_lines_share": (Words("되풀이한 줄", "Duplicate lines"), "share"),
    "loops": (Words("맴도는 글", "Texts that loop"), "whole"),
    "eojeol_in_train_share": (Words("학습 글에 있는 어절", "Eojeol known to train"), "share"),
    "distinct_1": (Words("서로 다른 어절", "distinct-1 (eojeol)"), "share"),
    "distinct_2": (Words("서로 다른 두 어절", "distinct-2"), "share"),
    "distinct_3": (Words("서로 다른 세 어절", "distinct-3"), "share"),
    "compression_ratio": (Words("압축률", "Compression ratio"), "bits"),
    "line_length_mean": (Words("줄의 길이, 평균 (글자)", "Line length, mean (characters)"), "rate"),
    "line_length_median": (Words("줄의 길이, 가운데 값", "Line length, median"), "rate"),
    "broken_syllables": (Words("깨진 음절", "Broken syllables"), "whole"),
    "characters": (Words("잰 글자", "Characters measured"), "whole"),
}

Json = Mapping[str, Any]


def samples_view(run: Run, characters: int) -> dict[str, Any] | None:
    """
    Gather the samples of a run by temperature, as far as they fit into so many characters.

    Returns:
        `tabs`: `temperature`, `samples`, how many are `left_out` of each; `seed`; `worth`, see
        `worth_view`. None for a run without samples.
    """
    if not run.samples.get("samples"):
        return None
    settings = run.samples.get("settings", {})
    groups = _by_temperature(run.samples)
    return {
        "tabs": [
            {"temperature": temperature, **_tab(samples, characters // len(groups))}
            for temperature, samples in groups.items()
        ],
        "seed": settings.get("seed"),
        "worth": worth_view(run.samples),
    }


def excerpt(run: Run) -> dict[str, Any] | None:
    """Return `text`, the first lines of the first sample, and its `temperature`; None if none."""
    for temperature, samples in _by_temperature(run.samples).items():
        written = [text for sample in samples if (text := sample["text"].strip())]
        if written:
            lines = words.cut(written[0], EXCERPT_CHARACTERS).split("\n")
            text = "\n".join(lines[:EXCERPT_LINES])
            return {"text": text, "whole": text == written[0], "temperature": temperature}
    return None


def _by_temperature(told: Json) -> dict[Any, list[Json]]:
    """Part samples by temperature, in the order of the settings."""
    settings = told.get("settings", {})
    groups: dict[Any, list[Json]] = {t: [] for t in settings.get("temperatures", ())}
    for sample in told.get("samples", ()):
        temperature = sample.get("settings", {}).get("temperature", settings.get("temperature"))
        groups.setdefault(temperature, []).append(sample)
    return {temperature: samples for temperature, samples in groups.items() if samples}


def _tab(samples: Sequence[Json], characters: int) -> dict[str, Any]:
    """Return as many samples as fit, one at least, and how many are left out."""
    shown: list[dict[str, Any]] = []
    for sample in samples:
        text = words.cut(sample["text"], characters)
        if shown and len(text) > characters:
            break
        characters = max(0, characters - len(text))
        shown.append(_sample(sample, text))
    return {"samples": shown, "left_out": len(samples) - len(shown)}


def _sample(sample: Json, text: str) -> dict[str, Any]:
    prompt = sample.get("prompt", "")
    copies = [copy for copy in sample.get("copies", ()) if copy["start"] < len(text)]
    copies = sorted(copies, key=lambda copy: copy["start"])[:MOST_COPIES]
    return {
        "pieces": list(_pieces(text, len(prompt) if text.startswith(prompt) else 0, copies)),
        "copies": [
            {
                "document_id": words.cut(str(copy.get("document_id", "")), NAME_CHARACTERS),
                "characters": copy["end"] - copy["start"],
            }
            for copy in copies
        ],
        "score": sample.get("score"),
        "novelty": sample.get("novelty", {}),
    }


def _pieces(text: str, told: int, copies: Sequence[Json]) -> Iterator[dict[str, Any]]:
    """
    Part a text where its prompt ends, and where copies begin and end.

    Yields:
        `text`; `told`, whether it is of the prompt; `number` of the copy that it is of, from 1
        on, or None; `ends`, whether that copy ends with it.
    """
    ends = [min(copy["end"], len(text)) for copy in copies]
    borders = {0, told, len(text), *ends, *(copy["start"] for copy in copies)}
    for begin, end in pairwise(sorted(borders)):
        copy = next((n for n, copy in enumerate(copies) if copy["start"] <= begin < ends[n]), None)
        yield {
            "text": text[begin:end],
            "told": begin < told,
            "number": None if copy is None else copy + 1,
            "ends": copy is not None and end == ends[copy],
        }


def worth_view(told: Json) -> dict[str, Any] | None:
    """
    Set what samples are worth beside human text; None where it was not measured.

    Returns:
        `columns`: the human text (None) and the temperatures; `rows`: `words`, `filter` and
        `values` of each measure that was taken; `verdict` on the first temperature.
    """
    worth = told.get("worth") or []
    if not worth:
        return None
    columns = [told.get("human") or {}, *worth]
    return {
        "columns": [None, *(column.get("temperature") for column in worth)],
        "rows": [
            {"words": said, "filter": written, "values": [column.get(name) for column in columns]}
            for name, (said, written) in MEASURES.items()
            if any(column.get(name) is not None for column in columns)
        ],
        "verdict": worth_verdict(worth[0], columns[0]),
    }


def worth_verdict(worth: Json, human: Json) -> Words | None:
    """
    Say how much samples copy, beside what human text has in common with train.

        >>> worth_verdict({"copied_12": 0.3, "longest_copy": 61}, {"copied_12": 0.02}).en
        '30.0% of the characters are in passages of 12 or more that stand in train (human text: \
2.0%); the longest copy has 61 characters. That is much more than chance: these samples copy.'
    """
    copied, longest = worth.get("copied_12"), worth.get("longest_copy")
    if copied is None or longest is None:
        return None
    of_human = human.get("copied_12")
    beside = Words("", "")
    if of_human is not None:
        shown = words.percent(of_human)
        beside = Words(f" (사람이 쓴 글: {shown})", f" (human text: {shown})")
    ko = (
        f"글자의 {words.percent(copied)}가 학습 글에도 있는 12글자 이상의 대목에 들어 있다"
        f"{beside.ko}. 가장 길게 베낀 것은 {longest}글자이다."
    )
    en = (
        f"{words.percent(copied)} of the characters are in passages of 12 or more that stand in "
        f"train{beside.en}; the longest copy has {longest} characters."
    )
    if copied - (of_human or 0) > FAR_FROM_HUMAN or longest >= LONG_COPY:
        ko += " 우연으로 보기에는 많다. 이 표본은 베낀다."
        en += " That is much more than chance: these samples copy."
    return Words(ko, en)
