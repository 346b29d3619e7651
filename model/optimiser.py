"""AdamW, and the learning rate that it has at each step."""

import math

import torch
import torch._dynamo  # loaded at the first optimiser in any case, for a second or more
from torch import nn

from model.config import TrainConfig


def make_optimiser(model: nn.Module, config: TrainConfig) -> torch.optim.AdamW:
    """
    Make AdamW (https://arxiv.org/abs/1711.05101) over all weights; only matrices decay.

    Fused: one kernel for all of them. On a CPU the step is then several times as fast.
    """
    matrices = [parameter for parameter in model.parameters() if parameter.dim() > 1]
    vectors = [parameter for parameter in model.parameters() if parameter.dim() <= 1]
    return torch.optim.AdamW(
        [
            {"params": matrices, "weight_decay": config.weight_decay},
            {"params": vectors, "weight_decay": 0.0},
        ],
        lr=config.learning_rate,
        betas=(config.beta1, config.beta2),
        fused=True,
    )


def learning_rate(step: int, num_steps: int, config: TrainConfig) -> float:
    """
    Return the learning rate of a step, counted from 0.

    It rises evenly over `warmup_steps`, while a factor falls along a cosine, from 1 at the first
    step to `final_learning_rate` at the last (https://arxiv.org/abs/1608.03983, one period).
    """
    warm = min(1.0, (step + 1) / max(1, config.warmup_steps))
    cosine = (1 + math.cos(math.pi * step / max(1, num_steps - 1))) / 2
    final = config.final_learning_rate
    return config.learning_rate * warm * (final + (1 - final) * cosine)
