"""Settings of samples, and small random models to draw them from."""

from typing import Any

import numpy as np
import torch

from model.config import ModelConfig
from model.rnn import CharRNN
from model.sampling import SampleConfig
from preprocess.units import END, make_unit
from preprocess.vocabulary import Vocabulary

SETTINGS = {
    "count": 5,
    "length": 40,
    "top_k": 0,
    "top_p": 1.0,
    "draw": "token",
    "no_repeat_ngram": 0,
    "beam": 0,
    "prompt": "",
    "seed": 7,
    "stop": "document",
    "lines": 0,
    "stop_text": "",
    "acrostic": "",
}
NO_BYTES = dict.fromkeys(range(1, 257), -50.0)


def config(**changes: Any) -> SampleConfig:
    """Return settings of samples at temperature 1, with other values where given."""
    return SampleConfig(**{**SETTINGS, "temperature": 1.0, **changes})


def make_vocabulary(kind: str, characters: str = "\n 사랑해 ㅋ.") -> Vocabulary:
    """Return a vocabulary of syllables, jamo or bytes for a few characters."""
    unit = make_unit({"kind": kind})
    code_points = np.array(sorted(map(ord, set(characters))), np.uint32)
    code_points = code_points[unit.base.may_have_id(code_points)]
    counts = np.zeros(257 + len(unit.base.parts) + len(code_points), np.int64)
    return Vocabulary(unit, list(map(chr, code_points)), counts)


def make_model(size: int, cell: str = "lstm", carry: str = "document", **shape: Any) -> CharRNN:
    """Return a random model of so many tokens."""
    torch.manual_seed(3)
    shape = {"layers": 1, "hidden": 64, "embedding": 32, "tie": True, **shape}
    rates = dict.fromkeys(("embedding_dropout", "dropout", "weight_dropout"), 0.3)
    return CharRNN(ModelConfig(cell=cell, carry=carry, **shape, **rates), size).eval()


def favour(model: CharRNN, added: dict[int, float]) -> None:
    """Add to the model's logits of some tokens, so that it writes what a test needs."""
    bias = model.bias if model.config.tie else model.output.bias
    with torch.no_grad():
        bias[list(added)] += torch.tensor(list(added.values()))


def writer(vocabulary: Vocabulary, ends: float = 1.0, **shape: Any) -> CharRNN:
    """Return a random model that writes characters, lines and words, and so likes to end."""
    model = make_model(vocabulary.size, **shape)
    is_byte = vocabulary.unit["kind"] == "byte"
    favour(model, {**({1 + ord("\n"): 3.0, 1 + ord(" "): 3.0} if is_byte else NO_BYTES), END: ends})
    return model
