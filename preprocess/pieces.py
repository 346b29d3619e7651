"""
Subwords in texts: pre-tokens are spelt by the base unit, then cut into pieces.

That takes microseconds each, so each distinct one is cut once, and what was cut is remembered.

Notation: N code points, S stretches, T tokens, V tokens of the vocabulary.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from preprocess.ragged import places
from preprocess.runs import distinct_runs, pretoken_bounds
from preprocess.spelling import Bounds, Spelling, Tokens
from preprocess.subword import Encoder, private_runs
from preprocess.units import END, CodePoints

MOST_KNOWN = 1 << 18  # pre-tokens remembered: about 65 MB


class Pieces:
    """
    Encodes texts in pieces.

    Args:
        spelling: of the base unit.
        tokenizer: what was learnt, as JSON.
        expansions: the (V + 1,) bounds of each token in the (E,) base ids that it stands for.
    """

    def __init__(
        self, spelling: Spelling, tokenizer: str, expansions: tuple[Bounds, Tokens]
    ) -> None:
        self._spelling = spelling
        bounds, base = expansions
        ids = {runs: token for token, runs in enumerate(private_runs(base, bounds)) if token != END}
        self._encoder = Encoder(tokenizer, ids)
        self._known: dict[str, bytes] = {}  # the ids of pre-tokens, as they lie in memory

    def encode(
        self, code_points: CodePoints, bounds: Bounds
    ) -> tuple[npt.NDArray[np.integer], Bounds]:
        """
        Encode stretches of text, without ends.

        Args:
            code_points: (N,) of all stretches.
            bounds: (S + 1,) of the stretches; they cover all.

        Returns:
            (T,) ids, and the (S + 1,) bounds of the stretches in them.
        """
        edges = pretoken_bounds(code_points, bounds)
        points, distinct_bounds, which = distinct_runs(code_points, edges)
        spelt = self._spelling.encode(points, distinct_bounds)
        ids, ends = self._cut(private_runs(*spelt))
        before = np.append(0, np.cumsum(np.diff(ends)[which]))  # tokens before each pre-token
        return ids[places(ends, which)], before[np.searchsorted(edges, bounds)]

    def _cut(self, pretokens: Sequence[str]) -> tuple[npt.NDArray[np.uint32], Bounds]:
        """Return the ids of R distinct pre-tokens, and their (R + 1,) bounds."""
        known = self._known
        new = [pretoken for pretoken in pretokens if pretoken not in known]
        ids, bounds = self._encoder.encode(new)
        memory, offsets = ids.tobytes(), (bounds * ids.itemsize).tolist()
        cuts = (memory[start:end] for start, end in pairwise(offsets))
        known.update(zip(new, cuts, strict=True))
        found = [known[pretoken] for pretoken in pretokens]
        if len(known) > MOST_KNOWN:  # begin anew, since text changes its subject
            known.clear()
        sizes = np.array([len(cut) for cut in found], np.int64) // ids.itemsize
        return np.frombuffer(b"".join(found), ids.dtype), np.append(0, np.cumsum(sizes))
