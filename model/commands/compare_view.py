"""How a comparison of two runs is shown: tables, and words on what they are worth."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from model.commands.screen import Screen, columns, shown, words_of
from model.comparison import CLOSE
from model.sampling import SampleConfig
from model.writing import header

PAGE = 100  # columns for samples side by side, where there is no terminal to ask

Json = Mapping[str, Any]


def show(screen: Screen, told: Json) -> None:
    """Write a comparison, which is the object that docs/commands.md describes."""
    names = told["runs"]
    _show_test(screen, names, told["test"])
    _show_settings(screen, names, told)
    if told["text"]:
        _show_text(screen, names, told["text"])
    if told["samples"]:
        _show_samples(screen, names, told["samples"])


def _show_test(screen: Screen, names: Sequence[str], test: Json) -> None:
    numbers = test["bits_per_byte"]
    if test["why_not"]:
        screen.say(Text(f"Test: {test['why_not']}."))
        if not test["bootstrap"]:
            screen.say("A text of your own can be scored by both: --text FILE.")
    else:
        table = columns("bits/byte of test", *names, "difference")
        for name, pair in numbers.items():
            table.add_row(name, *(_number(value) for value in pair), _difference(*pair))
        screen.table(table)
    if test["bootstrap"]:
        screen.say(Text(f"rnn on test: {_verdict(names, test['bootstrap'])}"))
    elif any(map(_is_close, numbers.values())):
        screen.say(
            f"Differences under {CLOSE} may be chance; --test tells of rnn, by a paired bootstrap."
        )


def _show_settings(screen: Screen, names: Sequence[str], told: Json) -> None:
    table = columns("what differs", *names)
    rows = {**told["settings"], **told["facts"]}
    for key, pair in rows.items():
        if pair[0] != pair[1]:
            table.add_row(key, *(_value(value) for value in pair))
    screen.say()
    screen.table(table)


def _show_text(screen: Screen, names: Sequence[str], text: Json) -> None:
    screen.say()
    table = columns("bits/byte of text", *names, "difference")
    rows = text["texts"]
    for row in [*rows, {"name": "all", **text}] if len(rows) > 1 else rows:
        table.add_row(
            row["name"], *map(_number, row["bits_per_byte"]), _difference(*row["bits_per_byte"])
        )
    screen.table(table)
    screen.say(Text(_verdict(names, text["bootstrap"])))
    for row in rows:
        _show_lines(screen, names, row)


def _show_lines(screen: Screen, names: Sequence[str], row: Json) -> None:
    screen.say()
    table = columns(*names, "difference", row["name"], left=(3,))
    for line in row["lines"]:
        pair = line["bits_per_byte"]
        table.add_row(*map(_number, pair), _difference(*pair), Text(line["text"]))
    screen.table(table)


def _show_samples(screen: Screen, names: Sequence[str], samples: Json) -> None:
    config = SampleConfig(**samples["settings"])
    for index, texts in enumerate(samples["texts"]):
        screen.say()
        screen.say(header(config, index), style="dim")
        table = Table(box=None, pad_edge=False, width=None if screen.is_terminal else PAGE)
        for name in names:
            table.add_column(name, ratio=1, header_style="bold", overflow="fold")
        table.add_row(*("–" if text is None else Text(shown(text)) for text in texts))
        screen.table(table)


def _verdict(names: Sequence[str], found: Json) -> str:
    """Say what a paired bootstrap found."""
    more = f"{found['mean']:+.4f} bits/byte"
    kind = found["kind"].removesuffix("s") if found["pieces"] == 1 else found["kind"]
    pieces = f"{found['pieces']} {kind}"
    if found["low"] is None:
        return f"{more}; whether that is chance, so little text ({pieces}) cannot tell"
    interval = f"95 %: {found['low']:+.4f} to {found['high']:+.4f}, paired bootstrap over {pieces}"
    if found["low"] <= 0 <= found["high"]:
        return f"{more} ({interval}): may be chance"
    return f"{more} ({interval}): {names[found['mean'] < 0]} is better on such texts"


def _is_close(pair: Sequence[float | None]) -> bool:
    """Say whether two numbers differ, but by so little that it may be chance."""
    first, second = pair
    return first is not None and second is not None and 0 < abs(second - first) < CLOSE


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _difference(first: float | None, second: float | None) -> Text:
    """Write how much more the second pays; green where it is less."""
    if first is None or second is None:
        return Text("–")
    more = second - first
    return Text(f"{more:+.3f}", "green" if more < 0 else "red" if more > 0 else "")


def _value(value: object) -> str:
    """Write a setting or a fact."""
    if isinstance(value, float):
        return f"{value:,.6g}"
    return (
        f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else words_of(value)
    )
