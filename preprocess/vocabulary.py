"""
Vocabulary: the symbols of a unit and their ids, chosen from the train split alone.

Ids stand in this order: the end of a document, the 256 bytes, the unit's parts (jamo), then
characters, the most frequent first. Nothing is unknown: what has no id is spelt in bytes.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from preprocess.files import REMEDY
from preprocess.tables import read_metadata, read_tables, write_columns
from preprocess.units import (
    END,
    FIRST_PART,
    NUM_CODE_POINTS,
    Unit,
    code_points_of,
    make_unit,
    spelling_table,
)

__all__ = ["COUNTS", "END", "END_SYMBOL", "Vocabulary", "build"]

COUNTS = pa.schema([("symbol", pa.string()), ("kind", pa.string()), ("count", pa.int64())])
SCHEMA = pa.schema([("id", pa.int32()), *COUNTS])
END_SYMBOL = "<end>"
CHUNK = 1 << 16  # characters encoded at once, so that the tables in between stay in the cache
SURROGATE_ESCAPE = 0xDC00  # where Python's "surrogateescape" puts bytes 0x80 and above
NOTHING = np.uint32(0xFFFF_FFFF)  # in place of a code point, for the end

Tokens = npt.NDArray[np.uint16] | npt.NDArray[np.uint32]


class Vocabulary:
    """
    Symbols with their ids; encodes any text and decodes any ids.

    Attributes:
        symbols: (V,) what each token stands for: a character, a jamo, `<0xE3>` for a byte.
        kinds: (V,) end, byte, leading, vowel, trailing or character.
        counts: (V,) how often `encode` writes each in the train split; for the end, its documents.
        unit: settings of the unit.
        size: V.
        dtype: uint16, or uint32 for more than 65,536 tokens.
    """

    def __init__(
        self, unit: Unit, characters: npt.NDArray[np.uint32], counts: npt.NDArray[np.int64]
    ) -> None:
        entries = [("end", END_SYMBOL), *(("byte", f"<0x{byte:02X}>") for byte in range(256))]
        entries += [*unit.parts, *(("character", chr(character)) for character in characters)]
        self.kinds = tuple(kind for kind, _ in entries)
        self.symbols = tuple(symbol for _, symbol in entries)
        self.counts = counts
        self.size = len(entries)
        self.end = END
        self.unit = unit.settings
        self._unit = unit
        self._characters = characters
        self.dtype = np.dtype(np.uint16 if self.size <= 1 << 16 else np.uint32)

    @classmethod
    def load(cls, path: Path) -> "Vocabulary":
        """
        Read a vocabulary file.

        Raises:
            FileNotFoundError: there is none.
            ValueError: it is damaged, or no vocabulary of ours.
        """
        rows = pa.concat_tables(read_tables(path, REMEDY))
        metadata = read_metadata(path, REMEDY)
        if rows.schema.names != SCHEMA.names or "unit" not in metadata:
            raise ValueError(f"{path}: is no vocabulary of this program; {REMEDY}")
        unit = make_unit(json.loads(metadata["unit"]))
        symbols = rows["symbol"].to_pylist()[FIRST_PART + len(unit.parts) :]
        characters = np.array([ord(symbol) for symbol in symbols], np.uint32)
        vocabulary = cls(unit, characters, rows["count"].to_numpy())
        if rows.drop_columns("count").to_pydict() != vocabulary._columns():
            raise ValueError(
                f"{path}: its ids, symbols and kinds are not in the order of this program; {REMEDY}"
            )
        return vocabulary

    def save(self, path: Path) -> None:
        """Write the vocabulary as Parquet: id, symbol, kind, count; the unit in the metadata."""
        columns = [*self._columns().values(), self.counts]
        unit = json.dumps(self.unit, sort_keys=True)
        write_columns(path, SCHEMA, columns, {"unit": unit})

    def _columns(self) -> dict[str, list[Any]]:
        return {
            "id": list(range(self.size)),
            "symbol": list(self.symbols),
            "kind": list(self.kinds),
        }

    @cached_property
    def sha256(self) -> str:
        """Digest of the unit and of all ids, symbols, kinds and counts."""
        content = [self.unit, self._columns(), self.counts.tolist()]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    @cached_property
    def spellings(self) -> npt.NDArray[np.integer]:
        """The (0x110000, 4) ids that spell each code point, filled up with END."""
        return spelling_table(self._unit, self._characters)

    @cached_property
    def _code_points(self) -> npt.NDArray[np.uint32]:
        """
        What each token is when it stands alone: (V,).

        A byte above 0x7F is the surrogate that Python escapes it by; the end is `NOTHING`.
        """
        escaped = [byte + (SURROGATE_ESCAPE if byte > 0x7F else 0) for byte in range(256)]
        parts = [ord(self._unit.alone(symbol)) for _, symbol in self._unit.parts]
        return np.array([NOTHING, *escaped, *parts, *self._characters], np.uint32)

    def encode(self, text: str) -> Tokens:
        """
        Return the ids of a text, without an end: (T,), T up to 4 times its characters.

        Raises:
            ValueError: the text has a surrogate; the message names its index.
        """
        code_points = code_points_of(text)
        chunks = []
        for start in range(0, len(code_points), CHUNK):
            ids = self.spellings[code_points[start : start + CHUNK]].ravel()
            chunks.append(ids[ids != END])
        return np.concatenate(chunks) if chunks else np.empty(0, self.dtype)

    def decode(self, ids: npt.ArrayLike) -> str:
        """
        Return the text of any ids in range; what `encode` wrote comes back as it was.

        The end is written as nothing, and nothing is joined across it. Bytes that are no UTF-8
        become U+FFFD, and a lone part of a syllable the letter that people type for it.

        Raises:
            ValueError: an id is not in the vocabulary.
        """
        tokens = np.asarray(ids, np.int64).ravel()
        outside = tokens[(tokens < 0) | (tokens >= self.size)]
        if outside.size:
            raise ValueError(f"token {outside[0]} is not in the vocabulary of {self.size} tokens")
        code_points = self._unit.join(tokens, self._code_points[tokens])
        # Only a continuation byte could be joined to what stands before an end.
        after = np.append(code_points, NOTHING)[1:] - SURROGATE_ESCAPE
        cuts = np.flatnonzero((code_points == NOTHING) & (after >= 0x80) & (after < 0xC0))
        return "".join(map(_join_bytes, np.split(code_points, cuts)))


def _join_bytes(code_points: npt.NDArray[np.uint32]) -> str:
    """Return the text of code points among which there are escaped bytes and `NOTHING`."""
    present = code_points[code_points != NOTHING].astype("<u4").tobytes()
    escaped = str(present, "utf-32-le", "surrogatepass")
    return escaped.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def build(settings: dict[str, Any], counts: Sequence[Path], output: Path) -> None:
    """
    Choose the characters that get an id, from the counts of all parts, and write the vocabulary.

    The more frequent comes first, of equals the lower code point, so any order of parts gives the
    same vocabulary.

    Args:
        settings: of the unit, see `make_unit`.
        counts: what `count` wrote, one file a part.
        output: the vocabulary.
    """
    unit = make_unit(settings)
    totals, documents = _add_counts(counts)
    seen = np.flatnonzero(totals >= unit.min_count).astype(np.uint32)
    candidates = seen[unit.may_have_id(seen)]
    ranked = candidates[np.argsort(-totals[candidates], kind="stable")]
    if unit.max_size is not None:
        ranked = ranked[: unit.max_size - FIRST_PART - len(unit.parts)]
    of_tokens = _token_counts(unit, ranked, totals)
    of_tokens[END] = documents
    Vocabulary(unit, ranked, of_tokens).save(output)


def _add_counts(paths: Iterable[Path]) -> tuple[npt.NDArray[np.int64], int]:
    """Return how often each code point stands in train, (0x110000,), and the documents ended."""
    totals = np.zeros(NUM_CODE_POINTS, np.int64)
    documents = 0
    for path in paths:
        for table in read_tables(path, REMEDY):
            for row in table.to_pylist():
                if row["kind"] == "end":
                    documents += row["count"]
                else:
                    totals[ord(row["symbol"])] += row["count"]
    return totals, documents


def _token_counts(
    unit: Unit, characters: npt.NDArray[np.uint32], totals: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return how often each token is written when code points occur `totals` times: (V,)."""
    seen = np.flatnonzero(totals)
    spelt = spelling_table(unit, characters)[seen]  # (seen, 4)
    counts = np.zeros(FIRST_PART + len(unit.parts) + len(characters), np.int64)
    np.add.at(counts, spelt, totals[seen, np.newaxis])
    return counts
