"""
Samples drawn side by side, a token at a time: legal ones only, the same in any batch.

Notation: B samples under way, V tokens of the vocabulary.
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile

import numpy as np

from model.lane import Lane, Script
from model.rnn import CharRNN
from model.sampling import SampleConfig
from model.shares import Shares
from model.step_loops import Floats, Ids, choose
from model.stepping import Stepper, stepper
from preprocess.units import END


def generate(
    model: CharRNN, script: Script, config: SampleConfig, lanes: Sequence[Lane]
) -> Iterator[tuple[int, str | None]]:
    """
    Yield (lane, text) whenever characters of a lane are whole, and (lane, None) where it ends.

    Args:
        model: the model, in evaluation mode.
        script: of its vocabulary.
        config: how to draw.
        lanes: samples that are to be written; they are used up.
    """
    alive = list(range(len(lanes)))
    steps, logits = begin(model, lanes)
    while True:
        tokens = _next(script, config, [lanes[lane] for lane in alive], logits, steps.shares)
        going = []
        for place, lane in enumerate(alive):
            if lanes[lane].prompt:
                lanes[lane].prompt.popleft()
            else:
                text = lanes[lane].take(int(tokens[place]))
                if text:
                    yield lane, text
            if lanes[lane].over:
                yield lane, None
            else:
                going.append(place)
        if not going:
            return
        if len(going) < len(alive):
            steps, tokens = steps.select(going), tokens[going]
            alive = [alive[place] for place in going]
        logits = advance(model, steps, tokens)


def begin(model: CharRNN, lanes: Sequence[Lane]) -> tuple[Stepper, Floats]:
    """
    Read what the prompts of all lanes begin with, once.

    Returns:
        the model with all lanes, and the logits of their next tokens, (B, V).
    """
    first = lanes[0].prompt
    columns = zip(*(lane.prompt for lane in lanes), strict=False)
    shared = sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, columns))
    alone = stepper(model)
    logits = alone.read(np.array(list(first)[:shared], np.int64))
    for lane in lanes:
        for _ in range(shared):
            lane.prompt.popleft()
    return alone.select([0] * len(lanes)), np.repeat(logits, len(lanes), axis=0)


def advance(model: CharRNN, steps: Stepper, tokens: Ids) -> Floats:
    """Read (B,) tokens, each in its lane; return the logits after them, (B, V)."""
    ended = tokens == END
    if model.config.carry == "document" and ended.any():
        steps.forget(ended)
    return steps.step(tokens)


def _next(
    script: Script, config: SampleConfig, lanes: Sequence[Lane], logits: Floats, shares: Shares
) -> Ids:
    """Return the next token of each lane, (B,): the next of its prompt, or one that is drawn."""
    tokens = np.empty(len(lanes), np.int64)
    temperatures = np.array([lane.temperature for lane in lanes])
    uniforms = np.array([0.0 if lane.prompt else lane.uniform() for lane in lanes])
    rows = np.array([lane.mask for lane in lanes])
    masks, top = script.legality.masks, (config.top_k, config.top_p)

    def draw(part: slice) -> None:
        drawn_by = (rows[part], uniforms[part], temperatures[part])
        choose(logits[part], masks, *drawn_by, *top, tokens[part])

    shares.each(len(lanes), draw)
    for place, lane in enumerate(lanes):
        if lane.prompt:
            tokens[place] = lane.prompt[0]
        elif lane.would_repeat(int(tokens[place])):
            own = slice(place, place + 1)
            mask = masks[rows[own]]
            tokens[place] = _another(lane, config, logits[own], mask, int(tokens[place]))
    return tokens


def _another(lane: Lane, config: SampleConfig, logits: Floats, mask: Floats, token: int) -> int:
    """
    Draw until a token repeats no span, each time without those that did.

    Args:
        lane: the sample.
        config: how to draw.
        logits: (1, V).
        mask: (1, V), changed.
        token: the first one, which does repeat one; returned where all that is legal does.
    """
    drawn, row, temperature = np.array([token]), np.zeros(1, np.int64), np.array([lane.temperature])
    while lane.would_repeat(int(drawn[0])):
        mask[0, drawn[0]] = -np.inf
        if np.isinf(mask).all():
            return token
        uniform = np.array([lane.uniform()])
        choose(logits, mask, row, uniform, temperature, config.top_k, config.top_p, drawn)
    return int(drawn[0])
