"""Texts of others inside Markdown: none of their characters becomes a mark."""

import re


def plain(text: object) -> str:
    r"""
    Write any text as one line that Markdown takes as it stands.

        >>> print(plain("<b>*노래*</b> | 1\n2"))
        \<b\>\*노래\*\</b\> \| 1 2
    """
    line = " ".join(str(text).split())
    return re.sub(r"([\\`*_{}\[\]<>#|~&])", r"\\\1", line)


def fenced(text: str) -> str:
    r"""
    Fence a text in, by more backticks than stand in it anywhere side by side.

        >>> print(fenced("a ``` b"))
        ````text
        a ``` b
        ````
    """
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text.rstrip()}\n{fence}"
