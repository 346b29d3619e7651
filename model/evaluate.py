"""
The stage `evaluate`: what the test split costs under the model, and under the n-gram it must beat.

Numbers are per byte and per character of the cleaned text, document ends included, so that they
can be compared across units; those of two files compare only if their text_sha256 are equal.
"""

import hashlib
import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model.compressors import Price, prices
from model.devices import allow_tf32, choose_device
from model.dynamic import dynamic_nats
from model.folder import load_model
from model.mixture import Mixture
from model.ngram import NgramModel, fit_ngram
from model.other_spellings import (
    OtherSpellings,
    find_other_spellings,
    has_other_spellings,
)
from model.parts import Parts
from model.rnn import CharRNN
from model.scoring import bits, score, score_with_others
from model.segments import stream_bounds
from model.texts import Text, text_bytes
from model.unseen import unseen_lines
from preprocess.files import read_json, write_json
from preprocess.grammar import Grammar
from preprocess.spelling import Tokens
from preprocess.tokens import Split, load_split
from preprocess.vocabulary import Vocabulary

NGRAM_TOKENS = 1 << 26  # of train, at most, that n-grams are counted in: some 5 GB

Floats = npt.NDArray[np.float64]

logger = logging.getLogger("geulteul")


@dataclass(frozen=True)
class Reading:
    """
    What one model made of test.

    Attributes:
        nats: (N,) cost of each token.
        given: what the model has read before test.
        masses: (N,) probability of other spellings in each place; None where there are none, or
            the model cannot tell.
        more: what else its row shall say.
    """

    nats: Floats
    given: str
    masses: Floats | None = None
    more: dict[str, Any] = field(default_factory=dict)


def evaluate(
    settings: dict[str, Any], *, model: Path, shards: Path, split_summary: Path, output: Path
) -> None:
    """
    Write evaluation.json.

    Args:
        settings: {"run", "corpus", "unit": names, "ngram_order": tokens of the longest n-grams, or
            None: chosen on valid}.
        model: the model folder.
        shards: the manifest of the shards.
        split_summary: what `preprocess.split` told of the corpus' split.
        output: the file to write; without a test split "models" is empty and "skipped" says why.

    Raises:
        ValueError: an input is damaged, or the model and the shards have other vocabularies.
    """
    network, vocabulary, config = load_model(model, "cpu")
    grammar = Grammar.of(vocabulary)
    test = _load(shards, "test", vocabulary, grammar)
    result = {
        "run": settings["run"],
        "corpus": settings["corpus"],
        "unit": settings["unit"],
        "text_sha256": _text_sha256(test.split, vocabulary),
        "bytes": test.split.bytes,
        "characters": test.split.characters,
        "documents": test.split.documents,
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
        train = _load(shards, "train", vocabulary, grammar)
        valid = _load(shards, "valid", vocabulary, grammar)
        nats = {}
        for name, reading in _readings(network, vocabulary, train, valid, test, settings):
            nats[name] = reading.nats
            result["models"][name] = row = _row(reading, test.split)
            _tell(name, row)
        for price in prices(train, valid, test, vocabulary):
            result["models"][price.compressor] = row = _price_row(price, test.split)
            _tell(price.compressor, row)
        result["unseen_lines"] = _unseen_row(vocabulary, train.split, test, nats)
    else:
        result["skipped"] = "the corpus has no test split (its split.test is 0)"
        logger.warning("nothing is measured: %s", result["skipped"])
    write_json(output, result)


def _load(shards: Path, split: str, vocabulary: Vocabulary, grammar: Grammar) -> Text:
    return Text.of(load_split(shards, split, vocabulary.sha256), grammar)


def _readings(
    network: CharRNN,
    vocabulary: Vocabulary,
    train: Text,
    valid: Text,
    test: Text,
    settings: dict[str, Any],
) -> Iterator[tuple[str, Reading]]:
    """Yield what each model makes of test, by name."""
    others = _other_spellings(vocabulary, test)
    yield "rnn", _read_by_rnn(network, test, others)
    counted, given = _first_tokens(train, NGRAM_TOKENS)
    ngram = fit_ngram(counted, valid, settings["ngram_order"])
    yield "ngram", _read_by_ngram(ngram, test, others, given)
    mixture = Mixture.fit(Parts(network, ngram), valid)
    nats, masses = mixture.costs(test, others)
    yield "mixture", Reading(nats, "train", masses, {"weights": mixture.describe()})
    nats, read, learning = dynamic_nats(network, vocabulary, train, valid, test)
    yield "dynamic", Reading(nats, read, more={"network": learning})


def _other_spellings(vocabulary: Vocabulary, test: Text) -> OtherSpellings | None:
    """Return the other spellings of test; None in units in which each text has but one."""
    if not has_other_spellings(vocabulary):
        return None
    return find_other_spellings(vocabulary, test.tokens, test.bounds)


def _read_by_rnn(network: CharRNN, test: Text, others: OtherSpellings | None) -> Reading:
    """Read test, with the state carried across its documents where the network learnt so."""
    bounds = stream_bounds(test.split.offsets, test.split.continued, network.config.carry)
    if others is None:
        return Reading(score(network, test.tokens, bounds, test.grammar, test.states), "train")
    nats, masses = score_with_others(
        network, test.tokens, bounds, test.grammar, others, test.states
    )
    return Reading(nats, "train", masses)


def _first_tokens(train: Text, limit: int) -> tuple[list[Tokens], str]:
    """Return the streams of train up to a number of tokens, and how a row calls them."""
    if len(train.tokens) <= limit:
        return train.streams(), "train"
    ends = np.minimum(train.bounds, limit).tolist()
    streams = [train.tokens[begin:end] for begin, end in pairwise(ends) if begin < end]
    return streams, f"the first {limit:,} tokens of train"


def _read_by_ngram(
    ngram: NgramModel, test: Text, others: OtherSpellings | None, given: str
) -> Reading:
    """Read test, whose streams begin anew for an n-gram."""
    legal, states = test.grammar.legal, test.states
    nats = -ngram.log_probabilities(test.tokens, legal, states, test.bounds)
    masses = None
    if others is not None:
        places, tokens = others.at(np.arange(len(test.tokens)))
        found = ngram.log_probabilities_of(test.tokens, places, tokens, legal, states, test.bounds)
        masses = np.bincount(places, np.exp(found), len(test.tokens)).astype(np.float64)
    return Reading(nats, given, masses, {"order": ngram.order})


def _row(reading: Reading, test: Split) -> dict[str, Any]:
    numbers = bits(float(reading.nats.sum()), test.bytes, test.characters, len(reading.nats))
    row: dict[str, Any] = {**numbers, "given": reading.given, **reading.more}
    if reading.masses is not None:
        row["other_spellings"] = float(reading.masses.mean())
    return row


def _price_row(price: Price, test: Split) -> dict[str, Any]:
    """Return the row of a compressor, which knows nothing of tokens."""
    nats = (price.bytes or 0) * 8 * math.log(2)
    numbers = bits(nats, test.bytes, test.characters, len(test.tokens))
    row: dict[str, Any] = {
        name: None if price.bytes is None or name == "perplexity_per_token" else number
        for name, number in numbers.items()
    }
    row["given"] = "train, valid"
    if price.order is not None:
        row["order"] = price.order
    if price.skipped is not None:
        row["skipped"] = price.skipped
    return row


def _tell(name: str, row: dict[str, Any]) -> None:
    """Log what a row says."""
    if row["bits_per_byte"] is None:
        logger.warning("%s: not measured, %s", name, row["skipped"])
        return
    order = f", order {row['order']}" if "order" in row else ""
    logger.info(
        "%s: %.4f bits per byte, given %s%s", name, row["bits_per_byte"], row["given"], order
    )


def _unseen_row(
    vocabulary: Vocabulary, train: Split, test: Text, nats: dict[str, Floats]
) -> dict[str, Any]:
    """Return how many lines of test train does not have, and their bits per byte by model."""
    texts = (vocabulary.decode(row) for row in np.split(train.tokens, train.offsets[1:-1]))
    unseen = unseen_lines(vocabulary, texts, test.tokens, test.bounds)
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
    """Digest the text of a split."""
    digest = hashlib.sha256()
    for piece in text_bytes(split, vocabulary):
        digest.update(piece)
    return digest.hexdigest()
