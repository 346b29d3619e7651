"""
One structural scan of namumark with an explicit stack: linear time, no recursion.

Text goes into a list of pieces as it is met; a token calls its handler, which says where to go on.
Blocks in triple braces are paired beforehand.

The rules follow what the wiki's own engine renders; where the engine would show broken markup as
it stands, the marker goes and the text stays.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from preprocess.namumark.blocks import close_block, open_block
from preprocess.namumark.brackets import close_brackets, open_brackets
from preprocess.namumark.inline import address, attachment, escape, marker, math_tag
from preprocess.namumark.lines import line_start, newline
from preprocess.namumark.options import Options
from preprocess.namumark.simplify import simplified
from preprocess.namumark.state import Dropped, Scan
from preprocess.namumark.tables import bars
from preprocess.namumark.tidy import MARKS_RE, has_marks, tidy
from preprocess.namumark.tokens import TOKEN_RE

REDIRECT_RE = re.compile(r"[\ufeff\s]*#(?:redirect|넘겨주기)[ \t]", re.IGNORECASE)


class Stripped(NamedTuple):
    """The plain text of a page, and what was dropped to get it, by construct."""

    text: str
    dropped: dict[str, Dropped]


def to_text(markup: str, options: Options = Options()) -> str:  # noqa: B008 (frozen)
    r"""
    Return the plain text of a page of namumark.

    A redirect has none. Any string is accepted and none raises; U+0000 to U+0003, which cleaning
    removes in any case, are taken out.

        >>> to_text("== 개요 ==\n'''[[떡볶이]]'''는 [[고추장|붉다]].[* 간장도 쓴다.] ~~맵다~~")
        '개요\n떡볶이는 붉다.\n간장도 쓴다.'
    """
    return strip(markup, options).text


def strip(markup: str, options: Options = Options()) -> Stripped:  # noqa: B008 (frozen)
    """
    Return what `to_text` returns, and what was dropped, by construct: those that were there.

    Characters are those of the markup of the construct, the simplest markup in it taken off before;
    what was dropped inside it counts for itself too. Marks of decoration, whose text stays, are not
    counted.
    """
    if has_marks(markup):
        markup = MARKS_RE.sub("", markup)
    if REDIRECT_RE.match(markup):
        return Stripped("", {"redirects": Dropped(1, len(markup))})
    if "\r" in markup:
        markup = markup.replace("\r\n", "\n")
    text, dropped = simplified(markup)
    scan = Scan(text + "\n", options, dropped)
    _run(scan)
    text = "".join(scan.out).removesuffix("\n")
    if scan.footnotes:
        text = "\n".join([text.rstrip("\n"), *filter(None, scan.footnotes)])
    counts = sorted(scan.dropped.items())
    return Stripped(tidy(text), {name: Dropped(*count) for name, count in counts if count[0]})


LONG_JUMP = 200  # characters; then to search anew from there is faster than to skip tokens

# A token's handler, by its first character: it takes the token's start and end, and returns where
# to go on, behind its start.
HANDLERS: dict[str, Callable[[Scan, int, int], int]] = {
    "\n": newline,
    "[": open_brackets,
    "]": close_brackets,
    "|": bars,
    "{": open_block,
    "}": close_block,
    "\\": escape,
    **dict.fromkeys("~-_^,", marker),
    "h": address,
    "a": attachment,
    "<": math_tag,
}


def _run(scan: Scan) -> None:
    text, out, handlers = scan.text, scan.out, HANDLERS
    pos = line_start(scan, 0)
    while pos < len(text):
        for match in TOKEN_RE.finditer(text, pos):
            start, stop = match.span()
            if start >= pos:
                if start > pos:
                    out.append(text[pos:start])
                pos = handlers[text[start]](scan, start, stop)
            # What is left of the token is to be read anew, and what was jumped over not at all.
            if pos < stop or pos > stop + LONG_JUMP:
                break
        else:
            out.append(text[pos:])
            break
    scan.end_paragraph()
