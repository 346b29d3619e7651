"""Whether an exported step gives what the network gives, before anybody relies on it."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from model.export.example import END, Model
from model.rnn import CharRNN

STEPS = 100
TOLERANCE = 1e-5  # of a score's size, or of 1 where that is more


@torch.inference_mode()
def check_step(network: CharRNN, step: bytes, vocabulary: str) -> float:
    """
    Read the likeliest text with the network, and with what is exported of it.

    Args:
        network: on the CPU, in evaluation mode.
        step: content of step.onnx.
        vocabulary: content of vocabulary.json.

    Returns:
        The largest difference of a score or a number of the state, in parts of its size, or of 1
        where that is more, over 100 steps.

    Raises:
        ValueError: it is 0.00001 or more.
    """
    with TemporaryDirectory() as folder:
        Path(folder, "step.onnx").write_bytes(step)
        Path(folder, "vocabulary.json").write_text(vocabulary, encoding="utf-8")
        exported = Model(Path(folder))
    state, theirs = None, exported.start()
    token, differences = END, list[float]()
    for _ in range(STEPS):
        output, state = network(torch.tensor([[token]]), state)
        logits, theirs = exported.step(token, theirs)
        differences += map(_difference, (output[0, 0], *state), (logits, *theirs))
        token = int(output[0, 0].argmax())
    worst = float(np.max(differences))  # not a number, if one is none
    if not worst < TOLERANCE:
        raise ValueError(
            f"step.onnx: its scores and the network's are up to {worst:.1e} of their size apart, "
            f"and must be within {TOLERANCE:g}; install the versions of requirements-export.txt"
        )
    return worst


def _difference(ours: Tensor, theirs: npt.NDArray[np.float32]) -> float:
    expected = ours.numpy()
    return float((np.abs(theirs - expected) / np.maximum(1, np.abs(expected))).max())
