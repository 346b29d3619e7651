"""
Weights of a trained model as the loops of `model.step_loops` read them.

What can be multiplied out beforehand is: the first layer then looks up what a token adds to its
gates, and two matrices in a row become one, where that is less work.

Notation: V tokens of the vocabulary, E, H and L sizes of the model, G gates of its cell, I inputs
of a layer, K inputs and N outputs of a product.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
from torch import Tensor, nn

from model.rnn import CharRNN
from model.step_loops import Floats, add_product

MOST_FOLDED = 64_000_000  # bytes of the table of what each token adds to the gates


@dataclass(frozen=True, eq=False)
class Linear:
    """
    A product with a matrix, and a sum.

    Attributes:
        matrix: (K, N).
        bias: (N,).
    """

    matrix: Floats
    bias: Floats

    def write(self, inputs: Floats, outputs: Floats) -> None:
        """Write what comes of inputs, (B, K), into outputs, (B, N)."""
        outputs[:] = self.bias
        add_product(inputs, self.matrix, outputs)


@dataclass(frozen=True, eq=False)
class Layer:
    """
    Weights of a layer.

    Attributes:
        inputs: from (I,) to (G H,). Of lstm and rnn, all of the bias is in it.
        recurrent: from (H,) to (G H,).
        table: (V, G H) what a token adds to the gates; None where its vector is multiplied.
    """

    inputs: Linear
    recurrent: Linear
    table: Floats | None


class Weights:
    """
    Weights of a model.

    Attributes:
        cell: rnn, gru or lstm.
        vectors: (V, E) of the tokens.
        layers: (L,).
        output: one product or two from (H,) to (V,).
    """

    def __init__(self, model: CharRNN) -> None:
        """
        Lay out the weights of a model.

        Raises:
            ValueError: one is not a finite number; what would be drawn means nothing.
        """
        self.cell = model.config.cell
        self.vectors = _array(model.embedding.weight)
        self.layers = [
            self._layer(module, self.vectors if index == 0 else None)
            for index, module in enumerate(model.layers)
        ]
        if model.config.tie:
            projection = _linear(model.projection.weight, model.projection.bias)
            self.output = _in_one(projection, _linear(model.embedding.weight, model.bias))
        else:
            self.output = (_linear(model.output.weight, model.output.bias),)

    def _layer(self, module: nn.Module, vectors: Floats | None) -> Layer:
        weights = {name: cast(Tensor, weight) for name, weight in module.named_parameters()}
        inputs = _linear(weights["weight_ih_l0"], weights["bias_ih_l0"])
        recurrent = _linear(weights["weight_hh_l0"], weights["bias_hh_l0"])
        if self.cell != "gru":
            inputs = Linear(inputs.matrix, inputs.bias + recurrent.bias)
            recurrent = Linear(recurrent.matrix, np.zeros_like(recurrent.bias))
        table = None
        if vectors is not None and vectors.itemsize * len(vectors) * inputs.bias.size < MOST_FOLDED:
            table = np.empty((len(vectors), inputs.bias.size), np.float32)
            inputs.write(vectors, table)
        return Layer(inputs, recurrent, table)


def _in_one(first: Linear, second: Linear) -> tuple[Linear, ...]:
    """Return products in a row, multiplied out where that is less work for each lane."""
    if first.matrix.size + second.matrix.size < len(first.matrix) * second.bias.size:
        return first, second
    matrix = np.zeros((len(first.matrix), second.bias.size), np.float32)
    add_product(first.matrix, second.matrix, matrix)
    bias = second.bias[np.newaxis].copy()
    add_product(first.bias[np.newaxis], second.matrix, bias)
    return (Linear(matrix, bias[0]),)


def _linear(weight: Tensor, bias: Tensor) -> Linear:
    """Return torch's linear map, whose weight is (N, K)."""
    return Linear(np.ascontiguousarray(_array(weight).T), _array(bias))


def _array(weight: Tensor) -> Floats:
    array: Floats = weight.detach().float().cpu().numpy().copy()
    if not np.isfinite(array).all():
        raise ValueError(
            "the model has weights that are no numbers (NaN or infinity); its training went wrong"
        )
    return array
