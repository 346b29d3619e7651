"""The optimiser: the course of its learning rate, and what decays."""

import pytest
import torch
from torch import nn

from model.config import TrainConfig
from model.optimiser import learning_rate, make_optimiser


def config(**changes) -> TrainConfig:
    values = {
        "device": "cpu",
        "seed": 1,
        "batch": 1,
        "window": 1,
        "epochs": 1,
        "learning_rate": 0.1,
        "final_learning_rate": 0.2,
        "warmup_steps": 0,
        "weight_decay": 0.5,
        "beta1": 0.9,
        "beta2": 0.99,
        "clip": 1.0,
        "evaluations": 1,
        "patience": 1,
        "retries": 3,
        "checkpoint_seconds": 0,
        "sample_every": 0,
        "cache_bytes": 0,
        "compose": False,
        "precision": "auto",
        "restart": False,
    }
    return TrainConfig(**{**values, **changes})


def test_the_rate_falls_along_a_cosine_to_its_share():
    rates = [learning_rate(step, 101, config()) for step in range(101)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[50] == pytest.approx(0.1 * (0.2 + 1) / 2)
    assert rates[100] == pytest.approx(0.02)
    assert rates == sorted(rates, reverse=True)


def test_the_rate_rises_evenly_first():
    rates = [learning_rate(step, 10**9, config(warmup_steps=4)) for step in range(6)]
    assert rates == pytest.approx([0.025, 0.05, 0.075, 0.1, 0.1, 0.1])


def test_a_training_of_one_step_has_the_whole_rate():
    assert learning_rate(0, 1, config()) == pytest.approx(0.1)


def test_matrices_decay_and_biases_do_not():
    layer = nn.Linear(2, 2)
    before = [parameter.detach().clone() for parameter in (layer.weight, layer.bias)]
    optimiser = make_optimiser(layer, config())
    for parameter in layer.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimiser.step()
    torch.testing.assert_close(layer.weight.detach(), before[0] * (1 - 0.1 * 0.5))
    assert torch.equal(layer.bias, before[1])
