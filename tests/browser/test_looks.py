"""How a report looks, on a phone and on a wide screen, in the light and in the dark."""

import re
from itertools import pairwise, product

import pytest

from tests.browser import reports

WIDTHS = (390, 1440)  # CSS pixels: a phone, a wide screen
LEAST_CONTRAST = 4.5  # https://www.w3.org/TR/WCAG22/#contrast-minimum, here for large text too

OPEN_ALL = """() => {
  for (const details of document.querySelectorAll("details")) details.open = true;
  for (const panel of document.querySelectorAll("[role=tabpanel]")) panel.hidden = false;
}"""
# Names of what sticks out of the screen or of a box that hides it; what can be scrolled is not cut.
CUT = """() => {
  const found = [];
  const add = (element, how) => found.push(`${how}: ${element.outerHTML.slice(0, 90)}`);
  if (document.documentElement.scrollWidth > innerWidth) found.push("the page");
  for (const element of document.body.querySelectorAll("*")) {
    if (!element.checkVisibility({ opacityProperty: true })) continue;
    const { left, right } = element.getBoundingClientRect();
    const { overflowX, overflowY } = getComputedStyle(element);
    const scrolled = element.parentElement.closest(".wide, .chart");
    if (!scrolled && (left < -1 || right > innerWidth + 1)) add(element, "outside");
    const { scrollWidth, clientWidth, scrollHeight, clientHeight } = element;
    const over = [scrollWidth - clientWidth, scrollHeight - clientHeight];
    const hidden = [overflowX, overflowY].map((way) => way === "hidden" || way === "clip");
    if (hidden.some((hides, way) => hides && over[way] > 1)) add(element, "cut");
  }
  return found;
}"""
# Texts with the least contrast to what is behind them, of the page or of an element's shadow;
# colours are read off a canvas.
CONTRASTS = """(host) => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], back) => [r, g, b].map((v, place) => v * a + back[place] * (1 - a));
  const luminance = (colour) => {
    const [r, g, b] = colour.map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    if (!element) return [255, 255, 255];
    const outer = element.parentElement ?? element.getRootNode().host;
    return over(rgba(getComputedStyle(element).backgroundColor), behind(outer));
  };
  const found = new Map();
  const root = host?.shadowRoot ?? document.body;
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { parentElement: element, data } = texts.currentNode;
    if (!data.trim() || !element.checkVisibility({ opacityProperty: true })) continue;
    if (!element.getBoundingClientRect().width) continue;
    const style = getComputedStyle(element);
    const colour = rgba(element.closest("svg") ? style.fill : style.color);
    for (let e = element; e; e = e.parentElement) colour[3] *= Number(getComputedStyle(e).opacity);
    const back = behind(element);
    const [low, high] = [over(colour, back), back].map(luminance).sort((a, b) => a - b);
    const kind = `${element.tagName}.${element.getAttribute("class")} on ${back}`;
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < (found.get(kind)?.[0] ?? 99)) found.set(kind, [contrast, kind, data.trim()]);
  }
  return [...found.values()];
}"""
LEVELS = """() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
  .filter((heading) => heading.checkVisibility()).map((heading) => Number(heading.tagName[1]))"""
BOXES = """(samples) => samples.map((sample) => sample.getBoundingClientRect())
  .map(({ left, top, right, bottom }) => ({ left, top, right, bottom }))"""
# What is drawn for a character in the fonts of an element, and how wide that is.
GLYPHS = """([place, characters]) => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [80, 80];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const { fontFamily, fontWeight } = getComputedStyle(document.querySelector(place));
  return [...characters].map((character) => {
    context.clearRect(0, 0, 80, 80);
    context.font = `${fontWeight} 50px ${fontFamily}`;
    context.fillText(character, 10, 60);
    const { data } = context.getImageData(0, 0, 80, 80);
    const drawing = data.filter((_, place) => place % 4 === 3).join();
    return [drawing, context.measureText(character).width];
  });
}"""


@pytest.mark.parametrize(
    "make", [reports.one, reports.several, reports.none], ids=lambda m: m.__name__
)
def test_nothing_is_cut_and_every_text_stands_out(visit, make):
    page = visit(make)
    page.evaluate(OPEN_ALL)
    faults = {}
    for width, scheme in product(WIDTHS, ("light", "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        contrasts = page.evaluate(CONTRASTS)
        assert len(contrasts) > 3
        faults[width, scheme] = [
            *page.evaluate(CUT),
            *(told for told in contrasts if told[0] < LEAST_CONTRAST),
        ]
    assert not any(faults.values()), faults


def test_a_phone_shows_the_losses_of_a_table_at_once_and_its_tabs_in_a_row(visit):
    page = visit(reports.several, width=390, language="en-GB")
    page.evaluate(OPEN_ALL)
    for table in page.locator("[aria-labelledby=numbers] .card > details:first-of-type").all():
        shown = table.locator(".wide").bounding_box()
        losses = table.locator("tbody tr").first.locator("td.n").first.bounding_box()
        assert losses["x"] + losses["width"] <= shown["x"] + shown["width"]
    for parts in page.locator(".leaks td small").all():
        assert parts.bounding_box()["height"] < 24, parts.inner_text()  # one line
    tabs = page.get_by_role("tablist").first.get_by_role("tab").all()
    assert len({tab.bounding_box()["y"] for tab in tabs}) == 1


@pytest.mark.parametrize(("width", "columns"), [(390, 1), (1440, 3)])
def test_samples_stand_in_even_columns_in_their_order(visit, width, columns):
    page = visit(reports.one, width=width)
    page.get_by_role("tab").nth(1).click()  # what was hidden is laid as well
    boxes = page.locator("[role=tabpanel]:visible .sample").evaluate_all(BOXES)
    assert len(boxes) == 8
    assert len({round(box["left"]) for box in boxes}) == columns
    assert len({round(box["right"] - box["left"]) for box in boxes}) == 1
    tops = [box["top"] for box in boxes]
    assert tops == sorted(tops)
    assert len({round(top) for top in tops[:columns]}) == 1
    beneath = [[b for b in boxes if b["left"] == left] for left in {b["left"] for b in boxes}]
    for upper, lower in (pair for column in beneath for pair in pairwise(column)):
        assert 12 < lower["top"] - upper["bottom"] < 24  # neither over one another nor apart
    ends = [column[-1]["bottom"] for column in beneath]
    assert max(ends) - min(ends) < max(box["bottom"] - box["top"] for box in boxes)


@pytest.mark.parametrize("make", [reports.one, reports.several], ids=lambda m: m.__name__)
def test_headings_are_in_order(visit, make):
    page = visit(make)
    page.evaluate(OPEN_ALL)
    levels = page.evaluate(LEVELS)
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_all_that_can_be_operated_and_every_picture_has_a_name(visit):
    page = visit(reports.several)
    for role in ("button", "radio", "tab", "tabpanel", "link", "img", "navigation", "region"):
        every = page.get_by_role(role)
        assert every.count() > 0, role
        named = page.get_by_role(role, name=re.compile(r"\S"))
        assert named.count() == every.count(), role


def test_hangul_is_drawn_in_glyphs_of_its_own(visit, korean_font):
    page = visit(reports.one)
    for place in ("body", "h1", ".sample .text", "code"):
        # No font has the last two: they become boxes.
        glyphs = page.evaluate(GLYPHS, [place, "한글뷁가ㅋ\U000e0fff\U0010fffe"])
        drawings = [drawing for drawing, _ in glyphs[:5]]
        assert len(set(drawings)) == 5, place
        assert not {drawing for drawing, _ in glyphs[5:]} & set(drawings), place
        assert [width for _, width in glyphs[:4]] == [pytest.approx(50, rel=0.2)] * 4, place
