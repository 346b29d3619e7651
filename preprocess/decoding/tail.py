"""Whether a file in UTF-16 is so to its end: nearly any bytes are right in it, so none tells."""

import codecs
import io
from typing import IO

from preprocess.decoding.score import MIN_SCORE, SURE_SCORE, hangul_score

TAIL_BYTES = 1 << 10
MIN_BYTES = 64  # fewer may look Korean by chance
# How else its last bytes may be read: the codec, and the bytes to leave out so that it is in step.
OTHERS = [("utf-8", 0), ("cp949", 0), *((f"utf-16-{o}", n) for o in ("le", "be") for n in (0, 1))]


def refuse_other_end(stream: IO[bytes], codec: str, name: str) -> None:
    """
    Refuse a file in UTF-16 whose end is Korean only if it is read in another way.

    A byte that is missing, or another file joined to it, makes other characters of what follows.

    Raises:
        ValueError: it is so.
    """
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - TAIL_BYTES) // 2 * 2)
    tail = b"".join(iter(stream.read, b""))
    if len(tail) < MIN_BYTES or _score(tail, codec) >= MIN_SCORE:
        return
    for other, skipped in OTHERS:
        if _score(tail[skipped:], other) >= SURE_SCORE:
            raise ValueError(
                f"{name}: begins in {codec}, and its end is Korean only in {other}"
                f"{', a byte further' if skipped else ''}: files of several encodings were joined, "
                "or a byte is missing; divide or mend it"
            )


def _score(data: bytes, codec: str) -> float:
    return hangul_score(codecs.getincrementaldecoder(codec)("replace").decode(data))
