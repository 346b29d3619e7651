"""What people see of a model at a terminal: samples, in training and after."""

import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tqdm import tqdm

from model.folder import load_model
from model.rnn import CharRNN
from model.sampling import configs_of
from model.writing import header, preview, stream
from preprocess.files import read_json
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


def stream_run(run: Path, asked: dict[str, Any]) -> Iterator[str]:
    """
    Yield samples of a run piece by piece, as they are drawn, a header before each.

    Args:
        run: folder of the run, such as results/ballad.
        asked: keys of `sample` in config.yaml; others are as the run's own samples were drawn.

    Raises:
        FileNotFoundError: the run has no samples of its own yet.
    """
    own = run / "samples.json"
    if not own.is_file():
        raise FileNotFoundError(
            f"{own}: is missing; run `snakemake {run / 'samples.txt'}`, which trains it first"
        )
    try:
        config = configs_of({**read_json(own)["settings"], **asked})[0]
    except (KeyError, TypeError) as error:
        raise ValueError(
            f"{own}: has not the settings of this version; run `snakemake {run / 'samples.txt'}`"
        ) from error
    model, vocabulary, _ = load_model(run / "model", "cpu")
    before = -1
    for index, piece in stream(model, vocabulary, Grammar.of(vocabulary), config):
        if index != before:
            yield ("\n\n" if before >= 0 else "") + header(config, index) + "\n"
            before = index
        yield piece
    yield "\n"
