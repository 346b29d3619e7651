"""Writing: what a model draws as text, whole or piece by piece as it comes."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unicodedata import normalize

import torch

from model.generate import OVER, Ids, steps
from model.rnn import CharRNN
from model.sampling import SampleConfig
from preprocess.grammar import Grammar
from preprocess.units import END
from preprocess.vocabulary import Vocabulary

BATCH = 64  # samples drawn together at most
PREVIEW_CHARACTERS = 120


def header(config: SampleConfig, index: int) -> str:
    """Say in a line how a sample was drawn: what is not as usual, and its number."""
    prompt = json.dumps(config.prompt, ensure_ascii=False)
    settings = [f"prompt {prompt}"]
    if config.beam:
        settings.append(f"beam {config.beam}")
    else:
        settings.append(f"temperature {config.temperature:g}")
        settings += [f"top-k {config.top_k}"] if config.top_k else []
        settings += [f"top-p {config.top_p:g}"] if config.top_p < 1 else []
        settings += ["drawn on spaces"] if config.draw == "space" else []
    if config.no_repeat_ngram:
        settings.append(f"no {config.no_repeat_ngram} characters twice")
    settings += [f"acrostic {config.acrostic}"] if config.acrostic else []
    settings += [] if config.beam else [f"seed {config.seed}"]
    return f"=== sample {index + 1} of {config.count}: {', '.join(settings)} ==="


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
