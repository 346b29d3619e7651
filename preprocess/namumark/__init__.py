"""
Namumark, the markup of namuwiki, to plain text.

`options.py` is what a user can choose. `simplify.py` takes the simplest markup off by patterns, and
`scan.py` the one structural scan of the rest: `tokens.py` tells where it stops, `state.py` what it
remembers, and `lines.py`, `inline.py`, `brackets.py`, `links.py` with `targets.py`, `tables.py` and
`blocks.py` with `heads.py` and `html.py` handle what stands there, by the lists of `names.py`.
`tidy.py` repairs the lines that lost something; `residue.py` counts what is left of markup.
"""

from preprocess.namumark.options import Options
from preprocess.namumark.residue import residue
from preprocess.namumark.scan import Stripped, strip, to_text
from preprocess.namumark.state import Dropped

__all__ = ["Dropped", "Options", "Stripped", "residue", "strip", "to_text"]
