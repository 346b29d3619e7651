"""The loss over a vocabulary: that of torch, in slices, with exact gradients."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from model import loss
from model.loss import summed_cross_entropy
from model.segments import IGNORED


def some(places: int, units: int, tokens: int, dtype=torch.float64) -> list[torch.Tensor]:
    """Return hidden (N, H), weight (V, H), bias (V,), all with gradients, and targets (N,)."""
    generator = torch.Generator().manual_seed(places * 100 + units * 10 + tokens)
    shapes = [(places, units), (tokens, units), (tokens,)]
    drawn = [torch.randn(shape, generator=generator, dtype=dtype) for shape in shapes]
    targets = torch.randint(tokens, (places,), generator=generator)
    targets[::3] = IGNORED
    return [*(values.requires_grad_() for values in drawn), targets]


def gradients(function, inputs: list[torch.Tensor]) -> list[torch.Tensor]:
    """Return the value of the function, halved, and its gradients."""
    value = function(*inputs) / 2
    return [value, *torch.autograd.grad(value, inputs[:3])]


def plain(hidden, weight, bias, targets):
    return F.cross_entropy(F.linear(hidden, weight, bias), targets, reduction="sum")


@given(st.integers(1, 12), st.integers(1, 4), st.integers(1, 9), st.integers(1, 60))
def test_it_is_the_cross_entropy_of_torch_whatever_the_slices(places, units, tokens, held):
    inputs = some(places, units, tokens)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loss, "LOGITS", held)
        found = gradients(summed_cross_entropy, inputs)
    torch.testing.assert_close(found, gradients(plain, inputs))


def test_gradients_are_those_of_small_differences(monkeypatch):
    monkeypatch.setattr(loss, "LOGITS", 12)
    assert torch.autograd.gradcheck(summed_cross_entropy, some(7, 3, 5))


def test_no_more_logits_are_held_than_said(monkeypatch):
    sizes = []
    cost_and_slope = loss._cost_and_slope
    monkeypatch.setattr(
        loss,
        "_cost_and_slope",
        lambda logits, targets: sizes.append(logits.numel()) or cost_and_slope(logits, targets),
    )
    monkeypatch.setattr(loss, "LOGITS", 1000)
    summed_cross_entropy(*some(100, 3, 30))
    assert sizes == [33 * 30] * 3 + [30]


def test_a_vocabulary_larger_than_that_goes_place_by_place(monkeypatch):
    monkeypatch.setattr(loss, "LOGITS", 10)
    inputs = some(4, 2, 30)
    torch.testing.assert_close(summed_cross_entropy(*inputs), plain(*inputs))


def test_under_autocast_losses_and_gradients_of_weights_keep_32_bits():
    hidden, weight, bias, targets = some(40, 8, 20, torch.float32)
    exact = gradients(plain, [hidden, weight, bias, targets])
    with torch.autocast("cpu", torch.bfloat16):
        found = gradients(summed_cross_entropy, [hidden, weight, bias, targets])
    assert {values.dtype for values in found} == {torch.float32}
    torch.testing.assert_close(found, exact, rtol=0.05, atol=0.05)


def test_padding_alone_costs_nothing():
    hidden, weight, bias, _ = some(3, 2, 5)
    found = gradients(summed_cross_entropy, [hidden, weight, bias, torch.full((3,), IGNORED)])
    assert [values.abs().max().item() for values in found] == [0.0] * 4
