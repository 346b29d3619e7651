"""
The flags of the commands for people. Light: torch is not loaded to show a `--help`.

Choices that a module of more weight checks anyway stand here again, so that a wrong one is refused
at once and the help names them.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

SCORE_EXAMPLES = """\
examples:
  python -m model score results/ballad song.txt
  python -m model score results/ballad song.txt --lines
  echo '사랑했던 그대여' | python -m model score results/ballad -
  python -m model score results/ballad sentences.txt --document line --json
"""


def add_commands_for_people(commands: "Commands") -> None:
    """Add all of them but `sample`, which is a stage too."""
    _add_score(commands)


def _add_score(commands: "Commands") -> None:
    words = "tell what any text costs: bits per byte, and what surprises in it"
    score = _described(commands, "score", words, SCORE_EXAMPLES)
    score.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help="text in any encoding; - is stdin"
    )
    score.add_argument("--lines", action="store_true", help="each line too, surprises coloured")
    score.add_argument(
        "--surprises",
        type=_count,
        default=10,
        metavar="N",
        help="name the N most surprising characters (default: 10)",
    )
    _add_json(score, "one object")
    _add_reading(score)
    score.set_defaults(function=_score)


def _score(options: argparse.Namespace) -> None:
    from model.commands.reading import Reading
    from model.commands.score import score

    score(
        options.run,
        options.files,
        lines=options.lines,
        surprises=options.surprises,
        as_json=options.json,
        reading=Reading(options.document, options.encoding, options.characters),
    )


def _described(
    commands: "Commands", name: str, words: str, examples: str
) -> argparse.ArgumentParser:
    """Add a command on a run, with examples at the end of its help."""
    parser = commands.add_parser(
        name,
        help=words,
        description=f"{words[0].upper()}{words[1:]}. docs/commands.md shows what comes out.",
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("run", type=Path, metavar="RUN", help="its folder, such as results/ballad")
    return parser


def _count(text: str) -> int:
    """Read a number of things."""
    number = int(text) if text.isdecimal() else -1
    if number < 0:
        raise argparse.ArgumentTypeError(f"is {text!r}; it must be a whole number, 0 or more")
    return number


def _add_json(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument("--json", action="store_true", help=f"write JSON: {what}")


def _add_reading(parser: argparse.ArgumentParser) -> None:
    """Add how texts are read: `document`, `encoding` and `clean.characters` of a corpus."""
    reading = parser.add_argument_group("how texts are read, as those of a corpus")
    reading.add_argument(
        "--document",
        choices=("file", "line", "blank-line"),
        default="file",
        help="what a document is, whose end is paid for (default: file)",
    )
    _add_decoding(reading)


def _add_decoding(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--encoding", default="auto", metavar="NAME", help="such as cp949 (default: auto)"
    )
    group.add_argument(
        "--characters",
        choices=("plain", "keep"),
        default="plain",
        help="plain: half-width and invisible ones become ordinary (default) | keep",
    )
