"""The command line of the text side: one subcommand a stage, and two for people."""

import argparse
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from preprocess.command import add_stage_arguments, run

# Arrow reserves addresses in blocks of 1 GiB by default, which a limit on them (`ulimit -v`, which
# some clusters set) counts as used: a stage of 300 MB would need 1.8 GB. In KiB.
os.environ.setdefault("MIMALLOC_ARENA_RESERVE", "65536")

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

_STRIP_HELP = {
    "tables": "cells kept: sentences only, all one a line, or none (default: %(default)s)",
    "footnotes": "at the end, in parentheses in their place, or not (default: %(default)s)",
    "strikes": "text that is struck out (default: %(default)s)",
    "headings": "each a line of its own (default: %(default)s)",
    "code": "blocks of code (default: %(default)s)",
    "ruby": "the base of a ruby, or its reading too (default: %(default)s)",
}


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m preprocess",
        description="From raw text to shards of tokens. The workflow calls the stages; "
        "`strip` and `init` are for people.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_corpus_stages(commands)
    _add_unit_stages(commands)
    _add_commands_for_people(commands)
    return run(parser, arguments)


def _add_corpus_stages(commands: "Commands") -> None:
    download = commands.add_parser("download", help="fetch a corpus as it was published")
    download.add_argument("manifest", type=Path, help="manifest to write, the files beside it")
    download.set_defaults(function=_download)

    read = commands.add_parser("read", help="decode the raw files into documents")
    read.add_argument("raw", type=Path, help="manifest of the raw files")
    read.add_argument("manifest", type=Path, help="manifest to write, the parts beside it")
    read.set_defaults(function=_read)

    clean = commands.add_parser("clean", help="strip markup, normalise and filter one part")
    clean.add_argument("documents", type=Path, help="manifest of the documents")
    clean.add_argument("output", type=Path, help="Parquet file of clean documents to write")
    clean.add_argument("--part", type=int, required=True, help="number of the part")
    clean.add_argument("--counts", type=Path, required=True, help="JSON of counts to write")
    clean.set_defaults(function=_clean)

    merge = commands.add_parser("merge-cleaning", help="add up what cleaning did to all parts")
    merge.add_argument("counts", type=Path, nargs="+", help="JSON of counts, one a part")
    merge.add_argument("--output", type=Path, required=True, help="cleaning.json to write")
    merge.set_defaults(function=_merge_cleaning)

    split = commands.add_parser("split", help="divide the documents into train, valid and test")
    split.add_argument("clean", type=Path, nargs="+", help="all clean parts, in order")
    split.add_argument("--output", type=Path, required=True, help="Parquet file to write")
    split.add_argument("--summary", type=Path, required=True, help="JSON of sizes and leaks")
    split.set_defaults(function=_split)

    for stage in (download, read, clean, merge, split):
        add_stage_arguments(stage)


def _add_unit_stages(commands: "Commands") -> None:
    count = commands.add_parser("count", help="count the symbols of one part of the train split")
    count.add_argument("clean", type=Path, help="clean part")
    count.add_argument("split", type=Path, help="split of the corpus")
    count.add_argument("output", type=Path, help="Parquet file of counts to write")
    count.add_argument("--part", type=int, required=True, help="number of the part")
    count.set_defaults(function=_count)

    vocabulary = commands.add_parser("vocabulary", help="choose the symbols that get an id")
    vocabulary.add_argument("counts", type=Path, nargs="+", help="counts, one file a part")
    vocabulary.add_argument("--output", type=Path, required=True, help="Parquet file to write")
    vocabulary.add_argument(
        "--extends",
        type=Path,
        nargs="?",
        metavar="FILE",
        help="vocabulary whose ids it begins with",
    )
    vocabulary.set_defaults(function=_vocabulary)

    encode = commands.add_parser("encode", help="turn one clean part into shards of tokens")
    encode.add_argument("clean", type=Path, help="clean part")
    encode.add_argument("--split", type=Path, required=True, help="split of the corpus")
    encode.add_argument("--vocabulary", type=Path, required=True, help="vocabulary")
    encode.add_argument("--part", type=int, required=True, help="number of the part")
    for name in ("train", "valid", "test"):
        encode.add_argument(f"--{name}", type=Path, required=True, help=f"{name} shard to write")
    encode.set_defaults(function=_encode)

    gather = commands.add_parser("gather", help="list the shards of all parts in a manifest")
    gather.add_argument("shards", type=Path, nargs="+", help="shards of all parts")
    gather.add_argument("--vocabulary", type=Path, required=True, help="vocabulary")
    gather.add_argument("--output", type=Path, required=True, help="manifest to write")
    gather.set_defaults(function=_gather)

    for stage in (count, vocabulary, encode, gather):
        add_stage_arguments(stage)


def _add_commands_for_people(commands: "Commands") -> None:
    _add_strip(commands)

    init = commands.add_parser("init", help="write a config file for text files of your own")
    init.add_argument("files", type=Path, nargs="+", metavar="FILE", help="your text files")
    init.add_argument("--name", default="mine", help="name of corpus and run (default: mine)")
    init.add_argument(
        "--output", type=Path, metavar="FILE", help="config file to write (default: NAME.yaml)"
    )
    init.set_defaults(function=_init)


def _add_strip(commands: "Commands") -> None:
    from preprocess.namumark.options import CHOICES, Options

    strip = commands.add_parser(
        "strip",
        help="namumark in (files or stdin), plain text out",
        description="Write the text of pages of namumark, one a file, in UTF-8. "
        "docs/namumark.md says what becomes of each construct.",
    )
    strip.add_argument(
        "files", type=Path, nargs="*", metavar="FILE", help="pages; none, or -, is stdin"
    )
    for name, choices in CHOICES.items():
        default = getattr(Options(), name)
        strip.add_argument(f"--{name}", choices=choices, default=default, help=_STRIP_HELP[name])
    strip.add_argument(
        "--counts",
        type=Path,
        metavar="FILE",
        help="JSON to write: what was dropped, and what markup is left",
    )
    strip.set_defaults(function=_strip)


# Each stage imports what it needs when it runs, so that `--help` and the light stages start fast.


def _download(options: argparse.Namespace) -> None:
    from preprocess.download import download

    download(options.settings, options.manifest)


def _read(options: argparse.Namespace) -> None:
    from preprocess.read import read

    read(options.settings, options.raw, options.manifest)


def _clean(options: argparse.Namespace) -> None:
    from preprocess.clean import clean

    clean(options.settings, options.documents, options.part, options.output, options.counts)


def _merge_cleaning(options: argparse.Namespace) -> None:
    from preprocess.clean import merge_cleaning

    merge_cleaning(options.settings, options.counts, options.output)


def _split(options: argparse.Namespace) -> None:
    from preprocess.split import split

    split(options.settings, options.clean, options.output, options.summary)


def _count(options: argparse.Namespace) -> None:
    from preprocess.count import count

    count(options.settings, options.clean, options.split, options.part, options.output)


def _vocabulary(options: argparse.Namespace) -> None:
    from preprocess.choice import build

    build(options.settings, options.counts, options.output, options.extends)


def _encode(options: argparse.Namespace) -> None:
    from preprocess.encode import encode

    encode(
        options.clean,
        options.split,
        options.vocabulary,
        options.part,
        options.train,
        options.valid,
        options.test,
    )


def _gather(options: argparse.Namespace) -> None:
    from preprocess.shards import gather

    gather(options.shards, options.vocabulary, options.output)


def _strip(options: argparse.Namespace) -> None:
    from preprocess.given import STDIN
    from preprocess.namumark.options import CHOICES, Options
    from preprocess.strip import strip

    chosen = Options(**{name: getattr(options, name) for name in CHOICES})
    strip(options.files or [STDIN], chosen, sys.stdout.buffer, options.counts)


def _init(options: argparse.Namespace) -> None:
    from preprocess.init import init

    output = options.output or Path(f"{options.name}.yaml")
    init(options.files, options.name, output)
    sys.stdout.write(f"wrote {output}; next: snakemake --configfile {shlex.quote(str(output))}\n")


if __name__ == "__main__":
    sys.exit(main())
