"""What a training ran on and with: the part of run.json that is measured."""

import os
import platform
import resource
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
import torch

PACKAGES = ("torch", "numpy", "pyarrow", "safetensors")
MAXRSS_BYTES = 1 if sys.platform == "darwin" else 1024  # the unit of ru_maxrss


def measure(device: torch.device, precision: torch.dtype, threads: int) -> dict[str, Any]:
    """Describe the machine, the versions, and what this process has used of them so far."""
    return {
        "device": str(device),
        "precision": str(precision).removeprefix("torch."),
        "threads": threads,
        "machine": _machine(),
        "versions": _versions(),
        "peak_memory_bytes": _peak_memory(device),
    }


def _machine() -> dict[str, Any]:
    """Describe the machine: system, processor, cores, memory in bytes, GPU."""
    return {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
    }


def _versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that a training's numbers hang on."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def _peak_memory(device: torch.device) -> dict[str, int]:
    """Return the most memory that this process has held so far, in bytes, by kind."""
    peak = {"cpu": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MAXRSS_BYTES}
    if device.type == "cuda":
        peak["cuda"] = torch.cuda.max_memory_allocated(device)
    return peak


def _processor() -> str:
    """Return the processor's name; Linux tells it in a file only."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").split("\n"):
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
