"""Exact duplicates: documents of one text."""

import hashlib
import unicodedata
from array import array
from collections.abc import Iterable

import numpy as np

from preprocess.stretches import is_next_piece


def comparable(text: str) -> str:
    r"""
    Return a text as duplicates are compared: NFC, each run of white space one space.

        >>> comparable(" 가나  다\n")
        '가나 다'
    """
    return " ".join(unicodedata.normalize("NFC", text).split())


def exact_duplicates(documents: Iterable[tuple[str, str]]) -> dict[str, int]:
    """
    Count groups of documents of one comparable text, and the documents in these groups.

    Args:
        documents: (document_id, text); pieces of a cut document count as one.
    """
    digests = array("Q")
    previous, hasher = "", hashlib.sha256()
    for document_id, text in documents:
        if not is_next_piece(previous, document_id):
            hasher = hashlib.sha256()
            digests.append(0)
        previous = document_id
        hasher.update(comparable(text).encode())
        digests[-1] = int.from_bytes(hasher.digest()[:8], "big")
    _, counts = np.unique(np.array(digests, np.uint64), return_counts=True)
    return {
        "exact_groups": int((counts > 1).sum()),
        "exact_documents": int(counts[counts > 1].sum()),
    }
