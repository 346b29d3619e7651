"""Lanes shared among threads, each by itself."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

WIDE = 16  # lanes from which on threads share them: fewer take less time than waking a thread


class Shares:
    """Threads that work on lanes side by side."""

    def __init__(self, threads: int) -> None:
        """Keep threads ready; one works in the caller's own."""
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads)

    def each(self, lanes: int, work: Callable[[slice], None]) -> None:
        """Call `work` with slices that make up all lanes, at once where there are many."""
        shares = self._threads if lanes >= WIDE else 1
        bounds = [lanes * share // shares for share in range(shares + 1)]
        first, *others = (slice(*pair) for pair in pairwise(bounds))
        under_way = [self._pool.submit(work, other) for other in others]
        work(first)
        for one in under_way:
            one.result()
