"""
Loops of one step of a recurrent network, and of the draw after it, compiled by numba.

All work lane by lane: what comes out for a lane has the same bits whatever stands beside it, and
however the lanes are shared among threads. That holds for no product of a BLAS, which takes other
kernels for other numbers of rows. All that the loops call stands in this file: numba would not see
a change in another one.

Notation: B lanes, V tokens, K inputs and N outputs of a product, H hidden size, G gates of a cell,
M masks.
"""

import numba
import numpy as np
import numpy.typing as npt

from model.compiled import fused

COLUMNS = 1024  # of a product, worked on at once: 8 rows of them stay near the core
PARTS = 16  # sums or maxima side by side, as many as one instruction takes
ZERO, HALF, ONE, TWO = np.float32(0), np.float32(0.5), np.float32(1), np.float32(2)
# Beyond these, e to the x is no normal float32.
LOWEST, HIGHEST = np.float32(-87), np.float32(88)
# e to the x as in Cephes (https://www.netlib.org/cephes/, expf): 2 to a whole number, and a
# polynomial for the rest. A call of the C library would be 16 times as slow, as it takes one
# number at a time.
LOG2_E = np.float32(1.44269504088896341)
LN2_HIGH, LN2_LOW = np.float32(0.693359375), np.float32(-2.12194440e-4)
E0, E1 = np.float32(1.9875691500e-4), np.float32(1.3981999507e-3)
E2, E3 = np.float32(8.3334519073e-3), np.float32(4.1665795894e-2)
E4, E5 = np.float32(1.6666665459e-1), np.float32(5.0000001201e-1)
BIAS, FRACTION = np.int32(127), np.int32(23)  # of a float32's exponent: what it is counted from

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


@numba.njit(fastmath={"contract"})
def _exp(x: np.float32) -> np.float32:
    """Return e to the x, to 1e-7 of it; 0 where it is below 2e-38."""
    bounded = min(max(x, LOWEST), HIGHEST)
    power = np.floor(bounded * LOG2_E + HALF)
    rest = bounded - power * LN2_HIGH - power * LN2_LOW
    series = ((((E0 * rest + E1) * rest + E2) * rest + E3) * rest + E4) * rest + E5
    scale = np.int32((np.int32(power) + BIAS) << FRACTION).view(np.float32)
    return (series * rest * rest + rest + ONE) * scale if x >= LOWEST else ZERO


@numba.njit(fastmath={"contract"}, error_model="numpy")  # else a division looks for a 0
def _sigmoid(x: np.float32) -> np.float32:
    return ONE / (ONE + _exp(-x))


@numba.njit(fastmath={"contract"})
def _tanh(x: np.float32) -> np.float32:
    return TWO * _sigmoid(TWO * x) - ONE


@numba.njit(fastmath={"contract"})
def _to_sigmoid(values: Floats) -> None:
    for place in range(len(values)):
        values[place] = _sigmoid(values[place])


@numba.njit(fastmath={"contract"})
def _to_tanh(values: Floats) -> None:
    for place in range(len(values)):
        values[place] = _tanh(values[place])


@fused
def add_product(inputs: Floats, weights: Floats, outputs: Floats) -> None:
    """
    Add a matrix product to the outputs.

    Two lanes go side by side and share the weights that are read. A number of theirs is worked
    out by the same chain, ((outputs + i0 w0) + i1 w1) + ..., as that of a lane on its own.

    Args:
        inputs: (B, K).
        weights: (K, N).
        outputs: (B, N), changed.
    """
    lanes, size = inputs.shape
    for start in range(0, weights.shape[1], COLUMNS):
        end = min(start + COLUMNS, weights.shape[1])
        for k in range(0, size - 7, 8):
            w0, w1 = weights[k, start:end], weights[k + 1, start:end]
            w2, w3 = weights[k + 2, start:end], weights[k + 3, start:end]
            w4, w5 = weights[k + 4, start:end], weights[k + 5, start:end]
            w6, w7 = weights[k + 6, start:end], weights[k + 7, start:end]
            for lane in range(0, lanes - 1, 2):
                x, y = inputs[lane, k : k + 8], inputs[lane + 1, k : k + 8]
                a0, a1, a2, a3, a4, a5, a6, a7 = x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7]
                b0, b1, b2, b3, b4, b5, b6, b7 = y[0], y[1], y[2], y[3], y[4], y[5], y[6], y[7]
                first, second = outputs[lane, start:end], outputs[lane + 1, start:end]
                for n in range(end - start):
                    a, b = first[n], second[n]
                    a, b = a + a0 * w0[n], b + b0 * w0[n]
                    a, b = a + a1 * w1[n], b + b1 * w1[n]
                    a, b = a + a2 * w2[n], b + b2 * w2[n]
                    a, b = a + a3 * w3[n], b + b3 * w3[n]
                    a, b = a + a4 * w4[n], b + b4 * w4[n]
                    a, b = a + a5 * w5[n], b + b5 * w5[n]
                    a, b = a + a6 * w6[n], b + b6 * w6[n]
                    a, b = a + a7 * w7[n], b + b7 * w7[n]
                    first[n], second[n] = a, b
            if lanes % 2:
                x = inputs[lanes - 1, k : k + 8]
                a0, a1, a2, a3, a4, a5, a6, a7 = x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7]
                last = outputs[lanes - 1, start:end]
                for n in range(end - start):
                    a = last[n]
                    a = a + a0 * w0[n]
                    a = a + a1 * w1[n]
                    a = a + a2 * w2[n]
                    a = a + a3 * w3[n]
                    a = a + a4 * w4[n]
                    a = a + a5 * w5[n]
                    a = a + a6 * w6[n]
                    last[n] = a + a7 * w7[n]
        for k in range(size - size % 8, size):
            for lane in range(lanes):
                row = outputs[lane, start:end]
                for n in range(end - start):
                    row[n] += inputs[lane, k] * weights[k, start + n]


@fused
def lstm(gates: Floats, hidden: Floats, cell: Floats) -> None:
    """
    Take a step of LSTM cells.

    Args:
        gates: (B, 4 H), of input, forgetting, new content and output, as torch orders them;
            used up.
        hidden: (B, H), changed.
        cell: (B, H), changed.
    """
    size = hidden.shape[1]
    for lane in range(len(hidden)):
        into, forget = gates[lane, :size], gates[lane, size : 2 * size]
        new, out = gates[lane, 2 * size : 3 * size], gates[lane, 3 * size :]
        # Loops over one array at a time are what the compiler makes many numbers at once of.
        _to_sigmoid(gates[lane, : 2 * size])
        _to_tanh(new)
        _to_sigmoid(out)
        kept, shown = cell[lane], hidden[lane]
        for h in range(size):
            kept[h] = forget[h] * kept[h] + into[h] * new[h]
        for h in range(size):
            shown[h] = kept[h]
        _to_tanh(shown)
        for h in range(size):
            shown[h] *= out[h]


@fused
def gru(of_inputs: Floats, of_hidden: Floats, hidden: Floats) -> None:
    """
    Take a step of GRU cells.

    Args:
        of_inputs: (B, 3 H), of reset, update and new content, as torch orders them; used up.
        of_hidden: (B, 3 H), likewise; the reset gate weighs its new content.
        hidden: (B, H), changed.
    """
    size = hidden.shape[1]
    for lane in range(len(hidden)):
        gates, new = of_inputs[lane, : 2 * size], of_inputs[lane, 2 * size :]
        recurrent, state = of_hidden[lane], hidden[lane]
        for h in range(2 * size):
            gates[h] += recurrent[h]
        _to_sigmoid(gates)
        for h in range(size):
            new[h] += gates[h] * recurrent[2 * size + h]
        _to_tanh(new)
        for h in range(size):
            state[h] = new[h] + gates[size + h] * (state[h] - new[h])


@fused
def rnn(sums: Floats, hidden: Floats) -> None:
    """
    Take a step of plain cells.

    Args:
        sums: (B, H), of what comes in.
        hidden: (B, H), changed.
    """
    for lane in range(len(hidden)):
        hidden[lane] = sums[lane]
        _to_tanh(hidden[lane])


@numba.njit
def _highest(scores: Floats) -> np.float32:
    """Return the largest of some scores: (V,)."""
    best = np.full(PARTS, -np.inf, np.float32)
    whole = len(scores) - len(scores) % PARTS
    for start in range(0, whole, PARTS):
        for part in range(PARTS):
            best[part] = max(best[part], scores[start + part])
    highest = np.float32(-np.inf)
    for part in range(PARTS):
        highest = max(highest, best[part])
    for token in range(whole, len(scores)):
        highest = max(highest, scores[token])
    return highest


@numba.njit
def _least_of_top(values: Floats, count: int) -> np.float32:
    """Return the smallest of the `count` largest values: (V,)."""
    return np.partition(values, len(values) - count)[len(values) - count]


@numba.njit
def _least_of_nucleus(shares: Floats, top_p: float) -> np.float32:
    """Return the smallest of the largest shares, (V,), that make up this part of all."""
    ordered = np.sort(shares)[::-1]
    wanted = top_p * ordered.astype(np.float64).sum()
    together = 0.0
    for share in ordered:
        together += share
        if together >= wanted:
            return share
    return ordered[-1]


@numba.njit
def _drawn(shares: Floats, uniform: float) -> int:
    """
    Draw a token by its share, (V,), by the inverse of the distribution function.

    First the block is found that it lies in, whose sums are made side by side.
    """
    blocks = -(-len(shares) // PARTS)
    sums = np.zeros(blocks)
    for block in range(blocks):
        for share in shares[block * PARTS : (block + 1) * PARTS]:
            sums[block] += share
    total = sums.sum()
    target = uniform * total
    before, block = 0.0, 0
    while block < blocks - 1 and before + sums[block] <= target:
        before += sums[block]
        block += 1
    # A sum that rounds otherwise may leave the target behind the last share: that is drawn then.
    while block > 0 and sums[block] == 0:
        block -= 1
    drawn = -1
    for token in range(block * PARTS, min((block + 1) * PARTS, len(shares))):
        if shares[token] > 0:
            drawn = token
            before += shares[token]
            if before > target:
                break
    return drawn


@fused
def choose(
    logits: Floats,
    masks: Floats,
    rows: Ids,
    uniforms: npt.NDArray[np.float64],
    temperatures: npt.NDArray[np.float64],
    top_k: int,
    top_p: float,
    tokens: Ids,
) -> None:
    """
    Draw a token for each lane.

    Args:
        logits: (B, V), finite.
        masks: (M, V) 0 for tokens that may be drawn, -inf for others; one a row is 0 at least.
        rows: (B,) which mask is a lane's.
        uniforms: (B,) random numbers, 0 <= u < 1.
        temperatures: (B,) 0: the likeliest, the first of those that tie.
        top_k: draw among the k likeliest only, more where the last ones tie; 0: all.
        top_p: draw among the likeliest that together have this share, likewise; 1: all.
        tokens: (B,) what is drawn, written.
    """
    size = logits.shape[1]
    scores = np.empty(size, np.float32)
    for lane in range(len(logits)):
        own, mask = logits[lane], masks[rows[lane]]
        for token in range(size):
            scores[token] = own[token] + mask[token]
        highest = _highest(scores)
        if temperatures[lane] == 0:
            token = 0
            while scores[token] < highest:
                token += 1
            tokens[lane] = token
            continue
        if 0 < top_k < size:
            least = _least_of_top(scores, top_k)
            for token in range(size):
                if scores[token] < least:
                    scores[token] = -np.inf
        # What is a tiny temperature's inverse otherwise is infinite, and 0 times that no number.
        inverse = np.float32(min(1 / temperatures[lane], 1e30))
        for token in range(size):
            scores[token] = _exp((scores[token] - highest) * inverse)
        if top_p < 1:
            least = _least_of_nucleus(scores, top_p)
            for token in range(size):
                if scores[token] < least:
                    scores[token] = ZERO
        tokens[lane] = _drawn(scores, uniforms[lane])
