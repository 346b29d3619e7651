"""What texts are worth: their novelty, and which passages of them stand in which document."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from model.copies import Copies
from model.joined import Joined, documents_at
from model.nfc import Ids, nfc
from model.novelty import SHORT, Novelty, Texts, novelties


class Passage(NamedTuple):
    """Characters [start, end) of a text, and the first document of train that has them."""

    start: int
    end: int
    document_id: str

    @property
    def size(self) -> int:
        """Characters of it."""
        return self.end - self.start


class Worth(NamedTuple):
    """
    What some texts are worth.

    Attributes:
        novelty: of all of them together.
        copies: of each text the passages of `SHORT` characters and more that stand in train. They
            are in order and do not overlap: where two did, the longer one is whole and the other
            cut.
    """

    novelty: Novelty
    copies: list[list[Passage]]


def worth(groups: Sequence[Texts], train: Callable[[], Iterable[Joined]]) -> list[Worth]:
    """
    Measure groups of texts; copies are looked for in NFC, whatever form a text has.

    Args:
        groups: small beside train.
        train: gives the text of train from its start, each time it is called.
    """
    composed = [[nfc(text) for text in group.texts] for group in groups]
    normalised = [
        Texts([text for text, _ in some], group.cut)
        for some, group in zip(composed, groups, strict=True)
    ]
    measured = novelties(normalised, lambda: (piece.text for piece in train()))
    apart = [[copies.of(SHORT).apart() for copies in found] for _, found in measured]
    middles = {middle for some in apart for copies in some for middle in _middles(copies)}
    documents = documents_at(sorted(middles), train())
    return [
        Worth(
            novelty,
            [
                _passages(copies, places, documents)
                for copies, (_, places) in zip(some, texts, strict=True)
            ],
        )
        for (novelty, _), some, texts in zip(measured, apart, composed, strict=True)
    ]


def longest_copy(texts: Sequence[str], copies: Sequence[list[Passage]]) -> dict[str, str] | None:
    """Return the first of the longest passages of some texts, and its document."""
    pairs = [(passage, text) for text, some in zip(texts, copies, strict=True) for passage in some]
    if not pairs:
        return None
    longest, text = max(pairs, key=lambda pair: pair[0].size)
    return {"text": text[longest.start : longest.end], "document_id": longest.document_id}


def _middles(copies: Copies) -> list[int]:
    """Return where in train the middle of each copy stands, as either end may lie elsewhere."""
    middles: list[int] = (copies.places + copies.sizes // 2).tolist()
    return middles


def _passages(copies: Copies, places: Ids, documents: dict[int, str]) -> list[Passage]:
    """Return copies in characters of the text as it was before NFC."""
    starts, ends = places[copies.starts].tolist(), places[copies.ends].tolist()
    names = [documents[middle] for middle in _middles(copies)]
    return list(map(Passage, starts, ends, names))
