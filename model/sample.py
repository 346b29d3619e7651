"""Samples: text that a trained model writes, for people to read, and what it is worth."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from unicodedata import normalize

from model.folder import load_model
from model.novelty import novelties
from model.sampling import SampleConfig, configs_of
from model.scoring import bits_of_text
from model.writing import draw, header
from preprocess.files import write_json, write_text
from preprocess.grammar import Grammar
from preprocess.stretches import stretches

logger = logging.getLogger("geulteul")


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
        text: `samples.txt` to write: a header for each sample, then its text.
        samples: `samples.json` to write: for each sample its score (bits per byte of the whole
            text under the model, its end included) and novelty; the novelty of all samples
            together, and that of the human test text.
    """
    config = configs_of(settings)[0]
    network, vocabulary, _ = load_model(model, "cpu")
    grammar = Grammar.of(vocabulary)
    texts = draw(network, vocabulary, grammar, config)
    groups: list[Iterable[str]] = [[written] for written in texts]
    groups += [texts, _texts_of(clean, split, "test")]
    *each, together, human = novelties(groups, _texts_of(clean, split, "train"))
    own = {"length", "temperature", "top_k", "stop"}
    shared = {name: value for name, value in asdict(config).items() if name in own}
    rows = [
        {
            "prompt": normalize("NFC", config.prompt),
            "text": written,
            "seed": config.seed,
            "index": index,
            "settings": shared,
            "score": bits_of_text(network, vocabulary, grammar, written)["bits_per_byte"],
            "novelty": novelty,
        }
        for index, (written, novelty) in enumerate(zip(texts, each, strict=True))
    ]
    logger.info("sample: %d samples, %s", len(texts), together)
    write_text(text, to_text(texts, config))
    write_json(
        samples,
        {"settings": settings, "samples": rows, "novelty": together, "human": human},
    )


def _texts_of(clean: Sequence[Path], split: Path, name: str) -> Iterator[str]:
    return (text for _, text, _, _ in stretches(clean, split, name))


def to_text(texts: Sequence[str], config: SampleConfig) -> str:
    """Set samples out for reading: a header for each, its text, an empty line."""
    blocks = [f"{header(config, index)}\n{text}\n" for index, text in enumerate(texts)]
    return "\n".join(blocks)
