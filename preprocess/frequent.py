"""The most frequent strings of a stream of counts, in bounded memory."""

import pyarrow as pa

from preprocess.tallies import SUMS

SLACK = 1 << 18  # strings held beyond those wanted, so that they are seldom ranked


class MostFrequent:
    """
    Holds the most frequent of the strings that it is given, each of which comes once.

    Args:
        most: how many; None for all.
    """

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._held = [SUMS.empty_table()]
        self._num_held = 0

    def add(self, rows: pa.Table) -> None:
        """Take strings with their counts: a table `symbol, count`."""
        self._held.append(rows)
        self._num_held += len(rows)
        if self._most is not None and self._num_held > self._most + SLACK:
            self._held = [self.ranked()]
            self._num_held = len(self._held[0])

    def ranked(self) -> pa.Table:
        """Return them, the most frequent first, of equals the lower one."""
        order = [("count", "descending"), ("symbol", "ascending")]
        return pa.concat_tables(self._held).sort_by(order)[: self._most]
