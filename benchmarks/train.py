"""
How fast a training step is: beside a plain torch loop, and beside bare matrix products.

    python -m benchmarks.train --threads 2
    python -m benchmarks.train --threads 1 --clock cpu --shapes 384x8x96

The plain loop has what a lesson has: embedding, nn.LSTM, projection, cross entropy, clipping,
AdamW. Ours adds batches of documents, state carried and reset, dropout, the schedule, and losses
that are added up. All take turns in one run, a product of two matrices among them, on random
tokens, and medians are compared, since machines are noisy.

FLOP of a model: 3 × 2 × the multiply-adds of its matrices, for each token trained on: forward, the
gradient by the inputs, and the gradient by the weights; nothing else counts, and no padding.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # as in model/__main__.py

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.markdown import table
from benchmarks.synthetic import write_corpus
from model.batches import Batches
from model.config import ModelConfig, TrainConfig
from model.rnn import CharRNN
from model.trainer import Trainer
from preprocess.tokens import open_split
from preprocess.vocabulary import Vocabulary

DROPOUT = 0.3
MATRIX = 1024  # rows and columns of the bare product
DOCUMENT_TOKENS = 1900
DOCUMENTS_PER_LANE = 20
CLOCKS: dict[str, Callable[[], float]] = {"wall": time.perf_counter, "cpu": time.process_time}


class Shape(NamedTuple):
    """What is trained: one layer, its batch, and sizes of the vocabulary and its vectors."""

    hidden: int
    batch: int
    window: int
    embedding: int = 128
    vocabulary: int = 700

    @classmethod
    def parse(cls, text: str) -> "Shape":
        """Read hidden x batch x window, such as 512x32x64."""
        hidden, batch, window = map(int, text.split("x"))
        return cls(hidden, batch, window)

    def __str__(self) -> str:
        """As `parse` reads it."""
        return f"{self.hidden}x{self.batch}x{self.window}"

    @property
    def flop_per_token(self) -> int:
        """Of forward and backward through an LSTM tied by a projection: see above."""
        lstm = 4 * self.hidden * (self.embedding + self.hidden)
        scores = self.hidden * self.embedding + self.embedding * self.vocabulary
        return 3 * 2 * (lstm + scores)


class Plain(nn.Module):
    """The same model without dropout, as one would write it for a lesson."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.embedding = nn.Embedding(shape.vocabulary, shape.embedding)
        self.rnn = nn.LSTM(shape.embedding, shape.hidden, batch_first=True)
        self.projection = nn.Linear(shape.hidden, shape.embedding)
        self.bias = nn.Parameter(torch.zeros(shape.vocabulary))

    def forward(
        self, tokens: Tensor, state: tuple[Tensor, Tensor] | None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Return logits (B, T, V) and the state after the window."""
        hidden, state = self.rnn(self.embedding(tokens), state)
        return F.linear(self.projection(hidden), self.embedding.weight, self.bias), state


def plain_steps(shape: Shape) -> Iterator[int]:
    """Train the plain model on one window over and over, yielding the tokens of each step."""
    model = Plain(shape)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)
    inputs, targets = torch.randint(shape.vocabulary, (2, shape.batch, shape.window))
    state = None
    while True:
        logits, after = model(inputs, state)
        optimiser.zero_grad()
        F.cross_entropy(logits.flatten(0, 1), targets.flatten()).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        state = (after[0].detach(), after[1].detach())
        yield inputs.numel()


def our_steps(shape: Shape, dropout: float, precision: str) -> Iterator[int]:
    """Train our model on random documents, yielding the tokens of each step."""
    rates = (dropout, dropout, dropout)
    config = ModelConfig("lstm", 1, shape.hidden, shape.embedding, *rates, True, "document")
    model = CharRNN(config, shape.vocabulary)
    with tempfile.TemporaryDirectory() as folder:
        manifest, vocabulary = write_corpus(
            Path(folder),
            shards=1,
            shard_tokens=DOCUMENTS_PER_LANE * shape.batch * DOCUMENT_TOKENS,
            row_tokens=DOCUMENT_TOKENS,
            vocabulary_size=shape.vocabulary,
        )
        batches = Batches(
            open_split(manifest, "train", Vocabulary.load(vocabulary).sha256),
            carry="document",
            batch=shape.batch,
            window=shape.window,
            seed=1,
            cache_bytes=0,
        )
        trainer = Trainer(model, train_config(shape, precision), batches, 1.0, None)
        before = 0
        for _ in trainer.run():
            yield trainer.position.tokens - before
            before = trainer.position.tokens


def train_config(shape: Shape, precision: str) -> TrainConfig:
    """Return how to train for longer than any benchmark, on the CPU."""
    return TrainConfig(
        device="cpu",
        seed=1,
        batch=shape.batch,
        window=shape.window,
        epochs=1000,
        learning_rate=1e-3,
        final_learning_rate=0.1,
        warmup_steps=10,
        weight_decay=0.01,
        beta1=0.9,
        beta2=0.99,
        clip=1.0,
        evaluations=1,
        patience=1,
        checkpoint_seconds=1e6,
        sample_every=0,
        cache_bytes=0,
        compose=False,
        precision=precision,
        retries=0,
        restart=False,
    )


def products() -> Iterator[int]:
    """Multiply two matrices of 32 bits over and over, yielding the FLOP of each product."""
    left, right = torch.randn(2, MATRIX, MATRIX)
    for _ in repeat(None):
        torch.mm(left, right)
        yield 2 * MATRIX**3


def rate(work: Iterator[int], steps: int, clock: Callable[[], float] = time.perf_counter) -> float:
    """Return what a turn of so many steps yields in a second."""
    began = clock()
    done = sum(next(work) for _ in range(steps))
    return done / (clock() - began)


def loops_of(shape: Shape, precisions: list[str]) -> dict[str, Iterator[int]]:
    """Return what takes turns, by name; what the others are compared with comes first."""
    ours = {
        f"ours, {words}, {precision}": our_steps(shape, dropout, precision)
        for precision in precisions
        for dropout, words in ((0.0, "no dropout"), (DROPOUT, "dropout"))
    }
    return {"matrix product": products(), "plain torch loop": plain_steps(shape), **ours}


def measure(
    shape: Shape, turns: int, steps: int, precisions: list[str], clock: Callable[[], float]
) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield the rows of a shape: name, tokens/s, part of plain, GFLOP/s, part of the product."""
    loops = loops_of(shape, precisions)
    rates: dict[str, list[float]] = {name: [] for name in loops}
    for turn in range(turns + 1):
        for name, work in loops.items():
            measured = rate(work, steps, clock)
            if turn:  # the first warms up
                rates[name].append(measured)
    medians = {name: statistics.median(values) for name, values in rates.items()}
    product, plain = medians.pop("matrix product"), medians["plain torch loop"]
    yield f"{shape}: matrix product", "–", "–", f"{product / 1e9:.0f}", "1.00"
    for name, tokens in medians.items():
        flops = tokens * shape.flop_per_token
        yield (
            f"{shape}: {name}",
            f"{tokens:.0f}",
            f"{tokens / plain:.3f}",
            f"{flops / 1e9:.0f}",
            f"{flops / product:.2f}",
        )


def main() -> None:
    """Measure each shape, and print a table of medians and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[1])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--steps", type=int, default=5, help="steps a turn")
    parser.add_argument(
        "--precisions", nargs="+", default=["float32"], help="of ours: float32, bfloat16"
    )
    parser.add_argument(
        "--shapes",
        nargs="+",
        type=Shape.parse,
        default=[Shape(512, 32, 64), Shape(384, 8, 96), Shape(320, 16, 64), Shape(256, 8, 64)],
        help="hidden x batch x window",
    )
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    clock = CLOCKS[options.clock]
    rows = chain.from_iterable(
        measure(shape, options.turns, options.steps, options.precisions, clock)
        for shape in options.shapes
    )
    columns = ("", "tokens/s", "of plain", "GFLOP/s", "of the product")
    sys.stdout.write(table(columns, list(rows)) + "\n")


if __name__ == "__main__":
    main()
