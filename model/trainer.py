"""One training: weights, optimiser and position, moved on step by step, saved and restored."""

import logging
import math
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import torch
from torch import Tensor, nn

from model.batches import Batch, Batches
from model.config import TrainConfig
from model.devices import autocast, choose_precision, seed_all
from model.divergence import ALARM_STEPS, jump_of, runs_away
from model.history import Row
from model.optimiser import learning_rate, make_optimiser
from model.position import Position
from model.rnn import CharRNN, Masks, State, detach_state
from model.seeds import derive_seed
from model.snapshot import put_back, take
from model.tensors import copies

READ_EVERY = {"cpu": 1, "cuda": 50}  # steps between reads of the loss, which a GPU must wait for

# Drawing as many random numbers as there are weights costs a fifth of a step of one LSTM layer.
WEIGHTS_HELD = 8

logger = logging.getLogger("geulteul")


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
        self._kept = copies(model.state_dict())
        self._uniform_nats = math.log(model.vocabulary_size)
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
        self._unread: list[tuple[Tensor, int]] = []  # loss and norm (2,), tokens

    def run(self) -> Iterator[Row | None]:
        """
        Train to the end, yielding after each step: the new row after a validation, else None.

        Raises:
            FileNotFoundError: a shard of the train split is gone.
            ValueError: one is damaged, or the training has diverged once more than it may.
        """
        self.model.train()
        while not self.position.finished:
            with closing(self._batches.from_step(self.position.step)) as batches:
                yield from self._until_setback(batches)

    def weights(self) -> dict[str, Tensor]:
        """Return the weights to keep, on the CPU: the best on valid, or the last without valid."""
        return self._kept

    def tensors(self) -> dict[str, Tensor]:
        """
        Return everything of the training that is no JSON, by name, on the CPU.

        Losses that have not been read yet are read first, which may move the position back.
        """
        self._read_losses()
        return take(self.model, self._kept, self._state, self._optimiser)

    def restore(self, position: dict[str, Any], tensors: dict[str, Tensor]) -> None:
        """
        Go back to where `position` (as a dictionary) and `tensors()` were taken.

        Raises:
            ValueError: they are of another training or model; nothing has been changed.
        """
        try:
            restored = Position(**position)
        except TypeError as error:
            raise ValueError(f"is of another training ({error})") from error
        self._kept, self._state = put_back(tensors, self.model, self._optimiser)
        self.position = restored
        self._units = self._weights = None

    def show(self, on_validation: Callable[[CharRNN, int], None]) -> None:
        """Hand the model, with dropout off, to somebody who looks at it."""
        self.model.eval()
        on_validation(self.model, self.position.step)
        self.model.train()

    def _until_setback(self, batches: Iterator[Batch]) -> Iterator[Row | None]:
        """Do as `run` does, up to the next time that the training goes back."""
        position = self.position
        setbacks = len(position.setbacks)
        began = time.monotonic() - position.seconds
        while not position.finished and len(position.setbacks) == setbacks:
            if not self._is_due():  # a training may have been stopped while it validated
                self._step(next(batches))
            position.seconds = time.monotonic() - began
            row = self._row() if self._is_due() else None
            position.seconds = time.monotonic() - began
            yield row

    def _is_due(self) -> bool:
        """Whether the step calls for a row, which is not there yet."""
        step = self.position.step
        at_row = step % self._interval == 0 or step == self.num_steps
        return at_row and step > self.position.last_row_step

    def _step(self, batch: Batch) -> None:
        """Learn from one window."""
        config, position = self._config, self.position
        for group in self._optimiser.param_groups:
            group["lr"] = self._learning_rate(position.step)
        masks = self._masks_of(batch)
        inputs = _to(batch.inputs, self._device)
        targets = _to(batch.targets, self._device)
        with autocast(self._device, self.precision):
            state = None if batch.starts else self._state
            loss, state = self.model.loss(inputs, targets, state, masks)
        # Divided by a constant, so that each token of the corpus weighs the same.
        (loss / self._batches.tokens_per_step).backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(self._parameters, config.clip)
        self._optimiser.step()
        self._optimiser.zero_grad()
        self._state = detach_state(state)
        self._unread.append((torch.stack([loss.detach(), norm]), batch.num_tokens))
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

    def _learning_rate(self, step: int) -> float:
        """Return the rate of the schedule, halved and warmed up anew by each setback."""
        rate, setbacks = learning_rate(step, self.num_steps, self._config), self.position.setbacks
        if not setbacks:
            return rate
        since: int = step - setbacks[-1]["back_to"]
        warm = min(1.0, (since + 1) / max(1, self._config.warmup_steps))
        return rate * warm * math.pow(0.5, len(setbacks))

    def _read_losses(self) -> bool:
        """Add the losses of the last steps to the position; go back, and say False, on bad ones."""
        if not self._unread:
            return True
        position = self.position
        first = position.step - len(self._unread) + 1
        read = torch.stack([values for values, _ in self._unread]).tolist()
        num_tokens = [size for _, size in self._unread]
        self._unread = []
        for step, ((loss, norm), size) in enumerate(zip(read, num_tokens, strict=True), first):
            position.nats += loss
            if not math.isfinite(loss) or not math.isfinite(norm):
                self._go_back(step, f"the loss is {loss} and the length of its gradient {norm}")
                return False
            position.smooth(loss / size * self._bits_per_nat)
            steps = step - position.last_row_step
            tokens = steps * self._batches.tokens_per_step
            if steps >= ALARM_STEPS and runs_away(position.nats, tokens, self._uniform_nats):
                self._go_back(step, f"the loss is {position.nats / tokens:.4g} nats a token")
                return False
        return True

    def _go_back(self, step: int, reason: str) -> None:
        """Go on from the weights to keep, with half the learning rate, or stop in the end."""
        config, position = self._config, self.position
        if len(position.setbacks) >= config.retries:
            tried = f", also at {0.5**config.retries:g} of its learning rate" * (config.retries > 0)
            raise ValueError(
                f"at step {step} {reason}: the training has diverged{tried}; lower "
                f"train.learning_rate ({config.learning_rate}) or train.clip ({config.clip})"
            )
        position.go_back(step, reason)
        logger.warning(
            "at step %d %s: back to step %d, with %g of the learning rate from there on",
            step,
            reason,
            position.step,
            0.5 ** len(position.setbacks),
        )
        self.model.load_state_dict(self._kept)
        self._optimiser = make_optimiser(self.model, config)
        self._state = self._units = self._weights = None
        self._unread = []

    def _row(self) -> Row | None:
        """Validate, keep the weights if they are the best, and add a row to the history."""
        if not self._read_losses():
            return None
        position = self.position
        valid_bits = None if self._validate is None else self._validate()
        row: Row = {
            "step": position.step,
            "epoch": position.step / self._batches.steps_per_epoch,
            "tokens": position.tokens,
            "seconds": position.seconds,
            "learning_rate": self._learning_rate(position.step - 1),
            "train_bits_per_byte": position.nats / position.recent_tokens * self._bits_per_nat,
            "valid_bits_per_byte": valid_bits,
            "smoothed_bits_per_byte": position.smoothed,
        }
        uniform_bits = self._uniform_nats * self._bits_per_nat
        if (jump := jump_of(row, position.history, uniform_bits)) is not None:
            self._go_back(position.step, jump)
            return None
        position.history.append(row)
        position.nats, position.recent_tokens = 0.0, 0
        self._judge(valid_bits)
        if position.step == self.num_steps or position.stalled == self._config.patience:
            position.finished = True
        return row

    def _judge(self, valid_bits: float | None) -> None:
        """Keep the weights if no earlier ones were as good; without valid the last ones are."""
        position = self.position
        if valid_bits is None or position.best_bits is None or valid_bits < position.best_bits:
            position.best_bits, position.best_step, position.stalled = valid_bits, position.step, 0
            self._kept = copies(self.model.state_dict())
        else:
            position.stalled += 1


def _to(values: Tensor, device: torch.device) -> Tensor:
    """Copy to the device, without waiting for it where it is a GPU."""
    if device.type == "cpu":
        return values
    return values.pin_memory().to(device, non_blocking=True)
