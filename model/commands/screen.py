"""
What commands write: to a terminal in colour, to a file or another program plainly, or as JSON.

Colours are left out where NO_COLOR is set (https://no-color.org) or the output is no terminal;
there lines are as long as they are, and the encoding is UTF-8.
"""

import io
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDEST = 1 << 16  # columns of what is no terminal, whose lines are never broken
# A model may write any control character in bytes, and a terminal obeys some of them.
_CONTROLS = {code: 0x2400 + code for code in range(0x20) if code not in (0x09, 0x0A)}
_CONTROLS |= {0x7F: 0x2421, **dict.fromkeys(range(0x80, 0xA0), 0xFFFD)}


class Screen(Console):
    """Standard output."""

    def __init__(self) -> None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            if not sys.stdout.isatty():
                sys.stdout.reconfigure(encoding="utf-8", newline="\n")
            sys.stdout.reconfigure(errors="replace")  # a terminal's encoding may lack a character
        super().__init__(highlight=False, markup=False, emoji=False)
        if not self.is_terminal:
            self.width = WIDEST

    def on_broken_pipe(self) -> NoReturn:
        """Leave `… | head` to the edge of the command line, as other commands do."""
        raise BrokenPipeError

    def say(self, text: str | Text = "", style: str | None = None) -> None:
        """Write a line, however long it is."""
        self.print(text, style=style, soft_wrap=True)

    def flow(self, prompt: str, pieces: Iterable[str]) -> None:
        """
        Write a text as it comes, and a line feed when it is over or interrupted.

        A terminal is shown the prompt in bold, and signs for control characters.
        """
        if self.is_terminal:
            self.print(Text(shown(prompt), "bold"), end="", soft_wrap=True)
        else:
            self.file.write(prompt)
        try:
            for piece in pieces:
                self.file.write(shown(piece) if self.is_terminal else piece)
                self.file.flush()
        finally:
            self.file.write("\n")
            self.file.flush()

    def table(self, table: Table) -> None:
        """Write a table; where nobody reads its width, without spaces at the ends of its lines."""
        if self.is_terminal:
            self.print(table)
            return
        with self.capture() as drawn:
            self.print(table)
        for line in drawn.get().removesuffix("\n").split("\n"):
            self.say(Text(line.rstrip(" ")))

    def json(self, value: object, indent: int | None = 2) -> None:
        """Write a JSON value and a line feed; NaN is refused."""
        self.file.write(json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False))
        self.file.write("\n")
        self.file.flush()


def shown(text: str) -> str:
    r"""
    Return a text with signs for its control characters, but for tabs and line feeds.

    >>> shown("가\x1b[2J\n")
    '가␛[2J\n'
    """
    return text.translate(_CONTROLS)


def columns(*heads: str, left: Sequence[int] = (0,)) -> Table:
    """
    Return a table without lines.

    Args:
        heads: of its columns.
        left: columns of words; the others are of numbers.
    """
    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, head in enumerate(heads):
        if place in left:
            table.add_column(head, overflow="fold")
        else:
            table.add_column(head, justify="right", no_wrap=True)
    return table


def words_of(value: Any) -> str:  # noqa: ANN401 (JSON)
    """
    Write a value of a setting as YAML would.

    >>> words_of(None), words_of(True), words_of(0.05), words_of("jamo")
    ('null', 'true', '0.05', 'jamo')
    """
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
