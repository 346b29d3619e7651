"""Tables in Markdown, as the documentation has them."""

from collections.abc import Iterable, Sequence


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    r"""
    Return a table, its first column at the left, the others at the right.

        >>> table(["a", "b"], [["x|y", "1"]])
        '| a | b |\n|---|---:|\n| x\\|y | 1 |\n'
    """
    lines = [header, ["---", *["---:"] * (len(header) - 1)]]
    text = f"{_line(header)}|{'|'.join(lines[1])}|\n"
    return text + "".join(map(_line, rows))


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"
