"""Markup that is left in a text: what a cleaner should have taken out, by token."""

import re
from collections import Counter

# Each branch begins with a literal, by which `re` finds the places to try at ten times the speed.
RESIDUE = (
    r"\{\{\{|\}\}\}|\[\[|\]\]|\|\||''|\[\*|#!|<-|<\|"
    r"|\[(?:[iI][nN][cC][lL][uU][dD][eE]|[aA][nN][cC][hH][oO][rR]|[bB][rR]|목차|각주"
    r"|[yY][oO][uU][tT][uU][bB][eE])"
)
RESIDUE_RE = re.compile(RESIDUE)
# Words that are markup only behind an opener.
ATTRIBUTE_RE = re.compile(
    r"(?:\[\[|\|\||\{\{\{)[^\n]{0,20}?(tablealign|bgcolor=|파일:|분류:)", re.IGNORECASE
)


def residue(text: str) -> Counter[str]:
    r"""
    Count the tokens of markup that stand in a text, those that are there.

        >>> residue("||<tablealign=center> 가 || [BR]") == {"||": 2, "tablealign": 1, "[br": 1}
        True
    """
    tokens = Counter(token.lower() for token in RESIDUE_RE.findall(text))
    if tokens:
        tokens.update(word.lower() for word in ATTRIBUTE_RE.findall(text))
    return tokens
