"""
A vocabulary and its grammar as JSON, for programs that have no Parquet and none of our code.

    unit        settings of the unit
    symbols     (V,) what each token stands for
    kinds       (V,) end, byte, leading, vowel, trailing, character, word or piece
    characters  (V,) how many characters begin with each token
    scores      or merges, in unit subword: how a text is cut into pieces (pieces.py)
    grammar     for each state, the first being that before a text, the tokens that may come, as
                ranges of ids: first, last, the state after any of them

Notation: V tokens.
"""

import json

import numpy as np

from model.export.pieces import cutting
from preprocess.grammar import ILLEGAL, Grammar, States
from preprocess.vocabulary import Vocabulary


def vocabulary_json(vocabulary: Vocabulary, grammar: Grammar) -> str:
    """Return a vocabulary and its grammar as JSON, a key a line; equal ones give equal text."""
    content = {
        "unit": vocabulary.unit,
        "symbols": vocabulary.symbols,
        "kinds": vocabulary.kinds,
        "characters": vocabulary.characters_begun.tolist(),
        **cutting(vocabulary),
        "grammar": [_ranges(row) for row in grammar.next],
    }
    rows = (f"{json.dumps(key)}: {_dump(value)}" for key, value in content.items())
    return "{\n" + ",\n".join(rows) + "\n}\n"


def _ranges(row: States) -> list[tuple[int, int, int]]:
    """Return the (V,) states after each token as ranges of tokens; ILLEGAL ones are left out."""
    changes = np.flatnonzero(np.diff(row)) + 1
    firsts, lasts = [0, *changes.tolist()], [*(changes - 1).tolist(), len(row) - 1]
    ranges = zip(firsts, lasts, row[firsts].tolist(), strict=True)
    return [(first, last, after) for first, last, after in ranges if after != ILLEGAL]


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
