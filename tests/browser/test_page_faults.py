"""What no report may be brought to do, by whatever stands in a corpus, a name or a loss."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import reports


def test_fault_67_markup_in_texts_and_names_is_text(visit):
    page = visit(reports.hostile)  # which fails for a dialog, and for a script that a policy blocks
    assert page.locator("script").count() == 4  # of Bokeh and the page, and the losses
    told = page.locator("body").inner_text()
    assert told.count("<script>alert(1)</script>") >= 4
    assert "{{ 7*7 }}" in told
    assert "<i>&amp;" in told
    assert page.locator("main i:not([class]):not([style]), main img, main iframe").count() == 0
    page.locator(".chart").hover()


def test_fault_68_without_scripts_all_numbers_are_read_in_both_languages(visit):
    page = visit(reports.one, scripts=False)
    row = page.get_by_role("row").filter(has_text="n-그램 (기준선)")
    assert row.first.inner_text().split("\t")[1:] == [
        "1.750",
        "1.850",
        "4.375",
        "3.033",
        "3.364",
        "train",
    ]
    expect(page.locator(".chart")).to_be_hidden()
    assert (
        "곡선은 스크립트가 그린다. 같은 숫자가 아래 표에 있다." in page.locator("main").inner_text()
    )
    page.locator("section[aria-labelledby=losses] summary").click()
    expect(page.get_by_role("cell", name="2.100", exact=True).first).to_be_visible()
    for temperature in ("0.8", "0.5", "1.0"):
        expect(page.get_by_role("heading", name=re.compile(f"온도 {temperature}"))).to_be_visible()
    page.locator("label", has_text="English").click()
    expect(page.get_by_role("row").filter(has_text="n-gram (the floor)").first).to_be_visible()
    assert "손실 곡선" not in page.locator("main").inner_text()


def test_fault_68_a_page_from_the_disk_asks_for_nothing(visit):
    page = visit(reports.several)  # which fails for any request but that of the page itself
    page.reload()
    asked = "performance.getEntriesByType('resource').map((entry) => entry.name)"
    assert page.evaluate(asked) == []


@pytest.mark.parametrize(
    ("make", "heading"),
    [(reports.none, "실행 0개"), (reports.one, "ballad"), (reports.many, "실행 200개")],
    ids=["none", "one", "many"],
)
def test_fault_69_any_number_of_runs_is_shown(visit, make, heading):
    page = visit(make, width=390)
    expect(page.get_by_role("heading", level=1)).to_have_text(heading, use_inner_text=True)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    if make is reports.many:
        samples = page.locator("section[aria-labelledby=samples]")
        expect(samples.get_by_text("run-199")).to_be_hidden()
        samples.get_by_text("실행 188개 더").click()
        expect(samples.get_by_text("run-199")).to_be_visible()


def test_fault_69_losses_that_are_no_numbers_are_told_and_the_others_drawn(visit):
    page = visit(reports.broken)
    told = page.locator("main").inner_text()
    assert "nan: 수가 아닌 손실 2개는 그리지 않았다." in told
    assert "lost: 없는 파일: metrics.csv" in told


def test_fault_70_units_compare_per_byte_and_what_does_not_compare_stands_apart(visit):
    page = visit(reports.several)
    cards = page.locator("section[aria-labelledby=numbers] article")
    expect(cards).to_have_count(2)  # for two texts
    assert "단위가 다르면 비트/바이트로 비교한다" in cards.nth(0).inner_text()
    cards.nth(0).locator("summary").first.click()
    heads = cards.nth(0).get_by_role("columnheader").all_inner_texts()
    assert {"비트/바이트", "비트/글자", "토큰당 혼란도"} <= set(heads)
