"""The curve of a training: rows at its validations, as metrics.csv and as TensorBoard events."""

import csv
import io
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from preprocess.files import write_text

Row = dict[str, float | None]
"""
Values of COLUMNS, and "smoothed_bits_per_byte", a running mean of train to watch; None where there
is none, as for valid without a valid split.
"""

FORMATS = {
    "step": "d",
    "epoch": ".4f",
    "tokens": "d",
    "seconds": ".1f",
    "learning_rate": ".6g",
    "train_bits_per_byte": ".6f",
    "valid_bits_per_byte": ".6f",
}
COLUMNS = tuple(FORMATS)
CURVES = {
    "bits_per_byte/train": "train_bits_per_byte",
    "bits_per_byte/valid": "valid_bits_per_byte",
    "bits_per_byte/smoothed": "smoothed_bits_per_byte",
    "learning_rate": "learning_rate",
}


def write_metrics(path: Path, history: Sequence[Row]) -> None:
    """Write metrics.csv, a row a validation, with COLUMNS as the header."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_written(row, column) for column in COLUMNS] for row in history)
    write_text(path, text.getvalue())


def _written(row: Mapping[str, float | None], column: str) -> str:
    value = row[column]
    return "" if value is None else format(value, FORMATS[column])


def describe(row: Row, num_steps: int) -> str:
    """
    Put a row into words, for a log.

        >>> row = {"step": 5, "epoch": 0.5, "tokens": 9, "seconds": 7.1, "learning_rate": 0.1}
        >>> row |= {"train_bits_per_byte": 2.0, "smoothed_bits_per_byte": 2.1}
        >>> describe({**row, "valid_bits_per_byte": None}, 10)
        'step 5 of 10, epoch 0.50, 7 s: 2.0000 bits per byte of train (2.1000 smoothed), - of valid'
    """
    train, smoothed, valid = (
        "-" if row[f"{name}_bits_per_byte"] is None else format(row[f"{name}_bits_per_byte"], ".4f")
        for name in ("train", "smoothed", "valid")
    )
    return (
        f"step {row['step']} of {num_steps}, epoch {row['epoch']:.2f}, {row['seconds']:.0f} s: "
        f"{train} bits per byte of train ({smoothed} smoothed), {valid} of valid"
    )


class Events:
    """
    TensorBoard's curves of a training.

    The events that are there are removed and the history written again: a training that goes on
    from a checkpoint may have come further before, and no step shall be there twice.
    """

    def __init__(self, folder: Path, history: Sequence[Row]) -> None:
        self._folder = folder
        self._begin(history)

    def begin_again(self, history: Sequence[Row]) -> None:
        """Replace all rows: some have been undone."""
        self.close()
        self._begin(history)

    def add(self, row: Row, wall_time: float | None = None) -> None:
        """Write one row, for now or for another time in seconds since 1970."""
        for name, column in CURVES.items():
            if row[column] is not None:
                self._writer.add_scalar(name, row[column], row["step"], walltime=wall_time)
        self._writer.flush()

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()

    def _begin(self, history: Sequence[Row]) -> None:
        # Imported where it is needed: a training that had ended does without.
        from torch.utils.tensorboard import SummaryWriter

        for stale in self._folder.glob("events.out.tfevents.*"):
            stale.unlink()
        self._writer = SummaryWriter(str(self._folder))
        began = time.time() - ((history[-1]["seconds"] or 0) if history else 0)
        for row in history:
            self.add(row, began + (row["seconds"] or 0))
