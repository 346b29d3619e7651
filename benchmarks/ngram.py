"""
Time and memory of the n-gram of `evaluate`: to count, and to choose its order on valid.

    python -m benchmarks.ngram TEXT… [--unit syllable]

TEXT are files. The stages of the workflow make shards of them, a twentieth as valid, none as
test; times are those of the CPU from there, one thread, without reading the shards. MB are 10^6
bytes of the train text in UTF-8. The peak is the largest resident set of the process. Linux only.
"""

import argparse
import math
import os
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.processes import high_water
from benchmarks.stages import TO_CLEAN, Build, unit_names
from model.ngram import LONGEST_ORDER, NgramModel
from model.texts import Text
from preprocess.grammar import Grammar
from preprocess.tokens import load_split
from preprocess.vocabulary import Vocabulary

SPLIT = {"method": "position", "valid": 0.05, "test": 0}


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().split("\n")[0])
    parser.add_argument("texts", type=Path, nargs="+", metavar="TEXT", help="text files")
    parser.add_argument("--unit", default="syllable", choices=unit_names())
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        texts = [path.resolve() for path in options.texts]
        build = Build.of(Path(folder), texts, {"split": SPLIT})
        for stage in TO_CLEAN:
            build.run(stage)
        build.run_all(options.unit)
        sys.stdout.write(measure(build, options.unit))


def measure(build: Build, unit: str) -> str:
    """Count the n-grams of shards, choose the order, and say what it took."""
    vocabulary = Vocabulary.load(build.vocabulary(unit))
    grammar = Grammar.of(vocabulary)
    manifest = build.shards(unit)[0].parent / "manifest.json"
    train, valid = (
        Text.of(load_split(manifest, split, vocabulary.sha256), grammar)
        for split in ("train", "valid")
    )
    began = time.process_time()
    model = NgramModel.fit(train.streams(), vocabulary.size, LONGEST_ORDER)
    counted = time.process_time()
    losses = model.losses(valid.tokens, valid.bounds, grammar.legal, valid.states)
    chosen = time.process_time()
    size = train.split.bytes / 1e6
    return (
        f"{size:.1f} MB of {unit}, {len(train.tokens):,} tokens: {counted - began:.1f} s to count "
        f"orders 1 to {LONGEST_ORDER}, {chosen - counted:.1f} s to score {len(valid.tokens):,} "
        f"tokens of valid; {size / (chosen - began):.2f} MB/s, peak "
        f"{high_water(os.getpid()) / 1e9:.1f} GB\n"
        f"order {1 + int(losses.argmin())}: "
        f"{losses.min() / math.log(2) / valid.split.bytes:.3f} bits per byte of valid\n"
    )


if __name__ == "__main__":
    main()
