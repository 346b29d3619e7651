"""What a file is written in."""

import codecs
from dataclasses import dataclass


@dataclass(frozen=True)
class Encoding:
    """
    The encoding of a file.

    Attributes:
        name: Python's name of the codec.
        confidence: 0..1; 1 where it is certain or was asked for.
        by_line: it is UTF-8 or CP949, and lines may be in the other of the two.
    """

    name: str
    confidence: float = 1.0
    by_line: bool = False


def codec_of(asked: str) -> str:
    """
    Return Python's name of an encoding that the config asks for.

    CP949 holds all of EUC-KR and the 8,822 syllables that EUC-KR lacks (뷁, 펲, 햏), so it is
    used for both names.

    Raises:
        ValueError: there is no such text encoding.

    >>> codec_of("EUC-KR"), codec_of("UTF-8-SIG")
    ('cp949', 'utf-8')
    """
    try:
        name = codecs.lookup(asked).name
        "".encode(asked)  # LookupError for what is no text encoding, such as zlib
        codecs.getincrementaldecoder(name)("replace").decode(b"\xff", final=True)  # idna cannot
    except (LookupError, UnicodeError) as error:
        raise ValueError(
            f"encoding: {asked!r} is not one that Python knows; try auto, utf-8, cp949 or utf-16"
        ) from error
    return {"euc_kr": "cp949", "utf-8-sig": "utf-8"}.get(name, name)
