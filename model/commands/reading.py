"""Texts that people give: decoded, normalised and cut into documents as corpora are."""

import io
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from preprocess import normalise
from preprocess.documents import Options, Tally
from preprocess.given import bytes_of, name_of
from preprocess.raw import RawFile
from preprocess.readers import read_file

logger = logging.getLogger("geulteul")


@dataclass(frozen=True)
class Reading:
    """
    How files are read.

    Attributes:
        document: what a document is: file, line or blank-line, as `document` of a corpus.
        encoding: auto, or a name that Python knows.
        characters: plain or keep, as `clean.characters` of a corpus.
    """

    document: str
    encoding: str
    characters: str


class Document(NamedTuple):
    """A text that stands for itself, and where it comes from: `file` or `file:line`."""

    name: str
    text: str


def read_documents(files: Sequence[Path], reading: Reading) -> list[Document]:
    """
    Return the documents of text files, without those that are white space only, as in corpora.

    Args:
        files: text; `-` is stdin.
        reading: how.

    Raises:
        OSError: a file cannot be read.
        ValueError: a file is no text, or has none, or is named twice.
    """
    if len(set(files)) < len(files):
        raise ValueError("a file is named twice; name each once")
    return [found for file in files for found in _documents_of(file, reading)]


def _documents_of(file: Path, reading: Reading) -> Iterator[Document]:
    name, data = name_of(file), bytes_of(file)
    options = Options("text", reading.encoding, reading.document)
    raw, tally = RawFile(name, len(data), lambda: io.BytesIO(data)), Tally()
    changed: dict[str, int] = {}
    has_text = False
    for document in read_file(raw, options, tally):
        text = _normal("".join(document.text), reading.characters, changed)
        if text.strip():
            has_text = True
            yield Document(document.document_id, text)
    for sentence in tally.sentences(name):
        logger.warning("%s", sentence)
    if changed:
        counts = ", ".join(f"{count} by {reason}" for reason, count in changed.items())
        logger.warning(
            "%s: characters changed, as in corpora (docs/normalisation.md): %s", name, counts
        )
    if not has_text:
        raise ValueError(
            f"{name}: {'has only white space' if data else 'is empty'}; give it a text"
        )


def _normal(text: str, characters: str, changed: dict[str, int]) -> str:
    """Bring a text into the form of corpora; count what that changes, by reason."""
    for reason, step in [*normalise.table_steps(characters), ("nfc", normalise.nfc)]:
        text, count = step(text)
        if count:
            changed[reason] = changed.get(reason, 0) + count
    return text
