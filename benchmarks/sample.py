"""
How fast samples are drawn: beside a plain loop of torch, one stream and many.

    python -m benchmarks.sample
    python -m benchmarks.sample --clock cpu --shape 320x1x1200

The plain loop has what a lesson has: embedding, nn.LSTM, linear, softmax, multinomial; its tokens
are left as numbers. Ours draws by the grammar and hands out text, whole characters at a time. All
take turns in one run, and medians are compared, since machines are noisy. Models are random, and
write syllables each as likely as the other, or jamo.
"""

import argparse
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from benchmarks.markdown import table
from benchmarks.train import CLOCKS, rate
from model.config import ModelConfig
from model.generate import generate
from model.lane import Lane, Script
from model.rnn import CharRNN
from model.sampling import SampleConfig
from preprocess.grammar import Grammar
from preprocess.units import END, FIRST_BYTE, make_unit
from preprocess.vocabulary import Vocabulary

EMBEDDING = 128
FIRST_SYLLABLE = 0xAC00
UNLIKELY = -50.0  # added to the logits of bytes and of ends


class Shape(NamedTuple):
    """A model: units of a layer, layers, and syllables of the vocabulary."""

    hidden: int
    layers: int
    syllables: int

    @classmethod
    def parse(cls, text: str) -> "Shape":
        """Read hidden x layers x syllables, such as 320x1x1200."""
        hidden, layers, syllables = map(int, text.split("x"))
        return cls(hidden, layers, syllables)


class Plain(nn.Module):
    """A model as one would write it for a lesson."""

    def __init__(self, shape: Shape, vocabulary: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, EMBEDDING)
        self.rnn = nn.LSTM(EMBEDDING, shape.hidden, shape.layers, batch_first=True)
        self.output = nn.Linear(shape.hidden, vocabulary)


def plain_steps(shape: Shape, streams: int, threads: int) -> Iterator[int]:
    """Draw tokens with the plain model, yielding how many at each step."""
    model = Plain(shape, FIRST_BYTE + 256 + shape.syllables).eval()
    tokens, state = torch.zeros(streams, 1, dtype=torch.int64), None
    while True:
        torch.set_num_threads(threads)
        with torch.inference_mode():
            hidden, state = model.rnn(model.embedding(tokens), state)
            shares = model.output(hidden[:, -1]).softmax(-1)
            tokens = torch.multinomial(shares, 1)
        yield streams


def our_characters(shape: Shape, kind: str, streams: int, threads: int) -> Iterator[int]:
    """Draw with our model, yielding how many characters come at each step or so."""
    vocabulary = vocabulary_of(kind, shape.syllables)
    rates = (0.0, 0.0, 0.0)
    config = ModelConfig(
        "lstm", shape.layers, shape.hidden, EMBEDDING, *rates, tie=True, carry="document"
    )
    model = CharRNN(config, vocabulary.size).eval()
    with torch.no_grad():
        model.bias[END : FIRST_BYTE + 256] = UNLIKELY
    script, settings = Script(vocabulary, Grammar.of(vocabulary)), endless(streams)
    lanes = [Lane(script, settings, "", number) for number in range(streams)]
    torch.set_num_threads(threads)  # which a generator takes when it begins
    pieces = generate(model, script, settings, lanes)
    while True:
        torch.set_num_threads(threads)
        yield sum(len(piece or "") for _, (_, piece) in zip(range(streams), pieces, strict=False))


def vocabulary_of(kind: str, syllables: int) -> Vocabulary:
    """Return a vocabulary of so many syllables, or of jamo."""
    unit = make_unit({"kind": kind})
    known = range(FIRST_SYLLABLE, FIRST_SYLLABLE + (0 if unit.base.parts else syllables))
    return Vocabulary(unit, list(map(chr, known)), np.zeros(0, np.int64))


def endless(streams: int) -> SampleConfig:
    """Return settings of samples that no benchmark sees the end of."""
    return SampleConfig(
        count=streams,
        length=10**9,
        temperature=0.8,
        top_k=0,
        top_p=1.0,
        draw="token",
        no_repeat_ngram=0,
        beam=0,
        prompt="",
        seed=1,
        stop="none",
        lines=0,
        stop_text="",
        acrostic="",
    )


def loops_of(shape: Shape, streams: int, threads: Sequence[int]) -> dict[str, Iterator[int]]:
    """Return what takes turns, by name; what the others are compared with comes first."""
    plain = {f"plain, {_of(n)}": plain_steps(shape, streams, n) for n in threads}
    ours = {
        f"ours, {kind}, {_of(n)}": our_characters(shape, kind, streams, n)
        for kind in ("syllable", "jamo")
        for n in threads
    }
    return {**plain, **ours}


def _of(threads: int) -> str:
    return f"{threads} thread{'s' if threads > 1 else ''}"


def measure(
    shape: Shape,
    streams: int,
    threads: Sequence[int],
    turns: int,
    steps: int,
    clock: Callable[[], float],
) -> Iterator[Sequence[str]]:
    """Yield the rows of so many streams: name, characters/s, parts of plain's by its threads."""
    loops = loops_of(shape, streams, threads)
    rates: dict[str, list[float]] = {name: [] for name in loops}
    for turn in range(turns + 1):
        for name, work in loops.items():
            measured = rate(work, steps, clock)
            if turn:  # the first warms up
                rates[name].append(measured)
    medians = {name: statistics.median(values) for name, values in rates.items()}
    plain = list(medians.values())[: len(threads)]
    for name, characters in medians.items():
        parts = [f"{characters / of_plain:.2f}" for of_plain in plain]
        yield f"{streams} at once: {name}", f"{characters:.0f}", *parts


def main() -> None:
    """Measure one stream and many, and print a table of medians and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[1])
    threads = list(dict.fromkeys((torch.get_num_threads(), 1)))
    parser.add_argument("--threads", type=int, nargs="+", default=threads)
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--steps", type=int, default=40, help="tokens a stream and turn")
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 64])
    parser.add_argument(
        "--shape", type=Shape.parse, default=Shape(320, 1, 1200), help="hidden x layers x syllables"
    )
    options = parser.parse_args()
    clock = CLOCKS[options.clock]
    rows = [
        row
        for streams in options.streams
        for row in measure(
            options.shape, streams, options.threads, options.turns, options.steps, clock
        )
    ]
    columns = ("", "characters/s", *(f"of plain, {_of(n)}" for n in options.threads))
    sys.stdout.write(table(columns, rows) + "\n")


if __name__ == "__main__":
    main()
