"""
The flags of the commands for people. Light: torch is not loaded to show a `--help`.

Choices that a module of more weight knows too stand here again, so that a wrong one is refused at
once and the help names them.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from model.commands import settings

if TYPE_CHECKING:
    from model.commands.reading import Reading

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

SAMPLE_EXAMPLES = """\
examples:
  python -m model sample results/ballad --prompt '사랑' --count 3
  python -m model sample results/ballad --acrostic 바다야 --temperature 0.7
  python -m model sample results/ballad --prompts beginnings.txt --stop-text $'\\n' --json
"""
COMPLETE_EXAMPLES = """\
examples:
  printf '사랑했던 그대' | python -m model complete results/ballad
  python -m model complete results/ballad --lines 4 --with-text < song.txt
A line feed at the text's end is a part of it: `echo` asks for the next line, `printf` for the rest
of this one.
"""
SCORE_EXAMPLES = """\
examples:
  python -m model score results/ballad song.txt
  python -m model score results/ballad song.txt --lines
  echo '사랑했던 그대여' | python -m model score results/ballad -
  python -m model score results/ballad sentences.txt --document line --json
"""
COMPARE_EXAMPLES = """\
examples:
  python -m model compare results/ballad results/ballad-syllable
  python -m model compare results/ballad results/ballad-syllable --test --no-samples
  python -m model compare results/ballad results/ballad-syllable --text song.txt
"""


def add_sample(commands: "Commands") -> argparse.ArgumentParser:
    """Add `sample` as people call it; it is a stage too, whose arguments stand elsewhere."""
    sample = _described(commands, "sample", "write text with a trained model", SAMPLE_EXAMPLES)
    settings.add(sample)
    prompts = sample.add_mutually_exclusive_group()
    prompts.add_argument("--prompt", metavar="TEXT", help="text to go on from")
    prompts.add_argument(
        "--prompts", type=Path, metavar="FILE", help="prompts, one a line; - is stdin"
    )
    _add_json(sample, "an object a line, for each sample")
    _add_decoding(sample.add_argument_group("how a file of prompts is read, as a corpus is"))
    return sample


def sample(options: argparse.Namespace) -> None:
    """Call `sample` as people do."""
    from model.commands.sample import sample

    sample(
        options.run,
        settings.asked(options),
        prompts=options.prompts,
        as_json=options.json,
        reading=_reading(options, "line"),
    )


def add_commands_for_people(commands: "Commands") -> None:
    """Add all of the others."""
    _add_complete(commands)
    _add_score(commands)
    _add_compare(commands)


def _add_complete(commands: "Commands") -> None:
    words = "go on with the text that comes from stdin"
    complete = _described(commands, "complete", words, COMPLETE_EXAMPLES)
    settings.add(complete, count=1)
    complete.add_argument(
        "--with-text", action="store_true", help="write the text too, before what follows it"
    )
    _add_json(complete, "an object a line, for each continuation")
    _add_decoding(complete.add_argument_group("how the text is read, as a corpus is"))
    complete.set_defaults(function=_complete)


def _complete(options: argparse.Namespace) -> None:
    from model.commands.complete import complete

    complete(
        options.run,
        settings.asked(options),
        with_text=options.with_text,
        as_json=options.json,
        reading=_reading(options, "file"),
    )


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
    from model.commands.score import score

    score(
        options.run,
        options.files,
        lines=options.lines,
        surprises=options.surprises,
        as_json=options.json,
        reading=_reading(options),
    )


def _add_compare(commands: "Commands") -> None:
    words = "set two runs side by side: numbers, settings, samples, any text"
    compare = _described(commands, "compare", words, COMPARE_EXAMPLES)
    compare.add_argument("second", type=Path, metavar="RUN", help="the other run")
    compare.add_argument(
        "--text",
        type=Path,
        nargs="+",
        default=[],
        metavar="FILE",
        help="text both score; - is stdin",
    )
    compare.add_argument(
        "--test",
        action="store_true",
        help="both read the test split again: is their difference chance?",
    )
    compare.add_argument("--no-samples", action="store_true", help="write none")
    _add_json(compare, "one object")
    settings.add(compare, count=1)
    compare.add_argument("--prompt", metavar="TEXT", help="text that samples go on from")
    compare.set_defaults(function=_compare)
    _add_reading(compare)


def _compare(options: argparse.Namespace) -> None:
    from model.commands.compare import compare

    compare(
        (options.run, options.second),
        settings.asked(options),
        files=options.text,
        test=options.test,
        samples=not options.no_samples,
        as_json=options.json,
        reading=_reading(options),
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


def _reading(options: argparse.Namespace, document: str | None = None) -> "Reading":
    from model.commands.reading import Reading

    return Reading(document or options.document, options.encoding, options.characters)


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
