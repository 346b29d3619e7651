"""
What general compressors pay for a text, when they have read the other splits before: a yardstick.

The price of T after A is `size(A + T) - size(A)`, in bytes of a raw stream without a container. xz
is LZMA2 at preset 9e, with a dictionary as long as the input; ppmd is PPMd variant H (Shkarin 2002,
"PPM: one step to practicality", https://doi.org/10.1109/DCC.2002.999958) as 7-Zip has it, whose
order is chosen on valid, given train.

A model of ppmd that has no memory left begins anew, and pays more without a word. What it needs
depends on the text: 10 to 40 bytes for each byte of ordinary text, 240 for random bytes that come
twice. Whether it was enough is known by a second reading with less.
"""

import lzma
from collections.abc import Iterator
from dataclasses import dataclass

import pyppmd

from model.texts import Text
from preprocess.progress import progress
from preprocess.vocabulary import Vocabulary

PPMD_ORDERS = (4, 6, 8, 12, 16, 24, 32)
PPMD_DEFAULT_ORDER = 16  # where there is no valid text to choose by
PPMD_MEMORY = 256_000_000  # bytes at least; what is not needed is not touched
PPMD_BYTES_PER_BYTE = 64  # of memory for each byte of the input
MAX_BYTES = 32_000_000  # of all splits together: some minutes, and at most 2 GB
PIECE = 1 << 20  # bytes handed over at once


@dataclass(frozen=True)
class Price:
    """
    What a compressor pays for test, after train and valid.

    Attributes:
        compressor: its name.
        bytes: the price; None where it was not measured.
        order: of ppmd.
        skipped: why it was not measured.
    """

    compressor: str
    bytes: int | None
    order: int | None = None
    skipped: str | None = None


def prices(train: Text, valid: Text, test: Text, vocabulary: Vocabulary) -> Iterator[Price]:
    """Yield what each compressor pays for test; for texts that are too long, why none does."""
    size = train.split.bytes + valid.split.bytes + test.split.bytes
    if size > MAX_BYTES:
        reason = f"the text has {size:,} bytes; compressors are given {MAX_BYTES:,} at most"
        yield Price("xz", None, skipped=reason)
        yield Price("ppmd", None, skipped=reason)
        return
    learnt, chosen_by, text = (split.to_bytes(vocabulary) for split in (train, valid, test))
    yield Price("xz", xz_price(learnt + chosen_by, text))
    order = choose_ppmd_order(learnt, chosen_by)
    try:
        price = ppmd_price(learnt + chosen_by, text, order)
    except MemoryError as error:
        yield Price("ppmd", None, order, str(error) or "there is not memory enough for ppmd")
    else:
        yield Price("ppmd", price, order)


def xz_price(given: bytes, text: bytes) -> int:
    """Return what xz pays for `text` after `given`, in bytes."""
    return _xz_size(given + text) - _xz_size(given)


def ppmd_price(given: bytes, text: bytes, order: int) -> int:
    """
    Return what ppmd of an order pays for `text` after `given`, in bytes.

    Raises:
        MemoryError: the model began anew, or would have with a quarter less memory.
    """
    memory = _ppmd_memory(len(given) + len(text))
    whole = _ppmd_sizes([given, text], order, memory)[-1]
    if whole != _ppmd_sizes([given, text], order, memory // 4 * 3)[-1]:
        raise MemoryError(
            f"ppmd of order {order} needs more than {memory:,} bytes of memory for the "
            f"{len(given) + len(text):,} bytes of text"
        )
    [before] = _ppmd_sizes([given], order, memory)
    return whole - before


def choose_ppmd_order(train: bytes, valid: bytes) -> int:
    """Return the order that pays least for valid after train; PPMD_DEFAULT_ORDER without valid."""
    if not valid:
        return PPMD_DEFAULT_ORDER
    memory, paid = _ppmd_memory(len(train) + len(valid)), dict[int, int]()
    for order in progress(PPMD_ORDERS, what="orders of ppmd"):
        before, after = _ppmd_sizes([train, valid], order, memory)
        paid[order] = after - before  # but for a few bytes that the coder holds back
    return min(paid, key=lambda order: (paid[order], order))


def _xz_size(data: bytes) -> int:
    xz = {
        "id": lzma.FILTER_LZMA2,
        "preset": 9 | lzma.PRESET_EXTREME,
        "dict_size": 1 << max(12, len(data).bit_length()),  # at least as long as the input
    }
    return len(lzma.compress(data, lzma.FORMAT_RAW, filters=[xz]))


def _ppmd_memory(size: int) -> int:
    return max(PPMD_MEMORY, PPMD_BYTES_PER_BYTE * size)


def _ppmd_sizes(texts: list[bytes], order: int, memory: int) -> list[int]:
    """Compress texts one after another; return how many bytes have come out after each."""
    encoder = pyppmd.Ppmd7Encoder(order, memory)
    size, sizes = 0, list[int]()
    for text in texts:
        for begin in range(0, len(text), PIECE):
            size += len(encoder.encode(text[begin : begin + PIECE]))
        sizes.append(size)
    sizes[-1] += len(encoder.flush())
    return sizes
