"""Duplicates: documents of one text, and lines that are written more than once."""

import hashlib
import unicodedata
from array import array
from collections.abc import Iterable, Iterator

import numpy as np

from preprocess.hashes import Hashes, distinct, text_hashes
from preprocess.stretches import is_next_piece


def comparable(text: str) -> str:
    r"""
    Return a text as duplicates are compared: NFC, each run of white space one space.

        >>> comparable(" 가나  다\n")
        '가나 다'
    """
    return " ".join(unicodedata.normalize("NFC", text).split())


def document_pieces(documents: Iterable[tuple[str, str]]) -> Iterator[tuple[str, bool]]:
    """Yield (text, whether a new document begins); a piece of a cut document begins none."""
    previous = ""
    for document_id, text in documents:
        yield text, not is_next_piece(previous, document_id)
        previous = document_id


def whole_texts(documents: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield the text of each document, the pieces of a cut one put together."""
    pieces: list[str] = []
    for text, begins in document_pieces(documents):
        if begins and pieces:
            yield "".join(pieces)
            pieces = []
        pieces.append(text)
    if pieces:
        yield "".join(pieces)


def document_digests(documents: Iterable[tuple[str, str]], salt: str = "") -> Hashes:
    """
    Hash each document's comparable text, after a salt, to 8 bytes.

    The pieces of a cut document count as one text, wherever it was cut.
    """
    digests = array("Q")
    hasher = hashlib.sha256()
    is_empty, is_parted = True, False  # what came of the document, and white space after it
    for text, begins in document_pieces(documents):
        if begins:
            hasher = hashlib.sha256(f"{salt}\0".encode())
            digests.append(0)
            is_empty = True
        words = comparable(text)
        is_parted = not is_empty and (is_parted or text[:1].isspace())
        if words:
            hasher.update(f"{' ' * is_parted}{words}".encode())
            is_empty, is_parted = False, text[-1:].isspace()
        digests[-1] = int.from_bytes(hasher.digest()[:8], "big")
    return np.array(digests, np.uint64)


def exact_duplicates(digests: Hashes) -> dict[str, int]:
    """
    Count groups of documents of one comparable text, and the documents in these groups.

        >>> exact_duplicates(document_digests([("a", "가 나"), ("b", "가  나"), ("c", "다")]))
        {'exact_groups': 1, 'exact_documents': 2}
    """
    _, counts = np.unique(digests, return_counts=True)
    return {
        "exact_groups": int((counts > 1).sum()),
        "exact_documents": int(counts[counts > 1].sum()),
    }


def repeated_lines(documents: Iterable[tuple[str, str]]) -> dict[str, int]:
    r"""
    Count lines that are not blank, stripped: `distinct` ones, and those that repeat another.

    A line that its own document has already (a chorus) is repeated inside; one that only earlier
    documents have, across. These two and the distinct ones make up all lines. Memory: 8 bytes for
    each different line of each document.

        >>> repeated_lines([("a", "후렴\n절\n후렴\n"), ("b", "후렴\n")])
        {'lines': 4, 'distinct': 2, 'repeated_inside': 1, 'repeated_across': 1}
    """
    gathered = array("Q")  # the different lines of each document
    lines, own = 0, set[int]()
    for text, begins in document_pieces(documents):
        if begins:
            gathered.extend(own)
            own = set()
        stripped = [line for line in map(str.strip, text.split("\n")) if line]
        lines += len(stripped)
        own.update(text_hashes(stripped).tolist())
    gathered.extend(own)
    different = len(distinct(np.array(gathered, np.uint64)))
    return {
        "lines": lines,
        "distinct": different,
        "repeated_inside": lines - len(gathered),
        "repeated_across": len(gathered) - different,
    }
