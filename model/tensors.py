"""Tensors by name, as checkpoints and model folders hold them."""

from collections.abc import Iterator, Mapping

from torch import Tensor


def copies(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return copies on the CPU, which later steps leave as they are."""
    return {name: value.detach().to("cpu", copy=True) for name, value in tensors.items()}


def under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors whose names begin with the prefix, named without it."""
    return {
        name.removeprefix(prefix): value
        for name, value in tensors.items()
        if name.startswith(prefix)
    }


def misfit(expected: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> str:
    """
    Say how tensors differ from those that a model has, in names, shapes and types; "" if not.

        >>> import torch
        >>> misfit({"bias": torch.zeros(3)}, {"bias": torch.zeros(2), "weight": torch.zeros(1)})
        'bias has the shape (2,) and not (3,), weight is not known'
    """
    return ", ".join(_misfits(expected, found))


def _misfits(expected: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> Iterator[str]:
    for name in sorted(expected.keys() | found.keys()):
        if name not in found:
            yield f"{name} is missing"
        elif name not in expected:
            yield f"{name} is not known"
        elif found[name].shape != expected[name].shape:
            shapes = tuple(found[name].shape), tuple(expected[name].shape)
            yield f"{name} has the shape {shapes[0]} and not {shapes[1]}"
        elif found[name].dtype != expected[name].dtype:
            yield f"{name} is of {found[name].dtype} and not {expected[name].dtype}"
