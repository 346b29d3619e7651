"""Loss curves of a run: what stands in metrics.csv, thinned for a picture."""

import csv
import math
from array import array
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from preprocess.files import REMEDY

KINDS = ("train", "valid")
COLUMNS = ("tokens", *(f"{kind}_bits_per_byte" for kind in KINDS))

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """
    Losses of one split by tokens read.

    Attributes:
        tokens: (N,) tokens trained on so far.
        losses: (N,) bits per byte, all finite.
        not_numbers: losses that were left out, being NaN or infinite.
    """

    tokens: Floats
    losses: Floats
    not_numbers: int = 0

    def __len__(self) -> int:
        return len(self.tokens)

    def thinned(self, points: int) -> "Curve":
        """
        Return at most `points` of the points; 4 or more.

        Kept are both ends, and the lowest and highest of each of equally many neighbours, so that
        no dip and no spike is lost.
        """
        if len(self) <= points:
            return self
        borders = np.linspace(0, len(self), (points - 2) // 2 + 1).astype(np.int64)
        kept = {0, len(self) - 1}
        for begin, end in zip(borders[:-1].tolist(), borders[1:].tolist(), strict=True):
            part = self.losses[begin:end]
            kept |= {begin + int(part.argmin()), begin + int(part.argmax())}
        places = sorted(kept)
        return Curve(self.tokens[places], self.losses[places], self.not_numbers)


def read_curves(path: Path) -> dict[str, Curve]:
    """
    Read the curves of metrics.csv by split; a split without losses has an empty curve.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it lacks a column, or a cell is no number; the message names the line.
    """
    values = {kind: (array("d"), array("d")) for kind in KINDS}
    dropped = dict.fromkeys(KINDS, 0)
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        header = next(rows, [])
        if missing := [column for column in COLUMNS if column not in header]:
            raise ValueError(f"{path}: has no column {missing[0]}; {REMEDY}")
        places = [header.index(column) for column in COLUMNS]
        for row in rows:
            tokens, *losses = (_number(path, rows.line_num, row, place) for place in places)
            for kind, loss in zip(KINDS, losses, strict=True):
                if loss is None or tokens is None:
                    continue
                if math.isfinite(loss) and math.isfinite(tokens):
                    values[kind][0].append(tokens)
                    values[kind][1].append(loss)
                else:
                    dropped[kind] += 1
    return {
        kind: Curve(np.array(tokens), np.array(losses), dropped[kind])
        for kind, (tokens, losses) in values.items()
    }


def _number(path: Path, line: int, row: list[str], place: int) -> float | None:
    """Return a cell as a number; an empty one, where there is nothing to report, is None."""
    cell = row[place] if place < len(row) else "(missing)"
    if not cell:
        return None
    try:
        return float(cell)
    except ValueError as error:
        raise ValueError(f"{path}: line {line} has {cell!r} for a number; {REMEDY}") from error
