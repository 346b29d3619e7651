"""
Time and memory to read and clean a dump of namuwiki in the workflow, at several sizes.

    python -m benchmarks.dump --sizes 10 100 1000

The dumps are made up: one JSON array on one line, of redirects, templates, categories, files, and
articles of sections drawn at random from a dump that is given, most of them of some KB, some of
hundreds. For each size Snakemake makes `cleaning.json` in a copy of the project, one job at a time,
and its jobs are watched. Everything is deleted at the end.

Of the time for a MB (10^6 bytes of the dump) the first MB of each job is left out: it has the job's
start and the excerpts for the report, and is measured by itself. A job's peak is its largest
resident set. With --repeat each size is run so often, in turns, and the run in the middle by CPU
time is shown. Linux only.
"""

import argparse
import csv
import json
import math
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks.markdown import table
from benchmarks.processes import high_water

ROOT = Path(__file__).parents[1]
COPIED = ("Snakefile", "config.yaml", "environment.yml", "workflow", "preprocess", "model")
CORPUS = "dump"
PART_MB = 100
STAGES = ("read", "clean")
MB = 1_000_000  # bytes
DISK = 5  # times the dump: it, its documents, and what is being written
WATCH_SECONDS = 0.05

# What the records of a dump are, by the share of each.
KINDS = {"article": 0.52, "redirect": 0.33, "template": 0.05, "category": 0.06, "file": 0.04}
NAMESPACES = {"article": 0, "redirect": 0, "template": 1, "category": 2, "file": 3}
# Bytes of an article: lognormal, so half are shorter, and one in a thousand is of 200 KB and more.
MEDIAN_BYTES, SIGMA, MOST_BYTES = 3000, 1.35, 1_000_000


@dataclass
class Job:
    """What was seen of one process of a stage."""

    stage: str
    cpu: float = 0.0
    """Seconds of CPU."""
    peak: int = 0
    """Bytes of the largest resident set."""


@dataclass
class Run:
    """What the workflow took for a dump."""

    size: int
    """Bytes of the dump."""
    seconds: float = 0.0
    """From Snakemake's start to its end."""
    peak: int = 0
    """Bytes of the resident sets of Snakemake and its jobs together, at most."""
    jobs: dict[int, Job] = field(default_factory=dict)
    stage_seconds: dict[str, float] = field(default_factory=dict)
    """Seconds of a stage's jobs, added up."""

    def of(self, stage: str) -> list[Job]:
        """Return the jobs of a stage."""
        return [job for job in self.jobs.values() if job.stage == stage]

    def cpu(self, stage: str) -> float:
        """Return the seconds of CPU of a stage's jobs, added up."""
        return sum(job.cpu for job in self.of(stage))


class Pages:
    """Records of a made-up dump, as JSON, of the sections of the pages of another."""

    def __init__(self, records: Sequence[dict[str, object]], seed: int) -> None:
        texts: dict[str, list[str]] = {"article": [], "template": [], "category": []}
        for record in records:
            name = {"0": "article", "": "article", "1": "template", "2": "category"}.get(
                str(record["namespace"])
            )
            text = str(record["text"])
            if name and not re.match(r"#(?:redirect|넘겨주기)\b", text, re.IGNORECASE):
                texts[name].append(text)
        cut = [re.split(r"\n(?==)", text) for text in texts["article"]]
        self._leads = [_escaped(sections[0]) for sections in cut]
        self._sections = [_escaped(f"\n{one}") for sections in cut for one in sections[1:]]
        if not self._sections:
            raise ValueError("has no article with a heading, to draw sections from")
        self._short = {
            "redirect": [_escaped("#redirect 문서 1")],
            "template": [_escaped(text) for text in texts["template"]] or [_escaped("틀")],
            "category": [_escaped(text) for text in texts["category"]] or [_escaped("분류")],
            "file": [_escaped("[include(틀:이미지 라이선스)]\n[[분류:파일]]")],
        }
        self._rng = random.Random(seed)

    def records(self, size: int) -> Iterator[bytes]:
        """Yield records until they are `size` bytes together, or a few more."""
        number, left = 0, size
        while left > 0:
            number += 1
            (kind,) = self._rng.choices(list(KINDS), list(KINDS.values()))
            short = self._short.get(kind)
            text = self._rng.choice(short) if short else self._article(left)
            names = ",".join(f'"user{self._rng.randrange(10**5)}"' for _ in range(3))
            record = b'{"namespace":%d,"title":"%s","text":"%s","contributors":[%s]}' % (
                NAMESPACES[kind],
                f"문서 {number}".encode(),
                text,
                names.encode(),
            )
            left -= len(record) + 1
            yield record

    def _article(self, most: int) -> bytes:
        """Return a lead and as many sections as a length drawn at random has room for."""
        length = self._rng.lognormvariate(math.log(MEDIAN_BYTES), SIGMA)
        room = min(length, MOST_BYTES, most)
        pieces = [self._rng.choice(self._leads)]
        room -= len(pieces[0])
        while room > 0:
            pieces.append(self._rng.choice(self._sections))
            room -= len(pieces[-1])
        return b"".join(pieces)


def _escaped(text: str) -> bytes:
    """Return a text as it stands between the quotes of a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1].encode()


def write_dump(path: Path, pages: Pages, size: int) -> None:
    """Write a dump of about `size` bytes on one line."""
    with path.open("wb") as file:
        for number, record in enumerate(pages.records(size)):
            file.write(b"," if number else b"[")
            file.write(record)
        file.write(b"]")


def run_workflow(tree: Path, dump: Path, parts: int) -> Run:
    """
    Read and clean a dump in a copy of the project at `tree`, and watch it.

    Raises:
        RuntimeError: Snakemake failed; the message is what it said.
    """
    config = tree / "dump.yaml"  # JSON is YAML
    source = {"files": [str(dump)]}
    corpus = {"source": source, "format": "namuwiki", "namespaces": [0], "parts": parts}
    config.write_text(json.dumps({"corpora": {CORPUS: corpus}}), encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--configfile", config.name]
    command += ["--", f"data/clean/{CORPUS}/cleaning.json"]
    run = Run(dump.stat().st_size)
    log = tree / "snakemake.log"
    began = time.perf_counter()
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=tree, stdout=file, stderr=subprocess.STDOUT)
        try:
            while process.poll() is None:
                watch(psutil.Process(process.pid), run)
                time.sleep(WATCH_SECONDS)
        finally:
            process.terminate()
            process.wait()
    run.seconds = time.perf_counter() - began
    if process.returncode != 0:
        raise RuntimeError(log.read_text(encoding="utf-8", errors="replace")[-4000:])
    for stage in STAGES:
        run.stage_seconds[stage] = seconds_of(tree / "results/benchmarks" / stage)
    return run


def watch(snakemake: psutil.Process, run: Run) -> None:
    """Look at Snakemake and its jobs once."""
    resident = 0
    try:
        processes = [snakemake, *snakemake.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for process in processes:
        try:
            resident += process.memory_info().rss
            job = run.jobs.get(process.pid) or _job(process)
            if job is not None:
                run.jobs[process.pid] = job
                spent = process.cpu_times()
                job.cpu = spent.user + spent.system
                job.peak = high_water(process.pid)
        except (psutil.NoSuchProcess, psutil.ZombieProcess, OSError):
            continue  # it ended just now
    run.peak = max(run.peak, resident)


def _job(process: psutil.Process) -> Job | None:
    """Return the job that a process is, if it runs one of the stages."""
    match process.cmdline():
        case [_, "-m", "preprocess", str(stage), *_] if stage in STAGES:
            return Job(stage)
        case _:
            return None


def seconds_of(folder: Path) -> float:
    """Add up the seconds of Snakemake's benchmarks of a stage."""
    seconds = 0.0
    for path in sorted(folder.rglob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            seconds += sum(float(row["s"]) for row in csv.DictReader(file, delimiter="\t"))
    return seconds


def copy_project(tree: Path) -> None:
    """Copy what the workflow needs, so that nothing of a run is left in the project."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, tree)


def measure(pages: Pages, size: int, folder: Path | None) -> Run:
    """Make a dump of `size` bytes in a temporary folder, and run the workflow on it."""
    with tempfile.TemporaryDirectory(prefix="geulteul-dump-", dir=folder) as name:
        free = shutil.disk_usage(name).free
        if free < DISK * size:
            raise OSError(
                f"{name}: {free / MB:.0f} MB of disk are free, {DISK * size / MB:.0f} are needed; "
                "name another --folder, or smaller --sizes"
            )
        tree, dump = Path(name) / "project", Path(name) / "dump.json"
        tree.mkdir()
        copy_project(tree)
        write_dump(dump, pages, size)
        return run_workflow(tree, dump, parts=max(1, math.ceil(size / MB / PART_MB)))


def median(runs: Sequence[Run]) -> Run:
    """Return the run in the middle by the CPU time of its stages, the shorter one of two."""
    return sorted(runs, key=lambda run: sum(map(run.cpu, STAGES)))[(len(runs) - 1) // 2]


def say(runs: Sequence[Run], first: Run) -> None:
    """Write the tables: of the stages, and of the workflow as a whole."""
    header = ["stage", "MB", "jobs", "s", "MB/s", "CPU s", "CPU ms a MB", "peak MB a job"]
    rows = []
    for stage in STAGES:
        for run in runs:
            megabytes, seconds, jobs = run.size / MB, run.stage_seconds[stage], run.of(stage)
            cpu = run.cpu(stage)
            beyond = (cpu - first.cpu(stage) * len(jobs)) / (megabytes - len(jobs))
            row = [stage, f"{megabytes:.0f}", str(len(jobs)), f"{seconds:.1f}"]
            row += [f"{megabytes / seconds:.1f}", f"{cpu:.1f}", f"{1000 * beyond:.1f}"]
            rows.append([*row, f"{max(job.peak for job in jobs) / MB:.0f}"])
    sys.stdout.write(table(header, rows))
    firsts = ", ".join(f"{stage} {first.cpu(stage):.2f} s of CPU" for stage in STAGES)
    sys.stdout.write(f"\nThe first MB of a job, left out in the column of a MB: {firsts}.\n\n")
    whole = ["the workflow, MB", "s", "peak MB of Snakemake and its jobs"]
    wholes = [[f"{r.size / MB:.0f}", f"{r.seconds:.1f}", f"{r.peak / MB:.0f}"] for r in runs]
    sys.stdout.write(table(whole, wholes))


def _size(text: str) -> int:
    """Return the bytes of a size in MB."""
    size = round(float(text) * MB)
    if size < 2 * MB:
        raise argparse.ArgumentTypeError(f"{text} MB are too few to measure; take 2 or more")
    return size


def main() -> None:
    """Measure the workflow at each size, and write the tables."""
    about = (__doc__ or "").strip().split("\n\n")
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.dump", description=about[0], epilog=about[2]
    )
    parser.add_argument(
        "pages",
        type=Path,
        nargs="?",
        default=ROOT / "data/embedded/namuwiki.json",
        help="a dump whose pages the sections are drawn from (default: the embedded one)",
    )
    parser.add_argument(
        "--sizes",
        type=_size,
        nargs="+",
        default=[10 * MB, 100 * MB, 1000 * MB],
        metavar="MB",
        help="of the dumps (default: 10 100 1000)",
    )
    parser.add_argument("--repeat", type=int, default=1, help="runs of each size (default: 1)")
    parser.add_argument("--seed", type=int, default=1, help="of the drawing (default: 1)")
    parser.add_argument(
        "--folder", type=Path, help=f"where to work; {DISK} times a dump must be free there"
    )
    options = parser.parse_args()
    if options.repeat < 1:
        parser.error(f"--repeat is {options.repeat}; it must be 1 or more")
    if options.folder is not None and not options.folder.is_dir():
        parser.error(f"--folder: there is no folder {options.folder}")
    try:
        records = json.loads(options.pages.read_bytes())
        Pages(records, options.seed)
    except (OSError, ValueError, KeyError, TypeError) as error:
        parser.error(f"{options.pages}: is no dump to draw pages from ({error!r})")
    sizes = [MB, *options.sizes]
    runs: dict[int, list[Run]] = {size: [] for size in sizes}
    try:
        for size in sizes * options.repeat:
            runs[size].append(measure(Pages(records, options.seed), size, options.folder))
            sys.stderr.write(f"{size} bytes: {runs[size][-1].seconds:.1f} s\n")
    except (OSError, RuntimeError) as error:
        sys.exit(f"{error}")
    say([median(runs[size]) for size in options.sizes], median(runs[MB]))


if __name__ == "__main__":
    main()
