"""HTML that pages embed: its text."""

import re
from html import unescape

TAG_RE = re.compile(r"<!--|-->|<(/?)([A-Za-z][A-Za-z0-9]*+)[^<>]*+>")
LINE_TAGS = frozenset(
    "br p div li tr ul ol dl dt dd table hr blockquote pre h1 h2 h3 h4 h5 h6".split()  # noqa: SIM905
)
BLANK_LINES_RE = re.compile(r"\n\s*")
HIDDEN_TAGS = frozenset({"script", "style", "iframe", "object", "embed", "rt", "rp"})


def html_text(html: str) -> str:
    r"""
    Take the tags off HTML and decode its entities; scripts, embedded things and readings go.

    A tag that begins or ends a paragraph, an item or a row becomes a line end, a cell's a space.

        >>> html_text("<b>1 &lt; 2</b><script>x</script> <ruby>漢<rt>한</rt></ruby>")
        '1 < 2 漢'
        >>> html_text("가<br>나<p>다</p>")
        '가\n나\n다\n'
    """
    pieces, pos, hidden = [], 0, ""
    for match in TAG_RE.finditer(html):
        closing, name = match[1], (match[2] or match[0]).lower()
        if not hidden:
            pieces.append(html[pos : match.start()])
            if (name in HIDDEN_TAGS and not closing) or name == "<!--":
                hidden = "-->" if name == "<!--" else name
            elif name in LINE_TAGS:
                pieces.append("\n")
            elif name in ("td", "th") and not closing:
                pieces.append(" ")
        elif name == hidden:
            hidden = ""
        pos = match.end()
    if not hidden:
        pieces.append(html[pos:])
    return BLANK_LINES_RE.sub("\n", unescape("".join(pieces)))
