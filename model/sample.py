"""Samples: text that a trained model writes, for people to read, and what it is worth."""

import logging
import math
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from unicodedata import normalize

import numpy as np

from model.folder import load_model
from model.joined import joined
from model.novelty import LONG, Texts
from model.rnn import CharRNN
from model.sampling import SampleConfig, configs_of
from model.scoring import score
from model.windows import LONGEST, WINDOWS, window_config, windows_of
from model.worth import Worth, longest_copy, worth
from model.writing import draw, header
from preprocess.files import write_json, write_text
from preprocess.grammar import Grammar
from preprocess.vocabulary import END, Vocabulary

logger = logging.getLogger("geulteul")


class Sample(NamedTuple):
    """A text for people, its number among those that were drawn alike, and how they were."""

    text: str
    number: int
    config: SampleConfig


def sample(
    settings: dict[str, Any],
    model: Path,
    clean: Sequence[Path],
    split: Path,
    text: Path,
    samples: Path,
) -> None:
    """
    Write samples for people, and beside them what they are worth.

    Args:
        settings: `sample` of a run in config.yaml.
        model: the model folder.
        clean: the parts of the corpus' clean text, in order.
        split: the split of the corpus.
        text: `samples.txt` to write: a header for each sample, its text, and which long passages
            of it stand in train.
        samples: `samples.json` to write: docs/numbers.md, "Samples", says what it holds.
    """
    network, vocabulary, _ = load_model(model, "cpu")
    grammar = Grammar.of(vocabulary)
    draw_texts = partial(draw, network, vocabulary, grammar)
    configs = configs_of(settings)
    written = [
        Sample(drawn, number, config)
        for config in configs
        for number, drawn in enumerate(draw_texts(config))
    ]
    human = windows_of(lambda: (piece.text for piece in joined(clean, split, "test")))
    size = len(human[0]) if human else min(LONGEST, configs[0].length)
    windows = [*(draw_texts(window_config(config, size)) for config in configs), human]
    groups = [Texts([sample.text], cut=False) for sample in written]
    groups += [Texts(texts, cut=True) for texts in windows]
    measured = worth(groups, partial(joined, clean, split, "train"))
    own, rest = measured[: len(written)], measured[len(written) :]
    scores = _scores(network, vocabulary, grammar, [sample.text for sample in written])
    *rows, human_row = map(_worth_row, windows, rest)
    worth_rows = [
        {"temperature": config.temperature, **row}
        for config, row in zip(configs, rows, strict=True)
    ]
    for row in worth_rows:
        logger.info("sample: temperature %g: %s", row["temperature"], _told(row))
    logger.info("sample: people: %s", _told(human_row))
    write_text(text, "\n".join(map(_block, written, own)))
    write_json(
        samples,
        {
            "settings": settings,
            "samples": list(map(_sample_row, written, scores, own)),
            "windows": {"count": WINDOWS, "characters": size},
            "worth": worth_rows,
            "human": human_row,
        },
    )


def _scores(
    network: CharRNN, vocabulary: Vocabulary, grammar: Grammar, texts: Sequence[str]
) -> list[float]:
    """Return the bits per byte of each text under the model, as a document with its end."""
    rows = [np.append(vocabulary.encode(text), END) for text in texts]
    bounds = np.cumsum([0, *map(len, rows)])
    nats = score(network, np.concatenate(rows), bounds, grammar)
    sizes = np.array([len(text.encode()) + 1 for text in texts])
    bits_per_byte: list[float] = (np.add.reduceat(nats, bounds[:-1]) / math.log(2) / sizes).tolist()
    return bits_per_byte


def _sample_row(sample: Sample, score: float, worth: Worth) -> dict[str, Any]:
    settings = asdict(sample.config)
    return {
        "prompt": normalize("NFC", settings.pop("prompt")),
        "text": sample.text,
        "seed": settings.pop("seed"),
        "index": sample.number,
        "settings": {name: value for name, value in settings.items() if name != "count"},
        "score": score,
        "novelty": worth.novelty,
        "copies": [passage._asdict() for passage in worth.copies[0]],
    }


def _worth_row(texts: Sequence[str], worth: Worth) -> dict[str, Any]:
    return {**worth.novelty, "longest_copied": longest_copy(texts, worth.copies)}


def _told(row: dict[str, Any]) -> str:
    """Say in words how much of some texts is copied or loops."""
    if not row["characters"]:
        return "no text to measure"
    return (
        f"{row['copied_12']:.1%} in copies of 12 characters and more, the longest of "
        f"{row['longest_copy']}; {row['lines_in_train']} of {row['lines']} lines in train; "
        f"{row['loops']} of {row['texts']} texts loop"
    )


def _block(sample: Sample, worth: Worth) -> str:
    """Set a sample out for reading, with a line for each passage that nobody writes by chance."""
    told = [
        f"--- characters {start + 1} to {end} stand in train, in {document_id} ---\n"
        for start, end, document_id in worth.copies[0]
        if end - start >= LONG
    ]
    return f"{header(sample.config, sample.number)}\n{sample.text}\n{''.join(told)}"
