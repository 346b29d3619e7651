"""A stream of bytes to pieces of text: what is wrong replaced and counted, nothing lost unsaid."""

import codecs
import re
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from typing import IO

from preprocess.decoding.encoding import Encoding
from preprocess.decoding.lines import LineEncodings, Stretch
from preprocess.decoding.makeup import MakeUp
from preprocess.decoding.repairs import FIRST, Repairs

PIECE_BYTES = 1 << 18
BOM = "\ufeff"
WIDE_LINE_RE = re.compile(b"\n(?:\xff\xfe|\xfe\xff)")


def decode(
    stream: IO[bytes],
    encoding: Encoding,
    name: str,
    repairs: Repairs,
    *,
    strict: bool = False,
    piece_bytes: int = PIECE_BYTES,
) -> Iterator[str]:
    r"""
    Yield the text of a stream in pieces, line ends as they stand; the stream is at its start.

    Each wrong byte is replaced by U+FFFD (one for all that a broken character left), a character
    cut by the end of the file is dropped, byte order marks are removed wherever they stand, and
    make-up sequences of EUC-KR become syllables: all counted in `repairs`. The text does not
    depend on `piece_bytes`, and memory is bounded by it and by `lines.LINE_BYTES`.

    Args:
        stream: bytes of the file.
        encoding: what `detect` found.
        name: of the file, for messages.
        repairs: counts, to which this file's are added.
        strict: refuse wrong bytes, cut characters and lines in another encoding.
        piece_bytes: read at a time.

    Raises:
        ValueError: a byte is wrong, and `strict` is set; or UTF-16 begins behind other text.

    >>> import io
    >>> repairs = Repairs()
    >>> "".join(decode(io.BytesIO(b"a\xffb"), Encoding("utf-8"), "a.txt", repairs))
    'a\ufffdb'
    >>> repairs.replaced_bytes, repairs.wrong_bytes
    (1, [1])
    """
    # `read` loses what came before the damage where an archive is found damaged as it is unpacked.
    read = getattr(stream, "read1", stream.read)
    pieces: Iterator[bytes] = iter(partial(read, piece_bytes), b"")
    decoder = _Decoder(name, repairs, strict)
    stretches = _stretches(pieces, encoding, name, repairs)
    if strict:
        stretches = _of_one_encoding(stretches, encoding, name, repairs)
    for text in _texts(decoder, stretches):
        if BOM in text:
            repairs.boms += text.count(BOM)
            text = text.replace(BOM, "")
        if text:
            yield text


def _stretches(
    pieces: Iterable[bytes], encoding: Encoding, name: str, repairs: Repairs
) -> Iterator[Stretch]:
    if encoding.by_line:
        return LineEncodings(encoding.name, repairs).stretches(_narrow(pieces, name))
    return ((encoding.name, piece) for piece in pieces)


def _narrow(pieces: Iterable[bytes], name: str) -> Iterator[bytes]:
    """Refuse a line that begins with a mark of UTF-16: files of several encodings were joined."""
    position, before = 0, b""
    for piece in pieces:
        found = WIDE_LINE_RE.search(before + piece)
        if found:
            end = found.start() + 1 - len(before)  # of the line before it, in this piece
            start = position + end
            yield piece[: max(0, end)]  # first what is wrong there
            raise ValueError(
                f"{name}: a text in UTF-16 begins at byte {start}, "
                "behind one that is not in it; divide the file there"
            )
        position += len(piece)
        before = (before + piece)[-2:]
        yield piece


def _of_one_encoding(
    stretches: Iterable[Stretch], encoding: Encoding, name: str, repairs: Repairs
) -> Iterator[Stretch]:
    for codec, data in stretches:
        if codec != encoding.name:
            raise ValueError(
                f"{name}: line {repairs.other_lines[0]} is not in {encoding.name}, as other lines "
                "are; mend it, or set `strict: false` to have it read in its own encoding"
            )
        yield codec, data


def _texts(decoder: "_Decoder", stretches: Iterable[Stretch]) -> Iterator[str]:
    """Yield the text of all stretches; each but the last ends where a character ends."""
    codec = None
    for following, data in stretches:
        if codec not in (None, following):
            yield decoder.flush()
        codec = following
        yield decoder.feed(codec, data)
    if codec is not None:
        yield decoder.end(codec)
        yield decoder.flush()


class _Decoder:
    """Decodes stretches in turn, and knows at which byte of the file it is."""

    def __init__(self, name: str, repairs: Repairs, strict: bool) -> None:
        self._name = name
        self._repairs = repairs
        self._strict = strict
        self._decoders: dict[str, codecs.IncrementalDecoder] = {}
        self._position = 0  # of the next byte
        self._makeup = MakeUp()

    def feed(self, codec: str, data: bytes) -> str:
        """Return the text of the next bytes, but for a character that goes on behind them."""
        decoder = self._decoder(codec)
        state = decoder.getstate()
        try:
            text = decoder.decode(data)
        except UnicodeDecodeError as error:
            text = self._mended(codec, state, data, error)
        self._position += len(data)
        return self._recomposed(codec, text)

    def end(self, codec: str) -> str:
        """Return what is left at the end of the file; half a character is dropped."""
        decoder = self._decoder(codec)
        held = decoder.getstate()[0]
        if not held:
            return decoder.decode(b"", final=True)
        if self._strict:
            raise ValueError(
                f"{self._name}: ends inside a character at byte {self._position - len(held)} "
                f"({codec}); get the whole file, or set `strict: false` to drop it"
            )
        self._repairs.truncated += 1
        return ""

    def flush(self) -> str:
        """Return what was held back as the beginning of a make-up sequence."""
        return self._makeup.flush()

    def _decoder(self, codec: str) -> codecs.IncrementalDecoder:
        if codec not in self._decoders:
            self._decoders[codec] = codecs.getincrementaldecoder(codec)()
        return self._decoders[codec]

    def _mended(
        self, codec: str, state: tuple[bytes, int], data: bytes, error: UnicodeDecodeError
    ) -> str:
        """Decode again from `state`, replacing what is wrong; locate and count it."""
        start = self._position - len(state[0])
        if self._strict:
            raise ValueError(
                f"{self._name}: byte {start + error.start} is wrong in {codec}; mend it, name "
                "another `encoding`, or set `strict: false` to have it replaced and counted"
            ) from error
        known = self._repairs.wrong_bytes
        offsets = _wrong_offsets(state[0] + data, codec)
        known += [start + offset for offset in islice(offsets, FIRST - len(known))]
        marking = codecs.getincrementaldecoder(codec)(_MARK)
        marking.setstate(state)
        text = marking.decode(data)
        self._decoder(codec).setstate(marking.getstate())
        for length, mark in _MARKS.items():
            if mark in text:
                self._repairs.replaced_bytes += length * text.count(mark)
                text = text.replace(mark, "\ufffd")
        return text

    def _recomposed(self, codec: str, text: str) -> str:
        if codec != "cp949":
            return text
        before = self._makeup.recomposed
        text = self._makeup.feed(text)
        self._repairs.recomposed += self._makeup.recomposed - before
        return text


def _wrong_offsets(data: bytes, codec: str) -> Iterator[int]:
    """Yield the offset of each wrong byte, or of the first of those of a broken character."""
    start = 0
    while True:
        try:
            codecs.getincrementaldecoder(codec)().decode(data[start:])
        except UnicodeDecodeError as error:
            yield start + error.start
            start += error.end
        else:
            return


# The marks are lone surrogates, which no decoder yields: they say how many bytes were wrong.
_MARKS = {length: chr(0xDC00 + length) for length in range(1, 9)}
_MARK = "geulteul-mark"


def _mark(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return _MARKS[min(error.end - error.start, len(_MARKS))], error.end


codecs.register_error(_MARK, _mark)
