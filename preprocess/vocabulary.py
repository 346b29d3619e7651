"""
Vocabulary: the symbols of a unit and their ids, chosen from the train split alone.

Ids stand in this order: the end of a document, the 256 bytes, the parts of the unit's base (jamo),
then entries: characters and, in word and subword, pieces, which stand for several base tokens
each. Nothing is unknown: what has no id is spelt by the base, in bytes if need be.
"""

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from preprocess.files import REMEDY
from preprocess.ragged import places
from preprocess.spelling import Bounds, Spelling, Tokens, spelling_table
from preprocess.symbols import END_SYMBOL, fixed_symbols, refuse_symbols
from preprocess.tables import read_metadata, read_tables, write_columns
from preprocess.tallies import COUNTS
from preprocess.units import (
    END,
    FIRST_BYTE,
    FIRST_PART,
    NUM_CODE_POINTS,
    CodePoints,
    Unit,
    code_points_of,
    make_unit,
)
from preprocess.unspelling import Unspelling
from preprocess.words import Words

if TYPE_CHECKING:
    from preprocess.pieces import Pieces

__all__ = ["END", "END_SYMBOL", "Vocabulary"]

SCHEMA = pa.schema([("id", pa.int32()), *COUNTS])


class Vocabulary:
    """
    Symbols with their ids; encodes any text and decodes any ids.

    Attributes:
        symbols: (V,) what each token stands for: a character, a jamo, `<0xE3>` for a byte, for a
            piece the symbols of its base tokens.
        kinds: (V,) end, byte, leading, vowel, trailing, character, word or piece.
        counts: (V,) how often `encode` writes each in the train split; for the end, its documents.
        entries: the symbols behind the fixed ones, which every vocabulary of the unit has.
        unit: settings of the unit.
        made_by: the unit itself.
        tokenizer: what the unit subword has learnt, as JSON; None for others.
        size: V.
        dtype: uint16, or uint32 for more than 65,536 tokens.
    """

    def __init__(
        self,
        unit: Unit,
        symbols: Sequence[str],
        counts: npt.NDArray[np.int64],
        tokenizer: str | None = None,
    ) -> None:
        """
        Make a vocabulary.

        Args:
            unit: the unit.
            symbols: of the entries, in the order of their ids: one of a single character is that
                character, any other a piece.
            counts: (V,) see above.
            tokenizer: see above.

        Raises:
            ValueError: a symbol that the unit cannot have, or one that is there twice; or there
                are subwords without a tokenizer.
        """
        fixed = fixed_symbols(unit)
        self._fixed = len(fixed)
        refuse_symbols(unit, symbols)
        if unit.pieces == "piece" and tokenizer is None and any(len(s) > 1 for s in symbols):
            raise ValueError("it has subwords but no tokenizer")
        pieces = unit.pieces or ""
        kinds = ("character" if len(symbol) == 1 else pieces for symbol in symbols)
        self.kinds = (*(kind for kind, _ in fixed), *kinds)
        self.symbols = (*(symbol for _, symbol in fixed), *symbols)
        self.entries = tuple(symbols)
        self.counts = counts
        self.size = len(self.symbols)
        self.end = END
        self.unit = unit.settings
        self.made_by = unit
        self.tokenizer = tokenizer
        self.dtype = np.dtype(np.uint16 if self.size <= 1 << 16 else np.uint32)

    @classmethod
    def load(cls, path: Path) -> "Vocabulary":
        """
        Read a vocabulary file.

        Raises:
            FileNotFoundError: there is none.
            ValueError: it is damaged, or no vocabulary of ours.
        """
        rows = pa.concat_tables(read_tables(path, REMEDY, SCHEMA))
        metadata = read_metadata(path, REMEDY)
        if "unit" not in metadata or any(column.null_count for column in rows.columns):
            raise ValueError(f"{path}: is no vocabulary of this program; {REMEDY}")
        try:
            unit = make_unit(json.loads(metadata["unit"]))
            symbols = rows["symbol"].to_pylist()[FIRST_PART + len(unit.base.parts) :]
            vocabulary = cls(unit, symbols, rows["count"].to_numpy(), metadata.get("tokenizer"))
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path}: {error}; {REMEDY}") from error
        if rows.drop_columns("count").to_pydict() != vocabulary._columns():
            raise ValueError(
                f"{path}: its ids, symbols and kinds are not in the order of this program; {REMEDY}"
            )
        return vocabulary

    def save(self, path: Path) -> None:
        """Write the vocabulary: id, symbol, kind, count; unit and tokenizer in the metadata."""
        columns = [*self._columns().values(), self.counts]
        metadata = {"unit": json.dumps(self.unit, sort_keys=True)}
        if self.tokenizer is not None:
            metadata["tokenizer"] = self.tokenizer
        write_columns(path, SCHEMA, columns, metadata)

    def extended(self, symbols: Sequence[str], tokenizer: str | None = None) -> "Vocabulary":
        """Return a vocabulary with further entries behind its own, and no counts."""
        entries = [*self.entries, *symbols]
        return Vocabulary(self.made_by, entries, np.zeros(0, np.int64), tokenizer or self.tokenizer)

    def _columns(self) -> dict[str, list[Any]]:
        return {
            "id": list(range(self.size)),
            "symbol": list(self.symbols),
            "kind": list(self.kinds),
        }

    @cached_property
    def sha256(self) -> str:
        """Digest of the unit, of all ids, symbols, kinds and counts, and of the tokenizer."""
        content = [self.unit, self._columns(), self.counts.tolist(), self.tokenizer]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    @property
    def spellings(self) -> npt.NDArray[np.integer]:
        """The (0x110000, 4) ids by which the base spells each code point, filled up with END."""
        return self._table[:NUM_CODE_POINTS]

    @cached_property
    def expansions(self) -> tuple[npt.NDArray[np.int64], Tokens]:
        """
        What each token stands for in tokens of the base: the (V + 1,) bounds of each, and ids.

        A token of the base stands for itself.
        """
        symbols = [self.symbols[piece] for piece in self._pieces]
        code_points = code_points_of("".join(symbols))
        bounds = np.append(0, np.cumsum([len(symbol) for symbol in symbols], dtype=np.int64))
        ids, bounds = Spelling(self._symbol_table).encode(code_points, bounds)
        lengths = np.ones(self.size, np.int64)
        lengths[self._pieces] = np.diff(bounds)
        of_all = np.append(0, np.cumsum(lengths))
        is_piece = np.zeros(self.size, np.bool_)
        is_piece[self._pieces] = True
        expanded = np.repeat(np.arange(self.size, dtype=self.dtype), lengths)
        expanded[np.repeat(is_piece, lengths)] = ids
        return of_all, expanded

    @cached_property
    def characters_begun(self) -> npt.NDArray[np.int64]:
        """
        How many characters begin with each token: (V,).

        Vowels, trailing consonants and continuation bytes go on with one that has begun: 0. The
        end counts as one.
        """
        begun = np.array([kind not in ("vowel", "trailing") for kind in self.kinds], np.int64)
        begun[FIRST_BYTE + 0x80 : FIRST_BYTE + 0xC0] = 0
        bounds, ids = self.expansions
        return np.add.reduceat(begun[ids], bounds[:-1])

    def encode(self, text: str) -> Tokens:
        """
        Return the ids of a text, without an end: (T,).

        Raises:
            ValueError: the text has a surrogate; the message names its index.
        """
        code_points = code_points_of(text)
        return self.encode_stretches(code_points, np.array([0, len(code_points)]))[0]

    def encode_stretches(self, code_points: CodePoints, bounds: Bounds) -> tuple[Tokens, Bounds]:
        """
        Return the ids of stretches of text, without ends: (T,), and their (S + 1,) bounds.

        Args:
            code_points: (N,) of all S stretches, without surrogates.
            bounds: (S + 1,) stretch s is code_points[bounds[s] : bounds[s + 1]]; they cover all.
        """
        if self.made_by.pieces == "word":
            code_points, bounds = self._words.replace(code_points, bounds)
        elif self.tokenizer is not None:
            ids, bounds = self._subwords.encode(code_points, bounds)
            return ids.astype(self.dtype), bounds
        return self._spelling.encode(code_points, bounds)

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
        if self._pieces.size:
            bounds, expanded = self.expansions
            tokens = expanded[places(bounds, tokens)].astype(np.int64)
        return self._unspelling.decode(tokens)

    @cached_property
    def _lengths(self) -> npt.NDArray[np.int64]:
        """Characters of the entries' symbols."""
        return np.array([len(symbol) for symbol in self.symbols[self._fixed :]], np.int64)

    @cached_property
    def _characters(self) -> npt.NDArray[np.int64]:
        """Ids of the characters."""
        return self._fixed + np.flatnonzero(self._lengths == 1)

    @cached_property
    def _pieces(self) -> npt.NDArray[np.int64]:
        """Ids of the pieces."""
        return self._fixed + np.flatnonzero(self._lengths > 1)

    @cached_property
    def _code_points(self) -> CodePoints:
        """The characters themselves, in the order of their ids."""
        return code_points_of("".join(self.symbols[token] for token in self._characters))

    @cached_property
    def _unspelling(self) -> Unspelling:
        return Unspelling(self.made_by.base, self._code_points, self._characters)

    @cached_property
    def _table(self) -> npt.NDArray[np.integer]:
        """The spelling table; in unit word, each word is a virtual code point of its own."""
        words = self._pieces if self.made_by.pieces == "word" else self._pieces[:0]
        characters = self._code_points, self._characters
        return spelling_table(self.made_by.base, *characters, words, self.dtype)

    @cached_property
    def _spelling(self) -> Spelling:
        return Spelling(self._table)

    @property
    def _symbol_table(self) -> npt.NDArray[np.integer]:
        """The spellings of what stands in a piece's symbol, where conjoining jamo are parts."""
        parts = [ord(symbol) for _, symbol in self.made_by.base.parts]
        if not parts:
            return self.spellings
        table = self.spellings.copy()
        table[parts] = END
        table[parts, 0] = FIRST_PART + np.arange(len(parts))
        return table

    @cached_property
    def _words(self) -> Words:
        return Words([self.symbols[piece] for piece in self._pieces])

    @cached_property
    def _subwords(self) -> "Pieces":
        from preprocess.pieces import Pieces  # its library takes long to load

        assert self.tokenizer is not None
        return Pieces(self._spelling, self.tokenizer, self.expansions)
