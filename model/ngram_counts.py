"""
How often each n-gram of a text stands in it: all orders at once, from one sort of its positions.

Positions are sorted by the tokens that follow. All occurrences of a k-gram are then one run, and
those of its first k - 1 tokens, its context, a run around it. How many first tokens of two
neighbours are the same says where runs of each order begin (Manber and Myers 1993, "Suffix arrays",
https://doi.org/10.1137/0222058; but no further than the greatest order).

Most long n-grams stand in a text once. Where a context does, what follows it is read from the text
itself, so counts are stored for what follows contexts that stand there twice or more.

Notation: V tokens in the vocabulary, V + 1 symbols; P positions of the text, begin marks included;
K_k stored k-grams, C_k stored contexts of k - 1 tokens, each numbered in the order of its tokens.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

NONE = -1  # links nowhere: a gram that is not in train, or that nothing follows there
MAX_ORDER = 100  # lengths are kept in a byte
NEVER = 255

Tokens = npt.NDArray[np.integer]
Ids = npt.NDArray[np.int64]
Positions = npt.NDArray[np.int32]
Counts = npt.NDArray[np.uint32]
Flags = npt.NDArray[np.bool_]
Lengths = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Grams:
    """
    The stored k-grams of one order k, and one more that stands for all others.

    Attributes:
        keys: (K_k + 1,) ascending, number of the context * (V + 1) + last token; the last is one
            that no k-gram has.
        plain: (K_k + 1,) how often each stands in the text; 0 the last.
        distinct: (K_k + 1,) how many tokens stand before it, or its plain count where it starts
            with a begin mark, before which nothing stands; 0 the last.
        links: (K_k + 1,) where it leads as a context: its number among the contexts of the next
            order, or ~p where it stands in the text once, p the position after it, or NONE where
            nothing follows; NONE the last.
        contexts: C_k.
        rare_plain: (4,) how many k-grams have a plain count of 1, 2, 3 and 4; those that are not
            stored, whose counts are 1, included.
        rare_distinct: likewise.
    """

    keys: Ids
    plain: Counts
    distinct: Counts
    links: Positions
    contexts: int
    rare_plain: Ids
    rare_distinct: Ids


def join(streams: Sequence[Tokens], vocabulary_size: int) -> Tokens:
    """
    Lay streams one after another, a begin mark before each: (P,).

    The mark is V, which is no token.

    Raises:
        ValueError: a token is outside the vocabulary.
    """
    dtype = np.min_scalar_type(vocabulary_size)
    joined = np.empty(sum(len(stream) + 1 for stream in streams), dtype)
    end = 0
    for stream in streams:
        begin, end = end + 1, end + 1 + len(stream)
        joined[begin - 1] = vocabulary_size
        if len(stream) and not 0 <= (largest := int(stream.max())) < vocabulary_size:
            raise ValueError(f"token {largest} is outside a vocabulary of {vocabulary_size}")
        joined[begin:end] = stream
    return joined


def count(text: Tokens, vocabulary_size: int, order: int) -> Iterator[Grams]:
    """
    Yield the k-grams of a text for k = 1 .. `order`.

    Takes about 50 bytes for each token of the text while it runs, and 20 for each stored k-gram.

    Args:
        text: (P,) as `join` makes it.
        vocabulary_size: V.
        order: 1 .. MAX_ORDER.
    """
    positions, common = _sort(text, vocabulary_size + 1, order)
    new_before, lengths = (
        _before(text, vocabulary_size, positions, common),
        _lengths(text, vocabulary_size, order),
    )
    lengths = lengths[positions]
    is_context_begin = np.arange(len(text)) == 0
    for k in range(1, order + 1):
        # Here are the positions whose first k - 1 tokens stand in the text twice or more.
        contexts = np.cumsum(is_context_begin, dtype=np.int32) - 1
        is_edge = (common < k) | (lengths < k)
        edges = np.flatnonzero(is_edge)
        sizes = np.diff(edges, append=len(positions))
        is_gram = lengths[edges] >= k  # else the text ends there
        begins = edges[is_gram]
        firsts = positions[begins]
        plain = sizes[is_gram].astype(np.uint32)
        new = np.append(0, np.cumsum(new_before <= k, dtype=np.int32))
        distinct = np.diff(new[np.append(edges, len(positions))])[is_gram].astype(np.uint32)
        marked = text[firsts] == vocabulary_size
        distinct[marked] = plain[marked]
        repeated = plain > 1
        links = np.where(repeated, np.cumsum(repeated, dtype=np.int32) - 1, ~(firsts + k))
        links[lengths[begins] == k] = NONE  # the mark sorts last: if one goes on, the first does
        if k == 1:
            plain[marked] = distinct[marked] = 0  # nothing predicts a begin
        num_once = _num_grams(text, vocabulary_size, k) - int(plain.sum())
        keys = contexts[begins] * np.int64(vocabulary_size + 1) + text[firsts + (k - 1)]
        yield Grams(
            keys=np.append(keys, np.iinfo(np.int64).max),
            plain=np.append(plain, np.uint32(0)),
            distinct=np.append(distinct, np.uint32(0)),
            links=np.append(links, np.int32(NONE)),
            contexts=int(contexts[-1]) + 1 if len(contexts) else int(k == 1),
            rare_plain=_rare(plain, num_once),
            rare_distinct=_rare(distinct, num_once),
        )
        stays = np.repeat(is_gram & (sizes > 1), sizes)
        is_context_begin = is_edge[stays]
        positions, common = positions[stays], common[stays]
        new_before, lengths = new_before[stays], lengths[stays]


def _sort(text: Tokens, base: int, depth: int) -> tuple[Positions, Lengths]:
    """
    Sort the positions of a text by the symbols from there on.

    Args:
        text: (P,) of 0 .. base - 1.
        base: V + 1.
        depth: how many symbols matter.

    Returns:
        The positions, (P,), and how many symbols each has in common with the one before, up to
        `depth`: (P,).
    """
    bits = (base - 1).bit_length()
    packed = min(depth, 62 // bits)  # symbols that a key holds
    # As if another stream began where the text ends.
    padded = np.append(text, np.full(depth + packed, base - 1, text.dtype))
    keys = np.zeros(len(text) + depth, np.int64)
    for shift in range(packed):
        keys = keys << bits | padded[shift : shift + len(keys)]
    positions = keys[: len(text)].argsort().astype(np.int32)
    differ = np.diff(keys[positions], prepend=-1) != 0
    known = packed
    while known < depth and not differ.all():
        known = _double(positions, differ, known)
    common = np.zeros(len(text), np.uint8)
    pairs = np.arange(1, len(text), dtype=np.int32)  # that have all symbols so far in common
    for first in range(0, depth, packed):
        differences = keys[positions[pairs] + first] ^ keys[positions[pairs - 1] + first]
        for symbols in range(1, packed + 1):
            common[pairs] += differences < 1 << bits * (packed - symbols)
        pairs = pairs[differences == 0]
    return positions, common


def _double(positions: Positions, differ: Flags, known: int) -> int:
    """
    Sort positions by twice as many symbols, in place.

    Args:
        positions: (P,) sorted by `known` symbols.
        differ: (P,) whether these are others than those of the position before; for twice as many
            thereafter.
        known: symbols.

    Returns:
        How many symbols are known then.
    """
    first_equals = np.maximum.accumulate(
        np.where(differ, np.arange(len(differ), dtype=np.int32), 0)
    )
    ranks = np.zeros(len(positions) + known, np.int32)  # nothing comes after the text's end
    ranks[positions] = first_equals + 1
    unsettled = np.flatnonzero(~differ | ~np.append(differ[1:], True))
    chosen = positions[unsettled]
    keys = ranks[chosen].astype(np.int64) << 32 | ranks[chosen + known]
    order = keys.argsort()
    positions[unsettled] = chosen[order]
    differ[unsettled] = np.diff(keys[order], prepend=-1) != 0
    return 2 * known


def _lengths(text: Tokens, vocabulary_size: int, order: int) -> Lengths:
    """Say of each position how many symbols there are to the end of its stream: (P,)."""
    begins = np.flatnonzero(text == vocabulary_size)
    ends = np.repeat(np.append(begins, len(text))[1:], np.diff(begins, append=len(text)))
    return np.minimum(ends - np.arange(len(text)), order + 1).astype(np.uint8)


def _before(text: Tokens, vocabulary_size: int, positions: Positions, common: Lengths) -> Lengths:
    """
    Say from which k on the k-gram at each position is the first with the token before it: (P,).

    It is where the (k + 1)-gram that begins with that token is the first of its run. Before a
    begin mark there is nothing.
    """
    firsts = np.empty(len(text), np.uint8)
    firsts[positions] = common
    firsts = np.roll(firsts, 1)
    firsts[text == vocabulary_size] = NEVER
    return firsts[positions]


def _num_grams(text: Tokens, vocabulary_size: int, k: int) -> int:
    """Count the k-grams of a text, in all places; a begin mark by itself is none."""
    begins = np.flatnonzero(text == vocabulary_size)
    lengths = np.diff(begins, append=len(text))
    return int(np.maximum(lengths - max(1, k - 1), 0).sum())


def _rare(counts: Counts, once: int) -> Ids:
    """Say how many counts are 1, 2, 3 and 4, with so many more that are 1: (4,)."""
    rare = np.bincount(np.minimum(counts, 5), minlength=6)[1:5]
    rare[0] += once
    return rare
