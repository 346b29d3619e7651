"""
One step of a network as an ONNX graph, that other programs and languages can run.

    inputs     token (B,) int64, hidden (L, B, H), for an LSTM cell (L, B, H)
    outputs    logits (B, V), hidden_after (L, B, H), for an LSTM cell_after (L, B, H)

The graph is written node by node, from the standard's own operators for recurrent cells
(https://onnx.ai/onnx/operators/), and not traced: it is small, and the same for the same weights.

Notation: B streams side by side, L layers, E embedding size, H hidden size, V tokens.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, checker, helper, numpy_helper

from model.rnn import CharRNN

# Of 2021 and 2022: what any program reads that still gets updates.
OPSET = 17
IR_VERSION = 8
OPERATORS = {"rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}
# Where ONNX has its gates, among those of torch: i o f c of i f g o; z r h of r z n.
GATES = {"rnn": (0,), "gru": (1, 0, 2), "lstm": (0, 3, 1, 2)}
STATES = {"rnn": ("hidden",), "gru": ("hidden",), "lstm": ("hidden", "cell")}

Array = npt.NDArray[Any]


def step_model(network: CharRNN) -> bytes:
    """Return one step of a network, as the content of an .onnx file."""
    graph = _Graph(network)
    config, size = network.config, network.vocabulary_size
    states = STATES[config.cell]
    shape = (config.layers, "B", config.hidden)
    inputs = [_value("token", TensorProto.INT64, ["B"])]
    inputs += [_value(name, TensorProto.FLOAT, shape) for name in states]
    outputs = [_value("logits", TensorProto.FLOAT, ["B", size])]
    outputs += [_value(f"{name}_after", TensorProto.FLOAT, shape) for name in states]
    model: ModelProto = helper.make_model(
        helper.make_graph(graph.nodes, "step", inputs, outputs, graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="geulteul",
    )
    checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


class _Graph:
    """Nodes and constants of the graph, in the order in which they are needed."""

    def __init__(self, network: CharRNN) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self._config = network.config
        self._weights = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
        self._add_constant("first_axis", np.zeros(1, np.int64))
        for name in ("embedding.weight", "projection.weight", "projection.bias", "bias"):
            if name in self._weights:
                self._add_constant(name, self._weights[name])
        self._add_layers()
        self._add_scores()

    def _add_layers(self) -> None:
        """Read the token: the layers' states, and what the last of them gives, (1, B, H)."""
        config = self._config
        states, layers = STATES[config.cell], range(config.layers)
        self._add("Gather", ["embedding.weight", "token"], ["embedded"])
        self._add("Unsqueeze", ["embedded", "first_axis"], ["values_0"])  # a sequence of one
        for name in states:
            self._add("Split", [name], [f"{name}_{layer}" for layer in layers], axis=0)
        for layer in layers:
            weights = [self._add_gates(f"layers.{layer}.weight_{side}_l0") for side in ("ih", "hh")]
            before = [f"{name}_{layer}" for name in states]
            # The last hidden state of a sequence of one is its only output, too.
            after = [f"values_{layer + 1}", *(f"{name}_{layer}_after" for name in states[1:])]
            attributes = {"linear_before_reset": 1} if config.cell == "gru" else {}
            self._add(
                OPERATORS[config.cell],
                [f"values_{layer}", *weights, self._add_biases(layer), "", *before],
                ["", *after],
                hidden_size=config.hidden,
                **attributes,
            )
        parts = {name: [f"{name}_{layer}_after" for layer in layers] for name in states}
        parts["hidden"] = [f"values_{layer + 1}" for layer in layers]
        for name in states:
            self._add("Concat", parts[name], [f"{name}_after"], axis=0)

    def _add_scores(self) -> None:
        """
        Score each token as the next one, summed in float64.

        Logits reach 20 and more, where sums of float32 in another order are 0.00001 apart.
        """
        self._add("Squeeze", [f"values_{self._config.layers}", "first_axis"], ["last"])
        features = self._add_double("last")
        if self._config.tie:
            features = self._add_linear(features, "projection.weight", "projection.bias")
            scores = self._add_linear(features, "embedding.weight", "bias")
        else:
            for name in ("output.weight", "output.bias"):
                self._add_constant(name, self._weights[name])
            scores = self._add_linear(features, "output.weight", "output.bias")
        self._add("Cast", [scores], ["logits"], to=TensorProto.FLOAT)

    def _add_gates(self, name: str) -> str:
        """Add a matrix of a layer, (1, gates x H, ...), its gates in the order of ONNX."""
        self._add_constant(name, self._reordered(name)[np.newaxis])
        return name

    def _add_biases(self, layer: int) -> str:
        """Add both biases of a layer, one behind the other: (1, 2 x gates x H)."""
        name = f"layers.{layer}.bias"
        both = [self._reordered(f"layers.{layer}.bias_{side}_l0") for side in ("ih", "hh")]
        self._add_constant(name, np.concatenate(both)[np.newaxis])
        return name

    def _reordered(self, name: str) -> Array:
        order = GATES[self._config.cell]
        gates = np.split(self._weights[name], len(order))
        return np.concatenate([gates[gate] for gate in order])

    def _add_linear(self, values: str, weight: str, bias: str) -> str:
        inputs = [values, self._add_double(weight), self._add_double(bias)]
        self._add("Gemm", inputs, [f"{weight}_scored"], transB=1)
        return f"{weight}_scored"

    def _add_double(self, name: str) -> str:
        self._add("Cast", [name], [f"{name}_double"], to=TensorProto.DOUBLE)
        return f"{name}_double"

    def _add_constant(self, name: str, values: Array) -> None:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))

    def _add(
        self,
        operator: str,
        inputs: Sequence[str],
        outputs: Sequence[str],
        **attributes: Any,  # noqa: ANN401 (what the operator takes)
    ) -> None:
        self.nodes.append(helper.make_node(operator, inputs, outputs, **attributes))


def _value(name: str, kind: int, shape: Sequence[int | str]) -> ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, shape)
