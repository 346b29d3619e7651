"""
Bytes of a file to text: which encoding they are in, and a stream of characters.

`detect` looks at a file, `decode` reads it in bounded memory, and `read_text` does both.
"""

from typing import IO

from preprocess.decoding.decoder import decode
from preprocess.decoding.detection import detect
from preprocess.decoding.encoding import Encoding, codec_of
from preprocess.decoding.repairs import Repairs

__all__ = ["Encoding", "Repairs", "codec_of", "decode", "detect", "read_text"]


def read_text(stream: IO[bytes], name: str) -> tuple[str, list[str]]:
    """
    Return the text of a stream in any encoding that can be told, and what was wrong in it.

    Args:
        stream: bytes at their start, which can be sought.
        name: for messages.

    Raises:
        ValueError: it is no text.
    """
    repairs = Repairs()
    encoding = detect(stream, "auto", name)
    text = "".join(decode(stream, encoding, name, repairs))
    return text, list(repairs.sentences(name, encoding.name))
