"""What of valid and test stands in train: the table, and what it means for the numbers."""

from collections.abc import Mapping
from typing import Any

from model.report.words import Words, percent

# Above these shares of test that train has, a loss on it measures memory too.
MUCH_IN_SPANS = 0.1  # of the characters, in spans of 40 or more
MANY_LINES = 0.2
LITTLE = 0.01  # of both: a refrain, a proverb

ROWS = (  # of the rows of the table of leaks: the words, the part, the whole, and its share
    (Words("열 글자 이상인 줄", "Lines of 10 characters or more"), "lines_in_train", "lines", ""),
    (Words("그런 줄의 바이트", "Bytes of such lines"), "bytes_in_train", "bytes", "share"),
    (
        Words("어절 여덟이 이어진 것", "Runs of eight words"),
        "eojeol_8grams_in_train",
        "eojeol_8grams",
        "eojeol_8grams_share",
    ),
    (
        Words("12글자 이상 겹치는 대목의 글자", "Characters in passages of 12 or more"),
        "characters_in_spans_12",
        "characters",
        "spans_12_share",
    ),
    (
        Words("40글자 이상 겹치는 대목의 글자", "Characters in passages of 40 or more"),
        "characters_in_spans_40",
        "characters",
        "spans_40_share",
    ),
)

Json = Mapping[str, Any]


def leaks_view(leaks: Json) -> dict[str, Any] | None:
    """
    Return the table of leaks and the verdict on test; None where nothing was measured.

    Args:
        leaks: by split, the counts of `preprocess.leaks`; older ones have those of lines only.
    """
    names = [name for name in ("valid", "test") if _is_measured(leaks.get(name) or {})]
    if not names:
        return None
    rows = []
    for told, part, whole, share in ROWS:
        cells = [_leak(leaks[name], part, whole, share) for name in names]
        if any(cell["share"] is not None for cell in cells):
            rows.append({"words": told, "cells": cells})
    test = leaks.get("test") or {}
    return {
        "names": names,
        "rows": rows,
        "verdict": leak_verdict(test),
        "much": leaks_much(test),
    }


def _leak(counts: Json, part: str, whole: str, share: str) -> dict[str, Any]:
    told = counts.get(share)
    if told is None and counts.get(whole) and part in counts:
        told = counts[part] / counts[whole]
    return {"share": told, "part": counts.get(part), "whole": counts.get(whole, 0)}


def leaks_much(leak: Json) -> bool:
    """Say whether so much of a split stands in train that its loss measures memory too."""
    return _lines_in_train(leak) > MANY_LINES or _in_long_spans(leak) > MUCH_IN_SPANS


def leak_verdict(leak: Json) -> Words | None:
    """
    Say how much of test stands in train, and what follows; None where it was not measured.

        >>> leak_verdict({"lines": 40, "lines_in_train": 2}).en
        'Some of test stands in train word for word: 5.0% of its lines.'

    Args:
        leak: counts of `preprocess.leaks` for test; older ones have those of lines only.
    """
    if not _is_measured(leak):
        return None
    found = _leaked(leak)
    if leaks_much(leak):
        return Words(
            f"test의 많은 부분이 train에 그대로 있다: {found.ko}. 이 test의 손실은 외운 것도 함께 "
            "잰다. 처음 보는 줄만 잰 숫자를 믿고, clean.duplicate_lines: drop이나, 해시로 나눈다면 "
            "더 낮은 split.near_duplicates를 써 보라.",
            f"Much of test stands in train word for word: {found.en}. A loss on this test measures "
            "memory too: trust the numbers on unseen lines, and try clean.duplicate_lines: drop "
            "or, where the split is by hash, a lower split.near_duplicates.",
        )
    if max(_lines_in_train(leak), _in_long_spans(leak)) > LITTLE:
        return Words(
            f"test의 일부가 train에 그대로 있다: {found.ko}.",
            f"Some of test stands in train word for word: {found.en}.",
        )
    return Words(
        "train에 그대로 있는 것이 test에 거의 없다.",
        "Hardly anything of test stands in train word for word.",
    )


def _is_measured(leak: Json) -> bool:
    return bool(leak.get("lines") or leak.get("characters"))


def _leaked(leak: Json) -> Words:
    """Say what shares of test train has: of lines, and of characters where those were measured."""
    lines = percent(_lines_in_train(leak))
    if "spans_40_share" not in leak:
        return Words(f"줄의 {lines}", f"{lines} of its lines")
    spans = percent(_in_long_spans(leak))
    return Words(
        f"줄의 {lines}, 40글자 이상 겹치는 대목에 든 글자의 {spans}",
        f"{lines} of its lines, and {spans} of its characters in passages of 40 or more",
    )


def _lines_in_train(leak: Json) -> float:
    return leak.get("lines_in_train", 0) / leak["lines"] if leak.get("lines") else 0.0


def _in_long_spans(leak: Json) -> float:
    return leak.get("spans_40_share") or 0.0
