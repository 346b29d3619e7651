"""Make plain, normal text of documents, and count by reason what was dropped or changed."""

import logging
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from preprocess import namumark, normalise
from preprocess.files import read_json, write_json
from preprocess.progress import progress
from preprocess.read import open_documents
from preprocess.tables import DOCUMENTS, open_writer

Step = Callable[[str], tuple[str, int]]  # text -> (text, characters removed or replaced)

# A word's tag, and the space that parts it from the next word: 迈向/v  充满/v -> 迈向充满. Words
# of digits and slashes (1/2) are no tags.
TAG_RE = re.compile(r"(?<=\S)/[A-Za-z]+(?: +|(?=\s)|\Z)")
EXCERPTS = 3  # of each reason
EXCERPT_CHARACTERS = 80

logger = logging.getLogger("geulteul")


def clean(settings: dict[str, Any], documents: Path, part: int, output: Path, counts: Path) -> None:
    """
    Clean one part of a corpus.

    Args:
        settings: `normalise` (NFC | none), `title` (keep: it becomes the first line | drop),
            `strip_tags`, `min_characters`, and for namumark `namumark`, the fields of
            `namumark.Options`.
        documents: manifest of the documents; the part lies beside it.
        part: number of the part, from 0.
        output: Parquet file, the same columns.
        counts: JSON file of what was dropped and changed in this part.

    Pieces of a cut document (`id#n`) are not dropped: the pieces after them would lose their start.
    """
    steps = _steps(settings)
    tally = Tally()
    rows = progress(open_documents(documents, part), what=f"clean part {part}", unit="document")
    with open_writer(output, DOCUMENTS) as writer:
        for row in rows:
            text = tally.apply(row["document_id"], row["text"], steps)
            reason = _drop_reason(row["document_id"], text, settings["min_characters"])
            if reason is not None:
                tally.drop(row["document_id"], row["text"], reason)
                continue
            title = _plain_title(row["title"], settings)
            if title and settings["title"] == "keep" and _is_start(row["document_id"]):
                text = f"{title}\n{text}"
                tally.change("title", len(title) + 1)
            tally.keep(text)
            writer.write({**row, "title": title, "text": text}, len(text) * 3)
    write_json(counts, tally.as_dict())


def merge_cleaning(counts: Sequence[Path], output: Path) -> None:
    """
    Add up the counts of all parts.

    Raises:
        ValueError: nothing is left; it names the rules that dropped the documents.
    """
    tally = Tally()
    for path in counts:
        tally.add(read_json(path))
    if tally.characters["out"] == 0:
        rules = [
            f"rule {reason} dropped {count['documents']} documents of {count['characters']} "
            "characters"
            for reason, count in sorted(tally.dropped.items())
        ]
        raise ValueError(
            f"{output}: 0 characters left after cleaning: "
            f"{', '.join(rules) or 'there were no documents'}; see the corpus' source and its "
            "clean.min_characters"
        )
    write_json(output, tally.as_dict())


def strip_tags(text: str) -> tuple[str, int]:
    """
    Take the part of speech off each word of a tagged text, and the spaces that part the words.

    For the People's Daily, whose words are parted by the tagger only. A slash in a word stays.

        >>> strip_tags("迈向/v  充满/v  希望/n  的/u 1/2/m")
        ('迈向充满希望的1/2', 13)
    """
    stripped = TAG_RE.sub("", text)
    return stripped, len(text) - len(stripped)


class Tally:
    """What became of the documents and characters: in, out, dropped and changed by reason."""

    def __init__(self) -> None:
        self.documents = {"in": 0, "out": 0}
        self.characters = {"in": 0, "out": 0}
        self.dropped: dict[str, dict[str, int]] = {}
        self.changed: dict[str, dict[str, int]] = {}
        self.excerpts: list[dict[str, str]] = []

    def apply(self, document_id: str, text: str, steps: Sequence[tuple[str, Step]]) -> str:
        """Put a document's text through the steps, counting what each of them changes."""
        self.documents["in"] += 1
        self.characters["in"] += len(text)
        for reason, step in steps:
            before = text
            text, count = step(before)
            if count or text != before:
                self.change(reason, count)
                self._excerpt(document_id, reason, before, text)
        return text

    def change(self, reason: str, characters: int) -> None:
        """Count a document of which a reason changed so many characters."""
        _count(self.changed, reason, 1, characters)

    def keep(self, text: str) -> None:
        """Count a document that is written."""
        self.documents["out"] += 1
        self.characters["out"] += len(text)

    def drop(self, document_id: str, text: str, reason: str) -> None:
        """Count a document that is not written; `text` is as it was before cleaning."""
        _count(self.dropped, reason, 1, len(text))
        self._excerpt(document_id, reason, text, "")

    def add(self, other: dict[str, Any]) -> None:
        """Add the counts of a later part, as `as_dict` gave them."""
        for key in ("in", "out"):
            self.documents[key] += other["documents"][key]
            self.characters[key] += other["characters"][key]
        for mine, theirs in ((self.dropped, other["dropped"]), (self.changed, other["changed"])):
            for reason, count in theirs.items():
                _count(mine, reason, count["documents"], count["characters"])
        for excerpt in other["excerpts"]:
            if self._wants_excerpt(excerpt["reason"]):
                self.excerpts.append(excerpt)

    def as_dict(self) -> dict[str, Any]:
        """Return the counts as they stand in cleaning.json."""
        return {
            "documents": self.documents,
            "characters": self.characters,
            "dropped": self.dropped,
            "changed": self.changed,
            "excerpts": self.excerpts,
        }

    def _wants_excerpt(self, reason: str) -> bool:
        return sum(excerpt["reason"] == reason for excerpt in self.excerpts) < EXCERPTS

    def _excerpt(self, document_id: str, reason: str, before: str, after: str) -> None:
        """Keep the place where a text first changes, for the first documents of each reason."""
        if self._wants_excerpt(reason):
            start = max(0, len(os.path.commonprefix([before, after])) - EXCERPT_CHARACTERS // 4)
            end = start + EXCERPT_CHARACTERS
            excerpt = {"before": before[start:end], "after": after[start:end]}
            self.excerpts.append({"document_id": document_id, "reason": reason, **excerpt})


def _count(counts: dict[str, dict[str, int]], reason: str, documents: int, characters: int) -> None:
    count = counts.setdefault(reason, {"documents": 0, "characters": 0})
    count["documents"] += documents
    count["characters"] += characters


def _steps(settings: dict[str, Any]) -> list[tuple[str, Step]]:
    """Return the steps of the settings by the reason they are counted under, in their order."""
    steps: list[tuple[str, Step]] = []
    if "namumark" in settings:
        options = namumark.Options(**settings["namumark"])
        steps.append(("markup", lambda text: _without_markup(text, options)))
    if settings["strip_tags"]:
        steps.append(("tags", strip_tags))
    steps += [
        ("line_ends", normalise.line_ends),
        ("controls", normalise.controls),
        ("invisible", normalise.invisible),
    ]
    if settings["normalise"] == "NFC":
        steps.append(("nfc", normalise.nfc))
    return steps


def _without_markup(text: str, options: namumark.Options) -> tuple[str, int]:
    stripped = namumark.to_text(text, options)
    return stripped, len(text) - len(stripped)


def _plain_title(title: str, settings: dict[str, Any]) -> str:
    """Normalise a title as its text is, on one line."""
    for _, step in _steps({**settings, "strip_tags": False, "namumark": None}):
        title, _ = step(title)
    return " ".join(title.split("\n"))
