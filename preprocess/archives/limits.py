"""How much an archive may unpack to, counted while it streams: what its directory says may lie."""

from dataclasses import dataclass, field
from pathlib import Path

FREE_BYTES = 1 << 20  # so little may come of anything: short files of one letter are no bombs


@dataclass(frozen=True)
class Limits:
    """
    What is no bomb: bytes unpacked of one archive in all, and per packed byte.

    Text shrinks to a third or a tenth, the most regular of tables to a fiftieth; deflate ends at
    1,032 bytes per packed byte, the other methods far above.
    """

    max_bytes: int
    max_ratio: float


@dataclass
class Meter:
    """What came out of one archive so far."""

    path: Path
    limits: Limits
    total: int = 0

    def add(self, size: int) -> None:
        """Count bytes; refuse what is more than the limit."""
        self.total += size
        if self.total > self.limits.max_bytes:
            raise ValueError(
                f"{self.path}: unpacks to more than {self.limits.max_bytes} bytes "
                f"(archive.max_bytes), {self.total} so far; raise it if you trust the archive"
            )


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
        allowed = self.meter.limits.max_ratio
        if position > max(FREE_BYTES, allowed * self.packed):
            raise ValueError(
                f"{self.meter.path}: {self.name!r} unpacks to more than {allowed:g} bytes per "
                f"packed byte (archive.max_ratio): {position} came of {self.packed}; raise it if "
                "you trust the archive"
            )
