"""Bytes of a file to text: which encoding they are in, and a stream of characters."""

import codecs
import io
from dataclasses import dataclass
from typing import IO

PIECE_BYTES = 1 << 20
# CP949 and UTF-8 hardly ever look alike for long: so many characters beyond ASCII that are right
# in UTF-8 before the first wrong byte mean UTF-8 with a wrong byte, not CP949.
SURELY_UTF8 = 16


@dataclass(frozen=True)
class Encoding:
    """What a file is written in: Python's name of the codec, and whether a UTF-8 BOM begins it."""

    name: str
    has_bom: bool


@dataclass(frozen=True)
class _Check:
    """How far a codec got: byte offset of the first wrong byte, None where all are right."""

    wrong: int | None
    non_ascii: int  # characters beyond ASCII before it


def detect(stream: IO[bytes], asked: str, name: str) -> Encoding:
    """
    Find the encoding of a whole stream, which is read to its end and set back to its start.

    `auto` is UTF-8, with or without a BOM, or UTF-16 with one, or else CP949. CP949 holds all of
    EUC-KR and the 8,822 syllables that EUC-KR lacks (뷁, 펲, 햏), so it is used for both names.
    What is not all right in its encoding is refused: a guess would be wrong text without a word.

    Args:
        stream: bytes of the file, which can be sought.
        asked: `auto`, or a codec that Python knows.
        name: of the file, for messages.

    Raises:
        ValueError: a byte is wrong, or `asked` is no text encoding.

    >>> detect(io.BytesIO("뷁".encode("cp949")), "auto", "a.txt").name
    'cp949'
    """
    has_bom = stream.read(3) == codecs.BOM_UTF8
    if asked != "auto":
        codec = _codec(asked)
        wrong = _check(stream, codec).wrong
        if wrong is not None:
            raise ValueError(
                f"{name}: byte {wrong} is wrong in {codec}, which the config names as `encoding`; "
                "name another, or `auto`"
            )
        return Encoding(codec, has_bom and codec == "utf-8")
    stream.seek(0)
    if stream.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        candidates = ["utf-16"]  # 0xFF and 0xFE are wrong in UTF-8 and cannot begin CP949
    else:
        candidates = ["utf-8", "cp949"]
    wrongs = {}
    for codec in candidates:
        check = _check(stream, codec)
        if check.wrong is None:
            return Encoding(codec, has_bom)
        wrongs[codec] = check.wrong
        if codec == "utf-8" and (has_bom or check.non_ascii >= SURELY_UTF8):
            break
    found = ", ".join(f"not {codec} (byte {wrong} is wrong)" for codec, wrong in wrongs.items())
    raise ValueError(f"{name}: is {found}; mend that byte, or name the corpus's `encoding`")


def decoded(stream: IO[bytes], encoding: Encoding) -> io.TextIOWrapper:
    r"""
    Open a stream as text: no BOM at its start, line ends as they stand.

    Its lines end with `\n`, `\r\n` or `\r` and with nothing else: U+2028 and the form feed,
    which `str.splitlines` cuts at too, stand inside lines of JSON and of prose.
    """
    codec = "utf-8-sig" if encoding.has_bom else encoding.name
    return io.TextIOWrapper(stream, codec, newline="")


def encoded_size(text: str, encoding: Encoding) -> int:
    """Return how many bytes a text takes up in its file; UTF-16 counts a BOM each time."""
    return len(text.encode(encoding.name, "replace"))


def _codec(asked: str) -> str:
    try:
        codec = codecs.lookup(asked)
        "".encode(asked)  # LookupError for what is no text encoding, such as zlib
    except LookupError as error:
        raise ValueError(
            f"encoding: {asked!r} is not one that Python knows; try auto, utf-8, cp949 or utf-16"
        ) from error
    return "cp949" if codec.name == "euc_kr" else codec.name


def _check(stream: IO[bytes], codec: str) -> _Check:
    """Decode a stream from its start to its end or to the first wrong byte; set it back."""
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(codec)()
    read = non_ascii = 0
    try:
        while True:
            piece = stream.read(PIECE_BYTES)
            held = decoder.getstate()[0]  # bytes of a character whose end has not come
            assert isinstance(held, bytes)
            text = decoder.decode(piece, final=not piece)
            non_ascii += _non_ascii(text)
            read += len(piece)
            if not piece:
                return _Check(None, non_ascii)
    except UnicodeDecodeError as error:
        non_ascii += _non_ascii(error.object[: error.start].decode(codec, "ignore"))
        return _Check(read - len(held) + error.start, non_ascii)
    finally:
        stream.seek(0)


def _non_ascii(text: str) -> int:
    return 0 if text.isascii() else len(text) - len(text.encode("ascii", "ignore"))
