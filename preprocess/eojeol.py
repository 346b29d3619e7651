"""
Counts of eojeol, what stands between white space, by split and in bounded memory.

A corpus can have tens of millions of different eojeol, most of them seen once. Beyond a bound the
rarest are forgotten, as in lossy counting (Manku and Motwani 2002,
https://www.vldb.org/conf/2002/S10P03.pdf), and the largest possible error is known.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

COLUMNS = ("train", "test", "others")  # others: valid, and what is left out of train
MOST_EOJEOL = 2_000_000  # different ones held: half a gigabyte at the most, while they are added up
FRESH_ROWS = 1_000_000  # counted, but not yet added up

Counts = npt.NDArray[np.int64]


class EojeolCounts:
    """
    How often each eojeol stands in train, in test and in the others.

    Eojeol of test are never forgotten, so that what train lacks of them is known: memory grows
    with `most` and with what is held out.

    Attributes:
        tokens: eojeol counted, by column; exact.
        undercount: every count is too small by this at most, and what isn't counted was there this
            often at most; 0 where nothing was forgotten.
    """

    def __init__(self, most: int = MOST_EOJEOL) -> None:
        self.tokens = dict.fromkeys(COLUMNS, 0)
        self.undercount = 0
        self._most = most
        self._table = _table(pa.array([], pa.large_string()), {})
        self._fresh: list[pa.Table] = []
        self._fresh_rows = 0

    def add(self, column: str, text: str) -> None:
        """Count the eojeol of a text; white space is what `str.isspace` says."""
        # Not pyarrow's utf8_split_whitespace: 26.0 now and then leaves white space at the end.
        words = pa.array(text.split(), pa.large_string())
        self.tokens[column] += len(words)
        counted = pc.value_counts(words)
        rows = _table(counted.field("values"), {column: counted.field("counts")})
        self._fresh.append(rows)
        self._fresh_rows += len(rows)
        if self._fresh_rows >= FRESH_ROWS:
            self._add_up()

    def counted(self) -> tuple[pa.ChunkedArray, dict[str, Counts]]:
        """Return the different eojeol, sorted, and how often each is there by column: (E,)."""
        self._add_up()
        table = self._table.sort_by("eojeol")
        return table["eojeol"], {column: table[column].to_numpy() for column in COLUMNS}

    def _add_up(self) -> None:
        """Add the fresh counts to the others, and forget the rarest where they are too many."""
        rows = pa.concat_tables([self._table, *self._fresh])
        coded = rows["eojeol"].combine_chunks().dictionary_encode()
        places = coded.indices.to_numpy()
        sums = {
            column: pa.array(np.bincount(places, rows[column]).astype(np.int64))
            for column in COLUMNS
        }
        self._table = _table(coded.dictionary, sums)
        self._fresh, self._fresh_rows = [], 0
        if len(self._table) > self._most:
            self._forget()

    def _forget(self) -> None:
        """Forget what is rarest, by count alone, so that at most half of `most` is left."""
        counts: Counts = np.sum([self._table[column] for column in COLUMNS], axis=0)
        forgettable = self._table["test"].to_numpy() == 0
        falling = np.sort(counts[forgettable])[::-1]
        if len(falling) > self._most // 2:
            rarest = int(falling[self._most // 2])
            self._table = self._table.filter(pa.array(~forgettable | (counts > rarest)))
            self.undercount += rarest


def _table(eojeol: pa.Array, counts: dict[str, pa.Array]) -> pa.Table:
    """Return rows of eojeol with their counts by column, 0 where none are given."""
    zeros = pa.array(np.zeros(len(eojeol), np.int64))
    columns = [counts.get(column, zeros) for column in COLUMNS]
    return pa.table([eojeol, *columns], names=["eojeol", *COLUMNS])
