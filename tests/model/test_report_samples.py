"""Samples on the page: by temperature, with copies marked, beside what people wrote."""

import re
from pathlib import Path

import pytest

from model.report.runs import Run
from model.report.samples import excerpt, samples_view
from model.report.worth import worth_verdict, worth_view
from tests.model.pages import make_page
from tests.model.reports import make_run, samples


def run_with(told: dict) -> Run:
    return Run(name="ballad", samples=told)


def pieces(text: str, *spans: tuple[int, int, str], prompt: str = "") -> list[tuple]:
    copies = [{"start": s, "end": e, "document_id": d} for s, e, d in spans]
    view = samples_view(run_with(samples(text, prompt=prompt, copies=copies)), 1000)
    (sample,) = view["tabs"][0]["samples"]
    assert "".join(piece["text"] for piece in sample["pieces"]) == text
    return [(p["text"], p["told"], p["source"], p["ends"]) for p in sample["pieces"]]


def test_copies_are_marked_with_the_number_of_their_document() -> None:
    assert pieces("가나다라마바사", (1, 3, "b.txt"), (4, 6, "a.txt")) == [
        ("가", False, None, False),
        ("나다", False, 1, True),
        ("라", False, None, False),
        ("마바", False, 2, True),
        ("사", False, None, False),
    ]
    assert [p[2] for p in pieces("가나다라", (0, 1, "b"), (1, 2, "a"), (2, 4, "b"))] == [1, 2, 1]


def test_a_copy_that_begins_in_the_prompt_is_one_copy() -> None:
    assert pieces("가나다라마", (1, 4, "a.txt"), prompt="가나") == [
        ("가", True, None, False),
        ("나", True, 1, False),
        ("다라", False, 1, True),
        ("마", False, None, False),
    ]


def test_a_mark_ends_before_the_end_of_the_line() -> None:
    assert pieces("가나다 \n라", (1, 5, "a.txt")) == [
        ("가", False, None, False),
        ("나다", False, 1, True),
        (" \n라", False, None, False),
    ]


def test_a_copy_ends_where_a_long_text_is_cut() -> None:
    told = samples("가" * 50, copies=[{"start": 5, "end": 45, "document_id": "a"}])
    view = samples_view(run_with(told), 10)
    (sample,) = view["tabs"][0]["samples"]
    assert [(p["text"], p["source"]) for p in sample["pieces"]] == [
        ("가" * 5, None),
        ("가" * 5 + "…", 1),
    ]


def test_names_of_sources_take_no_more_room_than_the_text() -> None:
    copies = [{"start": n, "end": n + 1, "document_id": f"{n}" * 8} for n in range(9)]
    view = samples_view(run_with(samples("가" * 20, copies=copies)), 1000)
    (sample,) = view["tabs"][0]["samples"]
    assert (sample["sources"], sample["sources_more"]) == (["0" * 8, "1" * 8], 7)


def test_tabs_are_in_the_order_of_the_settings() -> None:
    told = samples("가나다", "라마바", temperatures=(0.8, 0.5, 1.0))
    told["samples"].reverse()
    view = samples_view(run_with(told), 30)
    assert [tab["temperature"] for tab in view["tabs"]] == [0.8, 0.5, 1.0]
    assert [(len(tab["samples"]), tab["left_out"]) for tab in view["tabs"]] == [(1, 1)] * 3


def test_a_page_has_a_tab_for_each_temperature(tmp_path: Path) -> None:
    told = samples("사랑", temperatures=(0.8, 0.5), copies=[])
    page = make_page(tmp_path, [make_run(tmp_path / "ballad", **{"samples.json": told})])
    panels = [a["data-panel"] for a in page.attributes("button") if "data-panel" in a]
    ids = [a["id"] for a in page.attributes("div") if "id" in a]
    assert panels == ["samples-0-1", "samples-0-2"]
    assert set(panels) < set(ids)
    # Without a script there is no list of tabs, and every panel is shown with its heading.
    assert [("hidden" in a) for a in page.attributes("div") if "data-tabs" in a] == [True]
    assert page.text.count("temperature 0.5") == 1


def test_the_excerpt_is_of_the_first_temperature_and_ends_at_a_line() -> None:
    told = samples("\n" + "한 줄이다\n" * 20, temperatures=(0.5, 0.8))
    found = excerpt(run_with(told))
    assert (found["temperature"], found["whole"]) == (0.5, False)
    assert found["text"] == "\n".join(["한 줄이다"] * 9)
    assert excerpt(run_with({})) is None
    assert excerpt(run_with(samples(" \n"))) is None


def test_worth_stands_beside_human_text() -> None:
    told = samples("가", temperatures=(0.8, 1.0))
    told["worth"][0]["longest_copied"] = {"text": "그 겨울", "document_id": "7.txt"}
    view = worth_view(told)
    assert view["columns"] == [None, 0.8, 1.0]
    assert [row["values"] for row in view["rows"]][:2] == [[17, 31, 31], [0.0625, 0.125, 0.125]]
    assert [row["words"].en for row in view["more"]] == [
        "Their characters",
        "Lines of 10 characters or more",
    ]
    assert view["longest"] == [{"temperature": 0.8, "text": "그 겨울", "document_id": "7.txt"}]
    assert worth_view({"samples": []}) is None


def test_blanks_around_a_copy_and_bars_of_nothing_are_not_shown(tmp_path: Path) -> None:
    told = samples("가")
    told["worth"][0] |= {"copied_12": 0.004, "lines_in_train_share": 0.5}
    told["worth"][0]["longest_copied"] = {"text": "\n\n그 겨울\n", "document_id": "7.txt"}
    told["human"] |= {"copied_12": 0.0, "lines_in_train_share": 0.01}
    page = make_page(tmp_path, [make_run(tmp_path / "ballad", **{"samples.json": told})])
    assert '<dd class="text">그 겨울</dd>' in (tmp_path / "report.html").read_text("utf-8")
    bars = [a["style"] for a in page.attributes("i") if a.get("class") == "part"]
    assert bars == ["width:1.0%", "width:50.0%"]


@pytest.mark.parametrize(
    ("copied", "longest", "end"),
    [
        (0.30, 31, "this model copies."),
        (0.05, 61, "this model copies."),
        (0.05, 31, "no more than people do."),
        (0.09, 31, "The longest has 31."),
    ],
)
def test_the_verdict_on_copies(copied: float, longest: int, end: str) -> None:
    told = {"temperature": 0.8, "copied_12": copied, "longest_copy": longest}
    verdict = worth_verdict(told, {"copied_12": 0.06, "longest_copy": 20})
    assert verdict.en.endswith(end)
    assert "(human text: 6.0%)" in verdict.en
    assert f"{100 * copied:.1f}%" in verdict.ko


def test_no_verdict_on_copies_that_were_not_measured() -> None:
    assert worth_verdict({"copied_12": None, "longest_copy": 0}, {}) is None
    assert "human" not in worth_verdict({"copied_12": 0.0, "longest_copy": 0}, {}).en


def test_names_and_texts_of_copies_are_text(tmp_path: Path) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    copies = [{"start": 0, "end": 9, "document_id": hostile}]
    told = samples(hostile, copies=copies)
    told["worth"][0]["longest_copied"] = {"text": hostile, "document_id": hostile}
    page = make_page(tmp_path, [make_run(tmp_path / "ballad", **{"samples.json": told})])
    assert page.attributes("img") == []
    marked = re.search(r"<mark>(.*?)</mark>", (tmp_path / "report.html").read_text("utf-8"))
    assert marked.group(1) == "&lt;img src="
    assert page.text.count(hostile) == 4  # excerpt, source, longest copy and its document
