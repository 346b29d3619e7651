"""
Namumark, the markup of namuwiki, to plain text.

`options.py` is what a user can choose, `names.py` the closed lists of macros, cell attributes and
colours, `scan.py` the one structural scan, `tidy.py` the repair of lines that lost something,
`residue.py` the count of what is left of markup in a text.
"""

from preprocess.namumark.options import Options
from preprocess.namumark.residue import residue
from preprocess.namumark.scan import Dropped, Stripped, strip, to_text

__all__ = ["Dropped", "Options", "Stripped", "residue", "strip", "to_text"]
