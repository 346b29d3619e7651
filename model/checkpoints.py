"""
Checkpoints of a training: two good ones are kept, whatever moment it is killed at.

Each is `checkpoint-{step}.safetensors` (tensors) and, written after it, `checkpoint-{step}.json`:

    {"format", "sha256" (of the tensors), "fingerprint", "position" (what else the training needs)}

A JSON file that is there means tensors that are complete; the digest finds those that were
damaged since. Nothing is pickled: loading a checkpoint runs no code.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
from torch import Tensor

from preprocess.files import atomic_path, read_json, sha256_of, write_json

FORMAT = 1
KEPT = 2

logger = logging.getLogger("geulteul")


@dataclass(frozen=True)
class Checkpoint:
    """
    All that a training needs to go on from a step.

    Attributes:
        step: steps done.
        fingerprint: what decides the outcome of the training, see `model.fingerprint`.
        position: JSON values, such as the history.
        tensors: by name, on the CPU.
    """

    step: int
    fingerprint: dict[str, Any]
    position: dict[str, Any]
    tensors: dict[str, Tensor]


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint, then remove all but the two newest and what a kill has left behind."""
    path = folder / f"checkpoint-{checkpoint.step:08d}.safetensors"
    path.with_suffix(".json").unlink(missing_ok=True)  # of the same step, from another training
    with atomic_path(path) as temporary:
        safetensors.torch.save_file(checkpoint.tensors, temporary)
        digest = sha256_of(temporary)
    write_json(
        path.with_suffix(".json"),
        {
            "format": FORMAT,
            "sha256": digest,
            "fingerprint": checkpoint.fingerprint,
            "position": checkpoint.position,
        },
    )
    kept = {name.stem for name in _newest_first(folder)[:KEPT]}
    for stray in [*folder.glob("checkpoint-*"), *folder.glob(".tmp-*")]:
        if stray.stem not in kept:
            stray.unlink()


def load_checkpoint(folder: Path) -> Checkpoint | None:
    """Return the newest checkpoint that is whole, None without any; damaged ones are logged."""
    for path in _newest_first(folder):
        try:
            return _load(path)
        except (ValueError, OSError) as error:
            logger.warning("%s; using the checkpoint before it, if there is one", error)
    return None


def remove_checkpoints(folder: Path) -> None:
    """Remove all checkpoints, so that none of another training is found later."""
    for pattern in ("checkpoint-*.json", "checkpoint-*.safetensors", ".tmp-*"):
        for path in folder.glob(pattern):
            path.unlink()


def _newest_first(folder: Path) -> list[Path]:
    return sorted(folder.glob("checkpoint-*.json"), reverse=True)


def _load(path: Path) -> Checkpoint:
    """Read one checkpoint; ValueError or OSError where it is damaged."""
    stored = read_json(path)
    if stored.get("format") != FORMAT:
        raise ValueError(f"{path}: has format {stored.get('format')}, this program reads {FORMAT}")
    tensors = path.with_suffix(".safetensors")
    if (digest := sha256_of(tensors)) != stored["sha256"]:
        raise ValueError(f"{tensors}: is damaged (sha256 {digest}, not {stored['sha256']})")
    return Checkpoint(
        step=int(path.stem.removeprefix("checkpoint-")),
        fingerprint=stored["fingerprint"],
        position=stored["position"],
        # Copies, since what safetensors maps from the file need not be aligned for fast kernels.
        tensors={name: value.clone() for name, value in _tensors(tensors).items()},
    )


def _tensors(path: Path) -> dict[str, Tensor]:
    try:
        return safetensors.torch.load_file(path)
    except safetensors.SafetensorError as error:
        raise ValueError(f"{path}: is damaged ({error})") from error


def changes(old: Mapping[str, Any], new: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """
    Say what differs between two nested mappings, such as fingerprints.

        >>> list(changes({"train": {"clip": 1.0}}, {"train": {"clip": 2.0, "seed": 1}}))
        ['train.clip was 1.0 and is 2.0', 'train.seed was absent and is 1']
    """
    for key in [*old, *(key for key in new if key not in old)]:
        before, after = old.get(key, "absent"), new.get(key, "absent")
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from changes(before, after, f"{prefix}{key}.")
        elif before != after:
            yield f"{prefix}{key} was {before} and is {after}"
