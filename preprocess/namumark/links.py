"""Links in double brackets, of which files and categories are a kind."""

import re

from preprocess.namumark.names import BARE_MACROS, CATEGORIES, FILES
from preprocess.namumark.state import FILE, LINK, Frame, Scan
from preprocess.namumark.targets import link_text
from preprocess.namumark.tidy import DROPPED, INVISIBLE, JOINED
from preprocess.namumark.tokens import MARKUP_RE

FILE_RE = re.compile(
    rf"[ \t]*(?:({FILES})|{CATEGORIES})[ \t]*:(?:[^\[\]{{}}\\\n]*(\]\]))?",
    re.IGNORECASE,
)
LONGEST_TARGET = 1000  # characters; what is longer is no link
DEEPEST_LINKS = 16  # a link in a link in a link … is text


def whole_link(scan: Scan, start: int, stop: int) -> int:
    """Handle [[target]] and [[target|display]] without brackets or braces in them."""
    text = scan.text
    inside = text[start + 2 : stop - 2]
    if ":" in inside and (file := FILE_RE.match(inside)):
        scan.leave_out("files" if file[1] else "categories", stop - start)
        return stop
    if MARKUP_RE.search(inside):
        return open_link(scan, start, start + 2)
    target, _, shown = inside.partition("|")
    if not shown.strip(INVISIBLE) and DROPPED not in shown:
        is_plain = target[0] > "\x7f" and "#" not in target and ":" not in target
        if not is_plain or target in BARE_MACROS:
            _show(scan, link_text(target.replace(JOINED, "")), start, stop)
            return stop
        shown = target
    # Behind it no mark is needed, but where its end and what follows may make a token.
    scan.out.append(f"{JOINED}{shown}{JOINED}" if shown[-1] in "<'#" else JOINED + shown)
    return stop


def open_link(scan: Scan, start: int, stop: int) -> int:
    """Open a link at `[[`, which has other markup in it or never ends; a file is dropped."""
    if file := FILE_RE.match(scan.text, stop):
        construct = "files" if file[1] else "categories"
        if file[2]:
            scan.leave_out(construct, file.end() - start)
            return file.end()
        scan.push(FILE, start, DROPPED).marker = construct
    elif scan.links >= DEEPEST_LINKS:
        scan.out.append(JOINED)
    else:
        scan.links += 1
        scan.push(LINK, start, JOINED)
    return stop


def end_link(scan: Scan, frame: Frame, end: int) -> None:
    """End a link or file, whose `]]` begins at `end`."""
    out = scan.out
    scan.close(frame)
    if frame.kind == FILE:
        scan.cut(frame, frame.marker, end + 2)
        return
    if frame.display >= 0:
        shown = out[frame.display :]
        if any(piece.strip(INVISIBLE) for piece in shown) or DROPPED in shown:
            for i in range(frame.out, frame.display):
                out[i] = JOINED
            out.append(JOINED)
            return
        del out[frame.display - 1 :]  # [[target|]]
    if end - frame.pos <= LONGEST_TARGET:
        target = "".join(out[frame.out + 1 :]).replace(JOINED, "")
        del out[frame.out :]
        _show(scan, link_text(target), frame.pos, end + 2)


def _show(scan: Scan, shown: str, start: int, stop: int) -> None:
    """Write what is shown for a target."""
    if shown == DROPPED:
        scan.leave_out("links", stop - start)
    else:
        scan.out.append(f"{JOINED}{shown}{JOINED}")
