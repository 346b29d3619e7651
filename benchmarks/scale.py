"""
Time and memory of the stages from clean to shards, at several sizes.

    python -m benchmarks.scale TEXT --sizes 1 10 100 1000

The lines of TEXT, a file in UTF-8, are repeated until there are enough: a document is some of them
with its number in front, so that no two documents are the same. Every stage of the workflow runs in
a process of its own, one part for all of the text. Everything is deleted at the end.

Sizes are MB (10^6 bytes) of that text. Times are seconds of CPU of all threads. What a MB takes is
that of all beyond the smallest size, since each stage begins with what does not grow: imports and
tables of Unicode. Near duplicates are not looked for, as is usual in a corpus of this size
(`split.near_duplicates: null`). A peak is a process's largest resident set. Linux only.
"""

import argparse
import hashlib
import importlib.util
import itertools
import os
import platform
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.markdown import table
from benchmarks.processes import Cost, in_own_process
from benchmarks.stages import TO_CLEAN, TO_SHARDS, Build, unit_names
from workflow.code_digest import code_digest

MB = 1_000_000  # bytes
DISK = 4  # times the text: it, its documents, the clean text, and shards
TOGETHER = "count to gather"
HELD_OUT = 0.01  # share of valid, and of test
SHORT = 0.01  # share of the longest time below which a stage is not drawn
REQUIREMENTS = "benchmarks/requirements.txt"


class Row(NamedTuple):
    """What a stage took at one size."""

    stage: str
    size: int
    """Bytes of the text."""
    cost: Cost


def documents_of(lines: Sequence[str], number_of_lines: int) -> Iterator[str]:
    """Yield documents of so many lines, each with its number in front, without an end."""
    endless = itertools.cycle(lines)
    for number in itertools.count(1):
        yield f"{number} " + "\n".join(itertools.islice(endless, number_of_lines)) + "\n\n"


def write_text(path: Path, lines: Sequence[str], number_of_lines: int, size: int) -> None:
    """Write documents with a blank line between them, `size` bytes or a few more."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for document in documents_of(lines, number_of_lines):
            file.write(document)
            size -= len(document.encode())
            if size <= 0:
                return


def measure(lines: Sequence[str], size: int, options: argparse.Namespace) -> Iterator[Row]:
    """
    Make a text of `size` bytes and shards of it, and yield what each stage took.

    Raises:
        OSError: there is too little room on the disk.
    """
    with tempfile.TemporaryDirectory(prefix="geulteul-scale-", dir=options.folder) as name:
        free = shutil.disk_usage(name).free
        if free < DISK * size:
            raise OSError(
                f"{name}: {free / MB:.0f} MB of disk are free, {DISK * size / MB:.0f} are needed; "
                "name another --folder, or smaller --sizes"
            )
        text = Path(name) / "text.txt"
        write_text(text, lines, options.lines, size)
        split = {"near_duplicates": None, "valid": HELD_OUT, "test": HELD_OUT}
        build = Build.of(Path(name) / "build", [text], {"document": "blank-line", "split": split})
        for stage in TO_CLEAN:
            yield Row(stage, size, in_own_process(build.run, stage))
        for unit in options.units:
            for stage in TO_SHARDS:
                yield Row(f"{stage}, {unit}", size, in_own_process(build.run, stage, unit))
            yield Row(f"{TOGETHER}, {unit}", size, in_own_process(build.run_all, unit))


def by_stage(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Return the rows of each stage, the smaller size first."""
    stages = dict.fromkeys(row.stage for row in rows)
    return {
        stage: sorted((row for row in rows if row.stage == stage), key=lambda row: row.size)
        for stage in stages
    }


def say(rows: Sequence[Row]) -> None:
    """Write a table of seconds, of what a MB takes, and of peaks: a line a stage."""
    stages = by_stage(rows)
    sizes = [f"{row.size / MB:g} MB" for row in next(iter(stages.values()))]
    header = [
        "stage",
        *(f"s, {size}" for size in sizes),
        *(f"ms a MB, {size}" for size in sizes[1:]),
    ]
    lines = []
    for stage, (least, *others) in stages.items():
        line = [stage, *(f"{row.cost.cpu:.2f}" for row in (least, *others))]
        for row in others:
            more = (row.size - least.size) / MB
            line.append(f"{1000 * (row.cost.cpu - least.cost.cpu) / more:.1f}")
        lines.append(line)
    sys.stdout.write(f"{table(header, lines)}\n")
    peaks = [[stage, *(f"{row.cost.peak / MB:.0f}" for row in of)] for stage, of in stages.items()]
    sys.stdout.write(table(["peak MB of", *sizes], peaks))


def plot(rows: Sequence[Row], path: Path) -> None:
    """Draw seconds and peaks by size, a line a stage, but for those that take next to no time."""
    matplotlib = importlib.import_module("matplotlib")
    figure = importlib.import_module("matplotlib.figure").Figure((9, 4), layout="constrained")
    times, peaks = figure.subplots(1, 2)
    longest = max(row.cost.cpu for row in rows)
    for stage, ordered in by_stage(rows).items():
        if ordered[-1].cost.cpu < SHORT * longest:
            continue
        sizes = [row.size / MB for row in ordered]
        times.plot(sizes, [row.cost.cpu for row in ordered], marker="o", label=stage)
        peaks.plot(sizes, [row.cost.peak / MB for row in ordered], marker="o")
    times.set(xscale="log", yscale="log", xlabel="MB of text", ylabel="seconds of CPU")
    peaks.set(xscale="log", xlabel="MB of text", ylabel="MB of memory, at most")
    peaks.set_ylim(bottom=0)
    sizes = sorted({row.size / MB for row in rows})
    for axes in (times, peaks):
        axes.set_xticks(sizes, [f"{size:g}" for size in sizes], minor=False)
        axes.grid(alpha=0.3)
    figure.legend(loc="outside right center", frameon=False, fontsize="small")
    # Text as text, and names that are the same each time.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "geulteul"}):
        figure.savefig(path, metadata={"Date": None})


def say_text(options: argparse.Namespace, arguments: Sequence[str]) -> None:
    """Write what is measured, and with what."""
    sys.stdout.write(
        f"{options.text.name}: {options.text.stat().st_size} bytes, sha256 "
        f"{hashlib.sha256(options.text.read_bytes()).hexdigest()}\n"
        f"our code: {code_digest('preprocess.encode')[:12]}; Python {platform.python_version()}, "
        f"{os.cpu_count()} cores\n"
        f"{shlex.join(['python', '-m', 'benchmarks.scale', *arguments])}\n\n"
    )


def _size(text: str) -> int:
    """Return the bytes of a size in MB."""
    size = round(float(text) * MB)
    if size < MB / 10:
        raise argparse.ArgumentTypeError(f"{text} MB are too few to measure; take 0.1 or more")
    return size


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    about = (__doc__ or "").strip().split("\n\n")
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scale", description=about[0], epilog=about[3]
    )
    parser.add_argument("text", type=Path, metavar="TEXT", help="a text file in UTF-8")
    parser.add_argument(
        "--sizes",
        type=_size,
        nargs="+",
        default=[MB, 10 * MB, 100 * MB, 1000 * MB],
        metavar="MB",
        help="of the texts (default: 1 10 100 1000)",
    )
    parser.add_argument(
        "--units",
        nargs="+",
        choices=unit_names(),
        default=["syllable", "jamo"],
        help="of config.yaml (default: syllable jamo)",
    )
    parser.add_argument("--lines", type=int, default=20, help="of a document (default: 20)")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="picture to draw, such as a.svg")
    parser.add_argument(
        "--folder", type=Path, help=f"where to work; {DISK} times a text must be free there"
    )
    options = parser.parse_args(arguments)
    if options.lines < 1:
        parser.error(f"--lines is {options.lines}; it must be 1 or more")
    if options.folder is not None and not options.folder.is_dir():
        parser.error(f"--folder: there is no folder {options.folder}")
    if options.plot is not None and importlib.util.find_spec("matplotlib") is None:
        parser.error(f"--plot needs matplotlib: pip install -r {REQUIREMENTS}")
    try:
        text = options.text.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        parser.error(f"{options.text}: is no text in UTF-8 ({error})")
    options.repeated = [line for line in text.splitlines() if line.strip()]
    if not options.repeated:
        parser.error(f"{options.text}: has no line to repeat")
    return options


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure all sizes, write the table and draw the plot."""
    options = _arguments(arguments)
    say_text(options, sys.argv[1:] if arguments is None else arguments)
    rows: list[Row] = []
    try:
        for size in sorted(options.sizes):
            for row in measure(options.repeated, size, options):
                rows.append(row)
                sys.stderr.write(f"{row.size} bytes, {row.stage}: {row.cost.seconds:.1f} s\n")
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    say(rows)
    if options.plot is not None:
        plot(rows, options.plot)


if __name__ == "__main__":
    main()
