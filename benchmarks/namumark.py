"""
Speed, residue and 5-grams of our namumark cleaner, beside namu-wiki-extractor in the same run.

    pip install -r benchmarks/requirements.txt
    python -m benchmarks.namumark PAGES… --references DIR

PAGES are files of markup, folders of *.namu, or dumps of namuwiki (.json). The cleaners take turns
on every page, and the time is that of the CPU, since machines are noisy. A reference is the text
that a page should become: FILE.txt for FILE.namu, beside it or in DIR.

Precision is the share of the output's character 5-grams that the reference has too, recall the
share of the reference's that the output has; white space is taken out, and a 5-gram counts as often
as it stands there.
"""

import argparse
import hashlib
import importlib
import json
import math
import platform
import shlex
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import NamedTuple

from benchmarks.markdown import table
from preprocess.namumark import Options, residue, to_text
from workflow.code_digest import code_digest

PEER = "namu-wiki-extractor"
REQUIREMENTS = "benchmarks/requirements.txt"
GRAM = 5  # characters
MB = 1e6  # bytes


@dataclass(frozen=True)
class Page:
    """A page's markup, and the text that it should become, where somebody wrote that down."""

    name: str
    markup: str
    reference: str | None


class Grams(NamedTuple):
    """5-grams that an output and a reference share, and how many each of them has."""

    shared: int
    found: int
    wanted: int

    @property
    def precision(self) -> float:
        """Share of the output's 5-grams that the reference has; nan where the output has none."""
        return self.shared / self.found if self.found else math.nan

    @property
    def recall(self) -> float:
        """Share of the reference's 5-grams that the output has; nan where it has none."""
        return self.shared / self.wanted if self.wanted else math.nan


@dataclass
class Cleaner:
    """A way to make text of markup, and what was measured of it."""

    name: str
    clean: Callable[[str], str]
    texts: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    """Of CPU for all pages, one number a repetition."""


def grams_of(text: str) -> Counter[str]:
    """Count the 5-grams of a text without its white space."""
    dense = "".join(text.split())
    return Counter(dense[start : start + GRAM] for start in range(len(dense) - GRAM + 1))


def compare(text: str, reference: str) -> Grams:
    """Count the 5-grams that a text shares with its reference, each as often as both have it."""
    found, wanted = grams_of(text), grams_of(reference)
    return Grams((found & wanted).total(), found.total(), wanted.total())


def total(grams: Sequence[Grams]) -> Grams:
    """Add up the 5-grams of several pages."""
    return Grams(*(sum(column) for column in zip(*grams, strict=True)))


def residue_per_megabyte(texts: Sequence[str]) -> dict[str, float]:
    """Return the tokens of markup left in the texts, for each megabyte (UTF-8), most first."""
    tokens: Counter[str] = Counter()
    for text in texts:
        tokens.update(residue(text))
    megabytes = sum(len(text.encode()) for text in texts) / MB
    return {token: count / megabytes for token, count in tokens.most_common()}


def mended(macros: ModuleType | SimpleNamespace) -> SimpleNamespace:
    """
    Return the macros of namu-wiki-extractor 0.3.0 without what makes it raise, and lose the page.

    `[date]` finds `datetime.date`, which its module imports, and calls it (TypeError): it is left
    out, and so becomes a space, as other macros do. `[age]`, `[dday]` and `[ruby]` without
    arguments get None (AttributeError, TypeError): they get an empty text. `[age]` and `[dday]` of
    a day that there is not (2021-02-30, ValueError) become a space.
    """
    of_name = {name: _tolerant(getattr(macros, name)) for name in ("age", "dday", "ruby")}
    return SimpleNamespace(default=macros.default, **of_name)


def _tolerant(macro: Callable[[str], str]) -> Callable[[str | None], str]:
    def call(parameter: str | None) -> str:
        try:
            return macro(parameter or "")
        except ValueError:
            return " "

    return call


def peer() -> Cleaner | None:
    """Return the other cleaner, mended, or None where it is not installed."""
    try:
        extractor = importlib.import_module("namuwiki.extractor")
    except ModuleNotFoundError:
        return None
    extractor.macros = mended(extractor.macros)  # type: ignore[attr-defined]
    return Cleaner(f"{PEER} {version(PEER)}, mended", extractor.extract_text)


def pages_of(path: Path, references: Path | None) -> Iterator[Page]:
    """
    Yield the pages of a file, of the *.namu of a folder, or of a dump.

    Raises:
        OSError: a file is missing, or can't be read.
        ValueError: a file is not UTF-8, a dump no JSON array of pages, a folder without pages.
    """
    if path.is_dir():
        files = sorted(path.glob("*.namu"))
        if not files:
            raise ValueError(f"{path}: has no *.namu; name the files, or a folder that has some")
        for file in files:
            yield from pages_of(file, references)
    elif path.suffix == ".json":
        yield from _pages_of_dump(path, references)
    else:
        beside = path.with_suffix(".txt") if path.suffix != ".txt" else None
        wanted = references / f"{path.stem}.txt" if references else beside
        yield Page(path.name, _read(path), _reference(wanted))


def _pages_of_dump(path: Path, references: Path | None) -> Iterator[Page]:
    try:
        records = json.loads(_read(path))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}: is not JSON ({error})") from error
    if not isinstance(records, list):
        raise ValueError(f"{path}: is no JSON array of pages")
    for number, record in enumerate(records, start=1):
        match record:
            case {"title": str(title), "text": str(text)}:
                # A slash would be a folder; such a page has no reference.
                named = references / f"{title}.txt" if references and "/" not in title else None
                yield Page(title, text, _reference(named))
            case _:
                raise ValueError(f"{path}: record {number} is no page: it lacks a title or a text")


def _reference(path: Path | None) -> str | None:
    return _read(path) if path is not None and path.is_file() else None


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: is not UTF-8, at byte {error.start}") from error


def measure(cleaners: Sequence[Cleaner], pages: Sequence[Page], repeat: int) -> None:
    """Clean all pages, once without the clock to warm up, then `repeat` times, taking turns."""
    for cleaner in cleaners:
        cleaner.texts = [cleaner.clean(page.markup) for page in pages]
    for _ in range(repeat):
        seconds = [0.0] * len(cleaners)
        for page in pages:
            for number, cleaner in enumerate(cleaners):
                began = time.process_time()
                cleaner.clean(page.markup)
                seconds[number] += time.process_time() - began
        for cleaner, taken in zip(cleaners, seconds, strict=True):
            cleaner.seconds.append(taken)


def say_speed(cleaners: Sequence[Cleaner], pages: Sequence[Page], other: Cleaner | None) -> None:
    """Write a table of the cleaners: speed, and its ratio to the other's; residue; 5-grams."""
    megabytes = sum(len(page.markup.encode()) for page in pages) / MB
    header = ["", "MB/s of CPU", "ratio", "residue per MB"]
    header += ["precision", "recall", "lowest precision", "lowest recall"]
    rows, lowest = [], []
    for cleaner in cleaners:
        median = statistics.median(cleaner.seconds)
        ratio = f"{statistics.median(other.seconds) / median:.2f}" if other else ""
        left = sum(residue_per_megabyte(cleaner.texts).values())
        row = [cleaner.name, f"{megabytes / median:.2f}", ratio, f"{left:.1f}"]
        grams = [
            (page.name, compare(text, page.reference))
            for page, text in zip(pages, cleaner.texts, strict=True)
            if page.reference is not None
        ]
        if grams:
            of_all = total([one for _, one in grams])
            row += [_share(of_all.precision), _share(of_all.recall)]
            for name in ("precision", "recall"):
                page, share = _lowest((page, getattr(one, name)) for page, one in grams)
                row.append(_share(share))
                lowest.append(f"- {cleaner.name}: {name} is lowest in {page}\n")
        rows.append([*row, *[""] * (len(header) - len(row))])
    sys.stdout.write(table(header, rows))
    if lowest:
        sys.stdout.write("\n" + "".join(lowest))


def _lowest(of_page: Iterable[tuple[str, float]]) -> tuple[str, float]:
    """Return the page of the lowest share, and that share; pages without one do not count."""
    shares = (item for item in of_page if not math.isnan(item[1]))
    return min(shares, key=lambda item: item[1], default=("none", math.nan))


def say_residue(cleaners: Sequence[Cleaner]) -> None:
    """Write the residue for each megabyte of output by token, as a table."""
    left = [residue_per_megabyte(cleaner.texts) for cleaner in cleaners]
    tokens = list(dict.fromkeys(token for one in reversed(left) for token in one))
    if not tokens:
        sys.stdout.write("No token of markup is left.\n")
        return
    header = ["residue per MB", *(cleaner.name for cleaner in cleaners)]
    rows = [[f"`{token}`", *(f"{one.get(token, 0):.1f}" for one in left)] for token in tokens]
    sys.stdout.write(table(header, rows))


def _share(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.4f}"


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    about = (__doc__ or "").strip().split("\n\n")
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.namumark", description=about[0], epilog=about[3]
    )
    parser.add_argument(
        "pages",
        type=Path,
        nargs="+",
        metavar="PAGES",
        help="a file of markup, a folder of *.namu, or a dump of namuwiki (.json, held in memory)",
    )
    parser.add_argument(
        "--references",
        type=Path,
        metavar="DIR",
        help="folder of FILE.txt for FILE.namu, or TITLE.txt for a page of a dump; "
        "without it they are looked for beside the pages",
    )
    parser.add_argument("--repeat", type=int, default=5, help="measurements (default: 5)")
    options = parser.parse_args(arguments)
    if options.repeat < 1:
        parser.error(f"--repeat is {options.repeat}; it must be 1 or more")
    if options.references is not None and not options.references.is_dir():
        parser.error(f"--references: there is no folder {options.references}")
    try:
        options.pages = [
            page for path in options.pages for page in pages_of(path, options.references)
        ]
    except (OSError, ValueError) as error:
        parser.error(str(error))
    if not any(page.markup for page in options.pages):
        parser.error("the pages are empty; there is nothing to measure")
    return options


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the cleaners and write the tables."""
    options = _arguments(arguments)
    pages = options.pages
    ours = [
        Cleaner(
            'ours, tables="cells", footnotes="drop"',
            lambda markup: to_text(markup, Options(tables="cells", footnotes="drop")),
        ),
        Cleaner("ours, defaults", to_text),
    ]
    other = peer()
    cleaners = ours if other is None else [*ours, other]
    markup = "".join(page.markup for page in pages).encode()
    referenced = sum(page.reference is not None for page in pages)
    sys.stdout.write(
        f"{len(pages)} pages, {len(markup)} bytes, {referenced} with a reference\n"
        f"sha256 of the pages, one behind the other: {hashlib.sha256(markup).hexdigest()}\n"
        f"our code: {code_digest('preprocess.namumark')[:12]}; Python {platform.python_version()}\n"
        f"{shlex.join(['python', '-m', 'benchmarks.namumark', *(arguments or sys.argv[1:])])}\n\n"
    )
    measure(cleaners, pages, options.repeat)
    say_speed(cleaners, pages, other)
    sys.stdout.write("\n")
    say_residue(cleaners)
    if other is None:
        sys.stdout.write(
            f"\n{PEER} is not installed, so these are ours alone; "
            f"for both: pip install -r {REQUIREMENTS}\n"
        )


if __name__ == "__main__":
    main()
