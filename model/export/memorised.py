"""What a run's samples repeat of its train split, as samples.json tells it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

# A longer verbatim copy is no chance: the model has learnt a passage by heart.
WARN_ABOVE = 50  # characters

Json = Mapping[str, Any]


class Longest(NamedTuple):
    """
    The longest passage of some samples that stands verbatim in train.

    Attributes:
        characters: of it; 0 where no sample has a copy as long as samples.json counts.
        text: the passage.
        document_id: where in train it stands.
    """

    characters: int
    text: str
    document_id: str

    @property
    def by_heart(self) -> bool:
        """Whether it is so long that a reader has to be warned."""
        return self.characters > WARN_ABOVE


def longest_copy(samples: Sequence[Json]) -> Longest:
    """
    Find the longest copy of all samples; of equal ones the first.

    Args:
        samples: those of samples.json: `text`, and `copies` with `start`, `end`, `document_id`.

        >>> copies = [{"start": 2, "end": 5, "document_id": "노래.txt"}]
        >>> longest_copy([{"text": "가나다라마바", "copies": copies}])
        Longest(characters=3, text='다라마', document_id='노래.txt')
    """
    longest = Longest(0, "", "")
    for sample in samples:
        for copy in sample["copies"]:
            start, end = copy["start"], copy["end"]
            if end - start > longest.characters:
                longest = Longest(end - start, sample["text"][start:end], copy["document_id"])
    return longest
