"""
Checkpoints of a training: two good ones are kept, whatever moment it is killed at.

Each is `checkpoint-{number}.safetensors` (tensors) and, written after it,
`checkpoint-{number}.json`:

    {"format", "tensors_sha256", "fingerprint", "position" (what else the training needs),
     "sha256" (of these three)}

A JSON file that is there means tensors that are complete; the digests find what was damaged
since. Nothing is pickled: loading a checkpoint runs no code.
"""

import hashlib
import json
import logging
import re
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
NAME_RE = re.compile(r"checkpoint-\d{8,}\.json", re.ASCII)

logger = logging.getLogger("geulteul")


@dataclass(frozen=True)
class Checkpoint:
    """
    All that a training needs to go on from a step.

    Attributes:
        number: steps done, those included that were undone: a later one has a greater number.
        fingerprint: what decides the outcome of the training, see `model.resumption`.
        position: JSON values, such as the history.
        tensors: by name, on the CPU.
    """

    number: int
    fingerprint: dict[str, Any]
    position: dict[str, Any]
    tensors: dict[str, Tensor]


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint, then remove all but the two newest and what a kill has left behind."""
    path = folder / f"checkpoint-{checkpoint.number:08d}.safetensors"
    path.with_suffix(".json").unlink(missing_ok=True)  # of the same step, from another training
    with atomic_path(path) as temporary:
        # Not by save_file, whose errors (a full disk) are no OSError.
        temporary.write_bytes(safetensors.torch.save(checkpoint.tensors))
        content = {
            "tensors_sha256": sha256_of(temporary),
            "fingerprint": checkpoint.fingerprint,
            "position": checkpoint.position,
        }
    stored = {"format": FORMAT, **content, "sha256": _digest(content)}
    write_json(path.with_suffix(".json"), stored)
    # Later ones than this one are damaged, or of another format: the training began before them.
    kept = [name.stem for name in _newest_first(folder) if _number(name) <= checkpoint.number]
    for stray in [*folder.glob("checkpoint-*"), *folder.glob(".tmp-*")]:
        if stray.stem not in kept[:KEPT]:
            stray.unlink()


def load_checkpoints(folder: Path) -> Iterator[Checkpoint]:
    """Yield the checkpoints that are whole, the newest first; others are logged and skipped."""
    for path in _newest_first(folder):
        try:
            yield _load(path)
        except (ValueError, OSError) as error:
            logger.warning("%s; using the checkpoint before it, if there is one", error)


def remove_checkpoints(folder: Path) -> None:
    """Remove all checkpoints, so that none of another training is found later."""
    for pattern in ("checkpoint-*.json", "checkpoint-*.safetensors", ".tmp-*"):
        for path in folder.glob(pattern):
            path.unlink()


def _newest_first(folder: Path) -> list[Path]:
    paths = [path for path in folder.glob("checkpoint-*.json") if NAME_RE.fullmatch(path.name)]
    return sorted(paths, key=_number, reverse=True)


def _number(path: Path) -> int:
    return int(path.stem.removeprefix("checkpoint-"))


def _load(path: Path) -> Checkpoint:
    """Read one checkpoint; ValueError or OSError where it is damaged."""
    stored = read_json(path)
    if not isinstance(stored, dict):
        raise ValueError(f"{path}: is no checkpoint (its JSON is not an object)")
    if stored.get("format") != FORMAT:
        raise ValueError(f"{path}: has format {stored.get('format')}, this program reads {FORMAT}")
    content = {key: stored.get(key) for key in ("tensors_sha256", "fingerprint", "position")}
    if stored.get("sha256") != _digest(content):
        raise ValueError(f"{path}: is damaged (its content is not that of its sha256)")
    tensors = path.with_suffix(".safetensors")
    if (digest := sha256_of(tensors)) != stored["tensors_sha256"]:
        raise ValueError(f"{tensors}: is damaged (sha256 {digest}, not {stored['tensors_sha256']})")
    return Checkpoint(
        number=_number(path),
        fingerprint=stored["fingerprint"],
        position=stored["position"],
        # Copies, since what safetensors maps from the file need not be aligned for fast kernels.
        tensors={name: value.clone() for name, value in _tensors(tensors).items()},
    )


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


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
