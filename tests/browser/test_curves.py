"""The picture of the losses: numbers beneath its axis, and what it tells the pointer."""

import re

from playwright.sync_api import expect

from tests.browser import reports
from tests.browser.test_looks import CONTRASTS, LEAST_CONTRAST

# Shows the picture from 0 to some number across, and returns what is written on it meanwhile.
WRITTEN = """async (end) => {
  const written = [];
  const { fillText } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
    written.push(text);
    return fillText.call(this, text, ...rest);
  };
  Bokeh.documents[0].roots()[0].x_range.setv({ start: 0, end });
  const until = performance.now() + 20000;
  let drawn = 0;
  while (performance.now() < until && !(written.length && drawn === written.length)) {
    drawn = written.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  CanvasRenderingContext2D.prototype.fillText = fillText;
  return written;
}"""
END = "Bokeh.documents[0].roots()[0].x_range.end"  # of what is shown
# Whether nothing behind it shines through.
OPAQUE = """(tooltip) => {
  const { backgroundColor, opacity } = getComputedStyle(tooltip);
  return opacity === "1" && /^rgb\\(/.test(backgroundColor);
}"""

LOSS = re.compile(r"\d\.\d\d?")
# By axis and its end, what stands beneath it.
SHORT = {
    ("tokens", 800): [str(100 * n) for n in range(9)],
    ("tokens", 350_000): ["0", *(f"{50 * n}k" for n in range(1, 8))],
    ("tokens", 1_300_000): ["0", "200k", "400k", "600k", "800k", "1M", "1.2M"],
    ("tokens", 2_700_000_000): ["0", "500M", "1B", "1.5B", "2B", "2.5B"],
    ("seconds", 150): ["0", "30 s", "1 min", "1 min 30 s", "2 min", "2 min 30 s"],
    ("seconds", 9000): ["0", "30 min", "1 h", "1 h 30 min", "2 h", "2 h 30 min"],
    ("seconds", 400_000): ["0", "20 h", "40 h", "60 h", "80 h", "100 h"],
}


def choose(page, across):
    """Choose what lies across, if it does not; some time later the picture shows all of that."""
    choice = page.locator(f"input[value={across}]")
    if not choice.is_checked():
        before = page.evaluate(END)
        choice.check()
        page.wait_for_function(f"(before) => {END} !== before", arg=before)


def point_at_a_curve(page):
    """Move the pointer down the middle of the picture until a curve is told of; return that."""
    chart = page.locator(".chart")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    tooltip = page.locator(".bk-Tooltip")
    for step in range(1, 40):  # a curve lies somewhere on the way down
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * step / 40)
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        if tooltip.count():
            break
    return tooltip.first


def test_tokens_and_times_are_written_short(visit):
    page = visit(reports.one, language="en-GB")
    told = {}
    for across, end in SHORT:
        choose(page, across)
        written = page.evaluate(WRITTEN, end)
        told[across, end] = [text for text in dict.fromkeys(written) if not LOSS.fullmatch(text)]
    assert told == SHORT
    page.locator("label", has_text="한국어").click()
    assert {"1분", "1분 30초", "2분"} <= set(page.evaluate(WRITTEN, 150))


def test_what_the_pointer_is_told_stands_out_in_the_light_and_in_the_dark(visit):
    page = visit(reports.several)
    tooltip = point_at_a_curve(page)
    expect(tooltip).to_contain_text(re.compile(r"units-\w+-\d · (train|valid)토큰 [\d,]+비트"))
    backs = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert tooltip.evaluate(OPAQUE)
        contrasts = tooltip.evaluate(CONTRASTS)
        assert len(contrasts) > 1
        assert [told for told in contrasts if told[0] < LEAST_CONTRAST] == []
        backs.append(tooltip.evaluate("e => getComputedStyle(e).backgroundColor"))
    assert backs[0] != backs[1]
    page.evaluate("document.getElementById('theme').click()")  # the pointer stays where it is
    assert tooltip.evaluate("e => getComputedStyle(e).backgroundColor") == backs[0]


def test_what_the_pointer_is_told_follows_the_language_and_the_axis(visit):
    page = visit(reports.one, language="en-GB")
    choose(page, "seconds")
    told = re.compile(r"ballad · (train|valid)time \d+ sbits/byte \d\.\d{3}$")
    expect(point_at_a_curve(page)).to_contain_text(told)


def test_names_that_the_pointer_is_told_are_text(visit):
    page = visit(reports.hostile)  # which fails for a dialog
    tooltip = point_at_a_curve(page)
    expect(tooltip).to_contain_text(re.compile(r"alert\(1\)|<i>&amp;"))
    assert tooltip.evaluate("e => e.shadowRoot.querySelectorAll('script, i').length") == 0
