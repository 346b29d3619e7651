"""
Dynamic evaluation: a recurrent network that goes on learning from the text that it scores.

The text is read in segments. A segment is scored with the weights that the segments before have
left, and then the weights take one step on its loss, so that nothing is known of a token before it
has been paid for. The weights are drawn back to the trained ones all the time, as in Krause et al.
2018, "Dynamic evaluation of neural sequence models", https://arxiv.org/abs/1709.07432, section 4;
the steps are Adam's.
"""

import copy
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from model.rnn import CharRNN, State, detach_state
from model.segments import stream_bounds
from model.texts import Text
from preprocess.vocabulary import END

Singles = npt.NDArray[np.float32]

SEGMENT = 32  # tokens
LEARNING_RATE = 3e-4
DECAY = 0.003  # share of the way back to the trained weights that is gone after each segment
BETAS = (0.9, 0.99)


class DynamicRNN:
    """A copy of a network that learns from what it reads; the network itself stays as it is."""

    def __init__(self, network: CharRNN, learns: bool) -> None:
        """
        Copy a network.

        Args:
            network: a trained one.
            learns: False keeps its weights as they are.
        """
        self._network = copy.deepcopy(network).eval()
        self._network.layers.train()  # or cuDNN has no gradients; dropout stays off all the same
        self._parameters: list[Tensor] = list(self._network.parameters())
        self._trained = [parameter.detach().clone() for parameter in self._parameters]
        self._adam = torch.optim.Adam(self._parameters, LEARNING_RATE, BETAS) if learns else None

    def read(self, text: Text) -> Iterator[tuple[int, int, Singles]]:
        """
        Score a text, segment by segment, and learn from each when the next one is asked for.

        Yields:
            where a segment begins and ends in the text, and the (T, V) natural log-probabilities
            of its tokens, given those before them.
        """
        split, carry = text.split, self._network.config.carry
        for begin, end in pairwise(stream_bounds(split.offsets, split.continued, carry).tolist()):
            state, last = None, END
            for first in range(begin, end, SEGMENT):
                after = min(first + SEGMENT, end)
                targets = torch.from_numpy(text.tokens[first:after].astype(np.int64))
                inputs = torch.cat([torch.tensor([last]), targets[:-1]])
                scores, state = self._score(inputs, state)
                yield first, after, scores.detach().cpu().numpy()
                self._learn(scores, targets)
                last = int(targets[-1])

    def _score(self, inputs: Tensor, state: State | None) -> tuple[Tensor, State]:
        """Return the (T, V) log-probabilities after each of (T,) inputs, and the state."""
        with torch.set_grad_enabled(self._adam is not None):
            logits, state = self._network(inputs[None].to(self._network.device), state)
            return F.log_softmax(logits[0].float(), dim=-1), detach_state(state)

    def _learn(self, scores: Tensor, targets: Tensor) -> None:
        """Take a step on the loss of a segment; a short one weighs less."""
        if self._adam is None:
            return
        loss = F.nll_loss(scores, targets.to(scores.device), reduction="sum") / SEGMENT
        self._adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._adam.step()
        with torch.no_grad():
            torch._foreach_lerp_(self._parameters, self._trained, DECAY)
