"""
Draw tokens from a model, several samples side by side: legal ones only, the same in any batch.

Notation: B samples drawn together, T tokens, V tokens of the vocabulary, S states of the grammar.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from model.rnn import CharRNN, State
from model.sampling import SampleConfig
from preprocess.grammar import Grammar
from preprocess.units import END
from preprocess.vocabulary import Vocabulary

# Rows of a matrix product come out with the same bits whatever stands beside them, but from this
# many rows on only: with fewer, another kernel runs.
LEAST_BATCH = 4
BLOCK = 256  # tokens of a prompt read at once, random numbers drawn at once
OVER = -1  # stands for the token of a sample that has ended

Ids = npt.NDArray[np.int64]


@torch.inference_mode()
def steps(
    model: CharRNN,
    vocabulary: Vocabulary,
    grammar: Grammar,
    config: SampleConfig,
    indices: Sequence[int],
) -> Iterator[Ids]:
    """
    Yield the next token of each sample, OVER for those that have ended, until all have: (B,).

    The lanes of samples that have ended go on unseen: a smaller batch would round otherwise.
    """
    lanes = [*indices, *[indices[-1]] * (LEAST_BATCH - len(indices))]
    device = model.device
    illegal = torch.from_numpy(~grammar.legal).to(device)  # (S, V)
    sizes = vocabulary.characters_begun
    begins_none = torch.from_numpy(sizes == 0).to(device)  # (V,)
    prompt = np.append(END, vocabulary.encode(config.prompt)).astype(np.int64)
    logits, state = _read(model, torch.from_numpy(prompt).to(device), len(lanes))
    states = np.full(len(lanes), _state_after(grammar, prompt[1:]))
    written = np.zeros(len(lanes), np.int64)
    alive = np.ones(len(lanes), np.bool_)
    forbidden = illegal[states] | begins_none  # the prompt's last character stays as it is
    for uniforms in _uniforms(config.seed, lanes):
        scores = logits.masked_fill(forbidden, -math.inf)
        drawn = choose(scores, config, torch.from_numpy(uniforms).to(device))
        tokens = drawn.cpu().numpy()
        written += sizes[tokens]
        alive &= written <= config.length
        if config.stop == "document":
            alive &= tokens != END
        yield np.where(alive, tokens, OVER)[: len(indices)]
        if not alive.any():
            return
        if model.config.carry == "document":
            state = _forget(state, drawn == END)
        output, state = model(drawn[:, None], state)
        logits = output[:, -1]
        states = grammar.next[states, tokens]
        forbidden = illegal[states]


def choose(scores: Tensor, config: SampleConfig, uniforms: Tensor) -> Tensor:
    """
    Draw a token for each sample, by the inverse of the distribution function.

    Args:
        scores: (B, V) logits, -inf for what must not be drawn; one a row at least is finite.
        config: temperature, top_k and top_p.
        uniforms: (B,) random numbers, 0 <= u < 1, float64.

    Returns:
        (B,) tokens.
    """
    if config.temperature == 0:
        return scores.argmax(-1)
    scores = scores.double()
    if config.top_k:
        least = scores.topk(min(config.top_k, scores.shape[1])).values[:, -1:]
        scores = scores.masked_fill(scores < least, -math.inf)
    # The largest is taken off first: divided by a tiny temperature it would be infinite.
    scores = (scores - scores.amax(-1, keepdim=True)) / config.temperature
    shares = scores.exp()
    if config.top_p < 1:
        ordered = shares.sort(descending=True).values
        before = ordered.cumsum(-1) - ordered  # of the likelier ones together
        enough = before >= config.top_p * ordered.sum(-1, keepdim=True)
        least = ordered.masked_fill(enough, math.inf).amin(-1, keepdim=True)
        shares = shares.masked_fill(shares < least, 0.0)
    cumulated = shares.cumsum(-1)  # (B, V)
    total = cumulated[:, -1:]
    # A product that rounds up to the total would lie behind the last token of any mass.
    target = torch.minimum(uniforms[:, None] * total, total.nextafter(torch.zeros_like(total)))
    return torch.searchsorted(cumulated, target, right=True)[:, 0]


def _uniforms(seed: int, lanes: Sequence[int]) -> Iterator[npt.NDArray[np.float64]]:
    """Yield (B,) random numbers, 0 <= u < 1; a lane's come from the seed and its number alone."""
    generators = [
        np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, lane]))) for lane in lanes
    ]
    while True:
        yield from np.stack([generator.random(BLOCK) for generator in generators], axis=1)


def _read(model: CharRNN, tokens: Tensor, lanes: int) -> tuple[Tensor, State]:
    """Read (T,) tokens in every lane; return the logits that follow, (B, V), and the state."""
    state = None
    for block in torch.split(tokens, BLOCK):
        output, state = model(block.expand(lanes, -1), state)
    assert state is not None
    return output[:, -1], state


def _state_after(grammar: Grammar, tokens: Ids) -> int:
    state = grammar.start
    for token in tokens.tolist():
        state = int(grammar.next[state, token])
    return state


def _forget(state: State, ended: Tensor) -> State:
    """Set the state of the lanes that have ended, (B,) bool, to zero."""
    return tuple(part.masked_fill(ended[None, :, None], 0) for part in state)
