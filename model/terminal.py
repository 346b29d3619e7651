"""What people see of a model at a terminal: samples, in training and after, and losses of texts."""

import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from model.folder import load_model
from model.generate import SampleConfig
from model.rnn import CharRNN
from model.scoring import bits, bits_of_text
from model.writing import header, preview, stream
from preprocess import normalise
from preprocess.decoding import read_text
from preprocess.files import read_json
from preprocess.grammar import Grammar
from preprocess.vocabulary import Vocabulary

# A glance at a model in training. No setting: another temperature must not train again.
GLANCE = {
    "count": 1,
    "length": 120,
    "temperature": 0.8,
    "top_k": 0,
    "prompt": "",
    "seed": 0,
    "stop": "none",
}
NORMALISE = (normalise.line_ends, normalise.controls, normalise.invisible, normalise.nfc)

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
        asked: fields of `SampleConfig`; those not given are as the run's own samples were drawn.

    Raises:
        FileNotFoundError: the run has no samples of its own yet.
    """
    own = run / "samples.json"
    if not own.is_file():
        raise FileNotFoundError(
            f"{own}: is missing; run `snakemake {run / 'samples.txt'}`, which trains it first"
        )
    try:
        config = SampleConfig(**{**read_json(own)["settings"], **asked})
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


def score_files(run: Path, files: Sequence[Path]) -> dict[str, Any]:
    """
    Return what text files cost under a run's model, each read as one document.

    Files are decoded and normalised as corpora are by default, without markup being stripped.

    Args:
        run: folder of the run.
        files: UTF-8 or CP949 text.

    Returns:
        bits per byte and the other numbers of evaluation.json over all files, and under "files"
        those of each.
    """
    if len(set(files)) < len(files):
        raise ValueError("a file is named twice; name each once")
    model, vocabulary, _ = load_model(run / "model", "cpu")
    grammar = Grammar.of(vocabulary)
    rows = {str(file): bits_of_text(model, vocabulary, grammar, _text_of(file)) for file in files}
    sizes = {
        key: int(sum(row[key] for row in rows.values()))
        for key in ("bytes", "characters", "tokens", "documents")
    }
    nats = sum(row["nats_per_character"] * row["characters"] for row in rows.values())
    totals = bits(nats, sizes["bytes"], sizes["characters"], sizes["tokens"])
    return {"run": run.resolve().name, **totals, **sizes, "files": rows}


def _text_of(file: Path) -> str:
    with file.open("rb") as stream:
        text, warnings = read_text(stream, str(file))
    for warning in warnings:
        logger.warning("%s", warning)
    for step in NORMALISE:
        text, _ = step(text)
    return text
