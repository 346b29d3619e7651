"""Stage `clean`: documents to plain, normal text; what it drops, changes and finds is counted."""

import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from preprocess import mojibake, normalise
from preprocess.files import read_json, write_json
from preprocess.filters import drop_reason, new_lines
from preprocess.hashes import Seen
from preprocess.losses import Losses, Step
from preprocess.markup import LINE_CHARACTERS, telling_line
from preprocess.masks import mask_steps
from preprocess.namumark import Options, strip
from preprocess.progress import progress
from preprocess.read import open_documents
from preprocess.tables import DOCUMENTS, open_writer

# A word's tag, and the spaces that part it from the next word: 迈向/v  充满/v -> 迈向充满. Words
# of digits and slashes (1/2) are no tags.
TAG_RE = re.compile(r"(?<=\S)/[A-Za-z]+(?: +|(?=\s)|\Z)")

CHOICES = {
    "normalise": ("NFC", "none"),
    "characters": ("plain", "keep"),
    "hanyang_pua": ("keep", "drop"),
    "mojibake": ("keep", "repair"),
    "title": ("keep", "drop"),
    "duplicate_lines": ("keep", "drop"),
}

logger = logging.getLogger("geulteul")


def clean(
    settings: Mapping[str, Any], documents: Path, part: int, output: Path, counts: Path
) -> None:
    """
    Clean one part of a corpus.

    Args:
        settings: those of `CHOICES`; `strip_tags`; `mask`, kinds of `preprocess.masks`; the limits
            of `preprocess.filters`; and where the text is namumark `namumark`, the fields of
            `preprocess.namumark.Options`. A title that is kept becomes the first line.
        documents: manifest of the documents; the part lies beside it and is verified.
        part: number of the part, from 0.
        output: Parquet file of the same columns.
        counts: JSON file of what was dropped, changed and found in this part.

    Pieces of a cut document (`id#n`) are never dropped: the others would lose their neighbour.

    Raises:
        ValueError: a setting has a value that there is not.
    """
    losses = Losses(private=bool(settings["mask"]))
    cleaner = _Cleaner(settings, losses)
    rows = progress(open_documents(documents, part), what=f"clean part {part}", unit=" documents")
    with open_writer(output, DOCUMENTS) as writer:
        for row in rows:
            document_id = row["document_id"]
            text, reason = cleaner.cleaned(document_id, row["title"], row["text"])
            if reason is not None and "#" not in document_id:
                losses.drop(document_id, row["text"], reason)
                continue
            title = cleaner.title(row["title"])
            if title and settings["title"] == "keep" and _is_start(document_id):
                untitled, text = text, f"{title}\n{text}"
                losses.change("title", len(title) + 1)
                losses.show(document_id, "title", untitled, text, 0)
            losses.keep(text)
            kept = {"document_id": document_id, "title": title, "text": text}
            writer.write(kept, len(text.encode()))
    write_json(counts, losses.as_dict())
    logger.info("documents %s, characters %s", losses.documents, losses.characters)


def merge_cleaning(settings: Mapping[str, Any], counts: Sequence[Path], output: Path) -> None:
    """
    Add up the counts of all parts, in their order, and warn of what looks wrong.

    Args:
        settings: `language`, the corpus'.
        counts: what `clean` counted, one file a part.
        output: cleaning.json.

    Raises:
        ValueError: no text is left; it names the rules that dropped the documents.
    """
    losses = Losses()
    for path in counts:
        losses.add(read_json(path))
    if losses.characters["out"] == 0:
        rules = [
            f"rule {reason} dropped {count['documents']} documents of {count['characters']} "
            "characters"
            for reason, count in sorted(losses.dropped.items())
        ]
        raise ValueError(
            f"{output}: 0 characters left after cleaning: "
            f"{', '.join(rules) or 'the source has no documents'}; "
            "see the files of the corpus, and clean in its config"
        )
    warnings = losses.warnings(settings["language"])
    for warning in warnings:
        logger.warning("%s", warning)
    write_json(output, {**losses.as_dict(), "warnings": warnings})


def strip_tags(text: str) -> tuple[str, int]:
    """
    Take the part of speech off each word of a tagged text, and the spaces that part the words.

    For the People's Daily, where it is the tagger that parted the words. A slash in a word stays.

        >>> strip_tags("迈向/v  充满/v  希望/n  的/u 1/2/m")
        ('迈向充满希望的1/2', 17)
    """
    stripped = TAG_RE.sub("", text)
    return stripped, len(text) - len(stripped)


class _Cleaner:
    """The settings of a corpus as steps, in order; and the lines that have come before."""

    def __init__(self, settings: Mapping[str, Any], losses: Losses) -> None:
        for name, choices in CHOICES.items():
            if settings[name] not in choices:
                raise ValueError(
                    f"clean.{name} is {settings[name]!r}; it must be {' or '.join(choices)}"
                )
        self._settings = settings
        self._losses = losses
        self._options = Options(**settings["namumark"]) if "namumark" in settings else None
        self._tags = [("tags", strip_tags)] if settings["strip_tags"] else []
        self._table = normalise.table_steps(settings["characters"])
        self._last = [*_form_steps(settings), *mask_steps(settings["mask"])]
        self._seen = Seen() if settings["duplicate_lines"] == "drop" else None

    def cleaned(self, document_id: str, title: str, text: str) -> tuple[str, str | None]:
        """Return a document's text, and why to drop it, if so; count what happens to it."""
        self._losses.read(text)
        text = self._without_mojibake(document_id, text)
        text = self._without_namumark(document_id, title, text)
        text = self._losses.apply(document_id, text, self._tags)
        if not normalise.is_plain(text):
            text = self._losses.apply(document_id, text, self._table)
        self._look_for(document_id, "hanyang_pua", text, normalise.HANYANG_RE)
        text = self._losses.apply(document_id, text, self._last)
        self._look_for(document_id, "replacements", text, normalise.REPLACEMENT_RE)
        reason = drop_reason(text, self._settings)
        if reason is None or "#" in document_id:
            text = self._without_duplicate_lines(document_id, text)
            reason = reason if text.strip() else "empty"
        return text, reason

    def title(self, title: str) -> str:
        """Clean a title as its text is; what changes in it is not counted."""
        if self._settings["mojibake"] == "repair":
            title, _ = mojibake.repair(title)
        for _, step in [*self._table, *self._last]:
            title, _ = step(title)
        return title.strip().replace("\n", " ")

    def _without_mojibake(self, document_id: str, text: str) -> str:
        """Count the mojibake, and repair it if the settings say so."""
        repaired, count = mojibake.repair(text)
        if not count:
            return text
        self._losses.find("mojibake", count)
        self._losses.show(document_id, "mojibake", text, repaired)
        if self._settings["mojibake"] == "keep":
            return text
        self._losses.change("mojibake", count)
        return repaired

    def _without_namumark(self, document_id: str, title: str, page: str) -> str:
        """Take namumark off, where the corpus is in it, and count what that dropped and left."""
        if self._options is None:
            return page
        stripped = strip(page, self._options)
        self._losses.strip(document_id, title, page, stripped)
        if stripped.text != page and self._losses.wants_excerpt("markup"):
            line = telling_line(page, stripped.text, self._options)
            if line is None:
                self._losses.show(document_id, "markup", page, stripped.text)
            else:
                self._losses.show(document_id, "markup", *line, 0, LINE_CHARACTERS)
        return stripped.text

    def _look_for(self, document_id: str, kind: str, text: str, pattern: re.Pattern[str]) -> None:
        first = pattern.search(text)
        if first is not None:
            self._losses.find(kind, len(pattern.findall(text)))
            self._losses.show(document_id, kind, text, text, first.start())

    def _without_duplicate_lines(self, document_id: str, text: str) -> str:
        if self._seen is None:
            return text
        shorter, lines = new_lines(text, self._seen)
        if lines:
            self._losses.change("duplicate_lines", len(text) - len(shorter), lines=lines)
            self._losses.show(document_id, "duplicate_lines", text, shorter)
        return shorter


def _form_steps(settings: Mapping[str, Any]) -> list[tuple[str, Step]]:
    """Return what comes after the table, by the reason it is counted under, in order."""
    steps: list[tuple[str, Step]] = []
    if settings["hanyang_pua"] == "drop":
        steps.append(("hanyang_pua", normalise.without_hanyang_pua))
    if settings["normalise"] == "NFC":
        steps.append(("nfc", normalise.nfc))
    return steps


def _is_start(document_id: str) -> bool:
    """Say whether a row is a document, or the first piece of one."""
    piece = document_id.partition("#")[2]
    return piece in ("", "1")
