"""
Subwords: pieces of several tokens of a base unit, learnt and applied by `tokenizers`.

The library sees neither text nor our ids, but private characters: U+F0000 + id stands for the token
`id` of the base unit. It has all of them in its vocabulary, so nothing is unknown to it, and what
it never joins (bytes) stays as the base unit spells it. What it is given are pre-tokens, an eojeol
with the one space before it, so that no piece joins two of them.

Notation: N base ids, R pre-tokens, T tokens.
"""

import json
import logging
import os
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, pairwise, repeat
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer, models, trainers

from preprocess.unigram import learn, most_frequent

FIRST_PRIVATE = 0xF0000
MOST_BASE_IDS = 0x110000 - FIRST_PRIVATE
MAX_PIECE = 16  # base ids
# What `bpe` is learnt from: as many occurrences of pre-tokens as `tokenizers` is fed in seconds,
# since it takes no counts, and as many characters of distinct ones as it merges in a minute.
MOST_OCCURRENCES = 1 << 22
MOST_CHARACTERS = 1 << 22
MIN_FREQUENCY = 2  # of a pair that becomes a piece
LONGEST = 1 << 12  # base ids encoded at once: the library's tokens take 200 bytes each

Ids = npt.NDArray[np.integer]
Bounds = npt.NDArray[np.int64]

logger = logging.getLogger("geulteul")


def private(ids: Ids) -> str:
    """
    Return the private characters that stand for base ids: (N,) to N characters.

    Raises:
        ValueError: an id is too large for one.
    """
    if len(ids) and int(ids.max()) >= MOST_BASE_IDS:
        raise ValueError(
            f"unit subword: it has a base token {ids.max()}; there can be {MOST_BASE_IDS} of them: "
            "give a larger min_count"
        )
    return str((ids.astype("<u4") + FIRST_PRIVATE).tobytes(), "utf-32-le")


def private_runs(ids: Ids, bounds: Bounds) -> list[str]:
    """Return the private characters of each of R runs of base ids."""
    text = private(ids)
    return [text[start:end] for start, end in pairwise(bounds.tolist())]


def base_ids(text: str) -> list[int]:
    """
    Return the base ids that private characters stand for.

    >>> base_ids(private(np.array([300, 70_000])))
    [300, 70000]
    """
    return [ord(character) - FIRST_PRIVATE for character in text]


class Encoder:
    """
    What was learnt, as it is applied.

    Args:
        tokenizer_json: what `train` returned.
        ids: the id of each private character of the base unit and of each piece. Characters that
            were not there when it was trained (a vocabulary can be extended) are in no piece.

    Raises:
        ValueError: the pieces of the two are not the same.
    """

    def __init__(self, tokenizer_json: str, ids: Mapping[str, int]) -> None:
        content = json.loads(tokenizer_json)
        vocabulary = content["model"]["vocab"]
        known = _pieces(content)
        wrong = [piece for piece in set(known) ^ ids.keys() if len(piece) > 1 or piece not in ids]
        if wrong:
            raise ValueError(f"the tokenizer and the ids differ in {len(wrong)} pieces")
        for character in sorted(ids.keys() - set(known)):
            if content["model"]["type"] == "BPE":
                vocabulary[character] = len(vocabulary)
            else:
                vocabulary.append([character, 0.0])
        tokenizer = Tokenizer.from_str(json.dumps(content))
        self._ids = np.array([ids[piece] for piece in _pieces(content)], np.uint32)
        # Not `encode_batch`, whose offsets and masks take four times as long.
        self._tokenize = tokenizer.model.tokenize

    def encode(self, pretokens: Iterable[str]) -> tuple[npt.NDArray[np.uint32], Bounds]:
        """
        Return the ids of R pre-tokens of private characters, (T,), and their (R + 1,) bounds.

        Each takes its time, so let them be distinct. One of more than 4,096 characters is encoded
        by so many at a time, and no piece joins these.
        """
        numbers, ends = array("I"), array("q", [0])
        for pretoken in pretokens:
            for start in range(0, len(pretoken), LONGEST):
                tokens = self._tokenize(pretoken[start : start + LONGEST])
                numbers.extend([token.id for token in tokens])
            ends.append(len(numbers))
        return self._ids[np.array(numbers)], np.array(ends)


def train(
    pretokens: Iterable[tuple[str, int]],
    alphabet: Sequence[str],
    method: str,
    max_pieces: int,
    alone: str = "",
) -> tuple[str, list[str]]:
    """
    Learn pieces.

    One of more than 4,096 characters is cut, as it is when it is encoded. Where there are very many
    characters it learns from the most frequent pre-tokens; `bpe`, where they occur more than 2^22
    times, from that many in proportion, but each at least once. The same counts, in any order and
    any process, give the same pieces.

    Args:
        pretokens: distinct ones, of private characters, with how often each occurs.
        alphabet: all private characters of the base unit, seen or not.
        method: unigram or bpe.
        max_pieces: how many pieces there may be; a small text has fewer.
        alone: private characters that are part of no piece.

    Returns:
        The tokenizer as JSON, and the pieces, each of 2 to 16 characters: the most probable first
        (unigram) or as they were merged (bpe).
    """
    counts = _cut(pretokens, alone)
    model = LEARN[method](counts, sorted(alphabet), max_pieces)
    content = Tokenizer(model).to_str()
    pieces = [piece for piece in _pieces(json.loads(content)) if len(piece) > 1]
    logger.info("%s: %d pieces, of %d that there may be", method, len(pieces), max_pieces)
    return content, pieces


def _pieces(content: dict[str, Any]) -> list[str]:
    """Return what a tokenizer has in its vocabulary, by its own numbers."""
    vocabulary = content["model"]["vocab"]
    if content["model"]["type"] == "BPE":
        return sorted(vocabulary, key=vocabulary.__getitem__)
    return [piece for piece, _ in vocabulary]


def _cut(pretokens: Iterable[tuple[str, int]], alone: str) -> list[tuple[str, int]]:
    """Cut pre-tokens around characters that are part of no piece; return what is left, sorted."""
    alone_re = re.compile(f"[{alone}]+" if alone else "$^")
    counts = Counter[str]()
    for pretoken, count in pretokens:
        for start in range(0, len(pretoken), LONGEST):
            for part in alone_re.split(pretoken[start : start + LONGEST]):
                if len(part) > 1:
                    counts[part] += count
    return sorted(counts.items())


def _bpe(counts: Sequence[tuple[str, int]], alphabet: Sequence[str], max_pieces: int) -> models.BPE:
    """Learn merges of neighbours (Sennrich et al. 2016, https://aclanthology.org/P16-1162)."""
    trainer = trainers.BpeTrainer(
        vocab_size=len(alphabet) + max_pieces,
        min_frequency=MIN_FREQUENCY,
        show_progress=False,
        initial_alphabet=list(alphabet),
        max_token_length=MAX_PIECE,
    )
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # a job has one core
    tokenizer = Tokenizer(models.BPE())
    counts = most_frequent(counts, MOST_CHARACTERS)
    total = sum(count for _, count in counts)
    share = min(1.0, MOST_OCCURRENCES / max(total, 1))
    occurrences = (repeat(part, max(1, round(count * share))) for part, count in counts)
    tokenizer.train_from_iterator(chain.from_iterable(occurrences), trainer)
    model: models.BPE = tokenizer.model
    return model


def _unigram(
    counts: Sequence[tuple[str, int]], alphabet: Sequence[str], max_pieces: int
) -> models.Unigram:
    """Learn pieces with a probability each."""
    return models.Unigram(learn(counts, alphabet, max_pieces, MAX_PIECE), None, False)


LEARN = {"unigram": _unigram, "bpe": _bpe}
