"""What a run's samples repeat of its train split, as samples.json tells it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from model.by_heart import LONG_COPY

Json = Mapping[str, Any]


class Longest(NamedTuple):
    """
    The longest passage of a run's samples that stands verbatim in train.

    Attributes:
        text: the passage; empty where none is as long as samples.json counts.
        document_id: where in train it stands.
    """

    text: str
    document_id: str

    @property
    def by_heart(self) -> bool:
        """Whether it is so long that a reader has to be warned."""
        return len(self.text) > LONG_COPY


def longest_copy(samples: Json) -> Longest:
    """
    Find the longest copy of all samples, also of those only measured; of equal ones the first.

    Args:
        samples: content of samples.json.

        >>> copies = [{"start": 2, "end": 5, "document_id": "노래.txt"}]
        >>> shown = [{"text": "가나다라마바", "copies": copies}]
        >>> longest_copy({"samples": shown, "worth": [{"longest_copied": None}]})
        Longest(text='다라마', document_id='노래.txt')
    """
    found = [Longest("", "")]
    for sample in samples["samples"]:
        for copy in sample["copies"]:
            passage = sample["text"][copy["start"] : copy["end"]]
            found.append(Longest(passage, copy["document_id"]))
    measured = (row["longest_copied"] for row in samples["worth"])
    found += [Longest(**passage) for passage in measured if passage is not None]
    return max(found, key=lambda longest: len(longest.text))
