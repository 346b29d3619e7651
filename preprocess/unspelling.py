"""
The inverse of spelling: the text of any tokens of a base unit, whole characters or broken ones.

Notation: T tokens, C characters with an id of their own.
"""

import numpy as np
import numpy.typing as npt

from preprocess.units import FIRST_BYTE, FIRST_PART, BaseUnit, CodePoints, Ids

SURROGATE_ESCAPE = 0xDC00  # where Python's "surrogateescape" puts bytes 0x80 and above
NOTHING = np.uint32(0xFFFF_FFFF)  # in place of a code point, for the end


class Unspelling:
    """
    Decodes the tokens of a base unit.

    Args:
        unit: the base unit.
        characters: (C,) code points with an id of their own.
        ids: (C,) theirs.
    """

    def __init__(self, unit: BaseUnit, characters: CodePoints, ids: Ids) -> None:
        self._unit = unit
        # What each token is when it stands alone; a byte above 0x7F is the surrogate that Python
        # escapes it by.
        escaped = [byte + (SURROGATE_ESCAPE if byte > 0x7F else 0) for byte in range(256)]
        parts = [ord(unit.alone(symbol)) for _, symbol in unit.parts]
        size = max(FIRST_PART + len(parts), int(ids.max(initial=0)) + 1)
        self._alone = np.full(size, NOTHING)
        self._alone[FIRST_BYTE : FIRST_PART + len(parts)] = [*escaped, *parts]
        self._alone[ids] = characters

    def decode(self, tokens: Ids) -> str:
        """
        Return the text of (T,) tokens.

        The end is written as nothing, and nothing is joined across it. Bytes that are no UTF-8
        become U+FFFD, and a lone part of a syllable the letter that people type for it.
        """
        code_points = self._unit.join(tokens, self._alone[tokens])
        # Only a continuation byte could be joined to what stands before an end.
        after = np.append(code_points, NOTHING)[1:] - SURROGATE_ESCAPE
        cuts = np.flatnonzero((code_points == NOTHING) & (after >= 0x80) & (after < 0xC0))
        return "".join(map(_join_bytes, np.split(code_points, cuts)))


def _join_bytes(code_points: npt.NDArray[np.uint32]) -> str:
    """Return the text of code points among which there are escaped bytes and `NOTHING`."""
    present = code_points[code_points != NOTHING].astype("<u4").tobytes()
    escaped = str(present, "utf-32-le", "surrogatepass")
    return escaped.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
