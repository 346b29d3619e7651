"""
The recurrent language model: embedding, layers of torch's fused cells, scores of the next token.

Notation of shapes: B streams side by side, T steps, E embedding size, H hidden size, L layers,
V tokens in the vocabulary.
"""

from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F
from torch.nn.utils import parametrize

from model.config import ModelConfig
from model.loss import summed_cross_entropy

CELL_CLASSES: dict[str, type[nn.RNN | nn.GRU | nn.LSTM]] = {
    "rnn": nn.RNN,
    "gru": nn.GRU,
    "lstm": nn.LSTM,
}
SPREAD = 0.5  # standard deviation of an embedding's numbers at first
RECURRENT = "weight_hh_l0"  # torch's name of the matrix from a layer's state to its next one

State = tuple[Tensor, ...]
"""Hidden state (L, B, H), with the cell state (L, B, H) after it for an LSTM."""


class Masks(NamedTuple):
    """
    What dropout multiplies with in training; None for 1.

    Attributes:
        units: (B, 1, E) for the embedding, then (B, 1, H) for each layer's output.
        weights: for each layer, of the shape of its matrix from state to state.
    """

    units: tuple[Tensor | None, ...]
    weights: tuple[Tensor | None, ...]


class CharRNN(nn.Module):
    """Scores every token of the vocabulary as the next one of each stream."""

    def __init__(self, config: ModelConfig, vocabulary_size: int) -> None:
        """Draw initial weights from torch's global generator."""
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(vocabulary_size, config.embedding)
        # One module a layer, not one of L layers, whose dropout would be another at each step.
        cell, sizes = (
            CELL_CLASSES[config.cell],
            [config.embedding] + [config.hidden] * config.layers,
        )
        self.layers = nn.ModuleList(
            cell(size, config.hidden, batch_first=True) for size in sizes[: config.layers]
        )
        if config.tie:
            self.projection = nn.Linear(config.hidden, config.embedding)
            self.bias = nn.Parameter(torch.zeros(vocabulary_size))
        else:
            self.output = nn.Linear(config.hidden, vocabulary_size)
        self._initialise()

    def forward(
        self, tokens: Tensor, state: State | None = None, masks: Masks | None = None
    ) -> tuple[Tensor, State]:
        """
        Score the next token at every step.

        Args:
            tokens: (B, T) int64 token ids.
            state: what the previous call returned for the same B streams; None to start anew.
            masks: dropout, see `draw_units` and `draw_weights`; None draws new ones in training.
                Without effect otherwise.

        Returns:
            logits (B, T, V), unnormalised; and the state after step T, still attached
            to the graph (`detach_state` cuts it).
        """
        values, after = self._read(tokens, state, masks)
        with torch.autocast(values.device.type, enabled=False):
            return F.linear(*self._output(values)), after

    def loss(
        self, tokens: Tensor, targets: Tensor, state: State | None, masks: Masks | None
    ) -> tuple[Tensor, State]:
        """
        Sum what the targets cost, in nats, whose logits may be too many for memory.

        Args:
            tokens: (B, T) int64 token ids.
            targets: (B, T) int64 ids of the tokens after them; IGNORED costs nothing.
            state: as for a call.
            masks: as for a call.

        Returns:
            the sum, (); and the state after step T, still attached to the graph.
        """
        with parametrize.cached():  # vectors that are composed are needed twice, and made once
            values, after = self._read(tokens, state, masks)
            with torch.autocast(values.device.type, enabled=False):
                features, weight, bias = self._output(values.flatten(0, 1))
        with torch.autocast(values.device.type, enabled=False):
            return summed_cross_entropy(features, weight, bias, targets.flatten()), after

    def draw_units(self, streams: int) -> tuple[Tensor | None, ...]:
        """
        Draw which units each of the B streams is without, from torch's global generator.

        Held over all steps of a stream, since what recurs would see through a mask that changes:
        https://arxiv.org/abs/1512.05287 (Gal and Ghahramani).
        """
        config = self.config
        rates = [(config.embedding, config.embedding_dropout)]
        rates += [(config.hidden, config.dropout)] * config.layers
        return tuple(
            _mask(torch.empty(streams, 1, size, device=self.device), rate) for size, rate in rates
        )

    def draw_weights(self) -> tuple[Tensor | None, ...]:
        """
        Draw which weights from state to state each layer is without, from the same generator.

        https://arxiv.org/abs/1708.02182 (Merity, Keskar, Socher), section 2
        """
        rate = self.config.weight_dropout
        recurrent = [cast(Tensor, getattr(layer, RECURRENT)) for layer in self.layers]
        return tuple(_mask(torch.empty_like(weight), rate) for weight in recurrent)

    @property
    def vocabulary_size(self) -> int:
        """V."""
        return self.embedding.num_embeddings

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.embedding.weight.device

    def num_parameters(self) -> int:
        """Count the numbers that training fits, a tied matrix once."""
        return sum(parameter.numel() for parameter in self.parameters())

    def _read(
        self, tokens: Tensor, state: State | None, masks: Masks | None
    ) -> tuple[Tensor, State]:
        """Return what the last layer gives, (B, T, H), and the state after step T."""
        if not self.training:
            masks = Masks((None,) * (1 + len(self.layers)), (None,) * len(self.layers))
        elif masks is None:
            masks = Masks(self.draw_units(len(tokens)), self.draw_weights())
        values = self.embedding(tokens)  # (B, T, E), later (B, T, H)
        lasts = []
        for index, layer in enumerate(self.layers):
            values = _times(values, masks.units[index])
            before = None if state is None else tuple(part[index : index + 1] for part in state)
            values, last = self._run(layer, values, before, masks.weights[index])
            lasts.append(last)
        values = _times(values, masks.units[-1])
        after = lasts[0] if len(lasts) == 1 else tuple(map(torch.cat, zip(*lasts, strict=True)))
        # The cells alone run in autocast's type: scores of 8 bits cost up to 0.004 bits a byte.
        return values.to(self.embedding.weight.dtype), after

    def _run(
        self, layer: nn.Module, values: Tensor, state: State | None, mask: Tensor | None
    ) -> tuple[Tensor, State]:
        """Run one layer; torch's LSTM has its state as a pair, the other cells a bare tensor."""
        weights = {}
        if mask is not None:
            weights = {RECURRENT: cast(Tensor, getattr(layer, RECURRENT)) * mask}
        kind = values.device.type
        if torch.is_autocast_enabled(kind):
            # Left to itself, autocast runs cuDNN's cells in float16, whatever type it is set to,
            # and gradients of this size vanish there.
            dtype = torch.get_autocast_dtype(kind)
            weights = {**dict(layer.named_parameters()), **weights}
            weights = {name: weight.to(dtype) for name, weight in weights.items()}
            values = values.to(dtype)
            state = None if state is None else tuple(part.to(dtype) for part in state)
        if weights and values.is_cuda:
            weights = in_one_chunk({**dict(layer.named_parameters()), **weights})
        is_lstm = self.config.cell == "lstm"
        before = state if state is None or is_lstm else state[0]
        with torch.autocast(kind, enabled=False):
            if weights:
                values, after = functional_call(layer, weights, (values, before))
            else:
                values, after = layer(values, before)
        return values, after if is_lstm else (after,)

    def _output(self, values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return what the scores are linear in, from the last layer's output, weights and bias."""
        if not self.config.tie:
            return values, self.output.weight, self.output.bias
        # One matrix for reading and for writing: https://aclanthology.org/E17-2025 (Press, Wolf)
        return self.projection(values), self.embedding.weight, self.bias

    def _initialise(self) -> None:
        """
        Draw weights by which a token is seen from the first step on: docs/recipe.md.

        A token adds 1, as a standard deviation, to each gate; by torch's own weights it adds a
        fiftieth of that, and a training spends its first epoch on finding its input.
        """
        nn.init.normal_(self.embedding.weight, std=SPREAD)
        first = self.layers[0]
        nn.init.normal_(
            cast(Tensor, first.weight_ih_l0), std=1 / (SPREAD * self.config.embedding**0.5)
        )
        for name, bias in self.layers.named_parameters():
            if "bias" in name:
                nn.init.zeros_(bias)
        if (
            self.config.tie
        ):  # the same vectors score tokens, which are to be about as likely at first
            nn.init.normal_(self.projection.weight, std=0.02 / (SPREAD * self.config.hidden**0.5))
            nn.init.zeros_(self.projection.bias)


def _mask(empty: Tensor, rate: float) -> Tensor | None:
    """Fill with 0, for a share of `rate`, and else with what makes up for it; None for all 1."""
    # Uniform numbers take a fifth of the time of a Bernoulli draw, which is not vectorised.
    return empty.uniform_().ge_(rate).div_(1 - rate) if rate else None


def _times(values: Tensor, mask: Tensor | None) -> Tensor:
    return values if mask is None else values * mask


def in_one_chunk(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Copy weights one behind the other, as cuDNN reads them; it warns of any that are not."""
    sizes = [weight.numel() for weight in weights.values()]
    flat = torch.cat([weight.flatten() for weight in weights.values()])
    parts = torch.split(flat, sizes)
    return {
        name: part.view_as(weight)
        for (name, weight), part in zip(weights.items(), parts, strict=True)
    }


def detach_state(state: State) -> State:
    """Cut the state from the graph: gradients flow no further back than the window."""
    return tuple(part.detach() for part in state)


def take_streams(state: State, count: int) -> State:
    """Return the state of the first `count` streams."""
    return tuple(part[:, :count].contiguous() for part in state)
