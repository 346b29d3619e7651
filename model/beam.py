"""
Beam search: the likeliest texts that a model would write, instead of drawn ones.

Of all ways to go on with the W texts under way by one token, the W likeliest are kept; a text that
ends is set aside. At last the texts are ordered by the mean log-probability of their characters,
what ends them counted as one: by the sum, the shortest would nearly always win.

Notation: W texts under way, V tokens of the vocabulary.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from model.generate import advance, begin
from model.lane import Lane, Script
from model.rnn import CharRNN
from model.sampling import SampleConfig
from model.step_loops import Floats


class _Path(NamedTuple):
    """A text under way, what of it is whole, and its log-probability in nats."""

    lane: Lane
    text: str
    nats: float


class _Way(NamedTuple):
    """A path that goes on by a token, and which of the paths it was before."""

    path: _Path
    before: int
    token: int


def search(model: CharRNN, script: Script, config: SampleConfig, prompt: str) -> list[str]:
    """
    Return the likeliest texts after a prompt, the best first, without the prompt.

    They are `config.beam`, or fewer where there are no more. Nothing in the search is random; of
    texts that are as likely, the one found first comes first.

    Args:
        model: the model, in evaluation mode.
        script: of its vocabulary.
        config: how wide the beam is, and what holds for every sample.
        prompt: in NFC.
    """
    start = Lane(script, config, prompt, 0)
    steps, logits = begin(model, [start])
    paths, ended = [_Path(start, "", 0.0)], dict[str, float]()
    while paths:
        going = []
        for way in _ways(script, paths, logits):
            lane, text, nats = way.path
            if lane.over:
                ended[text] = max(ended.get(text, -np.inf), nats / (lane.size + 1))
            else:
                going.append(way)
            if len(going) == config.beam:
                break
        paths = [way.path for way in going]
        if paths:
            tokens = np.array([way.token for way in going])
            steps = steps.select([way.before for way in going])
            logits = advance(model, steps, tokens)
    return sorted(ended, key=lambda text: -ended[text])[: config.beam]


def _ways(script: Script, paths: Sequence[_Path], logits: Floats) -> Iterator[_Way]:
    """Yield all ways to go on by a token, the likeliest first; where it ends, once a path."""
    before = np.array([[path.nats] for path in paths])
    rows = [path.lane.mask for path in paths]
    nats = before + _log_shares(logits + script.legality.masks[rows])  # (W, V)
    ended, dead = set(), _dead_ends(paths, nats)
    for place in np.argsort(-nats, axis=None, kind="stable"):
        index, token = (int(part) for part in np.unravel_index(place, nats.shape))
        if np.isinf(nats[index, token]):
            return
        path = paths[index]
        if path.lane.is_last(token):
            if index in ended:
                continue
            ended.add(index)
        elif index not in dead and path.lane.would_repeat(token):
            continue
        lane = path.lane.copy()
        text = path.text + lane.take(token)
        yield _Way(_Path(lane, text, float(nats[index, token])), index, token)


def _dead_ends(paths: Sequence[_Path], nats: npt.NDArray[np.float64]) -> set[int]:
    """Return the paths that can only go on by what must not come again; there it may."""
    return {
        index
        for index, path in enumerate(paths)
        if all(map(path.lane.would_repeat, np.flatnonzero(np.isfinite(nats[index])).tolist()))
    }


def _log_shares(scores: Floats) -> npt.NDArray[np.float64]:
    """Return the log-probabilities of tokens, (W, V), from their scores."""
    shifted = scores.astype(np.float64) - scores.max(axis=1, keepdims=True)
    shares: npt.NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return shares
