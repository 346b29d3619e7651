"""
Runs of text: white space, and the eojeol that stand between it. No run crosses a stretch's bounds.

White space is what `str.isspace` says. Runs are the items of Arrow arrays: of bytes, as the
code points lie in memory, where they are only compared, and of UTF-8 where they are kept.

Notation: N code points, S stretches, R runs.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from preprocess.spelling import Bounds
from preprocess.tables import utf8_of
from preprocess.units import CodePoints, code_points_of

SPACE = 0x20
LAST_SPACE = 0x3000  # of all white space
IS_SPACE = np.array([chr(code_point).isspace() for code_point in range(LAST_SPACE + 2)])

Flags = npt.NDArray[np.bool_]


def run_bounds(code_points: CodePoints, bounds: Bounds) -> Bounds:
    """
    Return where runs of white space and of all else begin, and N.

    Args:
        code_points: (N,) of all stretches.
        bounds: (S + 1,) of the stretches; they cover all.

    >>> run_bounds(code_points_of("이제는  안녕"), np.array([0, 7])).tolist()
    [0, 3, 5, 7]
    """
    return np.flatnonzero(_begins(_is_space(code_points), bounds))


def pretoken_bounds(code_points: CodePoints, bounds: Bounds) -> Bounds:
    r"""
    Return where pre-tokens begin, and N: those of `run_bounds`, an eojeol with the space before it.

    >>> pretoken_bounds(code_points_of("이제는 \n 안녕"), np.array([0, 8])).tolist()
    [0, 3, 5, 8]
    """
    space = _is_space(code_points)
    begins = _begins(space, bounds)
    # Where an eojeol follows a space in the same stretch, it begins there instead.
    after = begins[1:-1] & ~space[1:] & (code_points[:-1] == SPACE)
    after &= ~_flags(bounds, len(code_points))[1:-1]
    places = np.flatnonzero(after)
    begins[places + 1] = False
    begins[places] = True
    return np.flatnonzero(begins)


def as_binary(code_points: CodePoints, bounds: Bounds) -> pa.LargeBinaryArray:
    """Return runs as they lie in memory: (R,), for R + 1 bounds."""
    offsets = pa.py_buffer(bounds * code_points.itemsize)
    buffers = [None, offsets, pa.py_buffer(np.ascontiguousarray(code_points))]
    return pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(bounds) - 1, buffers)


def distinct_runs(
    code_points: CodePoints, bounds: Bounds
) -> tuple[CodePoints, Bounds, npt.NDArray[np.int32]]:
    """
    Return the D distinct ones of R runs, in order of their first occurrence.

    Args:
        code_points: (N,) of all runs.
        bounds: (R + 1,) of the runs; they cover all.

    Returns:
        The code points of the distinct ones, their (D + 1,) bounds, and (R,) which of them each is.
    """
    coded = as_binary(code_points, bounds).dictionary_encode()
    return *_from_binary(coded.dictionary), coded.indices.to_numpy()


def count_runs(
    code_points: CodePoints, bounds: Bounds
) -> tuple[CodePoints, Bounds, npt.NDArray[np.int64]]:
    """Return the distinct runs as `distinct_runs` does, and (D,) how often each occurs."""
    counted = as_binary(code_points, bounds).value_counts()
    return *_from_binary(counted.field("values")), counted.field("counts").to_numpy()


def as_strings(code_points: CodePoints, bounds: Bounds) -> pa.LargeStringArray:
    """Return runs in UTF-8: (R,), for R + 1 bounds."""
    lengths = np.ones(len(code_points), np.int8)
    for least in (0x80, 0x800, 0x10000):
        lengths += code_points >= least
    offsets = np.append(0, np.cumsum(lengths, dtype=np.int64))[bounds]
    text = code_points.tobytes().decode("utf-32-le").encode()
    return pa.LargeStringArray.from_buffers(
        len(bounds) - 1, pa.py_buffer(offsets), pa.py_buffer(text)
    )


def code_points_in(strings: pa.LargeStringArray) -> tuple[CodePoints, Bounds]:
    """Return the code points of strings, without nulls, and the (R + 1,) bounds of each."""
    data, offsets = utf8_of(strings)
    begins = np.append(0, np.cumsum(data & 0xC0 != 0x80))  # all but continuation bytes
    return code_points_of(str(data.data, "utf-8")), begins[offsets]


def _from_binary(runs: pa.LargeBinaryArray) -> tuple[CodePoints, Bounds]:
    """Return what `as_binary` was made of, for an array that is no slice of another."""
    _, offsets, data = runs.buffers()
    bounds = np.frombuffer(offsets, np.int64)[: len(runs) + 1] // np.dtype(np.uint32).itemsize
    return np.frombuffer(data or b"", np.uint32)[: bounds[-1]], bounds


def _is_space(code_points: CodePoints) -> Flags:
    return IS_SPACE.take(code_points, mode="clip")


def _begins(space: Flags, bounds: Bounds) -> Flags:
    """Say where white space begins or ends, or a stretch does: (N + 1,)."""
    begins = _flags(bounds, len(space))
    begins[1:-1] |= space[1:] != space[:-1]
    return begins


def _flags(places: Bounds, size: int) -> Flags:
    """Return flags that are set at some places, and at both ends: (size + 1,)."""
    flags = np.zeros(size + 1, np.bool_)
    flags[places] = True
    flags[[0, -1]] = True
    return flags
