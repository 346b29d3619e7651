"""
The lines of test that train does not have: what a model can do but for what it knows by heart.

Songs share refrains, wikis share phrases. Lines are compared without the white space around them,
whatever their length. Each is scored in its full context; only the sum leaves the others out. Where
a token has several line feeds, as a word may, they all belong to the line before.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from preprocess.hashes import contains, distinct, found_in, text_hashes
from preprocess.vocabulary import END, Vocabulary

Tokens = npt.NDArray[np.integer]
Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class UnseenLines:
    """
    Lines of test that do not stand in train.

    Attributes:
        lines: how many there are.
        all_lines: how many lines test has.
        bytes: UTF-8 bytes of the unseen ones, with one for each line's end.
        tokens: (N,) flags, which tokens of test are in them; a line's end, a line feed or the
            document's end, belongs to it.
    """

    lines: int
    all_lines: int
    bytes: int
    tokens: npt.NDArray[np.bool_]


def unseen_lines(
    vocabulary: Vocabulary, train: Iterable[str], test: Tokens, bounds: Ids
) -> UnseenLines:
    """
    Find the lines of test that do not stand in train.

    Args:
        vocabulary: of test.
        train: its texts; they are streamed past the lines of test.
        test: (N,) tokens of all streams.
        bounds: (streams + 1,) where these begin, and the end.
    """
    is_break = np.array([_ends_line(vocabulary, token) for token in range(vocabulary.size)])
    begins = np.union1d(bounds, np.flatnonzero(is_break[test]) + 1)  # the last is test's end
    lines = [vocabulary.decode(line) for line in np.split(test, begins[1:-1])]
    hashes = text_hashes(line.strip() for line in lines)
    of_train = (text_hashes(line.strip() for line in text.split("\n")) for text in train)
    seen = contains(found_in(distinct(hashes), of_train), hashes)
    ends = np.add.reduceat(test == END, begins[:-1])
    sizes = np.array([len(line.encode()) for line in lines]) + ends
    return UnseenLines(
        lines=int((~seen).sum()),
        all_lines=len(lines),
        bytes=int(sizes[~seen].sum()),
        tokens=np.repeat(~seen, np.diff(begins)),
    )


def _ends_line(vocabulary: Vocabulary, token: int) -> bool:
    return token == END or "\n" in vocabulary.decode([token])
