"""Pages of reports, read as a browser reads them."""

import base64
import gzip
import json
from html.parser import HTMLParser
from pathlib import Path

import numpy as np

from model.report import report
from tests.model.reports import SETTINGS, make_corpus


class Page(HTMLParser):
    """Gathers text, tags, scripts and tables of a page, as a browser would see them."""

    def __init__(self, path: Path) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict]] = []
        self.scripts: list[str] = []
        self.tables: list[list[list[str]]] = []
        self.text = ""
        self._inside: list[str] = []
        self._open: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "input", "br", "wbr", "link", "img"):
            self._open.append(tag)
        if tag == "script":
            self.scripts.append("")
        elif tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if "script" in self._open:
            self.scripts[-1] += data
        elif "style" not in self._open:
            self.text += data
            if self._open and {"td", "th"} & set(self._open):
                self.tables[-1][-1][-1] += data

    def attributes(self, name: str) -> list[dict]:
        return [attributes for tag, attributes in self.tags if tag == name]

    @property
    def curves(self) -> dict:
        """The item that Bokeh draws."""
        places = [place for place, (tag, _) in enumerate(self.tags) if tag == "script"]
        data = [n for n, place in enumerate(places) if "type" in self.tags[place][1]]
        return json.loads(self.scripts[data[0]])


def make_page(folder: Path, runs: list[Path], corpora: int = 1, summary: bool = False) -> Page:
    """Write a report over some runs, and some corpora that are alike, and read it back."""
    files = make_corpus(folder / "corpus")
    cards = {"ballad" if n == 0 else f"ballad-{n}": files for n in range(corpora)}
    output = folder / "report.html"
    report(output, runs, cards, folder / "summary.csv" if summary else None, SETTINGS)
    assert output.stat().st_size <= 6_000_000
    return Page(output)


def table_with(page: Page, heading: str) -> list[list[str]]:
    return next(table for table in page.tables if any(heading in cell for cell in table[0]))


def drawn(item: dict) -> list[dict]:
    """Return the lines of a Bokeh item: run, split, and the points as arrays."""
    found = []

    def walk(value):
        if isinstance(value, dict):
            if value.get("name") == "ColumnDataSource":
                found.append(dict(value["attributes"]["data"]["entries"]))
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    def points(array):
        data = gzip.decompress(base64.b64decode(array["array"]["data"]))
        return np.frombuffer(data, array["dtype"])

    walk(item["doc"])
    data = found[0]
    return [
        {
            "run": run,
            "split": split,
            "colour": colour,
            **{axis: points(data[axis][number]) for axis in ("tokens", "seconds", "losses")},
        }
        for number, (run, split, colour) in enumerate(
            zip(data["run"], data["split"], data["colour"], strict=True)
        )
    ]
