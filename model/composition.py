"""
Vectors of Hangul syllables that are composed while a model trains.

To an embedding, 각 and 간 are as far apart as 각 and 뷁. Here a syllable's vector is the sum of one
of its own and those of its leading consonant, vowel and trailing consonant, which all syllables
share, so rare ones learn from common ones. (The syllables of Cognetta and others, "Parameter-
Efficient Korean Character-Level Language Modeling", EACL 2023, are made of the parts alone.)

Where a model is trained, the sum stands in the place of the embedding's weights; what is saved is
the sum, so nobody who uses a model need know of it.

Notation: V tokens in the vocabulary, P parts with an unused one in front, E embedding size.
"""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrize

from model.rnn import CharRNN
from preprocess.hangul import LEADING, TRAILING, VOWELS, syllables_among
from preprocess.vocabulary import Vocabulary

SPREAD = 0.1  # of vectors at first, as of the embedding's
NO_PART = 0  # its vector is and stays zero
NUM_PARTS = 1 + len(LEADING) + len(VOWELS) + len(TRAILING)
COMPOSED = "embedding.weight"
OWN = "embedding.parametrizations.weight.original"  # torch's names of what the sum is made of
ROWS = "embedding.parametrizations.weight.0.rows"


class Composition(nn.Module):
    """Adds to each token's own vector those of its parts."""

    parts: Tensor

    def __init__(self, parts: Tensor, size: int) -> None:
        """
        Begin with parts that add nothing.

        Args:
            parts: (V, 3) numbers of each token's parts, NO_PART for none.
            size: E.
        """
        super().__init__()
        self.register_buffer("parts", parts, persistent=False)
        self.rows = nn.Parameter(torch.zeros(NUM_PARTS, size))

    def forward(self, own: Tensor) -> Tensor:
        """Return the (V, E) sums, given the tokens' own vectors."""
        return own + F.embedding_bag(self.parts, self.rows, mode="sum", padding_idx=NO_PART)


def compose(network: CharRNN, vocabulary: Vocabulary, *, spread: float) -> None:
    """
    Compose a network's vectors from now on; without effect where no token is a Hangul syllable.

    Args:
        network: whose embedding is plain.
        vocabulary: of it.
        spread: standard deviation of the parts' vectors, drawn from torch's global generator; 0
            for a network that is trained already.
    """
    parts = parts_of(vocabulary)
    if not parts.any():
        return
    composition = Composition(parts.to(network.device), network.config.embedding)
    nn.init.normal_(composition.rows, std=spread)
    with torch.no_grad():
        composition.rows[NO_PART] = 0
    parametrize.register_parametrization(
        network.embedding, "weight", composition.to(network.device)
    )


def parts_of(vocabulary: Vocabulary) -> Tensor:
    """
    Return the (V, 3) parts of each token.

    They are counted from 1: leading consonants, then vowels, then trailing consonants.
    """
    parts = np.zeros((vocabulary.size, 3), dtype=np.int64)
    tokens, of_syllables = syllables_among(vocabulary.symbols)
    leading, vowel, trailing = of_syllables.T.astype(np.int64)
    first_vowel = 1 + len(LEADING)
    last_vowel = len(LEADING) + len(VOWELS)
    parts[tokens] = np.stack(
        [
            1 + leading,
            first_vowel + vowel,
            np.where(trailing > 0, last_vowel + trailing, NO_PART),
        ],
        axis=1,
    )
    return torch.from_numpy(parts)


def plain(weights: Mapping[str, Tensor], vocabulary: Vocabulary) -> dict[str, Tensor]:
    """Return weights of a network, as its state_dict has them, with the vectors summed up."""
    if ROWS not in weights:
        return dict(weights)
    rest = {name: value for name, value in weights.items() if name not in (OWN, ROWS)}
    parts = parts_of(vocabulary).to(weights[ROWS].device)
    composition = Composition(parts, weights[ROWS].shape[1])
    composition.rows.data = weights[ROWS]
    with torch.no_grad():
        return {COMPOSED: composition(weights[OWN]), **rest}
