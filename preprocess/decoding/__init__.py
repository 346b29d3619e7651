"""
Bytes of a file to text: which encoding they are in, and a stream of characters.

`detect` looks at a file, `decode` reads it in bounded memory, and `read_text` does both.
"""

from pathlib import Path

from preprocess.decoding.decoder import decode
from preprocess.decoding.detection import detect
from preprocess.decoding.encoding import Encoding, codec_of
from preprocess.decoding.repairs import Repairs

__all__ = ["Encoding", "Repairs", "codec_of", "decode", "detect", "read_text"]


def read_text(path: Path) -> tuple[str, list[str]]:
    """
    Return the text of a whole file in any encoding that can be told, and what was wrong in it.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no text.
    """
    repairs = Repairs()
    with path.open("rb") as stream:
        encoding = detect(stream, "auto", str(path))
        text = "".join(decode(stream, encoding, str(path), repairs))
    return text, list(repairs.sentences(str(path), encoding.name))
