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
from model.step_loops import Floats, Ids, choose
from model.stepping import OnLogits, Stepper, stepper
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
    numbers, alive = list(range(len(lanes))), list(lanes)
    steps, logits = begin(model, lanes)
    turn = _Turn(script, config, alive)
    turn.draw(logits, slice(0, len(alive)))
    while True:
        tokens = turn.tokens(logits)
        going = []
        for place, (number, lane, token) in enumerate(
            zip(numbers, alive, tokens.tolist(), strict=True)
        ):
            if lane.prompt:
                lane.prompt.popleft()
            else:
                text = lane.take(token)
                if text:
                    yield number, text
            if lane.over:
                yield number, None
            else:
                going.append(place)
        if not going:
            return
        if len(going) < len(alive):
            steps, tokens = steps.select(going), tokens[going]
            numbers = [numbers[place] for place in going]
            alive = [alive[place] for place in going]
        turn = _Turn(script, config, alive)
        logits = advance(model, steps, tokens, turn.draw)


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


def advance(model: CharRNN, steps: Stepper, tokens: Ids, then: OnLogits | None = None) -> Floats:
    """
    Read (B,) tokens, each in its lane; return the logits after them, (B, V).

    Args:
        model: the model.
        steps: of it.
        tokens: (B,).
        then: see `Stepper.step`.
    """
    ended = tokens == END
    if model.config.carry == "document" and ended.any():
        steps.forget(ended)
    return steps.step(tokens, then)


class _Turn:
    """The next token of each lane: what holds for it is known before the logits are there."""

    def __init__(self, script: Script, config: SampleConfig, lanes: Sequence[Lane]) -> None:
        """Ask the lanes for masks, temperatures and random numbers, none while they read."""
        self._config, self._lanes = config, lanes
        self._rows = np.array([lane.mask for lane in lanes])
        self._masks = script.legality.masks  # with those that were made just now
        self._temperatures = np.array([lane.temperature for lane in lanes])
        self._uniforms = np.array([0.0 if lane.prompt else next(lane.uniforms) for lane in lanes])
        self._tokens = np.empty(len(lanes), np.int64)

    def draw(self, logits: Floats, lanes: slice) -> None:
        """Draw the tokens of some lanes, given the logits of all, (B, V)."""
        drawn_by = (self._rows[lanes], self._uniforms[lanes], self._temperatures[lanes])
        top = (self._config.top_k, self._config.top_p)
        choose(logits[lanes], self._masks, *drawn_by, *top, self._tokens[lanes])

    def tokens(self, logits: Floats) -> Ids:
        """Return the tokens, (B,): what is drawn, or others where that repeats, or the prompt's."""
        for place, lane in enumerate(self._lanes):
            if lane.prompt:
                self._tokens[place] = lane.prompt[0]
            elif self._config.no_repeat_ngram:
                drawn = int(self._tokens[place])
                if lane.would_repeat(drawn):
                    own = slice(place, place + 1)
                    mask = self._masks[self._rows[own]]
                    another = _another(lane, self._config, logits[own], mask, drawn)
                    self._tokens[place] = another
        return self._tokens


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
        uniform = np.array([next(lane.uniforms)])
        choose(logits, mask, row, uniform, temperature, config.top_k, config.top_p, drawn)
    return int(drawn[0])
