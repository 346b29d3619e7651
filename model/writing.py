"""Writing: what a model draws as text, whole or piece by piece as it comes."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import count, islice
from typing import Any
from unicodedata import normalize

from model.beam import search
from model.generate import generate
from model.lane import Lane, Script
from model.rnn import CharRNN
from model.sampling import SampleConfig
from preprocess.grammar import Grammar
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
    prompts: Sequence[str] | None = None,
) -> list[str]:
    """Return the whole texts that `stream` yields in pieces, prompts included."""
    texts: list[list[str]] = []
    for index, piece in stream(model, vocabulary, grammar, config, prompts):
        if index == len(texts):
            texts.append([])
        texts[index].append(piece)
    return ["".join(pieces) for pieces in texts]


def stream(
    model: CharRNN,
    vocabulary: Vocabulary,
    grammar: Grammar,
    config: SampleConfig,
    prompts: Sequence[str] | None = None,
) -> Iterator[tuple[int, str]]:
    """
    Yield (index, piece of text) as characters are written, one sample after the other.

    Samples are drawn side by side: while the first flows, those behind it wait, and follow at
    once. A piece is a whole character, or several; the prompt (in NFC, as the corpora are) is
    the first piece of each, even where it is empty. What the grammar forbids is never drawn, so a
    jamo model writes whole syllables and bytes are legal UTF-8. The prompt's last character stays
    as it is: no trailing consonant is added to it.

    Each sample has random numbers of its own, from the seed, its prompt and its number among the
    prompt's samples. So on the CPU of one machine it is the same alone or in any batch. With a
    beam the samples of a prompt are its likeliest texts, and come as wholes; they may be fewer.

    Args:
        model: the model, in evaluation mode.
        vocabulary: its vocabulary.
        grammar: of the vocabulary.
        config: how to write.
        prompts: what to go on from: `config.count` samples of each, in this order; None for
            `config.prompt` alone.

    Raises:
        ValueError: a prompt has a surrogate.
    """
    script = Script(vocabulary, grammar)
    begun = [normalize("NFC", prompt) for prompt in prompts or [config.prompt]]
    if config.beam:
        yield from _searched(model, script, config, begun)
        return
    lanes = (
        (prompt, Lane(script, config, prompt, number))
        for prompt in begun
        for number in range(config.count)
    )
    start = 0
    while batch := list(islice(lanes, BATCH)):
        pieces = generate(model, script, config, [lane for _, lane in batch])
        for lane, piece in _in_order(pieces, [prompt for prompt, _ in batch]):
            yield start + lane, piece
        start += len(batch)


def _searched(
    model: CharRNN, script: Script, config: SampleConfig, prompts: Sequence[str]
) -> Iterator[tuple[int, str]]:
    """Yield the likeliest texts of each prompt."""
    numbers = count()
    for prompt in prompts:
        for text in search(model, script, config, prompt)[: config.count]:
            number = next(numbers)
            yield number, prompt
            yield number, text


def _in_order(
    pieces: Iterable[tuple[int, str | None]], prompts: Sequence[str]
) -> Iterator[tuple[int, str]]:
    """Let one lane through after the other, its prompt before each; None ends a lane."""
    waiting = [[prompt] for prompt in prompts]
    over = [False] * len(prompts)
    front = 0
    yield front, prompts[front]
    for lane, piece in pieces:
        if piece is None:
            over[lane] = True
        elif lane == front:
            yield lane, piece
        else:
            waiting[lane].append(piece)
        while front < len(prompts) and over[front]:
            front += 1
            if front < len(prompts):
                yield from ((front, piece) for piece in waiting[front])
