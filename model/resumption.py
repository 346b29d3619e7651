"""
Going on with a training that was stopped, where that leads to the outcome that it would have had.

What must be equal for that is the fingerprint; everything else is in a checkpoint.
"""

import logging
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from model.checkpoints import (
    Checkpoint,
    changes,
    load_checkpoints,
    remove_checkpoints,
    save_checkpoint,
)
from model.trainer import Trainer

WITHOUT_EFFECT = (
    "device",
    "checkpoint_seconds",
    "sample_every",
    "cache_bytes",
    "retries",
    "restart",
)
"""Settings of `train` that leave the outcome as it is, but for rounding on another device."""

logger = logging.getLogger("geulteul")


def fingerprint_of(
    settings: dict[str, Any], inputs: dict[str, str], code: str, precision: torch.dtype
) -> dict[str, Any]:
    """
    Return all that decides the outcome of a training.

    Args:
        settings: of model and training, complete.
        inputs: digests of what is read.
        code: digest of the code that trains.
        precision: that the setting `auto` has come to.
    """
    decisive = {
        name: value for name, value in settings["train"].items() if name not in WITHOUT_EFFECT
    }
    decisive["precision"] = str(precision).removeprefix("torch.")
    return {"model": settings["model"], "train": decisive, "inputs": inputs, "code": code}


def resume(trainer: Trainer, work: Path, fingerprint: dict[str, Any], *, restart: bool) -> None:
    """Go on from the newest good checkpoint if it is of this training, else remove them all."""
    for checkpoint in load_checkpoints(work):
        if restart:
            logger.warning("starting anew, since train.restart is true")
            break
        step = checkpoint.position["step"]
        if changed := list(changes(checkpoint.fingerprint, fingerprint)):
            logger.warning("starting anew, not going on from step %d: %s", step, "; ".join(changed))
            break
        try:
            trainer.restore(checkpoint.position, checkpoint.tensors)
        except ValueError as error:
            logger.warning("the checkpoint of step %d %s; it is not used", step, error)
            continue
        if trainer.position.finished:
            logger.warning("had ended at step %d: writing its outputs again", step)
        else:
            logger.warning("going on from step %d of %d", step, trainer.num_steps)
        return
    remove_checkpoints(work)


def save(trainer: Trainer, work: Path, fingerprint: dict[str, Any]) -> None:
    """Write a checkpoint."""
    # The tensors first: taking them reads the last losses into the position.
    tensors = trainer.tensors()
    position = trainer.position
    save_checkpoint(work, Checkpoint(position.steps_in_all, fingerprint, asdict(position), tensors))
