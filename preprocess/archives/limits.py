"""How much an archive may unpack to, counted while it streams: what its directory says may lie."""

from dataclasses import dataclass, field
from pathlib import Path

FREE_BYTES = 1 << 20  # so little may come of anything: short files of one letter are no bombs


class BombError(ValueError):
    """An archive unpacks to more than it may."""


@dataclass(frozen=True)
class Limits:
    """
    What is no bomb: bytes unpacked of one archive in all, and per packed byte.

    Text shrinks to a third or a tenth, the most regular of tables to a fiftieth; deflate ends at
    1,032 bytes per packed byte, the other methods far above.
    """

    max_bytes: int
    max_ratio: float

    def check_ratio(self, path: Path, what: str, size: int, packed: int) -> None:
        """Refuse `size` bytes that came of `packed`, if these are too few."""
        if size > max(FREE_BYTES, self.max_ratio * packed):
            raise BombError(
                f"{path}: {what} unpacks to more than {self.max_ratio:g} bytes per packed byte "
                f"(archive.max_ratio): {size} came of {packed}; raise it if you trust the archive"
            )


class Meter:
    """What came out of one archive so far; many members could each be too small for a bomb."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path, self.limits = path, limits
        self._packed, self._total = path.stat().st_size, 0

    def add(self, size: int) -> None:
        """Count bytes; refuse what is more than the limits."""
        self._total += size
        if self._total > self.limits.max_bytes:
            raise BombError(
                f"{self.path}: unpacks to more than {self.limits.max_bytes} bytes "
                f"(archive.max_bytes), {self._total} so far; raise it if you trust the archive"
            )
        self.limits.check_ratio(self.path, "it", self._total, self._packed)


@dataclass
class Gauge:
    """
    What came out of one member: the furthest byte, so that what is read again counts once.

    `packed` is how many bytes the member takes up in the archive, or the whole archive where
    members share a stream.
    """

    meter: Meter
    name: str
    packed: int
    furthest: int = field(default=0, init=False)

    def reached(self, position: int) -> None:
        """Note that the bytes before `position` came out; refuse a bomb."""
        if position <= self.furthest:
            return
        self.meter.add(position - self.furthest)
        self.furthest = position
        limits, path = self.meter.limits, self.meter.path
        limits.check_ratio(path, repr(self.name), position, self.packed)
