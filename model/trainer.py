"""One training: weights, optimiser and position, moved on step by step, saved and restored."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.batches import Batch, Batches
from model.config import TrainConfig
from model.devices import autocast, choose_precision, seed_all
from model.history import Row
from model.optimiser import learning_rate, make_optimiser
from model.rnn import CharRNN, Masks, State, detach_state
from model.seeds import derive_seed

READ_EVERY = {"cpu": 1, "cuda": 50}  # steps between reads of the loss, which a GPU must wait for

# Drawing as many random numbers as there are weights costs a fifth of a step of one LSTM layer.
WEIGHTS_HELD = 8


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
    history: list[Row] = field(default_factory=list)
    best_step: int = 0
    best_bits: float | None = None
    """Lowest valid loss so far, bits per byte, and the step that it was measured after."""
    stalled: int = 0
    """Validations since then."""
    finished: bool = False
    measured: dict[str, Any] = field(default_factory=dict)
    """What `model.record` told of machine and memory at the end."""


class Trainer:
    """Trains a model; what comes out depends on settings and inputs, never on when it is saved."""

    def __init__(
        self,
        model: CharRNN,
        config: TrainConfig,
        batches: Batches,
        bits_per_nat: float,
        validate: Callable[[], float] | None,
    ) -> None:
        """
        Begin at step 0.

        Args:
            model: with its initial weights, on its device.
            config: how to train.
            batches: what to train on.
            bits_per_nat: turns nats a token into bits a byte of the train split.
            validate: measures `model` on the valid split, bits per byte; None without one.
        """
        self.model = model
        self.position = Position()
        self.num_steps = batches.steps_per_epoch * config.epochs
        self.best_weights: dict[str, Tensor] = {}
        self._config = config
        self._batches = batches
        self._bits_per_nat = bits_per_nat
        self._validate = validate
        self._interval = math.ceil(self.num_steps / config.evaluations)
        self._device = model.device
        self.precision = choose_precision(config.precision, model.device)
        self._parameters = list(model.parameters())
        self._optimiser = make_optimiser(model, config)
        self._state: State | None = None
        self._units: tuple[Tensor | None, ...] | None = None
        self._weights: tuple[Tensor | None, ...] | None = None
        self._unread: list[Tensor] = []

    def run(self) -> Iterator[Row | None]:
        """
        Train to the end, yielding after each step: the new row after a validation, else None.

        Raises:
            FileNotFoundError: a shard of the train split is gone.
            ValueError: one is damaged, or the loss is no number any more.
        """
        position = self.position
        began = time.monotonic() - position.seconds
        self.model.train()
        with closing(self._batches.from_step(position.step)) as batches:
            while not position.finished:
                self._step(next(batches))
                row = None
                if position.step % self._interval == 0 or position.step == self.num_steps:
                    row = self._row(time.monotonic() - began)
                position.seconds = time.monotonic() - began
                yield row

    def weights(self) -> dict[str, Tensor]:
        """Return the weights to keep, on the CPU: the best on valid, or the last without valid."""
        return self.best_weights or _copies(self.model.state_dict())

    def tensors(self) -> dict[str, Tensor]:
        """Return everything of the training that is no JSON, by name, on the CPU."""
        self._read_losses()
        named = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        named |= {f"best.{name}": value for name, value in self.best_weights.items()}
        named |= {f"state.{index}": part for index, part in enumerate(self._state or ())}
        for index, values in self._optimiser.state_dict()["state"].items():
            named |= {f"optimiser.{index}.{name}": value for name, value in values.items()}
        return _copies(named)

    def restore(self, position: dict[str, Any], tensors: dict[str, Tensor]) -> None:
        """Go back to where `position` (as a dictionary) and `tensors()` were taken."""
        self.position = Position(**position)
        self._units = self._weights = None
        self.model.load_state_dict(_under("model.", tensors))
        self.best_weights = _under("best.", tensors)
        state = _under("state.", tensors)
        self._state = tuple(
            state[str(i)].to(self._device, torch.float32) for i in range(len(state))
        )
        moments: dict[int, dict[str, Tensor]] = {}
        for name, value in _under("optimiser.", tensors).items():
            index, _, moment = name.partition(".")
            moments.setdefault(int(index), {})[moment] = value
        groups = self._optimiser.state_dict()["param_groups"]
        self._optimiser.load_state_dict({"state": moments, "param_groups": groups})

    def show(self, on_validation: Callable[[CharRNN, int], None]) -> None:
        """Hand the model, with dropout off, to somebody who looks at it."""
        self.model.eval()
        on_validation(self.model, self.position.step)
        self.model.train()

    def _step(self, batch: Batch) -> None:
        """Learn from one window."""
        config, position = self._config, self.position
        for group in self._optimiser.param_groups:
            group["lr"] = learning_rate(position.step, self.num_steps, config)
        masks = self._masks_of(batch)
        inputs = _to(batch.inputs, self._device)
        targets = _to(batch.targets, self._device)
        with autocast(self._device, self.precision):
            logits, state = self.model(inputs, None if batch.starts else self._state, masks)
            loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="sum")
        # Divided by a constant, so that each token of the corpus weighs the same.
        (loss / self._batches.tokens_per_step).backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(self._parameters, config.clip)
        self._optimiser.step()
        self._optimiser.zero_grad()
        self._state = detach_state(state)
        self._unread.append(torch.stack([loss.detach(), norm]))
        position.step += 1
        position.tokens += batch.num_tokens
        position.recent_tokens += batch.num_tokens
        if len(self._unread) >= READ_EVERY[self._device.type]:
            self._read_losses()

    def _masks_of(self, batch: Batch) -> Masks:
        """
        Return the dropout of a batch: units for a group, weights for `WEIGHTS_HELD` steps.

        Each draw is seeded by what it is for, so a training that goes on draws what it would have.
        """
        seed = self._config.seed
        if batch.starts or self._units is None:
            seed_all(derive_seed(seed, "units", batch.epoch, batch.group), self._device)
            self._units = self.model.draw_units(len(batch.inputs))
        held, steps = divmod(self.position.step, WEIGHTS_HELD)
        if steps == 0 or self._weights is None:
            seed_all(derive_seed(seed, "weights", held), self._device)
            self._weights = self.model.draw_weights()
        return Masks(self._units, self._weights)

    def _read_losses(self) -> None:
        """Add the losses of the last steps to the position; stop where one is no number."""
        if not self._unread:
            return
        first = self.position.step - len(self._unread) + 1
        for step, (loss, norm) in enumerate(torch.stack(self._unread).tolist(), first):
            if not math.isfinite(loss) or not math.isfinite(norm):
                raise ValueError(
                    f"at step {step} the loss is {loss} and the length of its gradient {norm}: the "
                    f"training has diverged; lower train.learning_rate "
                    f"({self._config.learning_rate}) or train.clip ({self._config.clip})"
                )
            self.position.nats += loss
        self._unread = []

    def _row(self, seconds: float) -> Row:
        """Validate, keep the weights if they are the best, and add a row to the history."""
        self._read_losses()
        position = self.position
        valid_bits = None if self._validate is None else self._validate()
        row: Row = {
            "step": position.step,
            "epoch": position.step / self._batches.steps_per_epoch,
            "tokens": position.tokens,
            "seconds": seconds,
            "learning_rate": learning_rate(position.step - 1, self.num_steps, self._config),
            "train_bits_per_byte": position.nats / position.recent_tokens * self._bits_per_nat,
            "valid_bits_per_byte": valid_bits,
        }
        position.history.append(row)
        position.nats, position.recent_tokens = 0.0, 0
        if valid_bits is not None:
            self._judge(valid_bits)
        if position.step == self.num_steps or position.stalled == self._config.patience:
            position.finished = True
        return row

    def _judge(self, valid_bits: float) -> None:
        """Keep the weights if no earlier ones were as good."""
        position = self.position
        if position.best_bits is None or valid_bits < position.best_bits:
            position.best_bits, position.best_step, position.stalled = valid_bits, position.step, 0
            self.best_weights = _copies(self.model.state_dict())
        else:
            position.stalled += 1


def _to(values: Tensor, device: torch.device) -> Tensor:
    """Copy to the device, without waiting for it where it is a GPU."""
    if device.type == "cpu":
        return values
    return values.pin_memory().to(device, non_blocking=True)


def _copies(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.detach().to("cpu", copy=True) for name, value in tensors.items()}


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors whose names begin with the prefix, named without it."""
    return {
        name.removeprefix(prefix): value
        for name, value in tensors.items()
        if name.startswith(prefix)
    }
