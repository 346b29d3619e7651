"""
Cross entropy over a vocabulary, without the scores of all tokens at all places in memory at once.

Notation: N places, H units, V tokens in the vocabulary.
"""

from typing import cast

import torch
from torch import Tensor
from torch.autograd.function import BackwardCFunction, FunctionCtx, once_differentiable
from torch.nn import functional as F

from model.segments import IGNORED

LOGITS = 1 << 22  # scores held at once, about: 16 MB, with as much for their gradient


def summed_cross_entropy(hidden: Tensor, weight: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
    """
    Return the sum of what the targets cost, in nats, under softmax(hidden weight^T + bias): ().

    Gradients are worked out on the way forward, a slice of the places after the other, each from
    scores that are then forgotten. They are those of `torch.nn.functional.cross_entropy`.

    Args:
        hidden: (N, H).
        weight: (V, H).
        bias: (V,).
        targets: (N,) int64; IGNORED costs nothing.
    """
    return cast(Tensor, _SummedCrossEntropy.apply(hidden, weight, bias, targets))  # type: ignore[no-untyped-call]


class _SummedCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: FunctionCtx, hidden: Tensor, weight: Tensor, bias: Tensor, targets: Tensor
    ) -> Tensor:
        rows = max(1, LOGITS // len(weight))
        total, to_hidden = torch.zeros_like(bias[0]), []
        to_weight, to_bias = torch.zeros_like(weight), torch.zeros_like(bias)
        parts = zip(torch.split(hidden, rows), torch.split(targets, rows), strict=True)
        for part, wanted in parts:
            cost, slope = _cost_and_slope(F.linear(part, weight, bias), wanted)
            total += cost
            to_hidden.append((slope @ weight).to(hidden.dtype))
            to_weight += slope.T @ part.to(slope.dtype)
            to_bias += slope.sum(0)
        ctx.save_for_backward(torch.cat(to_hidden), to_weight, to_bias)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: BackwardCFunction, slope: Tensor) -> tuple[Tensor | None, ...]:
        return *(gradient * slope for gradient in ctx.saved_tensors), None


def _cost_and_slope(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Return the summed cost of targets (N,) and its gradient by the logits (N, V)."""
    dtype = torch.promote_types(logits.dtype, torch.float32)
    log_probabilities = torch.log_softmax(logits, dim=-1, dtype=dtype)
    cost = F.nll_loss(log_probabilities, targets, reduction="sum", ignore_index=IGNORED)
    slope = log_probabilities.exp_()
    inside = (targets != IGNORED).to(dtype)[:, None]
    slope.scatter_add_(1, targets.clamp(min=0)[:, None], torch.full_like(inside, -1.0))
    return cost, slope.mul_(inside)
