"""
The rows of a split file, taken by the documents they belong to, and checked to fit them.

Notation: D documents, R rows.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from preprocess.files import REMEDY
from preprocess.tables import one_chunk, read_tables

SPLITS = ("train", "valid", "test")
LEFT_OUT = "left_out"  # a fourth name: train documents that are near a held-out one
NAMES = (*SPLITS, LEFT_OUT)
STRETCHES = pa.schema(
    [
        ("document_id", pa.large_string()),
        ("split", pa.string()),
        ("start", pa.int64()),
        ("end", pa.int64()),
    ]
)

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Rows:
    """
    Neighbouring rows of a split file.

    Attributes:
        document_ids: (R,).
        splits: (R,) indices into `NAMES`.
        starts: (R,) where each stretch begins in its document, in code points; 0 in the first row
            of a document, and nowhere else.
        ends: (R,) where it ends.
    """

    document_ids: pa.LargeStringArray
    splits: npt.NDArray[np.int8]
    starts: Places
    ends: Places

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, part: slice) -> "Rows":
        return Rows(self.document_ids[part], self.splits[part], self.starts[part], self.ends[part])

    def __add__(self, after: "Rows") -> "Rows":
        return Rows(
            pa.concat_arrays([self.document_ids, after.document_ids]),
            np.concatenate([self.splits, after.splits]),
            np.concatenate([self.starts, after.starts]),
            np.concatenate([self.ends, after.ends]),
        )


class Fitting(NamedTuple):
    """The rows of some documents, and the row on either side of them, none where there is none."""

    before: Rows
    rows: Rows
    after: Rows


class SplitRows:
    """A split file that is read from its start; a damaged one is refused by name."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._tables = read_tables(path, REMEDY, STRETCHES)
        nothing = pa.array([], pa.large_string())
        self._before = Rows(nothing, np.empty(0, np.int8), *np.empty((2, 0), np.int64))
        self._held = self._before
        self._is_found = False

    def take(self, ids: pa.LargeStringArray, lengths: Places) -> Fitting:
        """
        Return the rows of the next documents; before the first ones, others are passed over.

        Args:
            ids: (D,) names of the documents, D > 0.
            lengths: (D,) their sizes in code points.

        Raises:
            ValueError: the rows do not fit; the message names the first document that they do not.
        """
        if not self._is_found:
            self._find(ids)
        firsts = np.flatnonzero(self._held.starts == 0)
        while len(firsts) <= len(ids) and self._read():
            firsts = np.flatnonzero(self._held.starts == 0)
        size = int(firsts[len(ids)]) if len(firsts) > len(ids) else len(self._held)
        before, rows, after = self._before, self._held[:size], self._held[size:]
        self._refuse_misfits(ids, lengths, rows, firsts[: len(ids)])
        self._before, self._held = rows[-1:], after
        return Fitting(before, rows, after[:1])

    def _find(self, ids: pa.LargeStringArray) -> None:
        """Pass over the rows before those of the first document."""
        while self._read():
            is_first = pc.equal(self._held.document_ids, ids[0]).to_numpy(zero_copy_only=False)
            places = np.flatnonzero(is_first & (self._held.starts == 0))
            if places.size:
                place = int(places[0])
                self._before = (self._before + self._held[:place])[-1:]
                self._held = self._held[place:]
                self._is_found = True
                return
            self._before, self._held = self._held[-1:], self._held[:0]
        raise self._misfit(ids, 0)

    def _read(self) -> bool:
        """Hold the next row group too; tell whether there was one."""
        table = next(self._tables, None)
        if table is None:
            return False
        names = one_chunk(table["split"])
        splits = pc.index_in(names, pa.array(NAMES))
        if splits.null_count:
            name = names[pc.index(splits.is_null(), True).as_py()]
            raise ValueError(
                f"{self._path}: has a split {str(name)!r}, and there are {', '.join(NAMES)}; "
                f"{REMEDY}"
            )
        read = Rows(
            one_chunk(table["document_id"]),
            splits.to_numpy().astype(np.int8),
            table["start"].to_numpy(),
            table["end"].to_numpy(),
        )
        self._held = self._held + read if len(self._held) else read
        return True

    def _refuse_misfits(
        self, ids: pa.LargeStringArray, lengths: Places, rows: Rows, firsts: Places
    ) -> None:
        """Refuse rows that are not of these documents or do not cover each from start to end."""
        documents = np.cumsum(rows.starts == 0) - 1  # (R,) which document each row is of
        is_plain = len(firsts) == len(rows) == len(ids)  # a row a document: nothing to repeat
        wanted_ids = ids if is_plain else ids.take(documents)
        fits = pc.equal(rows.document_ids, wanted_ids).to_numpy(zero_copy_only=False)
        fits &= rows.starts <= rows.ends
        fits[1:] &= (rows.starts[1:] == 0) | (rows.starts[1:] == rows.ends[:-1])
        lasts = np.append(firsts, len(rows))[1:] - 1
        fits[lasts] &= rows.ends[lasts] == lengths[: len(lasts)]
        if not fits.all():
            raise self._misfit(ids, int(documents[np.argmin(fits)]))
        if len(firsts) < len(ids):
            raise self._misfit(ids, len(firsts))

    def _misfit(self, ids: pa.LargeStringArray, document: int) -> ValueError:
        return ValueError(
            f"{self._path}: its stretches do not fit the clean text at document {ids[document]}; "
            f"delete {self._path} and run the same command again"
        )
