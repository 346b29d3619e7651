"""
Tokens per second of our training loop beside a plain torch loop of the same model and batch.

    python -m benchmarks.train --threads 2 --hidden 384

The plain loop has what a lesson has: embedding, nn.LSTM, projection, cross entropy, clipping,
AdamW. Ours adds batches of documents, state carried and reset, dropout, the schedule, and losses
that are added up. Both take turns in one run, on random tokens, and medians are compared, since
machines are noisy.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # as in model/__main__.py

import torch
from torch import nn
from torch.nn import functional as F

from benchmarks.synthetic import write_corpus
from model.batches import Batches
from model.config import ModelConfig, TrainConfig
from model.rnn import CharRNN
from model.trainer import Trainer
from preprocess.tokens import open_split
from preprocess.vocabulary import Vocabulary

TURNS, STEPS = 40, 10
EMBEDDING, DOCUMENTS, DOCUMENT_TOKENS = 128, 150, 1900


class Plain(nn.Module):
    """The same model without dropout, as one would write it for a lesson."""

    def __init__(self, vocabulary_size: int, hidden: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, EMBEDDING)
        self.rnn = nn.LSTM(EMBEDDING, hidden, batch_first=True)
        self.projection = nn.Linear(hidden, EMBEDDING)
        self.bias = nn.Parameter(torch.zeros(vocabulary_size))

    def forward(
        self, tokens: torch.Tensor, state: tuple[torch.Tensor, torch.Tensor] | None
    ) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
        """Return logits (B, T, V) and the state after the window."""
        hidden, state = self.rnn(self.embedding(tokens), state)
        return F.linear(self.projection(hidden), self.embedding.weight, self.bias), state


def plain_steps(options: argparse.Namespace) -> Iterator[int]:
    """Train the plain model on one window over and over, yielding the tokens of each step."""
    model = Plain(options.vocabulary, options.hidden)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)
    inputs, targets = torch.randint(options.vocabulary, (2, options.batch, options.window))
    state = None
    while True:
        logits, after = model(inputs, state)
        optimiser.zero_grad()
        F.cross_entropy(logits.flatten(0, 1), targets.flatten()).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        state = (after[0].detach(), after[1].detach())
        yield inputs.numel()


def our_steps(options: argparse.Namespace, dropout: float) -> Iterator[int]:
    """Train our model on random documents, yielding the tokens of each step."""
    model = CharRNN(
        ModelConfig(
            "lstm", 1, options.hidden, EMBEDDING, dropout, dropout, dropout, True, "document"
        ),
        options.vocabulary,
    )
    with tempfile.TemporaryDirectory() as folder:
        manifest, vocabulary = write_corpus(
            Path(folder),
            shards=1,
            shard_tokens=DOCUMENTS * DOCUMENT_TOKENS,
            row_tokens=DOCUMENT_TOKENS,
            vocabulary_size=options.vocabulary,
        )
        batches = Batches(
            open_split(manifest, "train", Vocabulary.load(vocabulary).sha256),
            carry="document",
            batch=options.batch,
            window=options.window,
            seed=1,
            cache_bytes=0,
        )
        config = train_config(options.batch, options.window)
        trainer = Trainer(model, config, batches, 1.0, None)
        before = 0
        for _ in trainer.run():
            yield trainer.position.tokens - before
            before = trainer.position.tokens


def train_config(batch: int, window: int) -> TrainConfig:
    """Return how to train for longer than any benchmark, in 32 bits on the CPU."""
    return TrainConfig(
        device="cpu",
        seed=1,
        batch=batch,
        window=window,
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
        retries=3,
        checkpoint_seconds=1e6,
        sample_every=0,
        cache_bytes=0,
        precision="float32",
        restart=False,
    )


def rate(steps: Iterator[int], clock: Callable[[], float] = time.perf_counter) -> float:
    """Return tokens per second of a turn of `STEPS` steps."""
    began = clock()
    tokens = sum(next(steps) for _ in range(STEPS))
    return tokens / (clock() - began)


def main() -> None:
    """Take turns, and print medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[1])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--hidden", type=int, default=384)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--window", type=int, default=96)
    parser.add_argument("--vocabulary", type=int, default=700, help="tokens")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    loops = {
        "plain torch loop": plain_steps(options),
        "ours, no dropout": our_steps(options, 0.0),
        "ours, dropout": our_steps(options, 0.3),
    }
    rates: dict[str, list[float]] = {name: [] for name in loops}
    for turn in range(TURNS + 1):
        for name, steps in loops.items():
            measured = rate(steps)
            if turn:  # the first warms up
                rates[name].append(measured)
    plain = statistics.median(rates["plain torch loop"])
    for name, values in rates.items():
        median = statistics.median(values)
        sys.stdout.write(f"{name:18} {median:9.0f} tokens/s  {median / plain:5.3f} of plain\n")


if __name__ == "__main__":
    main()
