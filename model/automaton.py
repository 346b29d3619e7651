"""
The suffix automaton of a text, and another text read past it: what of the one stands in the other.

A state is a set of runs of the text that end in the same places: a longest one, and its suffixes
down to some length (Blumer and others 1985, "The smallest automaton recognizing the subwords of a
text", https://doi.org/10.1016/0304-3975(85)90157-4). Its link is the state of the next shorter
suffix. Reading, the state and a length say which run is the longest that ends here and stands in
the text (the matching statistics of Chang and Lawler 1994, https://doi.org/10.1007/BF01185431).
Time and memory grow with the characters alone, whatever repeats in them.

Notation: N characters of the text, S <= 2 N states and E <= 3 N edges, M characters of the other.
The loops are compiled when they are first called, which takes some seconds, and kept for the next
time (model/compiled.py).
"""

from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from model.compiled import compiled

Codes = npt.NDArray[np.int32]
Ids = npt.NDArray[np.int64]

FREE = -1  # a place of the table without an edge
SYMBOL_BITS = 21  # of a code point
MULTIPLIER = 0x9E3779B97F4A7C15  # 2^64 over the golden ratio: spreads keys over the table
NEVER = np.iinfo(np.int64).max
INSIDE, LENGTH = range(2)  # where reading stands: a state, and how much of its longest run


class Automaton(NamedTuple):
    """
    The suffix automaton of a text; state 0 is that of the empty run.

    Attributes:
        lengths: (S,) of the longest run of each state.
        links: (S,).
        keys, targets: (2^k,) edges in a table with open addressing.
        prefixes: (N,) state of what ends with each character of the text.
    """

    lengths: Codes
    links: Codes
    keys: Ids
    targets: Codes
    prefixes: Codes


class Found(NamedTuple):
    """
    What has been read, by state: (S,) each.

    Attributes:
        longest: characters of the longest run of the state that was read, 0 where none was.
        ends: where that one ended first: characters read up to there.
        firsts: where any run of the state ended first; NEVER where none was read.
    """

    longest: Codes
    ends: Ids
    firsts: Ids


def build(codes: Codes) -> Automaton:
    """Make the automaton of a text: (N,) numbers of its characters, 0 <= code < 2^21."""
    most = 2 * len(codes) + 1
    bits = max(4, (6 * len(codes)).bit_length())  # at most half full
    lengths, links = np.zeros(most, np.int32), np.full(most, -1, np.int32)
    keys, targets = np.full(1 << bits, FREE, np.int64), np.empty(1 << bits, np.int32)
    prefixes = np.empty(len(codes), np.int32)
    size = _build(codes, lengths, links, keys, targets, prefixes)
    return Automaton(lengths[:size].copy(), links[:size].copy(), keys, targets, prefixes)


def nothing_found(automaton: Automaton) -> Found:
    """Return what has been read before anything is."""
    size = len(automaton.lengths)
    return Found(np.zeros(size, np.int32), np.zeros(size, np.int64), np.full(size, NEVER))


def read(codes: Codes, before: int, automaton: Automaton, at: Ids, found: Found) -> None:
    """
    Read more of the other text.

    Args:
        codes: (M,) its characters; -1 for those that no run may hold.
        before: characters of it that were read before.
        automaton: of the text.
        at: (2,) INSIDE and LENGTH, both 0 at first.
        found: taken note of here.
    """
    _read(codes, before, *automaton[:4], at, *found)


def longest_runs(automaton: Automaton, found: Found) -> tuple[Codes, Ids]:
    """
    Return of each character of the text the longest run ending there that was read.

    Returns:
        (N,) characters of the run, 0 where there is none, and (N,) where it ended first in what
        was read: characters up to there. `found` is used up.
    """
    by_length = np.argsort(automaton.lengths, kind="stable")
    _spread(by_length, automaton.lengths, automaton.links, *found)
    return found.longest[automaton.prefixes], found.ends[automaton.prefixes]


@numba.njit
def _slot(state: int, code: int, keys: Ids) -> np.int64:
    """Return where in the table the edge of a state stands, or would."""
    key = np.int64(state) << SYMBOL_BITS | code
    mask = len(keys) - 1
    place = np.int64((np.uint64(key) * np.uint64(MULTIPLIER)) >> np.uint64(32)) & mask
    while keys[place] != key and keys[place] != FREE:
        place = (place + 1) & mask
    return place


@compiled
def _build(
    codes: Codes, lengths: Codes, links: Codes, keys: Ids, targets: Codes, prefixes: Codes
) -> int:
    """Fill in the automaton character by character; return the number of states."""
    # The edges of each state as a list, for when it is copied.
    newest = np.full(len(lengths), -1, np.int32)
    older, labels = np.empty(3 * len(codes), np.int32), np.empty(3 * len(codes), np.int32)
    states, edges, last = 1, 0, 0
    for position in range(len(codes)):
        code = codes[position]
        new = states
        states += 1
        lengths[new] = lengths[last] + 1
        state = last
        while state >= 0:
            slot = _slot(state, code, keys)
            if keys[slot] != FREE:
                break
            keys[slot], targets[slot] = np.int64(state) << SYMBOL_BITS | code, new
            labels[edges], older[edges], newest[state] = code, newest[state], edges
            edges += 1
            state = links[state]
        if state < 0:
            links[new] = 0
        else:
            target = targets[slot]
            if lengths[target] == lengths[state] + 1:
                links[new] = target
            else:  # the runs of `target` part: the shorter ones end in one more place
                copy = states
                states += 1
                lengths[copy], links[copy] = lengths[state] + 1, links[target]
                edge = newest[target]
                while edge >= 0:
                    to = targets[_slot(target, labels[edge], keys)]
                    slot = _slot(copy, labels[edge], keys)
                    keys[slot], targets[slot] = np.int64(copy) << SYMBOL_BITS | labels[edge], to
                    labels[edges], older[edges], newest[copy] = labels[edge], newest[copy], edges
                    edges += 1
                    edge = older[edge]
                while state >= 0:
                    slot = _slot(state, code, keys)
                    if targets[slot] != target:
                        break
                    targets[slot] = copy
                    state = links[state]
                links[target] = copy
                links[new] = copy
        prefixes[position] = last = new
    return states


@compiled
def _read(
    codes: Codes,
    before: int,
    lengths: Codes,
    links: Codes,
    keys: Ids,
    targets: Codes,
    at: Ids,
    longest: Codes,
    ends: Ids,
    firsts: Ids,
) -> None:
    state, length = at
    for position in range(len(codes)):
        code = codes[position]
        if code < 0:
            state, length = 0, 0
            continue
        slot = _slot(state, code, keys)
        while keys[slot] == FREE and state > 0:
            state = links[state]
            length = lengths[state]
            slot = _slot(state, code, keys)
        if keys[slot] == FREE:
            continue
        state = targets[slot]
        length += 1
        if length > longest[state]:
            if longest[state] == 0:
                firsts[state] = before + position + 1
            longest[state], ends[state] = length, before + position + 1
    at[INSIDE], at[LENGTH] = state, length


@compiled
def _spread(
    by_length: Ids, lengths: Codes, links: Codes, longest: Codes, ends: Ids, firsts: Ids
) -> None:
    """A run that was read was so with all of its suffixes; others have what their suffixes have."""
    for state in by_length[:0:-1]:  # the longest first, all but the empty run
        link = links[state]
        if longest[state] == 0 or link == 0:
            continue
        if longest[link] < lengths[link]:
            longest[link], ends[link] = lengths[link], firsts[state]
        else:
            ends[link] = min(ends[link], firsts[state])
        firsts[link] = min(firsts[link], firsts[state])
    for state in by_length[1:]:
        if longest[state] == 0:
            longest[state], ends[state] = longest[links[state]], ends[links[state]]
