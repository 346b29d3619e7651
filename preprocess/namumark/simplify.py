r"""
The simplest markup, which is half of it, taken off before the scan by a few patterns.

Bold and italic, files, links without other markup in them, sizes and colours of plain text, line
breaks and attributes of cells are half of all tokens. `re` takes them off by itself (`sub` by a
constant, `split` and `join`) in a fraction of the time that the scan would need, and leaves the
marks that the scan would leave. What has other markup in it, or is escaped, is left to the scan;
what is no markup is not touched.
"""

import re

from preprocess.namumark.heads import CODE, block_head, pair_braces
from preprocess.namumark.names import CATEGORIES, CELL_ATTRIBUTES, COLOURS, FILES
from preprocess.namumark.tidy import BREAK, DROPPED, ESCAPED, JOINED

# The patterns begin with a literal, by which `re` finds the places to try at ten times the speed.

# What is shown: no other markup, nor two signs of which a marker is made, whose end may be outside.
PLAIN = r"((?=[^\]}])[^\[\]{}|\\\n~^_,-]*(?:[~^_,-](?![~^_,-])[^\[\]{}|\\\n~^_,-]*)*)"
COLOUR = rf"#(?:[0-9a-f]{{3,8}}|{'|'.join(sorted(COLOURS))})"
FILE_RE = re.compile(
    rf"(\[\[(?<!\\\[\[)[ \t]*(?:({FILES})|{CATEGORIES})[ \t]*:[^\[\]{{}}\\\n]*\]\])",
    re.IGNORECASE,
)
# The group is what is shown: the display text, or a target that shows as it is written. Of the
# others some are macros of old pages, which all are words of ASCII, 목차 or 각주.
LINK_RE = re.compile(
    r"\[\[(?<![\\\[]\[\[)(?:[^\[\]{}|\\\n]+\|(?![ \t\1]*\])"
    r"|(?![A-Za-z]+[(\]]|목차\]|각주\]|[/. \t])(?=[^\[\]{}|\\\n#:]+\]))"
    rf"{PLAIN}\]\]"
)
# A size or colours, plain text in the group, and braces that are not some of a longer end.
STYLE_RE = re.compile(
    rf"\{{\{{\{{(?<![\\{{]\{{\{{\{{)(?:{COLOUR}(?:,#?\w+)?|[+-][1-9]) "
    rf"{PLAIN}\}}\}}\}}(?!\}}\}}?(?!\}}))",
    re.IGNORECASE,
)
# A backslash that is escaped escapes no quote.
ESCAPED_RE = re.compile(r"\\([\\'])")
ESCAPES = {"\\": r"\\", "'": "\\" + ESCAPED}
ATTRIBUTES_RE = re.compile(rf"\|\|(?<!\\\|\|){CELL_ATTRIBUTES}", re.VERBOSE | re.IGNORECASE)
BREAK_RE = re.compile(r"\[(?<!\\\[)(?:\[[bB][rR]\]|[bB][rR])\]")
# A block that may be no markup.
LITERAL_RE = re.compile(rf"\{{\{{\{{(?!#!wiki|#!folding|[+-][1-9]|{COLOUR}[ \n,}}])", re.IGNORECASE)


def simplified(markup: str) -> tuple[str, dict[str, list[int]]]:
    r"""
    Return markup with the simplest of it taken off, and counts of what was dropped.

        >>> simplified("'''가''' [[나|다]] {{{#red 라}}} {{{[[마]]}}}")[0]
        '\x01가\x01 \x01다\x01 \x01라\x01 {{{[[마]]}}}'
    """
    dropped: dict[str, list[int]] = {}
    if not LITERAL_RE.search(markup):
        return _simplified(markup, dropped), dropped
    pieces, pos = [], 0
    for opener, closer in sorted(pair_braces(markup)[0].items()):
        if opener >= pos and block_head(markup, opener + 3)[0] in CODE:
            pieces += [_simplified(markup[pos:opener], dropped), markup[opener : closer + 3]]
            pos = closer + 3
    return "".join([*pieces, _simplified(markup[pos:], dropped)]), dropped


def _simplified(text: str, dropped: dict[str, list[int]]) -> str:
    parts = FILE_RE.split(text)  # text, link, what says that it is a file, text …
    for link, file in zip(parts[1::3], parts[2::3], strict=True):
        counts = dropped.setdefault("files" if file else "categories", [0, 0])
        counts[0] += 1
        counts[1] += len(link)
    text = DROPPED.join(parts[::3])
    if "\\'" in text:
        text = ESCAPED_RE.sub(lambda escape: ESCAPES[escape[1]], text)
    # Bold and italic often span lines, or never end: each run of quotes goes.
    text = text.replace("'''", JOINED)
    if "''" in text:
        text = text.replace("''", JOINED)
    if JOINED + "'" in text:
        text = text.replace(JOINED + "'", JOINED)
    text = BREAK_RE.sub(BREAK, ATTRIBUTES_RE.sub("||", text))
    return JOINED.join(STYLE_RE.split(JOINED.join(LINK_RE.split(text))))
