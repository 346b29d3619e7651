"""Where a model runs: CPU or GPU, with what precision and how many threads."""

import contextlib

import torch


def choose_device(name: str) -> torch.device:
    """
    Return the device that settings ask for: "auto", "cpu" or "cuda".

    Raises:
        ValueError: "cuda" is asked for and torch sees no GPU.
    """
    available = torch.cuda.is_available()
    if name == "cuda" and not available:
        built = "no GPU is seen" if torch.version.cuda else "this torch is built for the CPU alone"
        raise ValueError(
            f"train.device is cuda, but {built} (torch {torch.__version__}); install a CUDA build "
            "of torch and its driver, or set train.device to auto or cpu"
        )
    return torch.device("cuda" if available and name != "cpu" else "cpu")


def choose_precision(name: str, device: torch.device) -> torch.dtype:
    """
    Return the type that the cells are trained in; weights and loss are float32 in any case.

    "auto" is bfloat16 on a GPU that has it. On a CPU it is up to the user: docs/speed.md.

    Raises:
        ValueError: bfloat16 is asked for where it is not to be had.
    """
    is_had = _has_bfloat16(device)
    if name == "bfloat16" and not is_had:
        raise ValueError(
            f"train.precision is bfloat16, but this {device.type} has none; set it to auto"
        )
    wanted = name == "bfloat16" or (name == "auto" and device.type == "cuda" and is_had)
    return torch.bfloat16 if wanted else torch.float32


def _has_bfloat16(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 by instructions of its own."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name, False) for name in ("avx512_bf16", "amx_bf16"))


def autocast(
    device: torch.device, precision: torch.dtype
) -> contextlib.AbstractContextManager[None]:
    """Return the context in which a forward pass runs in `precision`."""
    if precision == torch.float32:
        return contextlib.nullcontext()
    return torch.autocast(device.type, precision)


def allow_tf32(allowed: bool) -> None:
    """
    Let GPUs round the factors of float32 products to 10 bits, which is faster, or not.

    Training allows it; evaluation does not, so that a number does not depend on the GPU's age.
    """
    torch.backends.cuda.matmul.allow_tf32 = allowed
    torch.backends.cudnn.allow_tf32 = allowed


def seed_all(seed: int, device: torch.device) -> None:
    """
    Seed the generators that modules draw from on the CPU and on `device`.

    `torch.manual_seed` does so too, for every kind of accelerator there is, in 40 times the time,
    which counts when it is done at each step.
    """
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)
