"""
A token as a row of decisions between two sides: a binary tree whose leaves are the vocabulary.

A model of decisions costs as many steps a token as the text has bits, whatever V is, and any
probabilities of the decisions make probabilities of tokens that sum to 1. The tree is Huffman's,
so that frequent tokens take few decisions.

Notation: V tokens in the vocabulary, S states of the grammar, T tokens of a text, D decisions.
Leaves are numbered from left to right, so that the leaves under a node are an interval.
"""

import heapq
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]
Tokens = npt.NDArray[np.integer[Any]]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

UNSEEN = 0.01  # what a token counts that train lacks
LEAST = 1e-14  # mass of a side, which rounding may leave without any
BOUND = 14.0  # of a log-odds


@dataclass(frozen=True, eq=False)
class Decisions:
    """
    The tree.

    Attributes:
        bounds: (V + 1,) where the path of each token begins in `paths`.
        paths: steps from the root to each token, 2 * node + side; side 1 is the right one.
        nodes: (V - 1, 3) first leaf under each node, first one of its right side, and the end.
        leaves: (V,) leaf of each token.
        legal: (S, V + 1) how many legal tokens are left of each leaf.
    """

    bounds: Ids
    paths: Ids
    nodes: Ids
    leaves: Ids
    legal: Ids

    @classmethod
    def of(cls, counts: npt.ArrayLike, legal: Flags) -> "Decisions":
        """
        Make the tree of some counts.

        Args:
            counts: (V,) of each token in train; at least two tokens.
            legal: (S, V) which tokens may come in each state.
        """
        weights = np.asarray(counts, np.float64) + UNSEEN
        size = len(weights)
        sides = _huffman(weights.tolist())
        widths = [1] * size
        for left, right in sides:
            widths.append(widths[left] + widths[right])
        nodes = np.empty((size - 1, 3), np.int64)
        leaves = np.empty(size, np.int64)
        paths: list[tuple[int, ...]] = [()] * size
        todo: list[tuple[int, int, tuple[int, ...]]] = [(2 * size - 2, 0, ())]
        while todo:
            vertex, first, path = todo.pop()
            if vertex < size:
                leaves[vertex], paths[vertex] = first, path
                continue
            node = vertex - size
            left, right = sides[node]
            middle = first + widths[left]
            nodes[node] = first, middle, first + widths[vertex]
            todo.append((left, first, (*path, 2 * node)))
            todo.append((right, middle, (*path, 2 * node + 1)))
        ordered = np.empty_like(legal)
        ordered[:, leaves] = legal
        return cls(
            bounds=np.array([0, *accumulate(map(len, paths))]),
            paths=np.array([step for path in paths for step in path]),
            nodes=nodes,
            leaves=leaves,
            legal=np.pad(np.cumsum(ordered, axis=1), ((0, 0), (1, 0))),
        )

    def log_odds(
        self, log_probabilities: npt.NDArray[np.floating], tokens: Tokens, states: Tokens
    ) -> Floats:
        """
        Return what probabilities of tokens say of the decisions that lead to the tokens of a text.

        Args:
            log_probabilities: (T, V), those of illegal tokens without effect.
            tokens: (T,) the text.
            states: (T,) of the grammar before each token.

        Returns:
            (D,) natural log-odds of the right side, between -BOUND and BOUND, in the order of the
            text; only of decisions where either side has a legal token.
        """
        probabilities = np.empty(log_probabilities.shape)  # (T, leaves)
        probabilities[:, self.leaves] = np.exp(log_probabilities, dtype=np.float64)
        probabilities *= np.diff(self.legal, axis=1)[states]
        below = np.zeros((len(tokens), len(self.leaves) + 1))
        np.cumsum(probabilities, axis=1, out=below[:, 1:])
        lengths = np.diff(self.bounds)[tokens]
        rows = np.repeat(np.arange(len(tokens)), lengths)
        steps = np.arange(len(rows)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        nodes = self.paths[self.bounds[tokens][rows] + steps] >> 1
        first, middle, end = self.nodes[nodes].T
        legal, state = self.legal, states[rows]
        open_ = (legal[state, first] < legal[state, middle]) & (
            legal[state, middle] < legal[state, end]
        )
        rows, first, middle, end = rows[open_], first[open_], middle[open_], end[open_]
        left = np.maximum(below[rows, middle] - below[rows, first], LEAST)
        right = np.maximum(below[rows, end] - below[rows, middle], LEAST)
        odds: Floats = np.clip(np.log(right / left), -BOUND, BOUND)
        return odds


def _huffman(weights: list[float]) -> list[tuple[int, int]]:
    """
    Join the two lightest again and again; equal ones by their number, the least first.

    Returns:
        the two sides of each vertex len(weights), len(weights) + 1, ...; the last is the root.
    """
    heap = [(weight, vertex) for vertex, weight in enumerate(weights)]
    heapq.heapify(heap)
    sides = []
    for vertex in range(len(weights), 2 * len(weights) - 1):
        (weight, left), (other, right) = heapq.heappop(heap), heapq.heappop(heap)
        heapq.heappush(heap, (weight + other, vertex))
        sides.append((left, right))
    return sides
