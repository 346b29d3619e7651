"""NFC of a text, and which of its own characters each character of it was made of."""

import re
from unicodedata import is_normalized, normalize

import numpy as np
import numpy.typing as npt

ASCII_RE = re.compile("(?=[\0-\x7f])")

Ids = npt.NDArray[np.int64]


def nfc(text: str) -> tuple[str, Ids]:
    r"""
    Return a text in NFC, and how many of its own characters make up the first n of those.

    The second is (N + 1,), for each n from 0 to the N characters in NFC.

        >>> composed, places = nfc("\u1112\u1161\u11ab글")
        >>> composed, places.tolist()
        ('한글', [0, 3, 4])
    """
    if is_normalized("NFC", text):
        return text, np.arange(len(text) + 1)
    composed, places, before = list[str](), [np.zeros(1, np.int64)], 0
    # A character of ASCII is never composed with what stands before it.
    for part in ASCII_RE.split(text):
        whole = normalize("NFC", part)
        sizes = [len(normalize("NFC", part[:end])) for end in range(len(part) + 1)]
        reached = np.maximum.accumulate(sizes)
        ends = np.searchsorted(reached, np.arange(1, len(whole) + 1), side="right") - 1
        composed.append(whole)
        places.append(before + ends)
        before += len(part)
    return "".join(composed), np.concatenate(places)
