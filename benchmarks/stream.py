"""
A corpus larger than memory: how soon its training begins, what it holds, whether it ever waits.

    python -m benchmarks.stream --shards 100 --shard-tokens 10000000

Random tokens are written as shards by the writer of the real ones, by default a billion. Fresh
processes then train the model of preset `small` on them for some steps, in the midst of which one
chunk of shards ends and the next begins; take all batches of an epoch without training; and read
on until they come to a shard of which a byte has been flipped. Linux only.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # as in model/__main__.py

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from benchmarks.processes import high_water
from benchmarks.synthetic import write_corpus
from benchmarks.train import train_config
from model.batches import Batch, Batches
from model.config import ModelConfig
from model.rnn import CharRNN
from model.trainer import Trainer
from preprocess.tokens import ShardedSplit, open_split
from preprocess.vocabulary import Vocabulary

IMPORTED, IMPORTED_CPU = time.monotonic(), time.process_time()
BATCH, WINDOW = 8, 96  # of preset small
LARGE_BATCH, LARGE_WINDOW = 128, 128  # of preset large, for those who only take
SMALL = ModelConfig("lstm", 1, 384, 128, 0.05, 0.15, 0.3, True, "document")
CACHE_BYTES = 256_000_000


class TimedBatches:
    """Batches that note how long their taker had to wait for each."""

    def __init__(self, batches: Batches) -> None:
        self.steps_per_epoch = batches.steps_per_epoch
        self.tokens_per_step = batches.tokens_per_step
        self.waits: list[float] = []
        self._batches = batches

    def from_step(self, step: int) -> Iterator[Batch]:
        """Yield the batches from `step` on."""
        batches = self._batches.from_step(step)
        while True:
            began = time.monotonic()
            batch = next(batches)
            self.waits.append(time.monotonic() - began)
            yield batch


def train_some(options: argparse.Namespace) -> dict[str, Any]:
    """Take the first step, then some about the end of a chunk."""
    torch.set_num_threads(options.threads)
    split, vocabulary_size = open_corpus(options.folder)
    opened = time.monotonic()
    batches = make_batches(split)
    drawn = time.monotonic()
    trainer, timed = make_trainer(batches, vocabulary_size)
    next(trainer.run())
    stepped, stepped_cpu = time.monotonic(), time.process_time()
    first_peak = high_water(os.getpid())
    result = {
        "tokens": split.tokens,
        "rows": sum(shard.rows for shard in split.shards),
        "imports": IMPORTED - options.began,
        "opened": opened - IMPORTED,
        "drawn": drawn - IMPORTED,
        "first step": stepped - IMPORTED,
        "CPU to the first step": stepped_cpu - IMPORTED_CPU,
        "waited for the first batch": timed.waits[0],
        "peak at the first step": first_peak,
    }
    trainer, timed = make_trainer(batches, vocabulary_size)
    first_chunk = next(batches._visits(0)).chunk
    trainer.position.step = batches._num_steps[first_chunk] - options.steps // 2
    steps = trainer.run()
    next(steps)
    began = time.monotonic()
    tokens = trainer.position.tokens
    for _ in islice(steps, options.steps):
        pass
    seconds = time.monotonic() - began
    return result | {
        "steps": options.steps,
        "tokens a second": (trainer.position.tokens - tokens) / seconds,
        "share waited": sum(timed.waits[1:]) / seconds,
        "longest wait": max(timed.waits[1:]),
        "peak": high_water(os.getpid()),
    }


def take_all(options: argparse.Namespace) -> dict[str, Any]:
    """Take the batches of an epoch, or until a shard is refused."""
    split, _ = open_corpus(options.folder)
    batches = make_batches(split, LARGE_BATCH, LARGE_WINDOW)
    began, tokens, refusal = time.monotonic(), 0, ""
    try:
        for batch in islice(batches.from_step(0), batches.steps_per_epoch):
            tokens += batch.num_tokens
    except ValueError as error:
        refusal = str(error)
    return {
        "tokens": tokens,
        "seconds": time.monotonic() - began,
        "peak": high_water(os.getpid()),
        "refusal": refusal,
    }


def open_corpus(folder: Path) -> tuple[ShardedSplit, int]:
    """Return the train split, and the size of the vocabulary."""
    vocabulary = Vocabulary.load(folder / "vocabulary.parquet")
    split = open_split(folder / "shards/manifest.json", "train", vocabulary.sha256)
    return split, vocabulary.size


def make_batches(split: ShardedSplit, batch: int = BATCH, window: int = WINDOW) -> Batches:
    """Make batches of the corpus."""
    return Batches(
        split, carry="document", batch=batch, window=window, seed=1, cache_bytes=CACHE_BYTES
    )


def make_trainer(batches: Batches, vocabulary_size: int) -> tuple[Trainer, TimedBatches]:
    """Make a trainer at step 0, and the batches that it takes."""
    timed = TimedBatches(batches)
    config = train_config(BATCH, WINDOW)
    return Trainer(CharRNN(SMALL, vocabulary_size), config, timed, 1.0, None), timed


TASKS = {"train": train_some, "take": take_all}


def measured(task: str, options: argparse.Namespace) -> dict[str, Any]:
    """Do a task in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.stream", "--folder", str(options.folder)]
    command += ["--steps", str(options.steps), "--threads", str(options.threads)]
    command += ["--task", task, "--began", str(time.monotonic())]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


@contextmanager
def damaged(path: Path) -> Iterator[None]:
    """Flip a bit among the tokens of a shard, and turn it back at the end."""
    place = 1000
    with path.open("r+b") as file:
        file.seek(place)
        [byte] = file.read(1)
        file.seek(place)
        file.write(bytes([byte ^ 1]))
    try:
        yield
    finally:
        with path.open("r+b") as file:
            file.seek(place)
            file.write(bytes([byte]))


def report(options: argparse.Namespace) -> None:
    """Print what the tasks take."""
    lines = []
    trained = measured("train", options)
    lines += [
        f"{trained['tokens']:,} tokens in {trained['rows']:,} documents",
        f"own start-up (imports)             {trained['imports']:8.2f} s",
        f"from then to shards opened         {trained['opened']:8.2f} s",
        f"          to the order drawn       {trained['drawn']:8.2f} s",
        f"          to the first step taken  {trained['first step']:8.2f} s, "
        f"{trained['CPU to the first step']:.2f} s of CPU",
        f"peak memory at the first step      {trained['peak at the first step'] / 1e6:8.0f} MB",
        f"peak memory after {trained['steps']:5} steps more  {trained['peak'] / 1e6:8.0f} MB",
        f"{trained['steps']} steps across the end of a chunk: "
        f"{trained['tokens a second']:,.0f} tokens/s, "
        f"waited {trained['share waited']:.2%} of the time, "
        f"at most {1000 * trained['longest wait']:.1f} ms",
    ]
    taken = measured("take", options)
    lines += [
        f"an epoch of batches of {LARGE_BATCH} x {LARGE_WINDOW} taken, none trained on: "
        f"{taken['tokens'] / taken['seconds']:,.0f} tokens/s, "
        f"peak memory {taken['peak'] / 1e6:.0f} MB",
    ]
    with damaged(options.folder / "shards/train-00000.parquet"):
        refused = measured("take", options)
    lines += [f"after {refused['tokens']:,} tokens of an epoch: {refused['refusal']}"]
    sys.stdout.write("\n".join(lines) + "\n")


def main() -> None:
    """Write the corpus, if it is not there, and measure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[1])
    parser.add_argument("--shards", type=int, default=100)
    parser.add_argument("--shard-tokens", type=int, default=10_000_000)
    parser.add_argument("--row-tokens", type=int, default=130, help="mean tokens of a document")
    parser.add_argument("--vocabulary", type=int, default=3000, help="tokens")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="keep the corpus here, or take what is here")
    parser.add_argument("--task", choices=TASKS, help=argparse.SUPPRESS)
    parser.add_argument("--began", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.task:
        sys.stdout.write(json.dumps(TASKS[options.task](options)))
        return
    with tempfile.TemporaryDirectory() as temporary:
        options.folder = options.folder or Path(temporary)
        if not (options.folder / "shards/manifest.json").exists():
            write_corpus(
                options.folder,
                shards=options.shards,
                shard_tokens=options.shard_tokens,
                row_tokens=options.row_tokens,
                vocabulary_size=options.vocabulary,
            )
        report(options)


if __name__ == "__main__":
    main()
