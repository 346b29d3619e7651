"""Stage `clean`: documents to plain, normal text; what it drops and changes is counted."""

import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from preprocess import normalise
from preprocess.files import read_json, write_json
from preprocess.losses import Losses, Step
from preprocess.namumark import Options, to_text
from preprocess.progress import progress
from preprocess.read import open_documents
from preprocess.tables import DOCUMENTS, open_writer

# A word's tag, and the spaces that part it from the next word: 迈向/v  充满/v -> 迈向充满. Words
# of digits and slashes (1/2) are no tags.
TAG_RE = re.compile(r"(?<=\S)/[A-Za-z]+(?: +|(?=\s)|\Z)")

logger = logging.getLogger("geulteul")


def clean(
    settings: Mapping[str, Any], documents: Path, part: int, output: Path, counts: Path
) -> None:
    """
    Clean one part of a corpus.

    Args:
        settings: `normalise` (NFC | none), `title` (keep: it becomes the first line | drop),
            `strip_tags`, `min_characters`, and where the text is namumark `namumark`, the fields
            of `preprocess.namumark.Options`.
        documents: manifest of the documents; the part lies beside it and is verified.
        part: number of the part, from 0.
        output: Parquet file of the same columns.
        counts: JSON file of what was dropped and changed in this part.

    Pieces of a cut document (`id#n`) are never dropped: the others would lose their neighbour.
    """
    markup, normalising = _markup_steps(settings), _normalising_steps(settings)
    losses = Losses()
    rows = progress(open_documents(documents, part), what=f"clean part {part}", unit=" documents")
    with open_writer(output, DOCUMENTS) as writer:
        for row in rows:
            document_id = row["document_id"]
            text = losses.apply(document_id, row["text"], [*markup, *normalising])
            reason = _drop_reason(document_id, text, settings["min_characters"])
            if reason is not None:
                losses.drop(document_id, row["text"], reason)
                continue
            title = _one_line(row["title"], normalising)
            if title and settings["title"] == "keep" and _is_start(document_id):
                text = f"{title}\n{text}"
                losses.change("title", len(title) + 1)
            losses.keep(text)
            kept = {"document_id": document_id, "title": title, "text": text}
            writer.write(kept, len(text.encode()))
    write_json(counts, losses.as_dict())
    logger.info("documents %s, characters %s", losses.documents, losses.characters)


def merge_cleaning(counts: Sequence[Path], output: Path) -> None:
    """
    Add up the counts of all parts, in their order.

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
            "see the files of the corpus, and clean.min_characters in its config"
        )
    write_json(output, losses.as_dict())


def strip_tags(text: str) -> tuple[str, int]:
    """
    Take the part of speech off each word of a tagged text, and the spaces that part the words.

    For the People's Daily, where it is the tagger that parted the words. A slash in a word stays.

        >>> strip_tags("迈向/v  充满/v  希望/n  的/u 1/2/m")
        ('迈向充满希望的1/2', 17)
    """
    stripped = TAG_RE.sub("", text)
    return stripped, len(text) - len(stripped)


def _markup_steps(settings: Mapping[str, Any]) -> list[tuple[str, Step]]:
    """Return what takes markup off, by the reason it is counted under, in order."""
    steps: list[tuple[str, Step]] = []
    if "namumark" in settings:
        options = Options(**settings["namumark"])
        steps.append(("markup", lambda text: _without_namumark(text, options)))
    if settings["strip_tags"]:
        steps.append(("tags", strip_tags))
    return steps


def _normalising_steps(settings: Mapping[str, Any]) -> list[tuple[str, Step]]:
    """Return what normalises, by the reason it is counted under, in order."""
    steps: list[tuple[str, Step]] = [
        ("line_ends", normalise.line_ends),
        ("controls", normalise.controls),
        ("invisible", normalise.invisible),
    ]
    if settings["normalise"] == "NFC":
        steps.append(("nfc", normalise.nfc))
    elif settings["normalise"] != "none":
        raise ValueError(f"clean.normalise is {settings['normalise']!r}; it must be NFC or none")
    return steps


def _without_namumark(text: str, options: Options) -> tuple[str, int]:
    stripped = to_text(text, options)
    return stripped, len(text) - len(stripped)


def _drop_reason(document_id: str, text: str, min_characters: int) -> str | None:
    if "#" in document_id:
        return None
    if not text.strip():
        return "empty"
    return "min_characters" if len(text) < min_characters else None


def _one_line(title: str, steps: Sequence[tuple[str, Step]]) -> str:
    """Normalise a title as its text is."""
    for _, step in steps:
        title, _ = step(title)
    return title.strip().replace("\n", " ")


def _is_start(document_id: str) -> bool:
    """Say whether a row is a document, or the first piece of one."""
    piece = document_id.partition("#")[2]
    return piece in ("", "1")
