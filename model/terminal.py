"""What people see of a model in training: samples."""

import logging
import sys
from collections.abc import Callable
from pathlib import Path

from tqdm import tqdm

from model.rnn import CharRNN
from model.writing import preview
from preprocess.grammar import Grammar
from preprocess.vocabulary import Vocabulary

# A glance at a model in training. No setting: another temperature must not train again.
GLANCE = {
    "count": 1,
    "length": 120,
    "temperature": 0.8,
    "top_k": 0,
    "top_p": 1.0,
    "draw": "token",
    "no_repeat_ngram": 0,
    "beam": 0,
    "prompt": "",
    "seed": 0,
    "stop": "none",
    "lines": 0,
    "stop_text": "",
    "acrostic": "",
}

logger = logging.getLogger("geulteul")


def previewer(vocabulary: Path) -> Callable[[CharRNN, int], None]:
    """
    Return what shows a short sample of a model in training: in the log, and above the bar.

    Args:
        vocabulary: of the model.
    """
    symbols = Vocabulary.load(vocabulary)
    grammar = Grammar.of(symbols)

    def show(model: CharRNN, step: int) -> None:
        text = preview(model, symbols, grammar, GLANCE)
        logger.info("step %d writes: %s", step, text)
        if sys.stderr.isatty():
            tqdm.write(f"step {step}: {text}\n", file=sys.stderr)

    return show
