"""The tensors of a training: taken for a checkpoint, and put back after they were found to fit."""

import torch
from torch import Tensor

from model.rnn import CharRNN, State
from model.tensors import copies, misfit, under


def take(
    model: CharRNN,
    kept: dict[str, Tensor],
    state: State | None,
    optimiser: torch.optim.Optimizer,
) -> dict[str, Tensor]:
    """Return copies, on the CPU, of weights, weights to keep, state of the streams, and moments."""
    named = {f"model.{name}": value for name, value in model.state_dict().items()}
    named |= {f"kept.{name}": value for name, value in kept.items()}
    named |= {f"state.{index}": part for index, part in enumerate(state or ())}
    for index, moments in optimiser.state_dict()["state"].items():
        named |= {f"optimiser.{index}.{name}": value for name, value in moments.items()}
    return copies(named)


def put_back(
    tensors: dict[str, Tensor], model: CharRNN, optimiser: torch.optim.Optimizer
) -> tuple[dict[str, Tensor], State | None]:
    """
    Load weights and moments, and return the weights to keep and the state of the streams.

    Raises:
        ValueError: they are of another model; nothing has been changed.
    """
    weights, kept = under("model.", tensors), under("kept.", tensors)
    state, moments = under("state.", tensors), under("optimiser.", tensors)
    expected = {"model": model.state_dict(), "kept": model.state_dict()}
    expected |= {"state": _state_like(state, model), "optimiser": _moments_like(moments, optimiser)}
    found = {"model": weights, "kept": kept, "state": state, "optimiser": moments}
    for part, like in expected.items():
        if wrong := misfit(like, found[part]):
            raise ValueError(f"is of another model ({part}: {wrong})")
    model.load_state_dict(weights)
    by_parameter: dict[int, dict[str, Tensor]] = {}
    for name, value in moments.items():
        index, _, moment = name.partition(".")
        by_parameter.setdefault(int(index), {})[moment] = value
    groups = optimiser.state_dict()["param_groups"]
    optimiser.load_state_dict({"state": by_parameter, "param_groups": groups})
    parts = [state[name].to(model.device, torch.float32) for name in sorted(state)]
    return kept, tuple(parts) or None


def _state_like(state: dict[str, Tensor], model: CharRNN) -> dict[str, Tensor]:
    """Return what has the names, shapes and types that a state of as many streams has, if any."""
    if not state:
        return {}
    config, first = model.config, next(iter(state.values()))
    streams = first.shape[1] if first.dim() == 3 else 1
    like = torch.empty(config.layers, streams, config.hidden, dtype=first.dtype, device="meta")
    return {str(index): like for index in range(2 if config.cell == "lstm" else 1)}


def _moments_like(
    moments: dict[str, Tensor], optimiser: torch.optim.Optimizer
) -> dict[str, Tensor]:
    """Return what has the names, shapes and types of AdamW's moments, which are all or none."""
    if not moments:
        return {}
    like: dict[str, Tensor] = {}
    parameters = (value for group in optimiser.param_groups for value in group["params"])
    for index, parameter in enumerate(parameters):
        like[f"{index}.step"] = torch.empty(())
        like[f"{index}.exp_avg"] = like[f"{index}.exp_avg_sq"] = parameter
    return like
