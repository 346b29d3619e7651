"""What a reader does with a report: reads it from the disk, switches, goes through it by keys."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import reports
from tests.browser.test_curves import point_at_a_curve

# Pixels drawn on that canvas of Bokeh's, of all that lie over one another, that has the most.
INK = """async () => {
  const within = (root) => [...(root?.querySelectorAll("*") ?? [])].flatMap((element) =>
    [...(element.tagName === "CANVAS" ? [element] : []), ...within(element.shadowRoot)]);
  const ink = (canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((value, place) => place % 4 === 3 && value > 0).length;
  };
  for (let frames = 0; frames < 200; frames++) {
    const canvases = within(document.querySelector(".chart")).filter(({ width }) => width > 0);
    const most = Math.max(0, ...canvases.map(ink));
    if (most > 5000) return most;
    await new Promise(requestAnimationFrame);
  }
  return 0;
}"""
PICTURE = """() => [...document.querySelectorAll("polyline, rect")]
  .map((shape) => shape.getBoundingClientRect()).map(({ width, height }) => width * height)"""
# What has the focus: a number for each element, in the order met, and whether one sees that.
FOCUS = """() => {
  const shown = document.activeElement;
  if (shown === document.body) return null;
  shown.dataset.met ??= document.querySelectorAll("[data-met]").length;
  let inside = shown;
  while (inside.shadowRoot?.activeElement) inside = inside.shadowRoot.activeElement;
  const seen = [inside, ...(inside.labels ?? [])].some((element) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return outlineStyle !== "none" && outlineWidth !== "0px";
  });
  return [Number(shown.dataset.met), seen, shown.outerHTML.slice(0, 120)];
}"""
OPERABLE = (
    """a[href], button:not([tabindex="-1"]), summary, input:checked, input[type=checkbox], select"""
)


@pytest.mark.parametrize(
    ("language", "mine", "other"), [("ko-KR", "숫자", "Numbers"), ("en-GB", "Numbers", "숫자")]
)
def test_the_page_speaks_the_language_of_the_reader(visit, language, mine, other):
    page = visit(reports.one, language=language)
    assert page.title() == "ballad · 글틀 Geulteul"
    assert page.evaluate("document.documentElement.lang") == language[:2]
    expect(page.get_by_role("heading", name=mine, exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name=other, exact=True)).to_have_count(0)


def test_the_language_is_switched_by_a_click_and_back_by_a_key(visit):
    page = visit(reports.one)
    page.locator("label", has_text="English").click()
    told = page.locator("main").inner_text()
    assert "The recurrent network beats the n-gram by 0.250 bits per byte" in told
    assert "바이트당" not in told
    assert page.evaluate("document.documentElement.lang") == "en"
    page.get_by_role("radio", name="English").press("ArrowLeft")
    told = page.locator("main").inner_text()
    assert "순환 신경망이 n-그램보다 바이트당 0.250비트" in told
    assert "bits per byte" not in told


def test_light_and_dark_follow_the_system_and_are_switched(visit):
    page = visit(reports.one, scheme="dark")

    def paper():
        return (
            sum(
                map(
                    int,
                    re.findall(
                        r"\d+", page.evaluate("getComputedStyle(document.body).backgroundColor")
                    ),
                )
            )
            / 3
        )

    switch = page.get_by_role("button", name="Dark mode")
    assert paper() < 60
    expect(switch).to_have_attribute("aria-pressed", "true")
    switch.press("Space")
    assert paper() > 200
    expect(switch).to_have_attribute("aria-pressed", "false")
    page.emulate_media(color_scheme="light")
    switch.click()
    assert paper() < 60


def test_samples_stand_in_tabs_by_temperature_with_copies_marked(visit):
    page = visit(reports.one)
    tabs = page.get_by_role("tab")
    assert [re.findall(r"[\d.]+", tab.inner_text()) for tab in tabs.all()] == [
        ["0.8"],
        ["0.5"],
        ["1.0"],
    ]
    panels = page.locator("[role=tabpanel]")
    shown = [panel.is_visible() for panel in panels.all()]
    assert shown == [True, False, False]
    tabs.nth(1).click()
    expect(panels.nth(1)).to_be_visible()
    expect(panels.nth(0)).to_be_hidden()
    tabs.nth(1).press("ArrowRight")
    expect(panels.nth(2)).to_be_visible()
    expect(tabs.nth(2)).to_be_focused()
    tabs.nth(2).press("Home")
    expect(panels.nth(0)).to_be_visible()
    copied = panels.nth(0).locator("mark").first
    start, end = (reports.COPIES[0][key] for key in ("start", "end"))
    assert copied.inner_text() == reports.SONG[start:end].rstrip()
    expect(panels.nth(0).get_by_text("song-017.txt").first).to_be_visible()


def test_curves_and_pictures_are_drawn_and_curves_follow_their_switch(visit):
    page = visit(reports.several)
    assert page.evaluate(INK) > 5000
    assert min(page.evaluate(PICTURE)) > 0
    expect(point_at_a_curve(page)).to_contain_text(
        re.compile(r"units-\w+-\d · (train|valid).*토큰.*비트/바이트")
    )
    page.mouse.move(0, 0)
    chart = page.locator(".chart")
    before = chart.screenshot()
    page.get_by_role("radio", name="시간").check()
    page.wait_for_timeout(300)
    assert chart.screenshot() != before


def test_all_that_can_be_operated_is_reached_by_tab_and_seen_to_be(visit):
    page = visit(reports.one)
    wanted = page.locator(OPERABLE).filter(visible=True)
    number = wanted.count()
    assert number > 12
    met = []
    for _ in range(3 * number):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus is None:
            break
        met.append(focus)
    unseen = [html for _, seen, html in met if not seen]
    assert unseen == []
    missed = wanted.and_(page.locator(":not([data-met])"))
    assert [element.evaluate("e => e.outerHTML") for element in missed.all()] == []
    places = [place for place, *_ in met]
    assert places == sorted(places)


def test_what_is_folded_opens_by_a_key(visit):
    page = visit(reports.one)
    for summary in page.locator("summary").filter(visible=True).all():
        details = summary.locator("..")
        was = details.evaluate("e => e.open")
        summary.press("Enter")
        assert details.evaluate("e => e.open") != was


def test_links_lead_to_sections(visit):
    page = visit(reports.one)
    links = page.get_by_role("navigation").get_by_role("link").all()
    assert len(links) >= 5
    for link in links:
        expect(page.locator(link.get_attribute("href"))).to_have_count(1)
    links[-1].click()
    expect(page.locator(links[-1].get_attribute("href"))).to_be_in_viewport()
