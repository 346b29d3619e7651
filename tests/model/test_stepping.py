"""Steps by compiled loops: as the model's own, and each lane as if it were alone."""

import numpy as np
import pytest
import torch

from model.shares import Shares
from model.step_weights import MOST_FOLDED
from model.stepping import TorchStepper, stepper
from tests.model.samplings import make_model

V = 300
SHAPES = [
    {"cell": "lstm", "hidden": 64},
    {"cell": "lstm", "layers": 3, "hidden": 17, "tie": False},
    {"cell": "gru", "layers": 2, "hidden": 40},
    {"cell": "rnn", "layers": 2, "hidden": 9, "embedding": 5},
]


def tokens_of(lanes, steps):
    return np.random.default_rng(4).integers(0, V, (steps, lanes))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("most", [MOST_FOLDED, 0])
def test_logits_are_the_models_own(shape, most, monkeypatch):
    monkeypatch.setattr("model.step_weights.MOST_FOLDED", most)
    model = make_model(V, **shape)
    tokens = tokens_of(5, 12)
    with torch.inference_mode():
        expected = model(torch.from_numpy(tokens.T))[0].numpy()
    steps = stepper(model).select([0] * 5)
    logits = np.stack([steps.step(row).copy() for row in tokens], axis=1)
    np.testing.assert_allclose(logits, expected, rtol=0, atol=1e-5)
    np.testing.assert_array_equal(stepper(model).read(tokens[:, 2])[0], logits[2, -1])


@pytest.mark.parametrize("shape", SHAPES)
def test_a_lane_has_the_same_bits_whatever_stands_beside_it(shape):
    steps, tokens = stepper(make_model(V, **shape)), tokens_of(70, 3)
    widest = steps.select([0] * 70)
    expected = np.stack([widest.step(row).copy() for row in tokens])
    for lanes in range(1, 70):
        some = steps.select([0] * lanes)
        for row, logits in zip(tokens, expected, strict=True):
            np.testing.assert_array_equal(some.step(row[:lanes]), logits[:lanes])


def test_threads_change_nothing(monkeypatch):
    tokens, logits = tokens_of(37, 3), []
    for threads in (1, 2, 5):
        monkeypatch.setattr(torch, "get_num_threads", lambda threads=threads: threads)
        steps = stepper(make_model(V)).select([0] * 37)
        logits.append([steps.step(row).copy() for row in tokens])
    np.testing.assert_array_equal(logits[0], logits[1])
    np.testing.assert_array_equal(logits[0], logits[2])


@pytest.mark.parametrize("shape", [*SHAPES, None])
def test_lanes_are_copied_and_begin_anew(shape):
    model = make_model(V, **(shape or {"layers": 2, "hidden": 30}))
    steps = stepper(model) if shape else TorchStepper(model, Shares(1), 1, None)
    steps = steps.select([0, 0, 0])
    fresh = steps.select([1]).step(np.array([7])).copy()
    steps.step(np.array([5, 6, 5]))
    steps.forget(np.array([False, True, False]))
    chosen = steps.select([2, 1, 0, 2])
    logits = chosen.step(np.array([7, 7, 7, 8]))
    np.testing.assert_allclose(logits[1], fresh[0], atol=1e-6)
    np.testing.assert_array_equal(logits[0], logits[2])
    assert np.abs(logits[0] - logits[1]).max() > 1e-3
    assert np.abs(logits[0] - logits[3]).max() > 1e-3


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["bias", "layers.1.weight_hh_l0", "projection.bias"])
def test_weights_that_are_no_numbers_are_refused(name, value):
    """Else a loop would go past a token that costs NaN, and write what it can."""
    model = make_model(V, layers=2)
    with torch.no_grad():
        model.get_parameter(name).view(-1)[0] = value
    with pytest.raises(ValueError, match="weights that are no numbers"):
        stepper(model)


def test_the_model_itself_steps_elsewhere_and_agrees():
    model, tokens = make_model(V), tokens_of(1, 300)[:, 0]
    read = TorchStepper(model, Shares(1), 2, None).read(tokens)
    np.testing.assert_allclose(read, np.repeat(stepper(model).read(tokens), 2, 0), atol=1e-5)
