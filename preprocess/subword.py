"""
Subwords: pieces of several tokens of a base unit, learnt and applied by `tokenizers`.

A text is cut into pre-tokens, an eojeol with the one space before it, so that no piece joins two of
them. The library sees neither the text nor our ids, but private characters: U+F0000 + id stands
for the token `id` of the base unit. It has all of them in its vocabulary, so nothing is unknown
to it, and what it never joins (bytes) stays as the base unit spells it.

Notation: N code points or base ids, S stretches, R pre-tokens (runs), D distinct ones, T tokens.
"""

import heapq
import json
import logging
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import chain, pairwise, repeat
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from tokenizers import Tokenizer, models, trainers

from preprocess.unigram import learn

FIRST_PRIVATE = 0xF0000
MOST_BASE_IDS = 0x110000 - FIRST_PRIVATE
SPACE = 0x20
PAST_WHITE_SPACE = 0x3001  # the last white space of Unicode is U+3000
MAX_PIECE = 16  # base ids
# Pre-tokens to learn from: the most frequent ones, and as many occurrences as `tokenizers` is fed
# in some seconds, since it takes no counts.
MOST_PRETOKENS = 1 << 19
MOST_OCCURRENCES = 1 << 22
MIN_FREQUENCY = 2  # of a pair that becomes a piece

Ids = npt.NDArray[np.integer]
Bounds = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

logger = logging.getLogger("geulteul")


def pretokens(code_points: Ids, bounds: Bounds) -> Bounds:
    r"""
    Cut stretches of text into pre-tokens.

    A pre-token is a run without white space (`str.isspace`), with the U+0020 right before it if
    there is one; or a run of the white space that is left.

    Args:
        code_points: (N,) of all stretches.
        bounds: (S + 1,) stretch s is code_points[bounds[s] : bounds[s + 1]]; they cover all.

    Returns:
        (R + 1,) bounds of the pre-tokens; none goes across a bound of the stretches.

    >>> text = np.array([ord(character) for character in "나는  밥을\n 먹다 "])
    >>> pretokens(text, np.array([0, len(text)])).tolist()
    [0, 2, 3, 6, 7, 10, 11]
    """
    is_space = _white_space().take(code_points, mode="clip")
    takes_space = ~is_space
    takes_space[1:] &= code_points[:-1] == SPACE
    takes_space[bounds[bounds < len(code_points)]] = False
    begins = np.ones(len(code_points) + 1, np.bool_)
    begins[1:-1] = (is_space[1:] != is_space[:-1]) & ~takes_space[1:]
    begins[:-2] |= takes_space[1:]
    begins[bounds] = True
    return np.flatnonzero(begins)


@cache
def _white_space() -> Flags:
    """Say of the first code points, up to one that is none, whether they are white space."""
    return np.array([chr(code).isspace() for code in range(PAST_WHITE_SPACE + 1)])


def distinct(code_points: Ids, bounds: Bounds) -> tuple[Ids, Bounds, Ids]:
    """
    Return the distinct ones of R runs, in order of their first occurrence.

    Args:
        code_points: (N,) of all runs, which cover them.
        bounds: (R + 1,) of the runs.

    Returns:
        The code points of the distinct ones, their (D + 1,) bounds, and for each run the (R,)
        index of its own.
    """
    width = code_points.itemsize
    buffers = [None, pa.py_buffer(bounds * width), pa.py_buffer(np.ascontiguousarray(code_points))]
    runs = pa.Array.from_buffers(pa.large_binary(), len(bounds) - 1, buffers)
    coded = runs.dictionary_encode()
    _, offsets, values = coded.dictionary.buffers()
    ends = np.frombuffer(offsets, np.int64)[: len(coded.dictionary) + 1] // width
    points = np.frombuffer(values or b"", code_points.dtype)[: ends[-1]]
    return points, ends, coded.indices.to_numpy()


def gather(tokens: Ids, bounds: Bounds, indices: Ids) -> tuple[Ids, Bounds]:
    """
    Return runs of tokens by their indices: (T,) tokens and their (R + 1,) bounds.

    Args:
        tokens: of D runs.
        bounds: (D + 1,) of the runs.
        indices: (R,) which run stands at each place.

    >>> [array.tolist() for array in gather(np.array([7, 8, 9]), np.array([0, 1, 3]), [1, 0, 1])]
    [[8, 9, 7, 8, 9], [0, 2, 3, 5]]
    """
    sizes = np.diff(bounds)[indices]
    ends = np.append(0, np.cumsum(sizes))
    places = np.arange(ends[-1]) + np.repeat(bounds[:-1][indices] - ends[:-1], sizes)
    return tokens[places], ends


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

        Each takes its time, so let them be distinct.
        """
        numbers: list[int] = []
        ends = [0]
        for pretoken in pretokens:
            numbers += [token.id for token in self._tokenize(pretoken)]
            ends.append(len(numbers))
        return self._ids[np.array(numbers, np.int64)], np.array(ends)


def train(
    pretokens: Iterable[tuple[str, int]],
    alphabet: Sequence[str],
    method: str,
    max_pieces: int,
    alone: str = "",
) -> tuple[str, list[str]]:
    """
    Learn pieces.

    It learns from the 2^19 most frequent pre-tokens; for `bpe`, where they occur more than 2^22
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
    counts = _cut(_most_frequent(pretokens), alone)
    model = METHODS[method](counts, sorted(alphabet), max_pieces)
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


def _most_frequent(pretokens: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return the pre-tokens to learn from; of two as frequent, the lower one."""
    # A whole corpus may have tens of millions, which do not fit into memory.
    return heapq.nsmallest(MOST_PRETOKENS, pretokens, key=lambda item: (-item[1], item[0]))


def _cut(pretokens: Iterable[tuple[str, int]], alone: str) -> list[tuple[str, int]]:
    """Cut pre-tokens around characters that are part of no piece; return what is left, sorted."""
    alone_re = re.compile(f"[{alone}]+" if alone else "$^")
    counts = Counter[str]()
    for pretoken, count in pretokens:
        for part in alone_re.split(pretoken):
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


METHODS = {"unigram": _unigram, "bpe": _bpe}
