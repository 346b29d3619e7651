"""
What each token of a text costs under a model: nats, read as docs/numbers.md says.

Each stream is read from zero state with the end token as first input, so that its first token is
paid for; the state is carried through it, and its last token, often the end, is paid for too.
What the grammar forbids has no probability, and the rest is renormalised.

Notation: N tokens in all streams, B lanes side by side, T steps of a window, V tokens in the
vocabulary, S states of the grammar.
"""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from model.rnn import CharRNN, take_streams
from preprocess.grammar import Grammar, States
from preprocess.vocabulary import END, Vocabulary

if TYPE_CHECKING:  # validating a training takes no part of it
    from model.other_spellings import OtherSpellings

LANES = 32  # streams read side by side
LOGITS = 1 << 22  # numbers that the logits of a window hold, about: 16 MB
LONGEST_WINDOW = 256

Tokens = npt.NDArray[np.integer]
Ids = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


class NotANumberError(ValueError):
    """A model gives NaN or infinity where probabilities were asked for."""


def score(
    model: CharRNN, tokens: Tokens, bounds: Ids, grammar: Grammar, states: States | None = None
) -> Floats:
    """
    Return the (N,) cost of each token in nats, in float64, in the order of `tokens`.

    Streams are read whole, side by side with others of about their length. Dropout is off; the
    model is left in the mode that it was in.

    Args:
        model: on any device.
        tokens: (N,) ids of all streams, one after another.
        bounds: (streams + 1,) as `model.segments.stream_bounds` gives them.
        grammar: of the model's vocabulary.
        states: (N,) of the grammar before each token, where a stream is of several rows, each of
            which `encode` wrote by itself: `grammar.states(tokens, offsets)`. Without, each
            stream is one row.

    Raises:
        ValueError: a token that the grammar forbids.
        NotANumberError: a model that gives no numbers.
    """
    if states is None:
        states = grammar.states(tokens, bounds)
    return _score(model, tokens, bounds, grammar, states, None)[0]


def score_with_others(
    model: CharRNN,
    tokens: Tokens,
    bounds: Ids,
    grammar: Grammar,
    others: "OtherSpellings",
    states: States | None = None,
) -> tuple[Floats, Floats]:
    """Return what `score` does, and the (N,) probability of all tokens of other spellings."""
    if states is None:
        states = grammar.states(tokens, bounds)
    return _score(model, tokens, bounds, grammar, states, others)


def _score(
    model: CharRNN,
    tokens: Tokens,
    bounds: Ids,
    grammar: Grammar,
    states: States,
    others: "OtherSpellings | None",
) -> tuple[Floats, Floats]:
    """Return the cost of each token and the probability of others; these are 0 where not given."""
    nats, masses = np.empty(len(tokens)), np.zeros(len(tokens) if others else 0)
    for places, inside, found in log_probability_windows(model, tokens, bounds, grammar, states):
        targets = torch.from_numpy(tokens[places].astype(np.int64)).to(model.device)
        costs = -found.gather(-1, targets[..., np.newaxis])[..., 0]  # (B, T)
        nats[places[inside]] = costs.double().cpu().numpy()[inside]
        if others is not None:
            masses[places[inside]] = _masses(found, places, inside, others)
    if not np.isfinite(nats).all():
        raise NotANumberError(
            "the model gives no numbers (NaN or infinity); its training went wrong"
        )
    return nats, masses


@torch.inference_mode()
def log_probability_windows(
    model: CharRNN, tokens: Tokens, bounds: Ids, grammar: Grammar, states: States
) -> Iterator[tuple[Ids, Flags, Tensor]]:
    """
    Read streams as `score` does, and say what the model expects in each place.

    Args:
        model: as for `score`; so are all others.
        tokens: (N,).
        bounds: (streams + 1,).
        grammar: of the model's vocabulary.
        states: (N,).

    Yields:
        The places of the tokens of a window, (B, T), whether they are inside their streams,
        (B, T), and the natural log-probabilities of all tokens in each place, (B, T, V), on the
        model's device; -inf for what the grammar forbids. Each of the N places is inside of one
        window.
    """
    forbidden = torch.zeros(grammar.legal.shape).masked_fill_(
        torch.from_numpy(~grammar.legal), -math.inf
    )  # (S, V), added to logits
    was_training = model.training
    model.eval()
    try:
        for lanes in _groups(bounds):
            begins, ends = bounds[lanes], bounds[lanes + 1]
            yield from _windows(model, tokens, begins, ends, states, forbidden)
    finally:
        model.train(was_training)


def bits(nats: float, num_bytes: int, characters: int, tokens: int) -> dict[str, float]:
    """
    Return a text's cost in the units that people compare.

    Args:
        nats: of all its tokens.
        num_bytes: UTF-8 bytes and document ends.
        characters: code points and document ends.
        tokens: of it, ends included.

        >>> bits(nats=math.log(2) * 12, num_bytes=6, characters=2, tokens=4)["bits_per_byte"]
        2.0
    """
    return {
        "bits_per_byte": nats / math.log(2) / num_bytes,
        "bits_per_character": nats / math.log(2) / characters,
        "nats_per_character": nats / characters,
        "perplexity_per_token": math.exp(nats / tokens),
    }


def bits_of_text(
    model: CharRNN, vocabulary: Vocabulary, grammar: Grammar, text: str
) -> dict[str, float]:
    """
    Return what a text costs as one document, its end included: `bits`, and what they are per.

    Raises:
        ValueError: the text has a surrogate.
    """
    tokens = np.append(vocabulary.encode(text), END)
    nats = float(score(model, tokens, np.array([0, len(tokens)]), grammar).sum())
    num_bytes, characters = len(text.encode()) + 1, len(text) + 1
    return {
        **bits(nats, num_bytes, characters, len(tokens)),
        "bytes": num_bytes,
        "characters": characters,
        "tokens": len(tokens),
        "documents": 1,
    }


def _groups(bounds: Ids) -> Iterator[Ids]:
    """Yield the numbers of up to LANES streams each, the longest first."""
    order = np.argsort(-np.diff(bounds), kind="stable")
    for first in range(0, len(order), LANES):
        yield order[first : first + LANES]


def _windows(
    model: CharRNN, tokens: Tokens, begins: Ids, ends: Ids, states: States, forbidden: Tensor
) -> Iterator[tuple[Ids, Flags, Tensor]]:
    """
    Read streams side by side, the longest in the first lane, a window at a time.

    Yields:
        The places of the tokens, (B, T), whether they are inside their streams, (B, T), and the
        log-probabilities of what may stand there, (B, T, V).
    """
    forbidden = forbidden.to(model.device)
    window = max(1, min(LONGEST_WINDOW, LOGITS // (len(begins) * model.vocabulary_size)))
    state = None
    for first in range(0, int(ends[0] - begins[0]), window):
        active = int(np.count_nonzero(begins + first < ends))  # the others have come to their end
        places = begins[:active, np.newaxis] + np.arange(first, first + window)  # (B, T)
        inside = places < ends[:active, np.newaxis]
        places = np.where(inside, places, begins[:active, np.newaxis])
        inputs = tokens[places - 1].astype(np.int64)
        if first == 0:
            inputs[:, 0] = END
        logits, state = model(
            torch.from_numpy(inputs).to(model.device),
            None if state is None else take_streams(state, active),
        )
        logits += forbidden[torch.from_numpy(states[places]).to(model.device)]  # (B, T, V)
        yield places, inside, torch.log_softmax(logits, dim=-1)


def _masses(
    log_probabilities: Tensor, places: Ids, inside: Flags, others: "OtherSpellings"
) -> Floats:
    """Sum the probabilities of the others in each place that is inside, in their order."""
    lanes, steps = np.nonzero(inside)
    owners, tokens = others.at(places[inside])
    indices = torch.from_numpy(np.stack([lanes[owners], steps[owners], tokens]))
    found = log_probabilities[tuple(indices.to(log_probabilities.device))].double().exp()
    # numpy's stub says that sums are integers.
    return np.bincount(owners, found.cpu().numpy(), len(lanes)).astype(np.float64)
