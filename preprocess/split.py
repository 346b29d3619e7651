"""Split a corpus into train, valid and test: by each document's content, or by position."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from preprocess.duplicates import (
    document_digests,
    document_pieces,
    exact_duplicates,
    repeated_lines,
    whole_texts,
)
from preprocess.files import write_json
from preprocess.hashes import Hashes
from preprocess.leaks import leaks
from preprocess.near import Near, near_duplicates
from preprocess.position import position_rows
from preprocess.progress import progress
from preprocess.split_rows import LEFT_OUT, NAMES, SPLITS, STRETCHES
from preprocess.statistics import statistics
from preprocess.stretches import (
    Stretch,
    all_stretches,
    clean_documents,
    clean_ids,
    is_next_piece,
)
from preprocess.tables import open_writer

LEFT_OUT_SHOWN = 20
ROW_BYTES = 32  # of a stretch beside its id, for the size of row groups

Places = npt.NDArray[np.uint8]

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
    digests = document_digests(_documents(clean, "duplicates"), settings["salt"])
    rows, near = _rows(settings, clean, digests, output)
    used: set[str] = set()
    with open_writer(output, STRETCHES) as writer:
        for row in rows:
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
                "lines": repeated_lines(_documents(clean, "lines")),
            },
            "leaks": leaks(lambda: _texts(clean, output)),
            "statistics": statistics(clean, output),
        },
    )


def hash_splits(digests: Hashes, *, valid: float, test: float) -> Places:
    """
    Place each document by its own content, so that no other document ever moves it.

    Exact duplicates go to one split.

    Args:
        digests: (documents,) of their content; another salt in them is another split.
        valid: share of the documents for valid, 0..1.
        test: share of the documents for test, 0..1.

    Returns:
        (documents,) places in `SPLITS`.
    """
    shares = digests / 2.0**64
    held_out = np.where(shares < test, SPLITS.index("test"), SPLITS.index("valid"))
    places: Places = np.where(shares < test + valid, held_out, 0).astype(np.uint8)
    return places


def document_rows(documents: Iterable[tuple[str, str]], places: Places) -> Iterator[Stretch]:
    """Give each document, all its pieces together, the split that it is placed in."""
    number, previous = -1, ""
    for document_id, text in documents:
        number += not is_next_piece(previous, document_id)
        previous = document_id
        yield Stretch(document_id, NAMES[places[number]], 0, len(text))


def _rows(
    settings: dict[str, Any], clean: Sequence[Path], digests: Hashes, output: Path
) -> tuple[Iterator[Stretch], Near]:
    """Return the stretches, and what is near where a hash split asks for it."""
    shares = {key: settings[key] for key in ("valid", "test")}
    near = Near(0, 0, np.zeros(len(digests), np.bool_), {})
    if settings["method"] == "position":
        sizes = {key: settings[key] for key in ("salt", "block_characters")}
        rows = position_rows(lambda: _documents(clean, "blocks"), **shares, **sizes)
        return map(Stretch._make, rows), near
    places = hash_splits(digests, **shares)
    threshold = _threshold(settings)
    if threshold is not None:
        # What can't be split is refused before the search.
        _refuse_empty(settings, {SPLITS[place] for place in np.unique(places)}, output)
        near = near_duplicates(
            lambda: whole_texts(_documents(clean, "near duplicates")),
            digests,
            places > 0,
            threshold,
        )
        places[near.left_out] = len(SPLITS)
    return document_rows(_documents(clean, "splits"), places), near


def _documents(clean: Sequence[Path], what: str) -> Iterator[tuple[str, str]]:
    """Read the clean text once through, and show what for."""
    return iter(progress(clean_documents(clean), what=f"split: {what}", unit=" documents"))


def _texts(clean: Sequence[Path], output: Path) -> Iterator[tuple[str, str]]:
    """Yield (split, text) of all stretches, and show that leaks are looked for."""
    found = progress(all_stretches(clean, output), what="split: leaks", unit=" stretches")
    return ((row.split, text) for row, text, _, _ in found)


def _threshold(settings: dict[str, Any]) -> float | None:
    """Return the similarity from which on documents are near; None where it is not looked for."""
    threshold: float | None = settings["near_duplicates"] if settings["method"] == "hash" else None
    return threshold


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
    if "train" in empty:
        ways += ", or smaller split.valid and split.test"
    else:
        ways += ", or " + " and ".join(f"split.{name}: 0" for name in empty)
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
