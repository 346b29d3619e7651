"""
Seconds and memory to find duplicates and leaks, and how many planted near duplicates are found.

    python -m benchmarks.duplicates data/embedded/ballad/*.txt --documents 100000

Documents are made of the lines of the files, drawn at random. Some are planted: edits of another
one, with so many of 1,000 characters put in another's place. What a planted one and its original
share is known exactly, so it is known too which of them must be found.
"""

import argparse
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from preprocess.bands import shingle_sets
from preprocess.duplicates import document_digests, exact_duplicates, repeated_lines
from preprocess.hashes import text_hashes
from preprocess.leaks import leaks
from preprocess.near import near_duplicates
from preprocess.split import split
from preprocess.tables import DOCUMENTS, open_writer

EDITS = (2, 5, 10, 20, 40)  # of 1,000 characters
PLANTED_SHARE = 0.02  # of the documents, for each rate
HELD_OUT_SHARE = 0.1
THRESHOLD = 0.8
LETTERS = "가나다라마바사아자차카타파하"


def made_up(options: argparse.Namespace) -> tuple[list[str], dict[int, tuple[int, int]]]:
    """Return documents, and which of them are planted: {its number: (edits, its original's)}."""
    rng = random.Random(options.seed)
    lines = [
        line
        for path in options.files
        for line in path.read_text(encoding="utf-8").split("\n")
        if line.strip()
    ]
    mean = sum(map(len, lines)) / len(lines) + 1
    sizes = (int(options.characters * part / mean) for part in (0.6, 1.4))
    least, most = (max(1, size) for size in sizes)
    documents = [
        "\n".join(rng.choices(lines, k=rng.randint(least, most))) for _ in range(options.documents)
    ]
    chosen = rng.sample(range(options.documents), int(options.documents * PLANTED_SHARE) * 10)
    planted = {}
    for i in range(0, len(chosen), 2):
        edits = EDITS[i // 2 % len(EDITS)]
        planted[chosen[i]] = (edits, chosen[i + 1])
        documents[chosen[i]] = edited(rng, documents[chosen[i + 1]], edits)
    return documents, planted


def edited(rng: random.Random, text: str, edits: int) -> str:
    """Put another letter in the place of `edits` of 1,000 characters."""
    characters = list(text)
    for place in rng.sample(range(len(text)), round(len(text) * edits / 1000)):
        characters[place] = rng.choice(LETTERS)
    return "".join(characters)


def say(name: str, megabytes: float, work: Callable[[], object]) -> object:
    """Do the work, and write what it took and the most memory used so far."""
    began = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # kilobytes, on Linux
    sys.stdout.write(
        f"{name:24} {seconds:7.2f} s  {megabytes / seconds:7.1f} MB/s  peak {peak:6.0f} MB\n"
    )
    return result


def say_found(
    documents: Sequence[str], planted: dict[int, tuple[int, int]], out: set[int], held: set[int]
) -> None:
    """Write how many of the train documents planted near a held-out one are found."""
    for edits in EDITS:
        near = far = found = wrong = 0
        for number, (rate, original) in planted.items():
            if rate != edits or number in held or original not in held:
                continue
            one, two = shingle_sets([documents[number], documents[original]])
            shared = len(np.intersect1d(one, two))
            if shared / (len(one) + len(two) - shared) >= THRESHOLD:
                near, found = near + 1, found + (number in out)
            else:
                far, wrong = far + 1, wrong + (number in out)
        sys.stdout.write(
            f"{edits:3} edits in 1,000 characters: {found} of {near} near ones found, "
            f"{wrong} of {far} that are not near\n"
        )


def write_clean(path: Path, documents: Sequence[str]) -> None:
    """Write the documents as a part of clean text."""
    with open_writer(path, DOCUMENTS) as writer:
        for number, text in enumerate(documents):
            row = {"document_id": str(number), "title": "", "text": text}
            writer.write(row, len(text.encode()))


def numbered(documents: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield (document_id, text)."""
    return ((str(number), text) for number, text in enumerate(documents))


def main() -> None:
    """Make documents, and write what each search takes and finds."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[1])
    parser.add_argument(
        "files", type=Path, nargs="*", default=sorted(Path("data/embedded").glob("*/*.txt"))
    )
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--characters", type=int, default=500, help="of a document, about")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    documents, planted = made_up(options)
    size = sum(len(text.encode()) for text in documents) / 1e6
    sys.stdout.write(f"{len(documents)} documents, {size:.0f} MB, {len(planted)} planted\n")
    held_out = text_hashes(documents) < HELD_OUT_SHARE * 2**64
    digests = say("exact duplicates", size, lambda: document_digests(numbered(documents)))
    near = say(
        "near duplicates",
        size,
        lambda: near_duplicates(lambda: documents, digests, held_out, THRESHOLD),
    )
    names = np.where(held_out, "test", np.where(near.left_out, "left_out", "train")).tolist()
    say("lines repeated", size, lambda: repeated_lines(numbered(documents)))
    say("leaks", size, lambda: leaks(lambda: zip(names, documents, strict=True)))
    with tempfile.TemporaryDirectory() as folder:
        clean = Path(folder) / "part-00000.parquet"
        write_clean(clean, documents)
        settings = {"method": "hash", "valid": 0.05, "test": 0.05, "salt": ""}
        settings["near_duplicates"] = THRESHOLD
        outputs = (Path(folder) / "split.parquet", Path(folder) / "split.json")
        say("whole split stage", size, lambda: split(settings, [clean], *outputs))
    sys.stdout.write(
        f"{exact_duplicates(digests)}, {near.pairs} near pairs, {near.left_out.sum()} left out\n"
    )
    out, held = set(np.flatnonzero(near.left_out).tolist()), set(np.flatnonzero(held_out).tolist())
    say_found(documents, planted, out, held)


if __name__ == "__main__":
    main()
