"""Unigram: pieces with a probability each, learnt from counts of pre-tokens."""

from collections.abc import Sequence


def learn(
    counts: Sequence[tuple[str, int]], alphabet: Sequence[str], max_pieces: int, max_piece: int
) -> list[tuple[str, float]]:
    """Return the alphabet and the pieces with their log probabilities."""
    raise NotImplementedError
