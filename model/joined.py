"""A split as one text: a line feed behind each document, as `stop: none` writes them."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from unicodedata import is_normalized, normalize

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from model.copies import BREAK
from preprocess.stretches import TextBatch, text_batches

Ids = npt.NDArray[np.int64]


class Joined(NamedTuple):
    """
    A piece of the text, in NFC, about a megabyte.

    Attributes:
        text: of some stretches, each with what joins it to the next one.
        starts: (S,) where each stretch begins in the text, in characters.
        document_ids: (S,) names of the documents that they lie in.
    """

    text: str
    starts: Ids
    document_ids: pa.LargeStringArray


def joined(clean: Sequence[Path], split_path: Path, name: str) -> Iterator[Joined]:
    """
    Yield the text of one split in source order, piece by piece.

    Where a document ends stands a line feed; where a stretch goes on from the one before, nothing;
    and where something of another split was cut out between, `BREAK`, which no clean text has.

    Args:
        clean: all parts of the clean text, in order.
        split_path: the split of the corpus.
        name: train, valid or test.

    Raises:
        ValueError: an input is damaged, or the split was not made of this clean text.
    """
    ended = True
    for whole in text_batches(clean, split_path):
        batch = whole.select(name)
        if len(batch):
            texts = _texts(batch, ended)
            ended = bool(batch.ends[-1])
            starts = np.append(0, np.cumsum([len(text) for text in texts]))[:-1]
            yield Joined("".join(texts), starts, batch.document_ids)


def documents_at(places: Sequence[int], pieces: Iterable[Joined]) -> dict[int, str]:
    """
    Say which document stands at each of some places of a text.

    Args:
        places: in characters from its start; in any order.
        pieces: the text from its start; not begun where there are no places.
    """
    sought, before, found = np.unique(np.array(places, np.int64)), 0, dict[int, str]()
    for text, starts, document_ids in pieces if len(sought) else ():
        here = sought[(before <= sought) & (sought < before + len(text))]
        rows = np.searchsorted(starts, here - before, side="right") - 1
        found.update(zip(here.tolist(), document_ids.take(rows).to_pylist(), strict=True))
        before += len(text)
        if len(found) == len(sought):
            break
    return found


def _texts(batch: TextBatch, ended: bool) -> list[str]:
    """Return each stretch in NFC with what joins it to its neighbours."""
    befores = [ended, *batch.ends.tolist()]
    flags = zip(befores, batch.continues.tolist(), batch.ends.tolist(), strict=False)
    texts = [
        f"{'' if before or goes_on else BREAK}{text}" + "\n" * ends
        for text, (before, goes_on, ends) in zip(batch.texts(), flags, strict=True)
    ]
    if is_normalized("NFC", "".join(texts)):
        return texts
    return [normalize("NFC", text) for text in texts]
