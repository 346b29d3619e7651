"""
Split one long text by position: test is the last part, valid is blocks drawn from the rest.

A valid set cut from the end of the rest would be unlike the rest (the last speakers of a play, the
last chapters of a novel); blocks drawn by their own hash are not.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple


class _Block(NamedTuple):
    """A run of characters of one document, [start, end); test when it stands in the last part."""

    digest: bytes
    document: int
    start: int
    end: int
    is_test: bool


def position_rows(
    documents: Callable[[], Iterator[tuple[str, str]]],
    *,
    valid: float,
    test: float,
    salt: str,
    block_characters: int,
) -> Iterator[tuple[str, str, int, int]]:
    """
    Yield (document_id, split, start, end), each maximal run of one split inside a document.

    Args:
        documents: gives the documents (document_id, text) from the start, each time it is called.
        valid: share of all characters that valid gets at least, 0..1.
        test: share of all characters that the last part has, 0..1.
        salt: changes which blocks are drawn.
        block_characters: size of a valid block, in characters.
    """
    total = sum(len(text) for _, text in documents())
    cut = total - round(test * total)
    cut_documents: list[tuple[str, list[_Block]]] = []
    offset = 0
    for number, (document_id, text) in enumerate(documents()):
        if offset < cut < offset + len(text):
            at_line_end = offset + nearest_line_end(text, cut - offset, block_characters)
            cut = at_line_end if 0 < at_line_end < total else cut
        rest = min(max(cut - offset, 0), len(text))  # characters of this document before the cut
        blocks = list(_blocks(number, text, rest, salt, block_characters))
        cut_documents.append((document_id, blocks))
        offset += len(text)
    rest_blocks = (b for _, blocks in cut_documents for b in blocks if not b.is_test)
    drawn = _draw(_joined(rest_blocks, block_characters), valid * total)
    name = "train"  # an empty document goes where the text before it went
    for document_id, blocks in cut_documents:
        start = end = 0
        for block in blocks:
            before, name = name, _name(block, drawn)
            if name != before and block.start > start:
                yield document_id, before, start, block.start
                start = block.start
            end = block.end
        yield document_id, name, start, end


def nearest_line_end(text: str, target: int, reach: int) -> int:
    r"""
    Return the end of a line that is nearest to `target`, in characters.

    The start and the end of the text count as line ends. Where none is within `reach` characters,
    it is `target` itself: text without line ends is cut at a character.

        >>> nearest_line_end("가나\n다라마바사", 4, 10), nearest_line_end("가나다라", 2, 1)
        (3, 2)
    """
    before = text.rfind("\n", max(0, target - reach - 1), target) + 1
    after = text.find("\n", target, target + reach) + 1 or len(text)
    nearest = before if target - before <= after - target else after
    return nearest if abs(nearest - target) <= reach else target


def _blocks(
    number: int, text: str, rest: int, salt: str, block_characters: int
) -> Iterator[_Block]:
    """Cut `text[:rest]` at line ends into blocks of about one size; what follows is test."""
    count = max(1, round(rest / block_characters))
    cuts = {0, rest}
    for i in range(1, count):
        cuts.add(min(rest, nearest_line_end(text, i * rest // count, block_characters // 2)))
    for start, end in pairwise(sorted(cuts)):
        digest = hashlib.sha256(f"{salt}\0{text[start:end]}".encode()).digest()
        yield _Block(digest, number, start, end, is_test=False)
    if rest < len(text):
        yield _Block(b"", number, rest, len(text), is_test=True)


def _joined(blocks: Iterable[_Block], block_characters: int) -> Iterator[list[_Block]]:
    """Put neighbours together as long as that comes nearer to the size: documents may be lines."""
    joined: list[_Block] = []
    characters = 0
    for block in blocks:
        size = block.end - block.start
        if abs(characters + size - block_characters) > abs(characters - block_characters):
            yield joined
            joined, characters = [], 0
        joined.append(block)
        characters += size
    yield joined


def _draw(joined: Iterable[list[_Block]], wanted: float) -> set[_Block]:
    """Take the blocks, neighbours put together, of lowest digest until they have `wanted`."""
    drawn: set[_Block] = set()
    characters = 0
    for blocks in sorted(joined, key=_digest):
        if characters >= wanted:
            break
        drawn.update(blocks)
        characters += sum(block.end - block.start for block in blocks)
    return drawn


def _digest(blocks: list[_Block]) -> bytes:
    if len(blocks) == 1:
        return blocks[0].digest
    return hashlib.sha256(b"".join(block.digest for block in blocks)).digest()


def _name(block: _Block, drawn: set[_Block]) -> str:
    if block.is_test:
        return "test"
    return "valid" if block in drawn else "train"
