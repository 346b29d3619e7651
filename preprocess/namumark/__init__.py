"""
Namumark, the markup of namuwiki, to plain text.

`options.py` is what a user can choose and `scan.py` the one structural scan: `tokens.py` says where
it stops, `state.py` what it remembers, and `lines.py`, `inline.py`, `brackets.py`, `links.py`,
`tables.py` and `blocks.py` handle what stands there, with the closed lists of `names.py`.
`tidy.py` repairs the lines that lost something; `residue.py` counts what is left of markup.
"""

from preprocess.namumark.options import Options
from preprocess.namumark.residue import residue
from preprocess.namumark.scan import Stripped, strip, to_text
from preprocess.namumark.state import Dropped

__all__ = ["Dropped", "Options", "Stripped", "residue", "strip", "to_text"]
