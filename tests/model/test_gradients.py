"""Gradients of our own modules, in 64 bits, against small differences of the loss."""

import pytest
import torch

from model import loss
from model.config import ModelConfig
from model.rnn import CharRNN, Masks, detach_state
from model.segments import IGNORED

B, T, V = 2, 3, 5
STEP = 1e-5


def made(cell: str, layers: int, tie: bool, rate: float) -> CharRNN:
    torch.manual_seed(0)
    config = ModelConfig(cell, layers, 3, 2, rate, rate, rate, tie, "document")
    return CharRNN(config, V).double().train()


def worst_difference(model: CharRNN, cost) -> float:
    """Return how far a gradient is off, for the parameter where it is off the most."""
    model.zero_grad()
    cost().backward()
    differences = []
    for parameter in model.parameters():
        flat, slopes = parameter.data.view(-1), parameter.grad.view(-1)
        for place in range(flat.numel()):
            value, costs = flat[place].item(), []
            for moved in (value + STEP, value - STEP):
                flat[place] = moved
                with torch.no_grad():
                    costs.append(cost().item())
            flat[place] = value
            differences.append(abs((costs[0] - costs[1]) / (2 * STEP) - slopes[place].item()))
    return max(differences)


@pytest.mark.parametrize(("layers", "tie", "rate"), [(1, True, 0.0), (2, False, 0.4)])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_gradients_are_those_of_small_differences(monkeypatch, cell, layers, tie, rate):
    monkeypatch.setattr(loss, "LOGITS", 2 * V)  # in slices
    model = made(cell, layers, tie, rate)
    tokens = torch.randint(V, (B, 2 * T))
    targets = tokens.roll(-1, 1)[:, T:]
    targets[1, -1] = IGNORED
    masks = Masks(
        tuple(mask if mask is None else mask.double() for mask in model.draw_units(B)),
        model.draw_weights(),
    )
    state = detach_state(model(tokens[:, :T], None, masks)[1])
    inputs = (tokens[:, T:], targets, state, masks)
    assert worst_difference(model, lambda: model.loss(*inputs)[0]) < 1e-8
