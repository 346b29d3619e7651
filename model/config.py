"""Settings of a model and of its training: typed, checked, without defaults of their own."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

CELLS = ("rnn", "gru", "lstm")
CARRIES = ("document", "corpus")
DEVICES = ("auto", "cpu", "cuda")
PRECISIONS = ("auto", "float32", "bfloat16")

Config = TypeVar("Config", bound="ModelConfig | TrainConfig")


@dataclass(frozen=True)
class ModelConfig:
    """Shape of a `model.rnn.CharRNN`."""

    cell: str
    """"rnn" (tanh), "gru" or "lstm"."""
    layers: int
    hidden: int
    """Units of each layer."""
    embedding: int
    """Units of a token's vector."""
    embedding_dropout: float
    """Share of the embedding's units that training leaves out, the same through a document."""
    dropout: float
    """The same of each layer's output."""
    weight_dropout: float
    """Share of the weights from state to state that training leaves out, often redrawn."""
    tie: bool
    """Score the next token with the embedding's own vectors, through a projection to its size."""
    carry: str
    """"document": state begins anew with each document; "corpus": it is carried across them."""

    def __post_init__(self) -> None:
        """Refuse what no model can have."""
        _one_of("model.cell", self.cell, CELLS)
        _one_of("model.carry", self.carry, CARRIES)
        for name in ("layers", "hidden", "embedding"):
            _at_least(f"model.{name}", getattr(self, name), 1)
        for name in ("embedding_dropout", "dropout", "weight_dropout"):
            _within(f"model.{name}", getattr(self, name), 0, 1, below_high=True)


@dataclass(frozen=True)
class TrainConfig:
    """How a model is trained."""

    device: str
    """"auto" (a GPU where there is one), "cpu" or "cuda"."""
    seed: int
    batch: int
    """Streams read side by side."""
    window: int
    """Tokens after which the gradient is cut, at most; the state is carried on."""
    epochs: int
    """Times that the train split is read, at most."""
    learning_rate: float
    """Highest learning rate, of AdamW."""
    final_learning_rate: float
    """Share of `learning_rate` that is left at the end of the cosine, 0..1."""
    warmup_steps: int
    """Steps in which the learning rate rises from 0."""
    weight_decay: float
    beta1: float
    beta2: float
    clip: float
    """Longest gradient: longer ones are scaled down to it."""
    evaluations: int
    """Validations, evenly spread over all epochs."""
    patience: int
    """Validations without a better loss after which the training ends."""
    retries: int
    """Times that a training that diverges goes back and halves its learning rate, at most."""
    checkpoint_seconds: float
    """Seconds between checkpoints; 0: one each step."""
    sample_every: int
    """Steps between samples while training; 0: at each validation."""
    cache_bytes: int
    """Train tokens held in memory, but that two chunks of shards are held in any case."""
    precision: str
    """"float32"; "bfloat16", where it is had; "auto": bfloat16 on a GPU that has it."""
    compose: bool
    """Add to each Hangul syllable's vector those of its parts, see `model.composition`."""
    restart: bool
    """Begin anew even where a checkpoint could be gone on from."""

    def __post_init__(self) -> None:
        """Refuse what no training can do."""
        _one_of("train.device", self.device, DEVICES)
        _one_of("train.precision", self.precision, PRECISIONS)
        for name in ("batch", "window", "epochs", "evaluations", "patience"):
            _at_least(f"train.{name}", getattr(self, name), 1)
        for name in ("seed", "warmup_steps", "weight_decay", "retries", "checkpoint_seconds"):
            _at_least(f"train.{name}", getattr(self, name), 0)
        for name in ("sample_every", "cache_bytes"):
            _at_least(f"train.{name}", getattr(self, name), 0)
        for name in ("learning_rate", "clip"):
            value = getattr(self, name)
            if not 0 < value < math.inf:
                raise ValueError(f"train.{name} must be above 0, got {value}")
        _within("train.final_learning_rate", self.final_learning_rate, 0, 1)
        _within("train.beta1", self.beta1, 0, 1, below_high=True)
        _within("train.beta2", self.beta2, 0, 1, below_high=True)


def from_settings(kind: type[Config], settings: Mapping[str, Any], section: str) -> Config:
    """
    Make a config from settings that name each of its fields, and nothing else.

    Raises:
        ValueError: a key is missing or unknown, or a value is impossible; the message names it
            as `section`.key.
    """
    known = {field.name for field in fields(kind)}
    if unknown := sorted(settings.keys() - known):
        raise ValueError(f"{section}.{unknown[0]} is no setting; there are {sorted(known)}")
    if missing := sorted(known - settings.keys()):
        raise ValueError(f"{section}.{missing[0]} is missing")
    return kind(**settings)


def _one_of(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, got {value!r}")


def _at_least(name: str, value: float, low: int) -> None:
    if not low <= value < math.inf:
        raise ValueError(f"{name} must be at least {low}, got {value}")


def _within(name: str, value: float, low: float, high: float, *, below_high: bool = False) -> None:
    if not low <= value <= high or (below_high and value == high):
        raise ValueError(
            f"{name} must be within {low}..{high}{' (and below it)' * below_high}, got {value}"
        )
