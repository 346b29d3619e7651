"""What cleaning dropped and changed: documents and characters by reason, with excerpts."""

from collections.abc import Callable, Iterable
from typing import Any

Step = Callable[[str], tuple[str, int]]  # text -> (text, characters removed or replaced)

EXCERPTS = 3  # of each reason
EXCERPT_CHARACTERS = 80


class Losses:
    """Counts of one part, or, added up, of all; equal input gives equal counts and excerpts."""

    def __init__(self) -> None:
        self.documents = {"in": 0, "out": 0}
        self.characters = {"in": 0, "out": 0}
        self.dropped: dict[str, dict[str, int]] = {}
        self.changed: dict[str, dict[str, int]] = {}
        self.excerpts: list[dict[str, str]] = []

    def apply(self, document_id: str, text: str, steps: Iterable[tuple[str, Step]]) -> str:
        """Put a document's text through the steps, counting what each of them changes."""
        self.documents["in"] += 1
        self.characters["in"] += len(text)
        for reason, step in steps:
            before = text
            text, count = step(before)
            if text != before:
                self.change(reason, count)
                self._excerpt(document_id, reason, before, text)
        return text

    def change(self, reason: str, characters: int) -> None:
        """Count a document in which so many characters were changed for a reason."""
        _add(self.changed, reason, 1, characters)

    def keep(self, text: str) -> None:
        """Count a document that is written."""
        self.documents["out"] += 1
        self.characters["out"] += len(text)

    def drop(self, document_id: str, text: str, reason: str) -> None:
        """Count a document that is not written; `text` is as it was before cleaning."""
        _add(self.dropped, reason, 1, len(text))
        self._excerpt(document_id, reason, text, "")

    def add(self, other: dict[str, Any]) -> None:
        """Add the counts of the next part, as `as_dict` gave them."""
        for key in ("in", "out"):
            self.documents[key] += other["documents"][key]
            self.characters[key] += other["characters"][key]
        for mine, theirs in ((self.dropped, other["dropped"]), (self.changed, other["changed"])):
            for reason, count in theirs.items():
                _add(mine, reason, count["documents"], count["characters"])
        self.excerpts += [e for e in other["excerpts"] if self._wants_excerpt(e["reason"])]

    def as_dict(self) -> dict[str, Any]:
        """Return the counts as they stand in cleaning.json."""
        return dict(vars(self))

    def _wants_excerpt(self, reason: str) -> bool:
        return sum(excerpt["reason"] == reason for excerpt in self.excerpts) < EXCERPTS

    def _excerpt(self, document_id: str, reason: str, before: str, after: str) -> None:
        """Keep the place where a text first changes, for the first documents of each reason."""
        if self._wants_excerpt(reason):
            pairs = enumerate(zip(before, after, strict=False))
            change = next(
                (i for i, (old, new) in pairs if old != new), min(len(before), len(after))
            )
            start = max(0, change - EXCERPT_CHARACTERS // 4)
            end = start + EXCERPT_CHARACTERS
            excerpt = {"before": before[start:end], "after": after[start:end]}
            self.excerpts.append({"document_id": document_id, "reason": reason, **excerpt})


def _add(counts: dict[str, dict[str, int]], reason: str, documents: int, characters: int) -> None:
    count = counts.setdefault(reason, {"documents": 0, "characters": 0})
    count["documents"] += documents
    count["characters"] += characters
