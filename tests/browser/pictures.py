"""
The pictures in README.md and README.ko.md, taken from the report of the default targets.

`python -m tests.browser.pictures results/report.html docs` is what `make pictures` runs.
"""

import argparse
from pathlib import Path

from playwright.sync_api import FloatRect, Locator, Page, sync_playwright

from tests.browser.install import find_chromium

WIDTH = 1100
ENDINGS = {"en": ".png", "ko-KR": ".ko.png"}
MARGIN = 16  # pixels around what is shown
MILLISECONDS = 120_000


def take(page: Page, folder: Path, ending: str) -> None:
    """Write the pictures `report`, from the top to the first table, and `curves`."""
    table = box_of(page.locator("[aria-labelledby=numbers] details").first)
    legend = box_of(page.locator("[aria-labelledby=losses] .legend"))
    chart = box_of(page.locator("[aria-labelledby=losses] .chart"))
    parts = {
        "report": (0, table["y"] - MARGIN),
        "curves": (legend["y"] - MARGIN, chart["y"] + chart["height"] + MARGIN),
    }
    for name, (top, end) in parts.items():
        clip = {"x": 0, "y": top, "width": WIDTH, "height": end - top}
        page.screenshot(path=folder / f"{name}{ending}", full_page=True, clip=clip)


def box_of(item: Locator) -> FloatRect:
    """Return where something stands on the page, in pixels."""
    box = item.bounding_box()
    assert box is not None, f"{item} is not shown"
    return box


def main() -> None:
    """Open a report in Chromium, in light colours and both languages, and take the pictures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().partition("\n")[0])
    parser.add_argument("report", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    path = find_chromium()
    if path is None or not options.report.is_file():
        parser.error("needs Chromium (`make browser`) and results/report.html (`make`)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        for language, ending in ENDINGS.items():
            size = {"width": WIDTH, "height": 900}
            page = browser.new_page(viewport=size, color_scheme="light", locale=language)
            page.goto(options.report.resolve().as_uri(), timeout=MILLISECONDS)
            page.locator("[aria-labelledby=losses] canvas").first.wait_for(timeout=MILLISECONDS)
            take(page, options.folder, ending)
        browser.close()


if __name__ == "__main__":
    main()
