"""Inline markup: decoration, escapes, addresses, TeX."""

from preprocess.namumark.state import BRACKET, LINK, MARKER, Frame, Scan
from preprocess.namumark.tidy import ESCAPED, JOINED

STRIKES = ("~~", "--")


def escape(scan: Scan, start: int, stop: int) -> int:
    """Write the character behind a backslash as it is."""
    character = scan.text[start + 1]
    if character == ESCAPED:  # a quote, which would else be taken for one of bold
        character = "'"
    if character == "]":
        top = scan.top()
        if top is not None and top.kind == BRACKET:
            scan.close(top)  # [[[12:00\]]]: for the count of brackets it closes
    scan.out.append(ESCAPED + character)
    return stop


def marker(scan: Scan, start: int, stop: int) -> int:
    """Handle ~~ -- __ ^^ ,, : a marker ends at the same one on the same line."""
    text, stack = scan.text, scan.stack
    written = text[start:stop]
    sign = "~~" if written[0] == "~" else written
    if not _is_marker(text, start, stop):
        scan.out.append(written)
        return stop
    index = len(stack) - 1
    while index > scan.floor and stack[index].kind == MARKER:
        frame = stack[index]
        if frame.marker == sign:
            _end_marker(scan, frame, start, written)
            del stack[index:]
            return stop
        index -= 1
    scan.push(MARKER, stop, written).marker = sign
    return stop


def address(scan: Scan, start: int, stop: int) -> int:
    """Drop a bare address; in a link it is the target."""
    top = scan.top()
    if top is not None and top.kind == LINK and top.display < 0:
        scan.out.append(scan.text[start:stop])
    else:
        scan.leave_out("links", stop - start)
    return stop


def attachment(scan: Scan, start: int, stop: int) -> int:
    """Drop a file as the pages of before 2016 show it: attachment:가.png?width=100."""
    scan.leave_out("files", stop - start)
    return stop


def math_tag(scan: Scan, start: int, stop: int) -> int:
    """Drop <math>TeX</math>; without an end in its paragraph it is text."""
    end = scan.find("</" + scan.text[start + 1 : stop], stop)
    if end < 0 or stop <= scan.find("\n\n", stop) < end:
        scan.out.append(scan.text[start:stop])
        return stop
    scan.leave_out("math", end + 7 - start)
    return end + 7


def _end_marker(scan: Scan, frame: Frame, start: int, written: str) -> None:
    out = scan.out
    if frame.pos == start:  # nothing in it
        out.append(written)
    elif frame.marker in STRIKES and scan.options.strikes == "drop":
        frame.pos -= len(out[frame.out])
        scan.cut(frame, "strikes", start + len(written))
    else:
        around = scan.text[frame.pos - 3 : frame.pos - 2] + scan.text[frame.pos]
        is_power = frame.marker == "^^" and len(around) == 2 and around.isdigit()
        out[frame.out] = "^" if is_power else JOINED
        out.append(JOINED)


def _is_marker(text: str, start: int, stop: int) -> bool:
    """Tell markers from a rule ----, an arrow -->, a range 2010--2012, a blank ______."""
    if text[start] == "~":
        return True
    if stop - start != 2:
        return False
    if text[start] != "-":
        return True
    before, after = text[start - 1 : start], text[stop : stop + 1]
    is_range = before.isdigit() and after.isdigit()
    return not (is_range or before == "<" or after == ">")
