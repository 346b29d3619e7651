"""Split a corpus into train, valid and test: by each document's content, or by position."""

import hashlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from preprocess.duplicates import comparable, exact_duplicates
from preprocess.files import write_json
from preprocess.leaks import leaks
from preprocess.position import position_rows
from preprocess.stretches import (
    STRETCHES,
    Stretch,
    all_stretches,
    clean_documents,
    is_next_piece,
    stretches,
)
from preprocess.tables import open_writer

SPLITS = ("train", "valid", "test")
ROW_BYTES = 32  # of a stretch beside its id, for the size of row groups

logger = logging.getLogger("geulteul")


def split(settings: dict[str, Any], clean: Sequence[Path], output: Path, summary: Path) -> None:
    """
    Write which characters of the clean text belong to which split, and a summary of it.

    Args:
        settings: `method` (hash | position), `valid` and `test` (shares, 0..1), `salt`, and for
            position `block_characters`, the size of a valid block.
        clean: the parts of the clean text, in order.
        output: Parquet file of stretches.
        summary: JSON file: sizes, exact duplicates, leaks.

    Raises:
        ValueError: impossible settings, or a split that is asked for came out empty.
    """
    _check(settings, clean)
    used = set()
    with open_writer(output, STRETCHES) as writer:
        for row in _rows(settings, clean):
            used.add(row.split)
            writer.write(row._asdict(), len(row.document_id) + ROW_BYTES)
        _refuse_empty(settings, used, output)
    sizes = _sizes(clean, output)
    logger.info("characters: %s", {name: size["characters"] for name, size in sizes.items()})
    write_json(
        summary,
        {
            "method": settings["method"],
            "sizes": sizes,
            "duplicates": exact_duplicates(clean_documents(clean)),
            "leaks": leaks(lambda name: (text for _, text, _, _ in stretches(clean, output, name))),
        },
    )


def hash_rows(
    documents: Iterable[tuple[str, str]], *, valid: float, test: float, salt: str
) -> Iterator[Stretch]:
    """
    Place each document by its own content, so that no other document ever moves it.

    Exact duplicates go to one split. Pieces of a cut document go where its first piece goes.

    Args:
        documents: (document_id, text) in source order.
        valid: share of the documents for valid, 0..1; test likewise.
        test: see `valid`.
        salt: another salt is another split.
    """
    previous, name = "", ""
    for document_id, text in documents:
        if not is_next_piece(previous, document_id):
            digest = hashlib.sha256(f"{salt}\0{comparable(text)}".encode()).digest()
            share = int.from_bytes(digest[:8], "big") / 2**64
            held_out = "test" if share < test else "valid"
            name = held_out if share < test + valid else "train"
        previous = document_id
        yield Stretch(document_id, name, 0, len(text))


def _rows(settings: dict[str, Any], clean: Sequence[Path]) -> Iterator[Stretch]:
    shares = {key: settings[key] for key in ("valid", "test", "salt")}
    if settings["method"] == "hash":
        return hash_rows(clean_documents(clean), **shares)
    return (
        Stretch(*row)
        for row in position_rows(
            lambda: clean_documents(clean), block_characters=settings["block_characters"], **shares
        )
    )


def _check(settings: dict[str, Any], clean: Sequence[Path]) -> None:
    method, valid, test = settings["method"], settings["valid"], settings["test"]
    if method not in ("hash", "position"):
        raise ValueError(f"split.method is {method!r}; it must be hash or position")
    if min(valid, test) < 0 or valid + test >= 1:
        raise ValueError(
            f"split.valid is {valid} and split.test {test}; "
            "they must be shares of 0 or more, and less than 1 together"
        )
    if method == "position" and len(clean) > 1:
        raise ValueError(
            f"split.method position needs the text in one part, and there are {len(clean)}: "
            "set the corpus' parts to 1, or split.method to hash"
        )
    if method == "position" and settings["block_characters"] < 1:
        raise ValueError(
            f"split.block_characters is {settings['block_characters']}; it must be 1 or more"
        )


def _refuse_empty(settings: dict[str, Any], used: set[str], output: Path) -> None:
    """Refuse a split that is asked for and has nothing in it, with the ways out."""
    wanted = ["train"] + [name for name in ("valid", "test") if settings[name] > 0]
    empty = [name for name in wanted if name not in used]
    if not empty:
        return
    if settings["method"] == "hash":
        lack = "too few documents"
        ways = "split.method: position (one long text), document: line or blank-line"
    else:
        lack = "too few characters"
        ways = f"more text, split.block_characters below {settings['block_characters']}"
    if empty == ["train"]:
        ways += ", or smaller split.valid and split.test"
    else:
        ways += ", or " + " and ".join(f"split.{name}: 0" for name in empty if name != "train")
    raise ValueError(
        f"{output}: nothing came to {' and '.join(empty)}: the corpus has {lack} for a "
        f"{settings['method']} split with valid: {settings['valid']}, test: {settings['test']}; "
        f"ways out: {ways}"
    )


def _sizes(clean: Sequence[Path], split_path: Path) -> dict[str, dict[str, int]]:
    """
    Count each split: documents that end in it, stretches, characters and bytes.

    Characters are code points and bytes are UTF-8 bytes, each with one more for every document's
    end, which a model predicts and pays for.
    """
    counts = ("documents", "stretches", "characters", "bytes")
    sizes = {name: dict.fromkeys(counts, 0) for name in SPLITS}
    for row, text, ends, continues in all_stretches(clean, split_path):
        size = sizes[row.split]
        size["documents"] += ends
        size["stretches"] += not continues
        size["characters"] += len(text) + ends
        size["bytes"] += len(text.encode()) + ends
    return sizes
