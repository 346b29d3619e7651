"""
Speed and memory of each unit from clean text to shards, beside other encoders in the same run.

    python -m benchmarks.encode TEXT…

TEXT are files. The stages of the workflow make clean Parquet of them, and a split without a search
for near duplicates; then, in turns, each unit goes from there to shards, and the others encode the
same documents, which they are given in memory, and write nothing.

Times are those of the CPU, all threads together, and medians; MB are 10^6 bytes of clean text in
UTF-8. What a process does once, such as its imports, is left out by a first turn without the clock.
A peak is the largest resident set of a fresh process that does nothing else. Linux only.
"""

import argparse
import hashlib
import importlib
import json
import os
import platform
import shlex
import statistics
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from benchmarks.markdown import table
from benchmarks.parquet import measure_layouts, say_layouts
from benchmarks.processes import in_own_process
from benchmarks.stages import TO_CLEAN, TO_SHARDS, Build, unit_names
from preprocess.stretches import clean_documents
from preprocess.vocabulary import Vocabulary
from workflow.code_digest import code_digest

MB = 1e6  # bytes
PEER = "tokenizers WordLevel of characters"
Work = Callable[[], object]


@dataclass
class Way:
    """A way to encode the text, as steps one after another, and what was measured of it."""

    name: str
    steps: Mapping[str, Work]
    seconds: dict[str, list[float]] = field(default_factory=dict)
    """Of CPU by step, one number a turn."""

    def take_turn(self) -> None:
        """Do the steps once, each by the clock."""
        for name, step in self.steps.items():
            began = time.process_time()
            result = step()
            self.seconds.setdefault(name, []).append(time.process_time() - began)
            del result  # freeing what was made is no part of the next step

    def median(self, step: str) -> float:
        """Return the median seconds of a step."""
        return statistics.median(self.seconds[step])

    @property
    def total(self) -> float:
        """The median seconds of all steps together."""
        return statistics.median(map(sum, zip(*self.seconds.values(), strict=True)))


# What encodes beside ours: given the documents, each prepares itself, and returns the work.


def h2j(documents: Sequence[str]) -> Work:
    """`jamo.h2j`: a text of conjoining jamo."""
    hangul_to_jamo = importlib.import_module("jamo").h2j
    return lambda: [hangul_to_jamo(text) for text in documents]


def nfd(documents: Sequence[str]) -> Work:
    """`unicodedata.normalize`: a text of conjoining jamo."""
    return lambda: [unicodedata.normalize("NFD", text) for text in documents]


def nfd_ids(documents: Sequence[str]) -> Work:
    """The same, and an id for each character from a dictionary."""
    ids = {character: number for number, character in enumerate(_alphabet(documents, "NFD"))}
    return lambda: [[ids[one] for one in unicodedata.normalize("NFD", text)] for text in documents]


def word_level(documents: Sequence[str]) -> Work:
    """`tokenizers`, a vocabulary of all characters, `encode_batch`."""
    tokenizer = _tokenizer(_alphabet(documents, "NFC"))
    return lambda: tokenizer.encode_batch(documents)


def word_level_fast(documents: Sequence[str]) -> Work:
    """The same by `encode_batch_fast`, which keeps no offsets."""
    tokenizer = _tokenizer(_alphabet(documents, "NFC"))
    return lambda: tokenizer.encode_batch_fast(documents)


def word_level_jamo(documents: Sequence[str]) -> Work:
    """`tokenizers`, normalised to NFD, a vocabulary of all characters of that."""
    tokenizer = _tokenizer(_alphabet(documents, "NFD"))
    tokenizer.normalizer = importlib.import_module("tokenizers.normalizers").NFD()
    return lambda: tokenizer.encode_batch(documents)


OTHERS: dict[str, Callable[[Sequence[str]], Work]] = {
    "jamo.h2j": h2j,
    "unicodedata NFD": nfd,
    "unicodedata NFD, ids by a dict": nfd_ids,
    PEER: word_level,
    "the same, encode_batch_fast": word_level_fast,
    "tokenizers WordLevel of jamo, by NFD": word_level_jamo,
}


def _alphabet(documents: Sequence[str], form: Literal["NFC", "NFD"]) -> list[str]:
    """Return the characters of a text in a normal form."""
    characters = set().union(*documents)
    return sorted(set().union(*(unicodedata.normalize(form, one) for one in characters)))


def _tokenizer(alphabet: Sequence[str]) -> Any:  # noqa: ANN401
    tokenizers = importlib.import_module("tokenizers")
    vocabulary = {character: number for number, character in enumerate(["<unk>", *alphabet])}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Split("", "isolated")
    return tokenizer


def texts_of(build: Build) -> list[str]:
    """Return the clean documents."""
    return [text for _, text in clean_documents([build.clean])]


def run_other(build: Build, name: str) -> object:
    """Encode the clean documents in another way; for a process of its own."""
    return OTHERS[name](texts_of(build))()


def ways_of(build: Build, names: Sequence[str]) -> tuple[list[Way], list[Way]]:
    """Return our units, and what encodes beside them."""
    documents = texts_of(build)
    units = [
        Way(unit, {stage: partial(build.run, stage, unit) for stage in TO_SHARDS}) for unit in names
    ]
    return units, [Way(name, {"encode": make(documents)}) for name, make in OTHERS.items()]


def measure(ways: Sequence[Way], repeat: int) -> None:
    """Let all ways take turns, once without the clock to warm up, then `repeat` times."""
    for turn in range(repeat + 1):
        for way in ways:
            way.take_turn()
            if turn == 0:
                way.seconds.clear()


def tokens_of(build: Build, unit: str) -> int:
    """Return the tokens of all shards of a unit, the ends of documents included."""
    manifest = json.loads((build.shards(unit)[0].parent / "manifest.json").read_bytes())
    return sum(split["tokens"] for split in manifest["splits"].values())


def say_speed(
    build: Build, units: Sequence[Way], others: Sequence[Way], peaks: Mapping[str, int]
) -> None:
    """Write a table of the units, and one of the others."""
    documents = texts_of(build)
    megabytes = sum(len(text.encode()) for text in documents) / MB
    characters = sum(map(len, documents)) + len(documents)
    peer = next(way.total for way in others if way.name == PEER)
    header = ["unit", "tokens a character", "size"]
    header += ["count, ms a MB", "vocabulary, ms", "encode, ms a MB", "gather, ms"]
    header += ["encode, MB/s", "ratio", "all, MB/s", "ratio", "peak MB"]
    rows = []
    for way in units:
        size = Vocabulary.load(build.vocabulary(way.name)).size
        row = [way.name, f"{tokens_of(build, way.name) / characters:.3f}", str(size)]
        for stage in TO_SHARDS:
            each = megabytes if stage in ("count", "encode") else 1
            row.append(f"{1000 * way.median(stage) / each:.1f}")
        for seconds in (way.median("encode"), way.total):
            row += [f"{megabytes / seconds:.1f}", f"{peer / seconds:.1f}"]
        rows.append([*row, f"{peaks[way.name] / MB:.0f}"])
    sys.stdout.write(f"{table(header, rows)}\n")
    rows = []
    for way in others:
        row = [way.name, f"{megabytes / way.total:.1f}", f"{peer / way.total:.2f}"]
        rows.append([*row, f"{peaks[way.name] / MB:.0f}"])
    sys.stdout.write(f"{table(['beside ours', 'MB/s', 'ratio', 'peak MB'], rows)}\n")
    sys.stdout.write(f"Ratios are of speed, to {PEER}.\n")


def peaks_of(build: Build, units: Sequence[Way], others: Sequence[Way]) -> dict[str, int]:
    """Return the bytes of the largest resident set of each way in a process of its own."""
    peaks = {way.name: in_own_process(build.run_all, way.name).peak for way in units}
    return peaks | {way.name: in_own_process(run_other, build, way.name).peak for way in others}


def say_text(build: Build, arguments: Sequence[str]) -> None:
    """Write what is measured, and with what."""
    raw = b"".join(path.read_bytes() for path in build.texts)
    documents = texts_of(build)
    size = sum(len(text.encode()) for text in documents)
    names = ("numpy", "pyarrow", "tokenizers", "jamo")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    sys.stdout.write(
        f"{len(build.texts)} files, {len(raw)} bytes\n"
        f"sha256 of the files, one behind the other: {hashlib.sha256(raw).hexdigest()}\n"
        f"clean: {len(documents)} documents, {sum(map(len, documents))} characters, {size} bytes\n"
        f"our code: {code_digest('preprocess.encode')[:12]}; Python {platform.python_version()}, "
        f"{versions}; {os.cpu_count()} cores\n"
        f"{shlex.join(['python', '-m', 'benchmarks.encode', *arguments])}\n\n"
    )


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    about = (__doc__ or "").strip().split("\n\n")
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.encode", description=about[0], epilog=about[3]
    )
    parser.add_argument("texts", type=Path, nargs="+", metavar="TEXT", help="a text file")
    parser.add_argument(
        "--document",
        choices=("line", "blank-line", "file"),
        default="line",
        help="what a document is; one of more than 16 MB is cut (default: line)",
    )
    names = unit_names()
    parser.add_argument(
        "--units", nargs="+", choices=names, default=names, help="of config.yaml (default: all)"
    )
    parser.add_argument("--repeat", type=int, default=5, help="turns (default: 5)")
    parser.add_argument(
        "--parquet", action="store_true", help="compare ways to write the shards instead"
    )
    parser.add_argument("--folder", type=Path, help="where to work (default: the system's)")
    options = parser.parse_args(arguments)
    if options.repeat < 1:
        parser.error(f"--repeat is {options.repeat}; it must be 1 or more")
    for path in options.texts:
        if not path.is_file():
            parser.error(f"there is no file {path}")
    if options.folder is not None and not options.folder.is_dir():
        parser.error(f"--folder: there is no folder {options.folder}")
    return options


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure all ways, and write the tables."""
    options = _arguments(arguments)
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # one core for everyone
    with tempfile.TemporaryDirectory(prefix="geulteul-encode-", dir=options.folder) as name:
        corpus = {"document": options.document, "split": {"near_duplicates": None}}
        build = Build.of(Path(name), [path.resolve() for path in options.texts], corpus)
        for stage in TO_CLEAN:
            build.run(stage)
        say_text(build, arguments if arguments is not None else sys.argv[1:])
        if options.parquet:
            for unit in options.units:
                build.run_all(unit)
                say_layouts(unit, measure_layouts(build.shards(unit)[0], options.repeat))
            return
        units, others = ways_of(build, options.units)
        measure([*units, *others], options.repeat)
        say_speed(build, units, others, peaks_of(build, units, others))


if __name__ == "__main__":
    main()
