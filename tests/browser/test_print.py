"""A report on paper: all samples and the curves, nothing that is only for a screen."""

import pytest
from playwright.sync_api import expect

from tests.browser import reports
from tests.browser.test_looks import CONTRASTS, CUT, LEAST_CONTRAST

WIDTH = 688  # CSS pixels of A4 between margins of 14 mm
ONLY_ON_SCREEN = "#theme, .switches label, .contents, [role=tab], .chart-switch, .chart canvas"
OVERLAPS = """(shapes) => {
  const boxes = shapes.flatMap((shape) => [...shape.getClientRects()].slice(0, 1));
  const overlap = (a, b) => a.left < b.right - 1 && b.left < a.right - 1
    && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  return boxes.filter((a, place) => boxes.slice(place + 1).some((b) => overlap(a, b))).length;
}"""


@pytest.fixture
def paper(visit):
    """Return a function that opens a report in the dark and shows it as on paper."""

    def shown(make):
        page = visit(make, width=1440, scheme="dark")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print", color_scheme="dark")
        page.set_viewport_size({"width": WIDTH, "height": 1000})
        return page

    return shown


@pytest.mark.parametrize("make", [reports.one, reports.several], ids=lambda m: m.__name__)
def test_paper_shows_all_samples_and_the_curves_and_no_controls(paper, make):
    page = paper(make)
    assert page.locator(ONLY_ON_SCREEN).filter(visible=True).count() == 0
    panels = page.locator("[role=tabpanel]").filter(visible=True)
    assert panels.count() == 3 * min(2, page.locator("details.of-run").count() or 1)
    for panel in panels.all():
        expect(panel.locator(".tab-title")).to_be_visible()
        samples = panel.locator(".sample").filter(visible=True)
        assert samples.count() == 8
        assert samples.evaluate_all(OVERLAPS) == 0
    curves = page.locator(".on-paper svg")
    assert 0.9 * WIDTH < curves.bounding_box()["width"] <= WIDTH
    assert (
        curves.locator("path[stroke='rgb(68,119,187)']").count() == 2
    )  # train and valid of the first
    assert {"2k", "10k"} <= set(curves.locator("text").all_text_contents())
    assert page.evaluate("document.documentElement.scrollWidth") == WIDTH


@pytest.mark.parametrize("make", [reports.one, reports.several], ids=lambda m: m.__name__)
def test_nothing_on_paper_is_cut_or_pale(paper, make):
    page = paper(make)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate(CUT) == []
    assert [told for told in page.evaluate(CONTRASTS) if told[0] < LEAST_CONTRAST] == []


def test_printing_draws_the_curves_anew_and_leaves_nothing_behind(visit):
    page = visit(reports.one, scheme="dark")
    page.evaluate("""addEventListener("beforeprint", () => {
      document.body.dataset.drawn = document.querySelectorAll(".on-paper path").length;
    })""")
    assert page.pdf(format="A4").startswith(b"%PDF-")
    assert int(page.locator("body").get_attribute("data-drawn")) >= 2
    expect(page.locator(".on-paper")).to_have_count(0)
    expect(page.locator(".chart")).to_be_visible()
