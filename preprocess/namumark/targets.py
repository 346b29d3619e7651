"""What a link without a display text shows."""

import re

from preprocess.namumark.html import html_text
from preprocess.namumark.names import ARGUMENT_MACROS, BARE_MACROS
from preprocess.namumark.tidy import BREAK, DROPPED, ESCAPED

SECTION_RE = re.compile(r"s-\d[\d.]*")
# The wiki that namuwiki's first pages came from wrote its macros as links: [[br]], [[youtube(x)]].
OLD_MACRO_RE = re.compile(r"([A-Za-z]+|목차|각주)(?:\((.*)\))?", re.DOTALL)
OLD_WIKI_RE = re.compile(r"wiki:(?:\"[^\"\n]*\"|\S*)[ \t]*(.*)", re.DOTALL | re.IGNORECASE)


def link_text(target: str) -> str:
    r"""
    Return what is shown for a target, `ESCAPED` marks standing before escaped characters.

        >>> [link_text(target) for target in ("알파위키#기능", "문서:가", ":분류:나", "/하위")]
        ['알파위키', '가', '분류:나', '하위']
        >>> link_text("https://a.b/"), link_text("#s-1.2"), link_text("../")
        ('\x00', '\x00', '\x00')
    """
    target = target.strip()
    if target.lower().startswith(("http://", "https://")):
        return DROPPED
    if macro := OLD_MACRO_RE.fullmatch(target):
        name, arguments = macro[1].lower(), macro[2]
        if arguments is None and name in BARE_MACROS:
            return BREAK if name == "br" else DROPPED
        if arguments is not None and name in ARGUMENT_MACROS:
            return DROPPED
        if arguments is not None and name == "html":
            return html_text(arguments)
    if wiki := OLD_WIKI_RE.fullmatch(target):
        return wiki[1] or DROPPED
    target = target.removeprefix("문서:").removeprefix(":")
    target = target.removeprefix("../").removeprefix("/")
    anchor = target.rfind("#")
    while anchor > 0 and target[anchor - 1] == ESCAPED:
        anchor = target.rfind("#", 0, anchor)
    if anchor > 0:
        target = target[:anchor]
    elif anchor == 0:
        target = "" if SECTION_RE.fullmatch(target, 1) else target[1:]
    return target or DROPPED
