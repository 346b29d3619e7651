"""Which encoding a file is in: a ladder from what is certain to what is likely, then refusal."""

import codecs
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

import chardet

from preprocess.archives.damage import DamagedError
from preprocess.decoding.binary import HEAD_BYTES, count_controls, looks_binary, refuse_signature
from preprocess.decoding.encoding import Encoding, codec_of
from preprocess.decoding.lines import LineEncodings
from preprocess.decoding.makeup import recompose
from preprocess.decoding.repairs import Repairs
from preprocess.decoding.score import MIN_SCORE, SURE_SCORE, hangul_score
from preprocess.decoding.tail import refuse_other_end
from preprocess.decoding.utf8 import check_utf8

SAMPLE_BYTES = 1 << 18
UTF16 = ("utf-16-le", "utf-16-be")
WIDE = (*UTF16, "utf-32-le", "utf-32-be")
# UTF-32 first: its little-endian mark begins with that of UTF-16.
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
MIN_CHARDET = 0.5  # its confidence: reached by a sentence or two of Chinese or Japanese
SURE_OF_UTF8 = 4  # right characters beyond ASCII for each wrong byte
FEW_WRONG = 10_000  # bytes of ASCII for each wrong byte
FEW_LETTERS, MANY_LETTERS = 4, 200  # different ones
KANA_LEADS = b"\x82\x83"  # first bytes of kana in Shift-JIS
GLUED_RE = re.compile("[가-힣][A-Za-z]")
MAX_WRONG = 0.1  # share of the characters
FEW = 4  # wrong characters that are no such share yet


def detect(stream: IO[bytes], asked: str, name: str) -> Encoding:
    """
    Find the encoding of a stream, which is at its start and is set back there.

    `auto` is, in this order: UTF-8, if all the file is; what a byte order mark says; UTF-8, CP949,
    UTF-16 or UTF-32 without a mark, whichever makes Korean of the bytes; UTF-8 with few wrong
    bytes; what chardet is sure of. All else is refused: a guess would be wrong text without a word.

    Args:
        stream: bytes of the file, which can be sought.
        asked: `auto`, or a codec that Python knows.
        name: of the file, for messages.

    Raises:
        ValueError: the file is no text, or in no encoding that can be told; or `asked` is none, or
            not the file's.

    >>> import io
    >>> detect(io.BytesIO("사랑과 이별".encode("cp949")), "auto", "a.txt")
    Encoding(name='cp949', confidence=1.0, by_line=True)
    """
    head = _read(stream, 0, HEAD_BYTES)
    refuse_signature(head, name)
    marked = next((codec for mark, codec in MARKS if head.startswith(mark)), None)
    if asked != "auto":
        found = _asked(stream, codec_of(asked), marked, name)
    elif marked is not None:
        found = _checked(stream, marked, name)
    else:
        found = _unmarked(stream, name)
    if found.name in UTF16:
        refuse_other_end(stream, found.name, name)
    stream.seek(0)
    return found


def _asked(stream: IO[bytes], codec: str, marked: str | None, name: str) -> Encoding:
    if codec in ("utf-16", "utf-32"):  # of either byte order; little-endian without a mark
        wide = marked if marked is not None and marked.startswith(codec) else f"{codec}-le"
        if codec == "utf-16" and marked is None:
            wide = _Sample.of(stream, 0).best(UTF16)[0]
        codec = wide
    return _checked(stream, codec, name)


def _checked(stream: IO[bytes], codec: str, name: str) -> Encoding:
    """Refuse an encoding in which much of the file's beginning is wrong."""
    text = _Sample.of(stream, 0).read(codec)
    wrong = text.count("\ufffd")
    if wrong > max(FEW, MAX_WRONG * len(text)):
        raise ValueError(
            f"{name}: is not {codec}: {wrong} of its first {len(text)} characters "
            "are wrong in it; convert it to UTF-8 (iconv), or name another `encoding`, or `auto`"
        )
    return Encoding(codec)


def _unmarked(stream: IO[bytes], name: str) -> Encoding:
    stream.seek(0)
    check = check_utf8(stream)
    is_utf8 = check.wrong is None
    head = _Sample.of(stream, 0)
    if is_utf8 and not (looks_binary(check.nuls, check.size) or head.looks_binary()):
        return Encoding("utf-8")
    wide, wide_score = head.best(WIDE)
    sample = _Sample.of(stream, check.wrong or 0)
    narrow, score = sample.best(("utf-8", "cp949"))
    if wide_score >= MIN_SCORE and wide_score > score:
        return Encoding(wide, round(wide_score, 3))
    if is_utf8 or sample.looks_binary():
        raise ValueError(
            f"{name}: looks binary, full of control characters; leave it out, or save it as text"
        )
    if sample.has_utf8_mark:
        narrow = "utf-8"
    found = _by_lines(sample, narrow) or _by_chardet(sample) or _few_wrong(sample)
    if found is None:
        raise ValueError(
            f"{name}: is in an encoding that cannot be told: not UTF-8 (byte {check.wrong} is "
            "wrong), not Korean in CP949 or UTF-16; convert it to UTF-8 (iconv), or name it as the "
            "corpus's `encoding`, such as gb18030, shift_jis, euc_jp, big5 or latin-1"
        )
    return found


def _by_lines(sample: "_Sample", main: str) -> Encoding | None:
    """Take UTF-8 and CP949, mixed or not, where the sample is Korean or nearly all is right."""
    texts = sample.lines(main)
    text = texts.get("utf-8", "")
    wrong = text.count("\ufffd")
    right = sum(not char.isascii() for char in text) - wrong
    if main == "utf-8" and (right >= SURE_OF_UTF8 * wrong > 0 or sample.has_utf8_mark):
        return Encoding(main, round(right / max(1, right + wrong), 3), by_line=True)
    korean = "".join(texts.values())
    score = hangul_score(korean)
    is_doubtful = score < SURE_SCORE and any("一" <= char <= "鿿" for char in korean)
    if score >= MIN_SCORE and not (is_doubtful and _ask_chardet(sample)[0] != "cp949"):
        return Encoding(main, round(score, 3), by_line=True)
    if _is_all_hangul(sample):
        return Encoding("cp949", 0.5, by_line=True)
    return None


def _is_all_hangul(sample: "_Sample") -> bool:
    """
    Tell whether CP949 finds Hangul and no other letter, be it as rare as 뷁.

    The kana of Shift-JIS look so, too, some eighty different syllables; and, by itself, a letter of
    Western Europe with an ASCII letter behind it, which Korean rarely has.
    """
    text = sample.read("cp949")
    letters = {char for char in text if not char.isascii()}
    if not letters or count_controls(sample.data) or not all("가" <= c <= "힣" for c in letters):
        return False
    if len(letters) > FEW_LETTERS:
        return len(letters) >= MANY_LETTERS
    has_kana = any(char.encode("cp949")[0] in KANA_LEADS for char in letters)
    return not has_kana and not GLUED_RE.search(text)


def _by_chardet(sample: "_Sample") -> Encoding | None:
    codec, confidence = _ask_chardet(sample)
    if codec is None or confidence < MIN_CHARDET:
        return None
    text = sample.read(codec)
    if text.count("\ufffd") > max(1, len(text) // FEW_WRONG):
        return None
    return Encoding(codec, round(confidence, 3))


def _ask_chardet(sample: "_Sample") -> tuple[str | None, float]:
    """Return its best guess, if it is one that we can use, and its confidence in it."""
    answer = chardet.detect(sample.data)
    try:
        codec = codec_of(answer["encoding"] or "")
    except ValueError:  # none, or one that Python does not know
        return None, 0.0
    # It takes Chinese in UTF-16 of one byte order for the other.
    is_usable = not codec.startswith(("utf-16", "utf-32"))
    return codec if is_usable else None, answer["confidence"]


def _few_wrong(sample: "_Sample") -> Encoding | None:
    """Take ASCII with a rare wrong byte for UTF-8."""
    text = sample.read("utf-8")
    wrong = text.count("\ufffd")
    if wrong > max(1, len(text) // FEW_WRONG) or count_controls(sample.data):
        return None
    return Encoding("utf-8", round(1 - wrong / len(text), 3), by_line=True)


@dataclass(frozen=True)
class _Sample:
    """Bytes of a file to judge it by: around the first byte that is not UTF-8."""

    data: bytes
    has_utf8_mark: bool

    @classmethod
    def of(cls, stream: IO[bytes], wrong: int) -> "_Sample":
        start = 0 if wrong < SAMPLE_BYTES // 2 else wrong - SAMPLE_BYTES // 4
        data = _read(stream, start, SAMPLE_BYTES)
        if start:  # begin with a whole line, if one begins before the wrong byte
            data = data[data.find(b"\n", 0, wrong - start) + 1 :]
        return cls(data, _read(stream, 0, 3) == codecs.BOM_UTF8)

    def read(self, codec: str) -> str:
        """Decode it; what the end cuts in two is left out."""
        text = codecs.getincrementaldecoder(codec)("replace").decode(self.data)
        return recompose(text) if codec == "cp949" else text

    def looks_binary(self) -> bool:
        """Tell whether it is full of control characters."""
        return looks_binary(count_controls(self.data), len(self.data))

    def best(self, candidates: tuple[str, ...]) -> tuple[str, float]:
        """Return the encoding in which it is most Korean, and how much; the first of equals."""
        scores = {c: hangul_score(self.read(c), ascii_counts=c in WIDE) for c in candidates}
        return max(scores.items(), key=lambda item: item[1])

    def lines(self, main: str) -> dict[str, str]:
        """Decode it line by line in UTF-8 and CP949; return the text in each."""
        texts = dict.fromkeys(("utf-8", "cp949"), b"")
        for codec, data in LineEncodings(main, Repairs()).stretches([self.data]):
            texts[codec] += data
        return {
            codec: codecs.getincrementaldecoder(codec)("replace").decode(data)
            for codec, data in texts.items()
        }


def _read(stream: IO[bytes], start: int, size: int) -> bytes:
    """Read `size` bytes or up to the end: a stream out of an archive may give fewer at a time."""
    stream.seek(start)
    pieces = []
    read = getattr(stream, "read1", stream.read)
    # What is damaged is told as it is decoded, up to where it can be.
    with suppress(DamagedError):
        while size > 0 and (piece := read(size)):
            pieces.append(piece)
            size -= len(piece)
    return b"".join(pieces)
