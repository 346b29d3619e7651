"""Single brackets: footnotes, macros, ruby, and brackets that are text."""

import re

from preprocess.namumark.links import end_link, open_link, whole_link
from preprocess.namumark.names import ARGUMENT_MACROS, BARE_MACROS
from preprocess.namumark.state import BRACKET, FILE, FOOTNOTE, LINK, MACRO, RUBY, Frame, Scan
from preprocess.namumark.tidy import BREAK, DROPPED, JOINED

FOOTNOTE_RE = re.compile(r"\[\*([^\s\[\]|{}\0\1\3]*)(?: |(?=[\[\]|{}\n\0\1\3]|\Z))")
MACRO_RE = re.compile(r"\[([A-Za-z]+|목차|각주)(\]|\()")
ARGUMENTS_RE = re.compile(r"[^()\[\]{}|\\\n]*\)\]")
# It gives nothing back: there are many ways to part a long address or spaces, and all fail alike.
OLD_LINK_RE = re.compile(
    r"\[(?:https?://[^\s\[\]]++|wiki:(?:\"[^\"\n]*\"|[^\s\[\]]++))[ \t]*+([^\[\]\n]*+)\]"
)
MOST_OPEN = 64  # brackets; of a footnote or macro in more of them only the head goes
LONGEST_RUBY = 1000  # characters; what is longer is text


def open_brackets(scan: Scan, start: int, stop: int) -> int:
    """Open a footnote, macro or bracket at `[`, a link at `[[`, or handle a whole link."""
    if stop - start > 1:
        return open_link(scan, start, stop) if stop - start == 2 else whole_link(scan, start, stop)
    text = scan.text
    following = text[stop]
    if following == "*" and (footnote := FOOTNOTE_RE.match(text, start)):
        end = footnote.end()
        if text.startswith("]", end):  # [*name]: refers to an earlier one
            scan.leave_out("footnotes", end + 1 - start)
            return end + 1
        if len(scan.stack) - scan.floor > MOST_OPEN:
            scan.out.append(JOINED + " ")
        else:
            scan.push(FOOTNOTE, start, JOINED + " ")
        return end
    if following.isalpha():
        if macro := MACRO_RE.match(text, start):
            end = _macro(scan, macro[1].lower(), macro[2], start, macro.end())
            if end:
                return end
        if following in "hw" and (link := OLD_LINK_RE.match(text, start)):
            if link[1]:
                scan.out.append(f"{JOINED}{link[1]}{JOINED}")
            else:
                scan.leave_out("links", link.end() - start)
            return link.end()
    scan.push(BRACKET, start, "[")
    return stop


def close_brackets(scan: Scan, start: int, stop: int) -> int:
    """Close at a run of `]` what the brackets opened: a link takes two, all else takes one."""
    while start < stop:
        top = scan.top()
        if stop - start == 1 or not (top is None or top.kind in (LINK, FILE)):
            _close_one(scan, top, start)
            start += 1
        else:
            if top is None:  # ]] that closes nothing is a remnant of markup, ] is not
                scan.out.append(DROPPED)
            else:
                end_link(scan, top, start)
            start += 2
    return stop


def _close_one(scan: Scan, top: Frame | None, start: int) -> None:
    if top is None or top.kind in (LINK, FILE):
        scan.out.append("]")
        return
    if top.kind in (MACRO, RUBY) and scan.text[start - 1] != ")":
        scan.out.append("]")
        return
    scan.close(top)
    if top.kind == BRACKET:
        scan.out.append("]")
    elif top.kind == FOOTNOTE:
        _end_footnote(scan, top, start)
    elif top.kind == RUBY:
        _end_ruby(scan, top, start)
    else:
        scan.cut(top, "macros", start + 1)


def _macro(scan: Scan, name: str, bracket: str, start: int, stop: int) -> int:
    """Handle [name] and [name(…; return 0 where it is none of the wiki's macros."""
    if bracket == "]":
        if name not in BARE_MACROS:
            return 0
        if name == "br":
            scan.out.append(BREAK)
        else:
            scan.leave_out("macros", stop - start)
    elif name == "math":
        end = scan.find(")]", stop)
        if end >= 0 and not stop <= scan.find("\n\n", stop) < end:
            scan.leave_out("math", end + 2 - start)
            return end + 2
        scan.leave_out("math", stop - start)
    elif name == "ruby":
        scan.push(RUBY, stop, JOINED)
    elif name not in ARGUMENT_MACROS:
        return 0
    elif len(scan.stack) - scan.floor > MOST_OPEN:
        scan.leave_out("macros", stop - start)
    else:
        if arguments := ARGUMENTS_RE.match(scan.text, stop):
            scan.leave_out("macros", arguments.end() - start)
            return arguments.end()
        scan.push(MACRO, start, DROPPED)
    return stop


def _end_footnote(scan: Scan, frame: Frame, end: int) -> None:
    out = scan.out
    if scan.options.footnotes == "inline":
        out[frame.out] = JOINED + "("
        out.append(")")
    elif scan.options.footnotes == "append":
        scan.footnotes.append(JOINED + "".join(out[frame.out :]).strip())
        del out[frame.out :]
        out.append(DROPPED)
    else:
        scan.cut(frame, "footnotes", end + 1)


def _end_ruby(scan: Scan, frame: Frame, end: int) -> None:
    if end - frame.pos > LONGEST_RUBY:
        return
    base, *arguments = "".join(scan.out[frame.out :]).removesuffix(")").split(",")
    del scan.out[frame.out :]
    scan.out.append(base.strip(" "))
    if scan.options.ruby == "both":
        readings = [a.strip() for a in arguments if a.strip().startswith("ruby=")]
        scan.out += [f"({reading.removeprefix('ruby=')})" for reading in readings]
