"""Samples: text that a trained model writes, for people to read, and what it is worth."""

import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from unicodedata import normalize

import torch

from model.folder import load_model
from model.generate import OVER, Ids, SampleConfig, steps
from model.novelty import novelties
from model.rnn import CharRNN
from model.scoring import bits_of_text
from preprocess.files import write_json, write_text
from preprocess.grammar import Grammar
from preprocess.stretches import stretches
from preprocess.units import END
from preprocess.vocabulary import Vocabulary

BATCH = 64  # samples drawn together at most
PREVIEW_CHARACTERS = 120

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
        settings: the fields of `SampleConfig`.
        model: the model folder.
        clean: the parts of the corpus' clean text, in order.
        split: the split of the corpus.
        text: `samples.txt` to write: a header for each sample, then its text.
        samples: `samples.json` to write: for each sample its score (bits per byte of the whole
            text under the model, its end included) and novelty; the novelty of all samples
            together, and that of the human test text.
    """
    config = SampleConfig(**settings)
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
        {"settings": asdict(config), "samples": rows, "novelty": together, "human": human},
    )


def _texts_of(clean: Sequence[Path], split: Path, name: str) -> Iterator[str]:
    return (text for _, text, _, _ in stretches(clean, split, name))


def to_text(texts: Sequence[str], config: SampleConfig) -> str:
    """Set samples out for reading: a header for each, its text, an empty line."""
    blocks = [f"{header(config, index)}\n{text}\n" for index, text in enumerate(texts)]
    return "\n".join(blocks)


def header(config: SampleConfig, index: int) -> str:
    """
    Say in a line how a sample was drawn.

        >>> header(SampleConfig(8, 400, 0.8, 40, "사랑", 1, "document"), 0)
        '=== sample 1 of 8: prompt "사랑", temperature 0.8, top-k 40, seed 1 ==='
    """
    prompt = json.dumps(config.prompt, ensure_ascii=False)
    top_k = f", top-k {config.top_k}" if config.top_k else ""
    return (
        f"=== sample {index + 1} of {config.count}: prompt {prompt}, "
        f"temperature {config.temperature:g}{top_k}, seed {config.seed} ==="
    )


def preview(
    model: CharRNN, vocabulary: Vocabulary, grammar: Grammar, settings: dict[str, Any]
) -> str:
    """
    Write one short sample of a model in training; its mode is as before when this returns.

    Args:
        model: the model as it is now.
        vocabulary: its vocabulary.
        grammar: of the vocabulary.
        settings: the fields of `SampleConfig`; one sample is drawn, cut short.
    """
    config = SampleConfig(**settings)
    short = replace(config, count=1, length=min(config.length, PREVIEW_CHARACTERS))
    training = model.training
    model.eval()
    try:
        return draw(model, vocabulary, grammar, short)[0]
    finally:
        model.train(training)


def draw(
    model: CharRNN,
    vocabulary: Vocabulary,
    grammar: Grammar,
    config: SampleConfig,
    indices: Sequence[int] | None = None,
) -> list[str]:
    """Return the whole texts that `stream` yields in pieces, prompts included."""
    indices = range(config.count) if indices is None else indices
    pieces: dict[int, list[str]] = {index: [] for index in indices}
    for index, piece in stream(model, vocabulary, grammar, config, indices):
        pieces[index].append(piece)
    return ["".join(pieces[index]) for index in indices]


def stream(
    model: CharRNN,
    vocabulary: Vocabulary,
    grammar: Grammar,
    config: SampleConfig,
    indices: Sequence[int] | None = None,
) -> Iterator[tuple[int, str]]:
    """
    Yield (index, piece of text) as characters are written, one sample after the other.

    Samples are drawn side by side: while the first flows, those behind it wait, and follow at
    once. A piece is a whole character, or several; the prompt (in NFC, as the corpora are) is
    the first piece of each, even where it is empty. What the grammar forbids is never drawn, so a
    jamo model writes whole syllables and bytes are legal UTF-8. The prompt's last character stays
    as it is: no trailing consonant is added to it.

    Each sample has random numbers of its own, from (seed, index), so it is the same alone or in
    any batch. What can still make it another: another machine or version of torch, a GPU, or
    (seen with layers under 64 wide) a matrix product whose rows round otherwise in another batch.
    Then probabilities differ in the last bit, and one draw in millions falls on the other side.

    Args:
        model: the model, in evaluation mode.
        vocabulary: its vocabulary.
        grammar: of the vocabulary.
        config: what to write.
        indices: numbers of the samples wanted, from 0; None for the first `config.count`.

    Raises:
        ValueError: the prompt has a surrogate.
    """
    indices = range(config.count) if indices is None else indices
    prompt = normalize("NFC", config.prompt)
    vocabulary.encode(prompt)  # refused, if it must be, before anything is written
    with _one_thread():
        for start in range(0, len(indices), BATCH):
            batch = indices[start : start + BATCH]
            tokens = steps(model, vocabulary, grammar, replace(config, prompt=prompt), batch)
            pieces = _characters(tokens, vocabulary, len(batch))
            for lane, piece in _in_order(pieces, len(batch), prompt):
                yield batch[lane], piece


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let torch use one thread: a step is too small to share, and its bits depend on threads."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _in_order(
    pieces: Iterable[tuple[int, str | None]], lanes: int, prompt: str
) -> Iterator[tuple[int, str]]:
    """Let one lane through after the other, the prompt before each; None ends a lane."""
    waiting: list[list[str]] = [[prompt] for _ in range(lanes)]
    over = [False] * lanes
    front = 0
    yield from ((front, piece) for piece in waiting[front])
    for lane, piece in pieces:
        if piece is None:
            over[lane] = True
        elif lane == front:
            yield lane, piece
        else:
            waiting[lane].append(piece)
        while front < lanes and over[front]:
            front += 1
            if front < lanes:
                yield from ((front, piece) for piece in waiting[front])


def _characters(
    drawn: Iterable[Ids], vocabulary: Vocabulary, lanes: int
) -> Iterator[tuple[int, str | None]]:
    """Yield (lane, text) whenever tokens of a lane make whole characters; (lane, None) ends it."""
    sizes = vocabulary.characters_begun.tolist()
    unfinished: list[list[int] | None] = [[] for _ in range(lanes)]
    for tokens in drawn:
        for lane, token in enumerate(tokens.tolist()):
            parts = unfinished[lane]
            if parts is None:
                continue
            if parts and (token == OVER or sizes[token]):  # nothing more comes to these parts
                yield lane, vocabulary.decode(parts)
                parts.clear()
            if token == OVER:
                unfinished[lane] = None
                yield lane, None
            elif token == END:
                yield lane, "\n"
            else:
                parts.append(token)
