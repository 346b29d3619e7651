"""What samples are worth: what they copy and repeat, beside text that people wrote."""

from collections.abc import Mapping, Sequence
from typing import Any

from model.by_heart import LONG_COPY
from model.report import words
from model.report.words import Words

COPY_CHARACTERS = 200
NAME_CHARACTERS = 120
FAR_FROM_HUMAN = 0.1  # difference of shares of copied characters

MEASURES = {  # of samples.json, in the order shown: words, and the filter that writes it
    "longest_copy": (Words("가장 긴 베낀 대목 (글자)", "Longest copy (characters)"), "whole"),
    "copied_12": (Words("12글자 이상 베낀 글자", "Characters in copies of 12 or more"), "share"),
    "copied_20": (Words("20글자 이상 베낀 글자", "… of 20 or more"), "share"),
    "copied_40": (Words("40글자 이상 베낀 글자", "… of 40 or more"), "share"),
    "lines_in_train_share": (Words("학습 글에 그대로 있는 줄", "Lines verbatim in train"), "share"),
    "duplicate_lines_share": (Words("되풀이한 줄", "Duplicate lines"), "share"),
    "loops": (Words("맴도는 글", "Texts that loop"), "whole"),
    "eojeol_in_train_share": (Words("학습 글에 있는 어절", "Eojeol known to train"), "share"),
    "broken_syllables": (Words("깨진 음절", "Broken syllables"), "whole"),
    "line_length_mean": (Words("줄의 길이 (글자, 평균)", "Line length (characters, mean)"), "rate"),
}
MORE_MEASURES = {
    "line_length_median": (Words("줄의 길이 (가운데 값)", "Line length (median)"), "rate"),
    "distinct_1": (Words("서로 다른 어절 (distinct-1)", "Distinct eojeol (distinct-1)"), "share"),
    "distinct_2": (Words("… 이어진 둘 (distinct-2)", "… pairs of them (distinct-2)"), "share"),
    "distinct_3": (Words("… 이어진 셋 (distinct-3)", "… triples of them (distinct-3)"), "share"),
    "compression_ratio": (Words("압축비 (xz)", "Compression ratio (xz)"), "rate"),
    "texts": (Words("잰 글", "Texts measured"), "whole"),
    "characters": (Words("그 글자", "Their characters"), "whole"),
    "lines": (Words("열 글자 이상인 줄", "Lines of 10 characters or more"), "whole"),
    "eojeol": (Words("어절", "Eojeol"), "whole"),
}

Json = Mapping[str, Any]


def worth_view(told: Json) -> dict[str, Any] | None:
    """
    Set what samples are worth beside human text; None where it was not measured.

    Returns:
        `columns`: the human text (None) and the temperatures; `rows` and `more`: `words`,
        `filter` and `values` of each measure that was taken; `longest`: `temperature` (None for
        the human text), `text` and `document_id` of the longest copies; `verdict` on the first
        temperature.
    """
    worth = told.get("worth") or []
    if not worth:
        return None
    columns = [told.get("human") or {}, *worth]
    return {
        "columns": [column.get("temperature") for column in columns],
        "rows": _measures(MEASURES, columns),
        "more": _measures(MORE_MEASURES, columns),
        "longest": [
            {
                "temperature": column.get("temperature"),
                "text": words.cut(copied["text"], COPY_CHARACTERS),
                "document_id": words.cut(str(copied["document_id"]), NAME_CHARACTERS),
            }
            for column in columns
            if (copied := column.get("longest_copied"))
        ],
        "verdict": worth_verdict(worth[0], columns[0]),
    }


def _measures(names: Mapping[str, tuple[Words, str]], columns: Sequence[Json]) -> list[Json]:
    return [
        {"words": said, "filter": written, "values": [column.get(name) for column in columns]}
        for name, (said, written) in names.items()
        if any(column.get(name) is not None for column in columns)
    ]


def worth_verdict(worth: Json, human: Json) -> Words | None:
    """
    Say how much samples copy, beside what human text has in common with train.

        >>> worth = {"temperature": 0.8, "copied_12": 0.3, "longest_copy": 61}
        >>> worth_verdict(worth, {"copied_12": 0.02}).en[:90]
        'Temperature 0.8: 30.0% of the characters lie in passages of 12 or more that stand in train'
    """
    copied, longest = worth.get("copied_12"), worth.get("longest_copy")
    if copied is None or longest is None:
        return None
    temperature, share = worth.get("temperature"), words.fine_percent(copied)
    of_human, longest_of_human = human.get("copied_12"), human.get("longest_copy") or 0
    beside = Words("", "")
    if of_human is not None:
        shown = words.fine_percent(of_human)
        beside = Words(f" (사람이 쓴 글: {shown})", f" (human text: {shown})")
    ko = (
        f"온도 {temperature}: 글자의 {share}가 학습 글에도 그대로 있는 12글자 이상의 대목에 든다"
        f"{beside.ko}. 가장 긴 것은 {longest}글자이다."
    )
    en = (
        f"Temperature {temperature}: {share} of the characters lie in passages of 12 or more that "
        f"stand in train{beside.en}. The longest has {longest}."
    )
    if copied - (of_human or 0) > FAR_FROM_HUMAN or longest > max(LONG_COPY, longest_of_human):
        ko += " 우연으로 보기에는 많다. 이 모델은 베낀다."
        en += " That is more than chance: this model copies."
    elif of_human is not None and copied <= of_human:
        ko += " 사람이 쓴 글보다 많지 않다."
        en += " That is no more than people do."
    return Words(ko, en)
