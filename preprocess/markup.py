"""What taking namumark off dropped and left: numbers, the worst pages, lines that show it."""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from preprocess.excerpts import around, shown
from preprocess.namumark import Options, Stripped, residue, strip
from preprocess.namumark.residue import RESIDUE_RE

WORST = 10  # pages named
MOST_PER_MB = 5  # tokens of markup left in 10⁶ bytes of text, above which a corpus is warned of
PAGE_CHARACTERS = 160  # of the excerpt of such a page
TITLE_CHARACTERS = 80
LINE_CHARACTERS = 240  # of the longest line that is an excerpt of what stripping does
LINES = 500  # of a page that are looked at for one
# Characters before and after a token by which it is found again in the page's markup.
CONTEXTS = ((16, 16), (6, 6), (0, 12), (12, 0), (0, 4), (4, 0))


class Markup:
    """
    Counts of one part, or, added up, of all; equal input gives equal counts and excerpts.

    Args:
        private: personal data are masked, so no excerpt shows a digit, or what an @ stands in.
    """

    def __init__(self, private: bool = False) -> None:
        self.characters = {"in": 0, "out": 0}
        self.bytes = 0
        self.dropped: dict[str, Counter[str]] = {}
        self.residue: Counter[str] = Counter()
        self.worst: list[dict[str, Any]] = []
        self._private = private

    def count(self, document_id: str, title: str, markup: str, stripped: Stripped) -> None:
        """Count a page, or a piece of one, of which stripping made this."""
        text = stripped.text
        size = len(text.encode())
        self.characters["in"] += len(markup)
        self.characters["out"] += len(text)
        self.bytes += size
        for construct, dropped in stripped.dropped.items():
            counts = {"count": dropped.count, "characters": dropped.characters}
            self._drop(construct, counts)
        tokens = residue(text)
        if tokens:
            self.residue.update(tokens)
            self._rank(document_id, title, markup, text, tokens, size)

    def add(self, other: Mapping[str, Any]) -> None:
        """Add the counts of the next part, as `as_dict` gave them."""
        for way in self.characters:
            self.characters[way] += other["characters"][way]
        for construct, dropped in other["dropped"].items():
            self._drop(construct, dropped)
        self.bytes += other["residue"]["bytes"]
        for token, count in other["residue"]["tokens"].items():
            self.residue[token] += count["count"]
        self.worst = sorted([*self.worst, *other["worst"]], key=_badness)[:WORST]

    def as_dict(self) -> dict[str, Any]:
        """
        Return the counts as they stand in cleaning.json, section `namumark`.

        `residue` has the tokens of markup that are left, and the UTF-8 bytes of the text that they
        are left in; `per_mb` is by 10⁶ of them. In `worst` stands where the first token of a page
        is: `before` in its markup, empty where it is not found there; `after` in its text.
        """
        return {
            "characters": self.characters,
            "dropped": {construct: dict(counts) for construct, counts in self.dropped.items()},
            "residue": {
                "bytes": self.bytes,
                **_rate(self.residue.total(), self.bytes),
                "tokens": {t: _rate(count, self.bytes) for t, count in self.residue.items()},
            },
            "worst": self.worst,
        }

    def warnings(self) -> Iterator[str]:
        """Say where much markup is left."""
        left = _rate(self.residue.total(), self.bytes)
        if left["per_mb"] > MOST_PER_MB:
            page = self.worst[0]
            yield (
                f"{left['count']} tokens of markup are left in the text, {left['per_mb']:.1f} per "
                f"MB; the page with most, {page['count']}, is {page['document_id']} "
                f"({page['title']!r}): see namumark.worst in cleaning.json, and mend the worst "
                "pages or leave them out"
            )

    def _drop(self, construct: str, counts: Mapping[str, int]) -> None:
        self.dropped.setdefault(construct, Counter()).update(counts)

    def _rank(
        self,
        document_id: str,
        title: str,
        markup: str,
        text: str,
        tokens: Counter[str],
        size: int,
    ) -> None:
        """Put a page among the worst if it is one of them."""
        rate = _rate(tokens.total(), size)
        page = {"document_id": document_id, **rate, "tokens": dict(tokens)}
        if len(self.worst) == WORST and _badness(page) > _badness(self.worst[-1]):
            return
        before, after = _places(markup, text)
        page["title"] = shown(title, 0, TITLE_CHARACTERS, self._private)
        page["before"] = "" if before is None else self._excerpt(markup, before)
        page["after"] = self._excerpt(text, after)
        self.worst = sorted([*self.worst, page], key=_badness)[:WORST]

    def _excerpt(self, text: str, place: int) -> str:
        return shown(text, *around(place, PAGE_CHARACTERS), self._private)


def telling_line(markup: str, text: str, options: Options) -> tuple[str, str] | None:
    r"""
    Return a line of a page that shows what becomes of markup, and what becomes of it.

    That is the line of which most is taken out and most stays, the less of the two counting, among
    the first `LINES`, a row of a table only where no other does; it holds tokens of markup, and
    what stays of it stands in the page's text, too. None where there is no such line.

        >>> page = "|| '''끓여서 식힌다.''' ||\n'''[[고추장|장]]'''을 풀어 끓인다.\n * ~~끝~~"
        >>> telling_line(page, "장을 풀어 끓인다.", Options())
        ("'''[[고추장|장]]'''을 풀어 끓인다.", '장을 풀어 끓인다.')
    """
    kept = set(text.split("\n"))
    best, most = None, (False, 0)
    for line in itertools.islice(markup.split("\n"), LINES):
        if len(line) > LINE_CHARACTERS or not residue(line):
            continue
        stays = strip(line, options).text
        shows = min(len(stays), len(line) - len(stays))
        worth = (not line.startswith("||"), shows)
        if shows > 0 and worth > most and kept.issuperset(stays.split("\n")):
            best, most = (line, stays), worth
    return best


def _rate(count: int, size: int) -> dict[str, Any]:
    return {"count": count, "per_mb": round(1e6 * count / size, 3) if size else 0.0}


def _badness(page: Mapping[str, Any]) -> tuple[int, str]:
    """Order pages from the worst on."""
    return -page["count"], page["document_id"]


def _places(markup: str, text: str) -> tuple[int | None, int]:
    """Return where the first token of markup stands: in the page, None if unknown; in its text."""
    first = RESIDUE_RE.search(text)
    assert first is not None, "a page of the worst has residue"
    for before, after in CONTEXTS:
        start = max(0, first.start() - before)
        found = markup.find(text[start : first.end() + after])
        if found >= 0:
            return found + first.start() - start, first.start()
    return None, first.start()
