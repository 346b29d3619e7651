"""
Growth: a training that begins with the weights of another model, in a vocabulary of its own.

Layers and projection are taken over as they are; rows of the embedding, and of what scores tokens,
by the kind and symbol of their tokens, whatever their ids. A token that the other vocabulary does
not have begins with a mean of known rows, which lie where the layers expect rows to lie: a Hangul
syllable with that of the syllables which differ from it in one of their three parts; any other, or
where there are none, with that of all tokens of its kind. Where these are not known either, it is
the mean of the tokens that it is spelt in: characters, jamo or bytes. (Bytes in the first place
would be worse than random rows: few were trained, and each is likely in the place of the other.)

Notation of shapes: V tokens in the vocabulary, K in that of the other model, E embedding size.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from model.folder import load_model
from model.rnn import CharRNN
from preprocess.files import sha256_of
from preprocess.hangul import syllables_among
from preprocess.units import FIRST_BYTE
from preprocess.vocabulary import Vocabulary

ROWS = ("embedding.weight", "bias", "output.weight", "output.bias")  # one row a token
OF_UNIT = ("kind", "over")
OF_MODEL = ("cell", "layers", "hidden", "embedding", "tie")

Bag = list[int]
"""Rows of the other model, whose mean a row begins with."""


def begin_with(network: CharRNN, vocabulary: Vocabulary, folder: Path) -> dict[str, str]:
    """
    Give a network the weights of a trained model.

    Args:
        network: on the CPU, its weights are replaced.
        vocabulary: of the network.
        folder: of the trained model.

    Returns:
        Digests of what the weights came from.

    Raises:
        FileNotFoundError: a file of the folder is missing.
        ValueError: a file is damaged, or the model is of another kind of unit or another shape; the
            message names both values.
    """
    other, known, _ = load_model(folder, "cpu")
    _refuse_others(network, vocabulary, other, known, folder)
    network.load_state_dict(grown_weights(other, known, vocabulary))
    return {
        "initial_weights": sha256_of(folder / "model.safetensors"),
        "initial_vocabulary": known.sha256,
    }


def grown_weights(other: CharRNN, known: Vocabulary, vocabulary: Vocabulary) -> dict[str, Tensor]:
    """Return the weights of a model in its vocabulary (K) as those of one in another (V)."""
    kinds = {
        kind: np.flatnonzero(np.array(known.kinds) == kind) for kind in dict.fromkeys(known.kinds)
    }
    bags = _bags(vocabulary, known, {kind: known.size + n for n, kind in enumerate(kinds)})
    ids = torch.tensor([place for bag in bags for place in bag])
    starts = torch.tensor(np.cumsum([0, *map(len, bags)])[:-1])
    weights = dict(other.state_dict())
    for name in weights.keys() & set(ROWS):
        rows = weights[name].reshape(known.size, -1)  # (K, E); biases (K, 1)
        means = [rows[of_kind].mean(0, keepdim=True) for of_kind in kinds.values()]
        grown = F.embedding_bag(ids, torch.cat([rows, *means]), starts, mode="mean")
        weights[name] = grown.reshape(vocabulary.size, *weights[name].shape[1:])
    return weights


def _refuse_others(
    network: CharRNN, vocabulary: Vocabulary, other: CharRNN, known: Vocabulary, folder: Path
) -> None:
    """Refuse a model that has not the unit and the shape of the network."""
    pairs = [(key, vocabulary.unit.get(key), known.unit.get(key)) for key in OF_UNIT]
    pairs += [
        (f"model.{key}", getattr(network.config, key), getattr(other.config, key))
        for key in OF_MODEL
    ]
    for name, own, its in pairs:
        if own != its:
            raise ValueError(
                f"{folder}: has {name} {its}, and the run that is to begin with it {own}; give "
                "both the same, or let it begin anew with init_from: null"
            )


def _bags(vocabulary: Vocabulary, known: Vocabulary, means: Mapping[str, int]) -> list[Bag]:
    """
    Return what each of the V rows begins with; a known token alone with its own row.

    `means` has the place behind the K rows where the mean of all of a kind stands.
    """
    ids = {token: place for place, token in enumerate(zip(known.kinds, known.symbols, strict=True))}
    syllables = _Syllables(known)
    bounds, expanded = vocabulary.expansions

    def bag(token: int) -> Bag:
        kind, symbol = vocabulary.kinds[token], vocabulary.symbols[token]
        if (kind, symbol) in ids:
            return [ids[kind, symbol]]
        if alike := syllables.alike(symbol):
            return alike
        if kind in means:
            return [means[kind]]
        if kind == "character":
            return [FIRST_BYTE + byte for byte in symbol.encode()]
        parts = expanded[bounds[token] : bounds[token + 1]].tolist()
        return [place for part in parts for place in bag(part)]

    return [bag(token) for token in range(vocabulary.size)]


class _Syllables:
    """The Hangul syllables of a vocabulary and their parts."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._ids, self._parts = syllables_among(vocabulary.symbols)

    def alike(self, character: str) -> Bag:
        """Return those that differ in one part from a syllable; none for other characters."""
        _, parts = syllables_among([character])
        if not len(parts):
            return []
        equal = self._parts == parts
        ids: Bag = self._ids[equal.sum(1) == 2].tolist()
        return ids
