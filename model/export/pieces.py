"""
How a text is cut into pieces that were learnt, for a program that has no `tokenizers`.

    scores  method unigram: (V,) the log-probability of each token; the likeliest cut is taken
    merges  method bpe: which two tokens become one, and which; the first of them before others
"""

import json
from typing import Any

from preprocess.subword import private_runs
from preprocess.units import END
from preprocess.vocabulary import Vocabulary

NEVER = 0.0  # in place of the end's score: it stands in no text


def cutting(vocabulary: Vocabulary) -> dict[str, Any]:
    """Return `scores` or `merges` of a vocabulary of learnt pieces, nothing of any other."""
    if vocabulary.tokenizer is None:
        return {}
    bounds, base = vocabulary.expansions
    ids = {run: token for token, run in enumerate(private_runs(base, bounds)) if token != END}
    learnt = json.loads(vocabulary.tokenizer)["model"]
    if learnt["type"] == "BPE":
        return {"merges": [[ids[a], ids[b], ids[a + b]] for a, b in learnt["merges"]]}
    scores = dict(learnt["vocab"])
    return {"scores": [NEVER, *(scores.get(run, 0.0) for run in ids)]}
