"""
Steps of a trained model, token by token: on a CPU by compiled loops, elsewhere by the model itself.

On a CPU a lane's logits have the same bits whatever stands beside it.

Notation: B lanes, T tokens of a text, V tokens of the vocabulary, H hidden size, L layers.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from model.rnn import CharRNN, State
from model.shares import Shares
from model.step_loops import Floats, Ids, add_product, gru, lstm, rnn
from model.step_weights import Weights

READ = 256  # tokens that the model itself reads at once

Flags = npt.NDArray[np.bool_]
# Called with the logits of all lanes, (B, V), and a slice of lanes whose logits are there.
OnLogits = Callable[[Floats, slice], None]


class Stepper(Protocol):
    """A model that reads B lanes side by side."""

    def read(self, tokens: Ids) -> Floats:
        """Read (T,) tokens, one or more, in every lane; return the logits after them, (B, V)."""

    def step(self, tokens: Ids, then: OnLogits | None = None) -> Floats:
        """
        Read a token in each lane, (B,); return the logits of the next ones, (B, V).

        `then` is called for slices that make up all lanes, by the threads that share them: to wake
        these takes longer than what little follows a step.
        """

    def forget(self, lanes: Flags) -> None:
        """Let lanes, (B,), begin anew."""

    def select(self, lanes: Sequence[int]) -> "Stepper":
        """Return a model that goes on from copies of these lanes."""


def stepper(model: CharRNN) -> Stepper:
    """Return a model in evaluation mode with one lane, which begins anew."""
    shares = Shares(torch.get_num_threads())
    if model.device.type == "cpu":
        state = np.zeros((2, model.config.layers, 1, model.config.hidden), np.float32)
        return CompiledStepper(Weights(model), shares, state)
    return TorchStepper(model, shares, 1, None)


class TorchStepper:
    """Steps by the model itself, wherever it is."""

    def __init__(self, model: CharRNN, shares: Shares, lanes: int, state: State | None) -> None:
        self._model = model
        self._shares = shares
        self._lanes = lanes
        self._state = state

    def read(self, tokens: Ids) -> Floats:
        """Read the same tokens in every lane."""
        for block in np.split(tokens, range(READ, len(tokens), READ)):
            logits = self._run(torch.from_numpy(block).expand(self._lanes, -1))
        return logits

    def step(self, tokens: Ids, then: OnLogits | None = None) -> Floats:
        """Read a token a lane."""
        logits = self._run(torch.from_numpy(tokens)[:, None])
        if then is not None:
            self._shares.each(len(tokens), partial(then, logits))
        return logits

    def forget(self, lanes: Flags) -> None:
        """Set the state of lanes to zero."""
        if self._state is not None:
            begun = torch.from_numpy(lanes).to(self._model.device)[None, :, None]
            self._state = tuple(part.masked_fill(begun, 0) for part in self._state)

    def select(self, lanes: Sequence[int]) -> "TorchStepper":
        """Copy lanes."""
        state = self._state and tuple(part[:, list(lanes)].contiguous() for part in self._state)
        return TorchStepper(self._model, self._shares, len(lanes), state)

    @torch.inference_mode()
    def _run(self, tokens: Tensor) -> Floats:
        logits, self._state = self._model(tokens.to(self._model.device), self._state)
        last: Floats = logits[:, -1].cpu().numpy()
        return last


class CompiledStepper:
    """Steps by compiled loops."""

    def __init__(self, weights: Weights, shares: Shares, state: Floats) -> None:
        """
        Go on from a state.

        Args:
            weights: of the model.
            shares: threads that share wide steps.
            state: (2, L, B, H) hidden and, of an LSTM, cell states; it is changed.
        """
        lanes = state.shape[2]
        self._shares, self._weights, self._state = shares, weights, state
        gates = weights.layers[0].recurrent.bias.size
        self._of_inputs = np.empty((lanes, gates), np.float32)
        self._of_hidden = np.empty((lanes, gates), np.float32)
        self._outputs = [np.empty((lanes, one.bias.size), np.float32) for one in weights.output]

    def read(self, tokens: Ids) -> Floats:
        """Read the same tokens in every lane."""
        everywhere = slice(0, self._state.shape[2])
        for token in tokens:
            self._advance(np.full(everywhere.stop, token), everywhere)
        self._score(everywhere)
        return self._outputs[-1]

    def step(self, tokens: Ids, then: OnLogits | None = None) -> Floats:
        """Read a token a lane; what is returned is written over by the next step."""
        self._shares.each(len(tokens), partial(self._step, tokens, then))
        return self._outputs[-1]

    def forget(self, lanes: Flags) -> None:
        """Set the state of lanes to zero."""
        self._state[:, :, lanes] = 0

    def select(self, lanes: Sequence[int]) -> "CompiledStepper":
        """Copy lanes."""
        state = np.ascontiguousarray(self._state[:, :, list(lanes)])
        return CompiledStepper(self._weights, self._shares, state)

    def _step(self, tokens: Ids, then: OnLogits | None, lanes: slice) -> None:
        self._advance(tokens, lanes)
        self._score(lanes)
        if then is not None:
            then(self._outputs[-1], lanes)

    def _advance(self, tokens: Ids, lanes: slice) -> None:
        """Read a token a lane into the state."""
        gates, of_hidden = self._of_inputs[lanes], self._of_hidden[lanes]
        inputs = None
        for index, layer in enumerate(self._weights.layers):
            hidden, cell = self._state[0, index, lanes], self._state[1, index, lanes]
            if layer.table is not None:
                np.take(layer.table, tokens[lanes], axis=0, out=gates, mode="clip")
            else:
                vectors = self._weights.vectors[tokens[lanes]] if inputs is None else inputs
                layer.inputs.write(vectors, gates)
            match self._weights.cell:
                case "lstm":
                    add_product(hidden, layer.recurrent.matrix, gates)
                    lstm(gates, hidden, cell)
                case "gru":
                    layer.recurrent.write(hidden, of_hidden)
                    gru(gates, of_hidden, hidden)
                case _:
                    add_product(hidden, layer.recurrent.matrix, gates)
                    rnn(gates, hidden)
            inputs = hidden

    def _score(self, lanes: slice) -> None:
        """Write the logits that follow from the state."""
        values = self._state[0, -1, lanes]
        for linear, outputs in zip(self._weights.output, self._outputs, strict=True):
            linear.write(values, outputs[lanes])
            values = outputs[lanes]
