"""Loss curves of a run: what stands in metrics.csv, thinned for a picture."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
from numpy.typing import NDArray

from preprocess.files import REMEDY

KINDS = ("train", "valid")
PLACES = ("step", "tokens", "seconds")
COLUMNS = (*PLACES, *(f"{kind}_bits_per_byte" for kind in KINDS))

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """
    Losses of one split, and how far the training had come at each.

    Attributes:
        steps: (N,) steps of training done.
        tokens: (N,) tokens trained on.
        seconds: (N,) seconds trained.
        losses: (N,) bits per byte. All four are finite.
        not_numbers: points that were left out, something in them being NaN or infinite.
    """

    steps: Floats
    tokens: Floats
    seconds: Floats
    losses: Floats
    not_numbers: int = 0

    def __len__(self) -> int:
        return len(self.losses)

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
        return Curve(
            self.steps[places],
            self.tokens[places],
            self.seconds[places],
            self.losses[places],
            self.not_numbers,
        )

    def before(self, step: float) -> int | None:
        """Return the place of the last point at a step or before it; None where there is none."""
        place = int(np.searchsorted(self.steps, step, side="right")) - 1
        return place if place >= 0 else None


def read_curves(path: Path) -> dict[str, Curve]:
    """
    Read the curves of metrics.csv by split; a split without losses has an empty curve.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it lacks a column, or a cell is no number; the message names the line.
    """
    table = _read(path)
    places = [table[name].to_numpy() for name in PLACES]
    curves = {}
    for kind in KINDS:
        column = table[f"{kind}_bits_per_byte"]
        told = column.is_valid().to_numpy()  # where it is empty there was nothing to report
        points = np.stack([*places, column.to_numpy()])[:, told]
        finite = np.isfinite(points).all(axis=0)
        steps, tokens, seconds, losses = points[:, finite]
        curves[kind] = Curve(steps, tokens, seconds, losses, int((~finite).sum()))
    return curves


def _read(path: Path) -> pa.Table:
    """Read COLUMNS of a CSV file as numbers, what is empty as null."""
    with path.open("rb") as file:
        try:
            table = pa_csv.read_csv(
                file,
                # One thread counts the lines for messages.
                read_options=pa_csv.ReadOptions(use_threads=False),
                convert_options=pa_csv.ConvertOptions(
                    column_types=dict.fromkeys(COLUMNS, pa.float64()), null_values=[""]
                ),
            )
        except pa.ArrowInvalid as error:
            raise ValueError(f"{path}: is damaged: {error}; {REMEDY}") from error
    if missing := [column for column in COLUMNS if column not in table.column_names]:
        raise ValueError(f"{path}: has no column {missing[0]}; {REMEDY}")
    return table
