"""How far a training has come."""

from dataclasses import dataclass, field
from typing import Any

from model.history import Row

# Of the newest step in the running mean: https://gist.github.com/karpathy/d4dee566867f8291f086
SMOOTHING = 0.001


@dataclass
class Position:
    """How far a training has come, but for its tensors; JSON values only."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    nats: float = 0.0
    """Loss of the tokens trained on since the last row of the history."""
    recent_tokens: int = 0
    """How many these are."""
    smoothed: float | None = None
    """Running mean of the losses of single steps, bits per byte, for those who watch."""
    history: list[Row] = field(default_factory=list)
    best_step: int = 0
    """Step of the weights to keep, which a training that diverges goes back to: the best on valid,
    or those of the last row without valid."""
    best_bits: float | None = None
    """Lowest valid loss so far, bits per byte; None without one."""
    stalled: int = 0
    """Validations since then."""
    setbacks: list[dict[str, Any]] = field(default_factory=list)
    """Each time that it diverged: "step", "reason", and the step that it went "back_to"."""
    finished: bool = False
    measured: dict[str, Any] = field(default_factory=dict)
    """What `model.record` told of machine and memory at the end."""

    @property
    def steps_in_all(self) -> int:
        """Steps done, those that setbacks undid included."""
        undone: int = sum(setback["step"] - setback["back_to"] for setback in self.setbacks)
        return self.step + undone

    @property
    def last_row_step(self) -> int:
        """Step of the last row of the history; 0 before the first."""
        return int(self.history[-1]["step"] or 0) if self.history else 0

    def smooth(self, bits: float) -> None:
        """Add the loss of a step, bits per byte, to the mean, which begins with the first one."""
        before = bits if self.smoothed is None else self.smoothed
        self.smoothed = before + (bits - before) * SMOOTHING

    def go_back(self, step: int, reason: str) -> None:
        """Return to the step of the weights to keep, since at `step` the training has diverged."""
        self.setbacks.append({"step": step, "reason": reason, "back_to": self.best_step})
        self.history = [row for row in self.history if (row["step"] or 0) <= self.best_step]
        self.step = self.best_step
        self.tokens = int(self.history[-1]["tokens"] or 0) if self.history else 0
        self.smoothed = self.history[-1]["smoothed_bits_per_byte"] if self.history else None
        self.nats, self.recent_tokens, self.stalled = 0.0, 0, 0
