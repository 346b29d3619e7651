"""
The stage `evaluate`: what the test split costs under the model, and under the n-gram it must beat.

Numbers are per byte and per character of the cleaned text, document ends included, so that they
can be compared across units; those of two files compare only if their text_sha256 are equal.
"""

import hashlib
import logging
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model.devices import allow_tf32, choose_device
from model.folder import load_model
from model.ngram import NgramModel
from model.other_spellings import (
    OtherSpellings,
    find_other_spellings,
    has_other_spellings,
)
from model.rnn import CharRNN
from model.scoring import bits, score, score_with_others
from model.segments import stream_bounds
from model.unseen import unseen_lines
from preprocess.files import read_json, write_json
from preprocess.grammar import Grammar, States
from preprocess.tokens import Split, load_split
from preprocess.vocabulary import END, Vocabulary

GIVEN = "train"  # what a model has read before it reads test

Floats = npt.NDArray[np.float64]

logger = logging.getLogger("geulteul")


def evaluate(
    settings: dict[str, Any], *, model: Path, shards: Path, split_summary: Path, output: Path
) -> None:
    """
    Write evaluation.json.

    Args:
        settings: {"run", "corpus", "unit": names, "ngram_order": tokens of the longest n-grams}.
        model: the model folder.
        shards: the manifest of the shards.
        split_summary: what `preprocess.split` told of the corpus' split.
        output: the file to write; without a test split "models" is empty and "skipped" says why.

    Raises:
        ValueError: an input is damaged, or the model and the shards have other vocabularies.
    """
    network, vocabulary, config = load_model(model, "cpu")
    test = load_split(shards, "test", vocabulary.sha256)
    result = {
        "run": settings["run"],
        "corpus": settings["corpus"],
        "unit": settings["unit"],
        "text_sha256": _text_sha256(test, vocabulary),
        "bytes": test.bytes,
        "characters": test.characters,
        "documents": test.documents,
        "tokens": len(test.tokens),
        "parameters": network.num_parameters(),
        "models": {},
        "unseen_lines": {},
        "leaks": read_json(split_summary)["leaks"],
    }
    if len(test.tokens):
        allow_tf32(False)
        # A run that was told to stay on the CPU gets numbers that are the same each time.
        network.to(choose_device("cpu" if config["train"]["device"] == "cpu" else "auto"))
        train = load_split(shards, "train", vocabulary.sha256)
        grammar = Grammar.of(vocabulary)
        others = _other_spellings(vocabulary, test)
        states = grammar.states(test.tokens, test.offsets)
        nats, masses = {}, {}
        nats["rnn"], masses["rnn"] = _read_by_rnn(network, test, grammar, states, others)
        ngram = _fit_ngram(train, vocabulary, settings["ngram_order"])
        nats["ngram"], masses["ngram"] = _read_by_ngram(ngram, test, grammar, states, others)
        result["models"] = {name: _row(nats[name], masses[name], test) for name in nats}
        result["unseen_lines"] = _unseen_row(vocabulary, train, test, nats)
        _tell(result)
    else:
        result["skipped"] = "the corpus has no test split (its split.test is 0)"
        logger.warning("nothing is measured: %s", result["skipped"])
    write_json(output, result)


def _other_spellings(vocabulary: Vocabulary, test: Split) -> OtherSpellings | None:
    """Return the other spellings of test; None in units in which each text has but one."""
    if not has_other_spellings(vocabulary):
        return None
    bounds = stream_bounds(test.offsets, test.continued, "document")
    return find_other_spellings(vocabulary, test.tokens, bounds)


def _read_by_rnn(
    network: CharRNN,
    test: Split,
    grammar: Grammar,
    states: States,
    others: OtherSpellings | None,
) -> tuple[Floats, Floats | None]:
    """Return what each token of test costs in nats, and the probability of others in its place."""
    bounds = stream_bounds(test.offsets, test.continued, network.config.carry)
    if others is None:
        return score(network, test.tokens, bounds, grammar, states), None
    return score_with_others(network, test.tokens, bounds, grammar, others, states)


def _fit_ngram(train: Split, vocabulary: Vocabulary, order: int) -> NgramModel:
    """Count the n-grams of train, whose contexts never cross an end."""
    bounds = stream_bounds(train.offsets, train.continued, "document")
    streams = [train.tokens[begin:end] for begin, end in pairwise(bounds.tolist())]
    return NgramModel.fit(streams, vocabulary.size, order)


def _read_by_ngram(
    ngram: NgramModel,
    test: Split,
    grammar: Grammar,
    states: States,
    others: OtherSpellings | None,
) -> tuple[Floats, Floats | None]:
    """Return what `_read_by_rnn` does."""
    bounds = stream_bounds(test.offsets, test.continued, "document")
    nats = np.empty(len(test.tokens))
    masses = None if others is None else np.empty(len(test.tokens))
    for begin, end in pairwise(bounds.tolist()):
        stream, part = test.tokens[begin:end], states[begin:end]
        nats[begin:end] = -ngram.log_probabilities(stream, grammar.legal, part)
        if others is not None and masses is not None:
            places, tokens = others.at(np.arange(begin, end))
            found = ngram.log_probabilities_of(stream, places, tokens, grammar.legal, part)
            masses[begin:end] = np.bincount(places, np.exp(found), end - begin)
    return nats, masses


def _row(nats: Floats, masses: Floats | None, test: Split) -> dict[str, Any]:
    numbers = bits(float(nats.sum()), test.bytes, test.characters, len(nats))
    row: dict[str, Any] = {**numbers, "given": GIVEN}
    if masses is not None:
        row["other_spellings"] = float(masses.mean())
    return row


def _unseen_row(
    vocabulary: Vocabulary, train: Split, test: Split, nats: dict[str, Floats]
) -> dict[str, Any]:
    """Return how many lines of test train does not have, and their bits per byte by model."""
    bounds = stream_bounds(test.offsets, test.continued, "document")
    texts = (vocabulary.decode(row) for row in np.split(train.tokens, train.offsets[1:-1]))
    unseen = unseen_lines(vocabulary, texts, test.tokens, bounds)
    return {
        "lines": unseen.lines,
        "all_lines": unseen.all_lines,
        "bytes": unseen.bytes,
        "bits_per_byte": {
            name: float(costs[unseen.tokens].sum()) / math.log(2) / unseen.bytes
            for name, costs in nats.items()
            if unseen.bytes
        },
    }


def _text_sha256(split: Split, vocabulary: Vocabulary) -> str:
    """Digest the text of a split: each stretch's UTF-8, one 0x00 where a document ends."""
    digest = hashlib.sha256()
    for begin, end in pairwise(split.offsets.tolist()):
        row = split.tokens[begin:end]
        digest.update(vocabulary.decode(row).encode())
        digest.update(b"\0" * int(np.count_nonzero(row == END)))
    return digest.hexdigest()


def _tell(result: dict[str, Any]) -> None:
    """Log the bits per byte of each model."""
    for name, row in result["models"].items():
        logger.info("%s: %.4f bits per byte", name, row["bits_per_byte"])
