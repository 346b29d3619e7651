"""Split a corpus into train, valid and test: by each document's content, or by position."""

import hashlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from preprocess.duplicates import (
    comparable,
    document_digests,
    document_pieces,
    exact_duplicates,
    repeated_lines,
    whole_texts,
)
from preprocess.files import write_json
from preprocess.hashes import Flags, Hashes
from preprocess.leaks import leaks
from preprocess.near import Near, near_duplicates
from preprocess.position import position_rows
from preprocess.statistics import statistics
from preprocess.stretches import (
    STRETCHES,
    Stretch,
    all_stretches,
    clean_documents,
    clean_ids,
    is_next_piece,
)
from preprocess.tables import open_writer

SPLITS = ("train", "valid", "test")
LEFT_OUT = "left_out"  # a fourth name: train documents that are near a held-out one
LEFT_OUT_SHOWN = 20
ROW_BYTES = 32  # of a stretch beside its id, for the size of row groups

logger = logging.getLogger("geulteul")


def split(settings: dict[str, Any], clean: Sequence[Path], output: Path, summary: Path) -> None:
    """
    Write which characters of the clean text belong to which split, and a summary of it.

    Args:
        settings: `method` (hash | position), `valid` and `test` (shares, 0..1), `salt`; for hash
            `near_duplicates`, the least similarity (0..1, above 0) at which a train document is
            left out beside a held-out one, or None; for position `block_characters`, the size of a
            valid block.
        clean: the parts of the clean text, in order.
        output: Parquet file of stretches.
        summary: JSON file: sizes, duplicates, leaks, statistics.

    Raises:
        ValueError: impossible settings, or a split that is asked for came out empty.
    """
    _check(settings, clean)
    digests = document_digests(clean_documents(clean))
    near = _near(settings, clean, digests, output)
    used: set[str] = set()
    with open_writer(output, STRETCHES) as writer:
        for row in _leave_out(_rows(settings, clean), near.left_out):
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
            "duplicates": {
                **exact_duplicates(digests),
                **_told(near, settings, clean),
                "lines": repeated_lines(clean_documents(clean)),
            },
            "leaks": leaks(
                lambda: ((row.split, text) for row, text, _, _ in all_stretches(clean, output))
            ),
            "statistics": statistics(clean, output),
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


def _near(settings: dict[str, Any], clean: Sequence[Path], digests: Hashes, output: Path) -> Near:
    """Find near duplicates where a hash split asks for it; what can't be split is refused first."""
    threshold = _threshold(settings)
    if threshold is None:
        return Near(0, 0, np.zeros(len(digests), np.bool_), {})
    names = [row.split for row, begins in _with_begins(_rows(settings, clean)) if begins]
    _refuse_empty(settings, set(names), output)
    held_out = np.array(names) != "train"
    return near_duplicates(
        lambda: whole_texts(clean_documents(clean)), digests, held_out, threshold
    )


def _threshold(settings: dict[str, Any]) -> float | None:
    """Return the similarity from which on documents are near; None where it is not looked for."""
    threshold: float | None = settings["near_duplicates"] if settings["method"] == "hash" else None
    return threshold


def _leave_out(rows: Iterable[Stretch], left_out: Flags) -> Iterator[Stretch]:
    """Give another split's name to the documents that are left out, all their pieces together."""
    number = -1
    for row, begins in _with_begins(rows):
        number += begins
        yield row._replace(split=LEFT_OUT) if left_out[number] else row


def _with_begins(rows: Iterable[Stretch]) -> Iterator[tuple[Stretch, bool]]:
    """Yield (row, whether a new document begins)."""
    previous = ""
    for row in rows:
        yield row, row.document_id != previous and not is_next_piece(previous, row.document_id)
        previous = row.document_id


def _told(near: Near, settings: dict[str, Any], clean: Sequence[Path]) -> dict[str, Any]:
    """Put what is near into words: counts, and the first documents left out, each with its like."""
    shown = list(near.like.items())[:LEFT_OUT_SHOWN]
    wanted = {number for text, (like, _) in shown for number in (text, like)}
    pieces = document_pieces((name, name) for name in clean_ids(clean))
    names = (name.partition("#")[0] for name, begins in pieces if begins)
    ids = {number: name for number, name in enumerate(names) if number in wanted}
    return {
        "near_threshold": _threshold(settings),
        "near_pairs": near.pairs,
        "near_documents": near.documents,
        "left_out_documents": int(near.left_out.sum()),
        "left_out": [
            {"document_id": ids[text], "like": ids[like], "similarity": similarity}
            for text, (like, similarity) in shown
        ],
    }


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
    threshold = _threshold(settings)
    if threshold is not None and not 0 < threshold <= 1:
        raise ValueError(
            f"split.near_duplicates is {threshold}; it must be a similarity above 0, at most 1, "
            "or null for no search"
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
    if LEFT_OUT in used:
        lack = "only near duplicates of held-out documents left"
        ways = "split.near_duplicates nearer to 1 or null"
    elif settings["method"] == "hash":
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
        size = sizes.setdefault(row.split, dict.fromkeys(counts, 0))
        size["documents"] += ends
        size["stretches"] += not continues
        size["characters"] += len(text) + ends
        size["bytes"] += len(text.encode()) + ends
    return sizes
