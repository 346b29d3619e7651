"""
Context mixing: a text read decision by decision, learning from each at once.

After the design of PAQ (Mahoney 2005, "Adaptive weighing of context models for lossless data
compression", https://cs.fit.edu/~mmahoney/compression/cs200516.pdf), over the decisions of a tree
of tokens in place of bits. What has been decided at a node after a context is kept in a slot:

    slow     probability of the right side, each decision weighing 1 / (n + 1.5): the frequency
    fast     the same, each decision weighing 1/5 at least: what came lately
    history  the last seven decisions; a map of each context learns what they are worth

Their log-odds, those of the longest match with what was read before, and those of other models,
are weighted and summed by several sets of weights, each chosen by something else (the node, the
token before, how many contexts are known, ...). A last mixer weighs the sets, and two tables
correct the outcome by what became of such outcomes before. All weights take a step down the
gradient of the loss after each decision.

Notation: C contexts, I inputs of a mixer, G sets of weights, R other models, D decisions.
The loops are compiled when they are first called, which takes some seconds, and kept for the next
time (model/compiled.py).
"""

import math
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from model.compiled import compiled
from model.decisions import Decisions

Ids = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Hashes = npt.NDArray[np.uint64]
Int = int | np.int64
Real = float | np.floating[Any]

LETTER, OTHER, LINE_END, COLON = range(4)  # kinds of tokens

ORDERS = (0, 1, 2, 3, 4, 5, 6, 8)  # tokens of a context
NUM_CONTEXTS = len(ORDERS) + 6  # those of words, lines and speakers
PER_CONTEXT = 4  # inputs
OWN_INPUTS = NUM_CONTEXTS * PER_CONTEXT + 3  # two of the match, and a constant
NUM_SETS = 6
MOST_DECIDED = 255  # counts of a slot end there
HISTORIES = 1024
MAP_LIMIT = 255.0
MATCH = 8  # tokens that a match has at least
LONGEST_MATCH = 400
MATCH_BITS = 20
RATE, LAST_RATE = 0.005, 0.002  # of the sets' weights, and of the last mixer's
RATE_DECAY = 1e-6  # a decision
LEAST_RATE = 0.002
REFINE_BITS = 16
REFINE_RATE = 0.02
MOST_SLOT_BITS = 22

# Bits of a slot, an int64 that is 0 where nothing is.
SLOW_BITS, FAST_BITS = 22, 14
FAST_AT = SLOW_BITS
COUNT_AT = FAST_AT + FAST_BITS  # 8 bits
HISTORY_AT = COUNT_AT + 8  # 8 bits, of which the highest one set tells how many follow
CHECK_AT = HISTORY_AT + 8  # 12 bits of the hash
NEW_SLOT = (1 << HISTORY_AT) | (1 << COUNT_AT - 1) | (1 << FAST_AT - 1)

# Places in the memory of what stands before a token.
STREAM, LINE, POINTER, LENGTH = range(4)  # positions, and the length of the match
WORD, LAST_WORD, WORD_BEFORE, SPEAKER = range(4)  # hashes


@numba.njit
def _hash(seed: np.uint64, value: int) -> np.uint64:
    """Mix a number into a hash."""
    mixed = (seed ^ np.uint64(value)) * np.uint64(0x9E3779B97F4A7C15)
    return mixed ^ (mixed >> np.uint64(29))


@numba.njit
def _log_odds(probability: float) -> float:
    return math.log(probability / (1 - probability))


@numba.njit
def _probability(log_odds: Real) -> float:
    return 1 / (1 + math.exp(-min(max(log_odds, -20.0), 20.0)))


@numba.njit
def _start_stream(at: int, places: Ids, words: Hashes) -> None:
    """Forget what stands before a stream."""
    places[:] = at
    places[POINTER] = -1
    places[LENGTH] = 0
    words[:] = 0


@numba.njit
def _find_contexts(
    tokens: Ids, at: int, kinds: Ids, places: Ids, words: Hashes, contexts: Hashes
) -> None:
    """Hash what stands before a token: (C,) of `contexts`."""
    read = at - places[STREAM]
    context, size = np.uint64(1), 0
    for index, order in enumerate(ORDERS):
        while size < order:
            size += 1
            context = _hash(context, tokens[at - size] + 1 if size <= read else 1)
        contexts[index] = _hash(context, index)
    last = tokens[at - 1] if read >= 1 else 0
    second = tokens[at - 2] if read >= 2 else 0
    third = tokens[at - 3] if read >= 3 else 0
    fourth = tokens[at - 4] if read >= 4 else 0
    index = len(ORDERS)
    word = _hash(_hash(np.uint64(2), words[WORD]), last)
    contexts[index] = word
    word = _hash(word, words[LAST_WORD])
    contexts[index + 1] = word
    contexts[index + 2] = _hash(word, words[WORD_BEFORE])
    contexts[index + 3] = _hash(_hash(_hash(np.uint64(3), second), third), fourth)
    contexts[index + 4] = _hash(_hash(_hash(np.uint64(4), words[SPEAKER]), last), second)
    column = min(at - places[LINE], 40)
    contexts[index + 5] = _hash(_hash(_hash(np.uint64(5), column), last), kinds[second])


@numba.njit
def _find_match(tokens: Ids, at: int, begins: Flags, places: Ids, matches: Ids) -> None:
    """Follow the match, or look for another in what has been read; note where this one is."""
    pointer = places[POINTER]
    read = at - places[STREAM]
    if pointer >= 0 and tokens[pointer] == tokens[at - 1] and not begins[pointer + 1]:
        places[POINTER] += 1
        places[LENGTH] += 1
    else:
        places[POINTER] = -1
        places[LENGTH] = 0
    if read < MATCH:
        return
    context = np.uint64(6)
    for back in range(1, MATCH + 1):
        context = _hash(context, tokens[at - back])
    place = context >> np.uint64(64 - MATCH_BITS)
    found = matches[place]
    if places[POINTER] < 0 and found >= 0:
        length = 0
        while (
            length < min(read, LONGEST_MATCH)
            and not begins[found - length]
            and tokens[found - 1 - length] == tokens[at - 1 - length]
        ):
            length += 1
        if length >= MATCH:
            places[POINTER] = found
            places[LENGTH] = length
    matches[place] = at


@numba.njit
def _end_token(at: int, token: int, kinds: Ids, folded: Ids, places: Ids, words: Hashes) -> None:
    """Go on to the next token: words, lines and speakers."""
    kind = kinds[token]
    if kind == LETTER:
        words[WORD] = _hash(words[WORD] + np.uint64(1), folded[token])
        return
    if words[WORD]:
        words[WORD_BEFORE] = words[LAST_WORD]
        words[LAST_WORD] = words[WORD]
        words[WORD] = 0
    if kind == LINE_END:
        words[WORD_BEFORE] = 0
        places[LINE] = at + 1
    elif kind == COLON:
        words[SPEAKER] = words[LAST_WORD]


@numba.njit
def _find_slot(slots: Ids, context: np.uint64, node: int) -> Int:
    """Return the place of a node after a context; the least used of four is given up for it."""
    key = _hash(context, node + 1)
    check = np.int64(key >> np.uint64(52))
    first = np.int64(key >> np.uint64(8)) & (len(slots) - 1)
    worst, fewest = first, MOST_DECIDED + 1
    for probe in range(4):
        place = first ^ probe
        slot = slots[place]
        if slot and (slot >> CHECK_AT) & 0xFFF == check:
            return place
        count = (slot >> COUNT_AT) & 0xFF if slot else -1
        if count < fewest:
            worst, fewest = place, count
    slots[worst] = (check << CHECK_AT) | NEW_SLOT
    return worst


@numba.njit
def _history_of(slot: Int, count: int) -> Int:
    """Return the history of a slot; a full one together with how often it was decided."""
    history = (slot >> HISTORY_AT) & 0xFF
    if history >= 128:
        history += 256 * (1 if count < 12 else 2 if count < 30 else 3)
    return history


@numba.njit
def _learn_slot(slot: int, side: int) -> Int:
    """Return a slot after one more decision."""
    count = (slot >> COUNT_AT) & 0xFF
    slow: Int = slot & ((1 << SLOW_BITS) - 1)
    fast: Int = (slot >> FAST_AT) & ((1 << FAST_BITS) - 1)
    history = ((slot >> HISTORY_AT) & 0xFF) << 1 | side
    slow += np.int64(((side << SLOW_BITS) - side - slow) / (count + 1.5))
    fast += np.int64(((side << FAST_BITS) - side - fast) / min(count + 1.5, 5.0))
    history = history if history < 256 else 128 | history & 127
    count = min(count + 1, MOST_DECIDED)
    check = slot >> CHECK_AT << CHECK_AT
    return check | history << HISTORY_AT | count << COUNT_AT | fast << FAST_AT | slow


@numba.njit(fastmath=True)
def _dot(weights: Singles, inputs: Singles) -> Real:
    total = np.float32(0)
    for index in range(len(inputs)):
        total += weights[index] * inputs[index]
    return total


@numba.njit(fastmath=True)
def _step(weights: Singles, inputs: Singles, rate: float) -> None:
    for index in range(len(inputs)):
        weights[index] += rate * inputs[index]


@numba.njit
def _look_up(
    slots: Ids,
    contexts: Hashes,
    node: int,
    maps: Singles,
    at_slots: Ids,
    at_maps: Ids,
    inputs: Singles,
) -> int:
    """Put what the contexts know of a node into `inputs`; return how many orders know it."""
    known = 0
    for index in range(NUM_CONTEXTS):
        place = _find_slot(slots[index], contexts[index], node)
        at_slots[index] = place
        slot = slots[index, place]
        count = (slot >> COUNT_AT) & 0xFF
        at = index * PER_CONTEXT
        if count == 0:
            at_maps[index] = -1
            inputs[at : at + PER_CONTEXT] = 0
            continue
        known += index < len(ORDERS)
        history = _history_of(slot, count)
        at_maps[index] = history
        learnt = maps[index, history]
        slow = ((slot & ((1 << SLOW_BITS) - 1)) + 0.5) / (1 << SLOW_BITS)
        fast = (((slot >> FAST_AT) & ((1 << FAST_BITS) - 1)) + 0.5) / (1 << FAST_BITS)
        inputs[at] = _log_odds(learnt)
        inputs[at + 1] = _log_odds(slow) * (0.25 if count < 2 else 0.5 if count < 4 else 1.0)
        inputs[at + 2] = 2 * learnt - 1
        inputs[at + 3] = 0.3 * _log_odds(fast)
    return known


@numba.njit
def _learn_contexts(
    slots: Ids, maps: Singles, map_counts: Singles, at_slots: Ids, at_maps: Ids, side: int
) -> None:
    """Note a decision in the slots, and in the maps what their histories were worth."""
    for index in range(NUM_CONTEXTS):
        place, history = at_slots[index], at_maps[index]
        slots[index, place] = _learn_slot(slots[index, place], side)
        if history >= 0:
            count = min(map_counts[index, history] + 1, MAP_LIMIT)
            map_counts[index, history] = count
            learnt = maps[index, history]
            learnt += (side - learnt) / (count + 1.5)
            maps[index, history] = min(max(learnt, 0.0002), 0.9998)


@compiled
def _read(
    tokens: Ids,
    begin: int,
    end: int,
    begins: Flags,
    states: Ids,
    others: Floats,
    bounds: Ids,
    paths: Ids,
    nodes: Ids,
    leaves: Ids,
    legal: Ids,
    kinds: Ids,
    folded: Ids,
    places: Ids,
    words: Hashes,
    matches: Ids,
    hits: Floats,
    slots: Ids,
    maps: Singles,
    map_counts: Singles,
    weights: Singles,
    last_weights: Singles,
    tables: Singles,
    steps: Ids,
    costs: Floats,
) -> None:
    """Read tokens[begin:end] and write what each costs, in nats, to `costs`."""
    num_others = others.shape[1]
    given = len(others) > 0  # what other models say
    contexts = np.zeros(NUM_CONTEXTS, np.uint64)
    at_slots = np.zeros(NUM_CONTEXTS, np.int64)
    at_maps = np.zeros(NUM_CONTEXTS, np.int64)
    inputs = np.zeros(weights.shape[2], np.float32)
    chosen = np.zeros(NUM_SETS, np.int64)
    outcomes = np.zeros(NUM_SETS)
    last_inputs = np.zeros(last_weights.shape[1], np.float32)
    last_inputs[-1] = 0.3
    inputs[OWN_INPUTS - 1] = 0.3
    decision = 0
    for at in range(begin, end):
        if begins[at]:
            _start_stream(at, places, words)
        _find_contexts(tokens, at, kinds, places, words, contexts)
        _find_match(tokens, at, begins, places, matches)
        read = at - places[STREAM]
        last = tokens[at - 1] if read >= 1 else 0
        second = tokens[at - 2] if read >= 2 else 0
        column = min(at - places[LINE], 31)
        expected = tokens[places[POINTER]] if places[POINTER] >= 0 else -1
        length = places[LENGTH]
        degree = min(length, 15) if length < 16 else min(15 + (length - 16) // 8, 31)
        token, state = tokens[at], states[at]
        cost = 0.0
        for step in paths[bounds[token] : bounds[token + 1]]:
            node, side = step >> 1, step & 1
            first, middle, after = nodes[node]
            if (
                legal[state, first] == legal[state, middle]
                or legal[state, middle] == legal[state, after]
            ):
                continue  # decided by the grammar
            known = _look_up(slots, contexts, node, maps, at_slots, at_maps, inputs)
            surety = 0
            expected_side: Int = -1  # none
            inputs[OWN_INPUTS - 3 : OWN_INPUTS - 1] = 0
            if expected >= 0 and first <= leaves[expected] < after:
                expected_side = np.int64(leaves[expected] >= middle)
                sign = 2 * expected_side - 1
                surety = 1 + min(degree // 4, 6)
                inputs[OWN_INPUTS - 3] = sign * _log_odds(hits[degree, 0])
                inputs[OWN_INPUTS - 2] = sign * min(length, 32) / 32
            opinion: Int = 0
            if given:
                for other in range(num_others):
                    inputs[OWN_INPUTS + other] = others[decision, other]
                    last_inputs[NUM_SETS + other] = others[decision, other]
                opinion = 1 + np.int64(min(max(2 * others[decision, 0] + 16, 0.0), 31.0))
                decision += 1
            chosen[0] = node
            chosen[1] = last
            chosen[2] = 8 * known + surety
            chosen[3] = column + 32 * kinds[last]
            chosen[4] = second
            chosen[5] = opinion
            for index in range(NUM_SETS):
                total = _dot(weights[index, chosen[index]], inputs)
                outcomes[index] = _probability(total)
                last_inputs[index] = min(max(total, -12.0), 12.0)
            last_chosen = last_weights[surety]
            mixed = _probability(_dot(last_chosen, last_inputs))
            mixed = min(max(mixed, 1e-6), 1 - 1e-6)
            cell = 2 * (min(max(_log_odds(mixed), -7.999), 7.999) + 8)
            low = np.int64(cell)
            part = cell - low
            context = _hash(_hash(np.uint64(7), last), node)
            one = np.int64(context >> np.uint64(64 - REFINE_BITS))
            two = np.int64(_hash(context, second) >> np.uint64(64 - REFINE_BITS))
            refined = tables[0, one, low] * (1 - part) + tables[0, one, low + 1] * part
            refined += tables[1, two, low] * (1 - part) + tables[1, two, low + 1] * part
            right = min(max(0.5 * mixed + 0.25 * refined, 1e-6), 1 - 1e-6)
            cost -= math.log(right if side else 1 - right)

            near = low + np.int64(part > 0.5)
            tables[0, one, near] += (side - tables[0, one, near]) * REFINE_RATE
            tables[1, two, near] += (side - tables[1, two, near]) * REFINE_RATE
            _step(last_chosen, last_inputs, np.float32((side - mixed) * LAST_RATE))
            steps[0] += 1
            rate = max(RATE / (1 + steps[0] * RATE_DECAY), LEAST_RATE)
            for index in range(NUM_SETS):
                error = np.float32((side - outcomes[index]) * rate)
                _step(weights[index, chosen[index]], inputs, error)
            if expected_side >= 0:
                hits[degree, 1] = min(hits[degree, 1] + 1, 500.0)
                hit = np.float64(expected_side == side)
                hits[degree, 0] += (hit - hits[degree, 0]) / (hits[degree, 1] + 1.5)
                hits[degree, 0] = min(max(hits[degree, 0], 0.001), 0.9998)
                if not hit:
                    expected = -1
            _learn_contexts(slots, maps, map_counts, at_slots, at_maps, side)
        costs[at - begin] = cost
        _end_token(at, token, kinds, folded, places, words)


class ContextMixer:
    """A model of texts that learns from each token that it has read."""

    def __init__(
        self,
        *,
        tokens: Ids,
        begins: Flags,
        states: Ids,
        decisions: Decisions,
        kinds: Ids,
        folded: Ids,
        num_others: int,
    ) -> None:
        """
        Know nothing yet.

        Args:
            tokens: (N,) all that will be read, in order.
            begins: (N + 1,) where streams begin, across which no context reaches; the end does.
            states: (N,) of the grammar before each token.
            decisions: the tree of the tokens.
            kinds: (V,) LETTER, OTHER, LINE_END or COLON.
            folded: (V,) of each token the one that stands for it in words.
            num_others: R.
        """
        size = len(decisions.leaves)
        most = max(int(np.diff(decisions.bounds)[tokens].sum()), 1)  # decisions
        slot_bits = min(max(math.ceil(math.log2(most)), 10), MOST_SLOT_BITS)
        self._text = tokens, begins, states
        self._tree = (
            decisions.bounds,
            decisions.paths,
            decisions.nodes,
            decisions.leaves,
            decisions.legal,
        )
        self._tokens = kinds, folded
        self._num_others = num_others
        self._places = np.zeros(4, np.int64)
        self._words = np.zeros(4, np.uint64)
        self._matches = np.full(1 << MATCH_BITS, -1)
        self._hits = np.tile([0.9, 0.0], (32, 1))
        self._slots = np.zeros((NUM_CONTEXTS, 1 << slot_bits), np.int64)
        self._maps = np.tile(_first_map(), (NUM_CONTEXTS, 1))
        self._map_counts = np.zeros((NUM_CONTEXTS, HISTORIES), np.float32)
        rows = max(size, 128)
        self._weights = np.zeros((NUM_SETS, rows, OWN_INPUTS + num_others), np.float32)
        self._weights[:, :, 0 : NUM_CONTEXTS * PER_CONTEXT : PER_CONTEXT] = 0.15
        self._weights[:, :, OWN_INPUTS - 3] = 0.3
        self._last_weights = np.zeros((8, NUM_SETS + num_others + 1), np.float32)
        self._last_weights[:, :NUM_SETS] = 1 / NUM_SETS
        cells = 1 / (1 + np.exp(8 - np.arange(33) / 2))
        self._tables = np.tile(cells.astype(np.float32), (2, 1 << REFINE_BITS, 1))
        self._steps = np.zeros(1, np.int64)

    def read(self, begin: int, end: int, others: Floats | None = None) -> Floats:
        """
        Read on, and learn from each decision once it is paid for.

        Args:
            begin: where the last call ended; 0 at first.
            end: of the tokens to read.
            others: (D, R) log-odds of the other models for the decisions of these tokens that the
                grammar leaves open; None where there are none to be heard.

        Returns:
            (end - begin,) cost of each token in nats.
        """
        if others is None:
            others = np.empty((0, self._num_others))
        costs = np.empty(end - begin)
        tokens, begins, states = self._text
        _read(
            tokens,
            begin,
            end,
            begins,
            states,
            others,
            *self._tree,
            *self._tokens,
            self._places,
            self._words,
            self._matches,
            self._hits,
            self._slots,
            self._maps,
            self._map_counts,
            self._weights,
            self._last_weights,
            self._tables,
            self._steps,
            costs,
        )
        return costs

    def meet(self, share: float) -> None:
        """Begin to weigh the other models: they get a share of all weight between them."""
        self._weights *= 1 - share
        self._weights[:, :, OWN_INPUTS:] = share / max(self._num_others, 1)


def _first_map() -> Singles:
    """What each history is worth before any has been seen: its frequency."""
    worth = np.full(HISTORIES, 0.5, np.float32)
    for history in range(1, 256):
        length = history.bit_length() - 1
        rights = history.bit_count() - 1
        worth[history::256] = (rights + 0.4) / (length + 0.8)
    return worth
