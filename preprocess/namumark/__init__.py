"""
Namumark, the markup of namuwiki, to plain text.

`options.py` is what a user can choose, `names.py` the closed lists of macros, cell attributes and
colours, `scan.py` the one structural scan, `tidy.py` the repair of lines that lost something.
"""

from preprocess.namumark.options import Options
from preprocess.namumark.scan import to_text

__all__ = ["Options", "to_text"]
