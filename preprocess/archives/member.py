"""A member of an archive, as all kinds of archives give it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import IO


@dataclass(frozen=True)
class Member:
    """A name as the archive has it, a size in bytes, how to open it; it can be sought."""

    name: str
    size: int
    opener: Callable[[], IO[bytes]]
