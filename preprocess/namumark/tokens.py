"""What the scan stops at."""

import re

# Each branch begins with a literal: so `re` finds the places to try at 100 MB/s, not at 20. Links
# without other brackets or braces in them are one token.
MARKUP = (
    r"\{\{\{|\}\}\}"
    r"|\[\[[^\[\]{}|\\\n]+(?:\|[^\[\]{}|\\\n]+)?\]\]|\[\[?|\]\]*"
    r"|\\[^\s]|~~+|--+|__+|\^\^|,,|\{\{\||\{\{#title\}\}"
    r"|https?://(?:[^\s<>\[\]{}|\"'~\\()\0\1\3]|~(?!~)|\([^\s<>\[\]{}|\"'~\\()\0\1\3]*\))+"
    r"|attachment:(?:\"[^\"\n]+\"(?:\?[^\s\"\[\]{}|\0\1\3]*)?"
    r"|[^\s\"\[\]{}|.:\0\1\3]+\.[^\s\"\[\]{}|\0\1\3]+)"
    r"|<[mM][aA][tT][hH]>"
)
MARKUP_RE = re.compile(MARKUP)
TOKEN_RE = re.compile(rf"\n|\|\}}\}}(?!\}})|\|\|*|{MARKUP}")
