"""What cleaning dropped, changed and found: documents and characters by reason, with excerpts."""

from collections.abc import Callable, Iterable
from typing import Any

from preprocess.excerpts import around, first_difference, shown
from preprocess.markup import Markup
from preprocess.namumark import Stripped
from preprocess.scripts import SCRIPTS, count_scripts, expected_script

Step = Callable[[str], tuple[str, int]]  # text -> (text, characters removed or replaced)

EXCERPTS = 3  # of each reason
EXCERPT_CHARACTERS = 80
EXPECTED_SHARE = 0.3  # of a corpus' letters, that should be in the script of its language
FOUND = {  # counted even where they stay, and warned of
    "replacements": "have {characters} characters U+FFFD, for bytes that nobody could decode: see "
    "the encoding found, and clean.max_replacements",
    "hanyang_pua": "have {characters} characters of private use, U+E0BC to U+F8F7: old Hangul in "
    "Hanyang's code, or signs of an icon font; nobody without that font can read them, and "
    "clean.hanyang_pua: drop removes them",
    "mojibake": "have {characters} characters that are UTF-8 or CP949 read in another encoding: "
    "clean.mojibake: repair decodes them anew",
}


class Losses:
    """
    Counts of one part, or, added up, of all; equal input gives equal counts and excerpts.

    Args:
        private: personal data are masked, so no excerpt shows a digit, or what an @ stands in.
    """

    def __init__(self, private: bool = False) -> None:
        self.documents = {"in": 0, "out": 0}
        self.characters = {"in": 0, "out": 0}
        self.dropped: dict[str, dict[str, int]] = {}
        self.changed: dict[str, dict[str, int]] = {}
        self.found = {kind: {"documents": 0, "characters": 0} for kind in FOUND}
        self.scripts = dict.fromkeys(SCRIPTS, 0)
        self.excerpts: list[dict[str, str]] = []
        self.markup: Markup | None = None  # of a corpus in namumark
        self._private = private

    def read(self, text: str) -> None:
        """Count a document as it comes."""
        self.documents["in"] += 1
        self.characters["in"] += len(text)

    def apply(self, document_id: str, text: str, steps: Iterable[tuple[str, Step]]) -> str:
        """Put a document's text through the steps, counting what each of them changes."""
        for reason, step in steps:
            before = text
            text, count = step(before)
            if text != before:
                self.change(reason, count)
                self.show(document_id, reason, before, text)
        return text

    def change(self, reason: str, characters: int, **more: int) -> None:
        """Count a document in which so many characters, and what else, were changed."""
        _add(self.changed, reason, {"documents": 1, "characters": characters, **more})

    def strip(self, document_id: str, title: str, page: str, stripped: Stripped) -> None:
        """Count a page of namumark, and what taking its markup off dropped and left."""
        self.markup = self.markup or Markup(self._private)
        self.markup.count(document_id, title, page, stripped)
        if stripped.text != page:
            self.change("markup", len(page) - len(stripped.text))

    def find(self, kind: str, characters: int) -> None:
        """Count a document with so many characters of a kind of `FOUND`."""
        _add(self.found, kind, {"documents": 1, "characters": characters})

    def keep(self, text: str) -> None:
        """Count a document that is written."""
        self.documents["out"] += 1
        self.characters["out"] += len(text)
        for script, count in count_scripts(text).items():
            self.scripts[script] += count

    def drop(self, document_id: str, text: str, reason: str) -> None:
        """Count a document that is not written; `text` is as it was before cleaning."""
        _add(self.dropped, reason, {"documents": 1, "characters": len(text)})
        self.show(document_id, reason, text, "")

    def add(self, other: dict[str, Any]) -> None:
        """Add the counts of the next part, as `as_dict` gave them."""
        for mine, key in ((self.documents, "documents"), (self.characters, "characters")):
            for way in mine:
                mine[way] += other[key][way]
        for script in self.scripts:
            self.scripts[script] += other["scripts"][script]
        for counts, theirs in (
            (self.dropped, other["dropped"]),
            (self.changed, other["changed"]),
            (self.found, {kind: other[kind] for kind in FOUND}),
        ):
            for reason, count in theirs.items():
                _add(counts, reason, count)
        if "namumark" in other:
            self.markup = self.markup or Markup()
            self.markup.add(other["namumark"])
        for excerpt in other["excerpts"]:
            if self.wants_excerpt(excerpt["reason"]):
                self.excerpts.append(excerpt)

    def as_dict(self) -> dict[str, Any]:
        """Return the counts as they stand in cleaning.json."""
        markup = {} if self.markup is None else {"namumark": self.markup.as_dict()}
        return {
            "documents": self.documents,
            "characters": self.characters,
            "dropped": self.dropped,
            "changed": self.changed,
            **self.found,
            "scripts": self.scripts,
            "excerpts": self.excerpts,
            **markup,
        }

    def warnings(self, language: str) -> list[str]:
        """Say what looks wrong, in a sentence each; a corpus should be in its language's script."""
        found = [
            f"{count['documents']} documents " + FOUND[kind].format(**count)
            for kind, count in self.found.items()
            if count["documents"]
        ]
        if self.markup is not None:
            found += self.markup.warnings()
        script = expected_script(language)
        letters = {name: count for name, count in self.scripts.items() if name != "others"}
        total = sum(letters.values())
        if script is None or letters[script] >= EXPECTED_SHARE * total:
            return found
        most = max(letters, key=lambda name: letters[name])
        return [
            f"the corpus is said to be in {language}, but {letters[script] / total:.0%} of its "
            f"letters are {script} and {letters[most] / total:.0%} are {most}: see its text and "
            "the encoding found, or correct `language` in its config",
            *found,
        ]

    def show(
        self,
        document_id: str,
        reason: str,
        before: str,
        after: str,
        place: int | None = None,
        characters: int = EXCERPT_CHARACTERS,
    ) -> None:
        """
        Keep an excerpt, for the first documents of each reason.

        Args:
            document_id: the document.
            reason: what it is an example of.
            before: its text.
            after: its text as it is then, or would be.
            place: where to look; None for where the two first differ.
            characters: of each of the two that are shown.
        """
        if not self.wants_excerpt(reason):
            return
        if place is None:
            place = first_difference(before, after)
        start, end = around(place, characters)
        if self._private and reason.startswith("mask_"):
            before = ""
        self.excerpts.append(
            {
                "document_id": document_id,
                "reason": reason,
                "before": shown(before, start, end, self._private),
                "after": shown(after, start, end, self._private),
            }
        )

    def wants_excerpt(self, reason: str) -> bool:
        """Say whether there are too few excerpts of a reason yet."""
        return sum(excerpt["reason"] == reason for excerpt in self.excerpts) < EXCERPTS


def _add(counts: dict[str, dict[str, int]], reason: str, more: dict[str, int]) -> None:
    count = counts.setdefault(reason, {})
    for what, number in more.items():
        count[what] = count.get(what, 0) + number
