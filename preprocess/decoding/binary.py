"""Files that are no text: known by how they begin, or by being full of control characters."""

import re

HEAD_BYTES = 512
_PICTURE = "type out what it shows, or run a text recogniser on it"
_NO_TEXT = "leave it out"
_SUFFIX = "give it the suffix {} so that it is opened, or unpack it"
# What each kind of file begins with, what it is, what to do.
SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (
        *(rb"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "a document of Hangul (.hwp) or of old Office"),
        "save it as text (.txt) in that program, or run `hwp5txt` on an .hwp",
    ),
    (rb"HWP Document File", "a document of Hangul (.hwp)", "save it as text (.txt) in Hangul"),
    (
        *(rb"PK\x03\x04", "a zip file, as .hwpx, .docx, .xlsx and .epub are"),
        "save a document as text; name an archive of texts .zip, or set `source.member`",
    ),
    (rb"%PDF-", "a PDF", "run `pdftotext` on it"),
    (rb"\{\\rtf", "RTF", "save it as plain text"),
    (rb"\x89PNG\r\n\x1a\n", "a PNG image", _PICTURE),
    (rb"\xff\xd8\xff", "a JPEG image", _PICTURE),
    (rb"GIF8[79]a", "a GIF image", _PICTURE),
    (rb"RIFF....WEBP", "a WEBP image", _PICTURE),
    (rb"II\*\0|MM\0\*", "a TIFF image", _PICTURE),
    (rb"\0\0\0.ftyp", "an MP4 video or a HEIC image", _NO_TEXT),
    (rb"RIFF....WAVE|ID3[\2-\4]\0|OggS\0", "a sound", _NO_TEXT),
    (rb"\x7fELF|MZ.\0", "a program", _NO_TEXT),
    (rb"SQLite format 3\0", "an SQLite database", "export its texts as .tsv or .jsonl"),
    (rb"\x93NUMPY", "a NumPy array", "export its texts as .jsonl"),
    (rb"PAR1", "a Parquet file", "set `format: parquet`"),
    (rb"\x1f\x8b\x08", "a gzip file", _SUFFIX.format(".gz (or .tar.gz)")),
    (rb"\xfd7zXZ\0", "an xz file", _SUFFIX.format(".xz (or .tar.xz)")),
    (rb"\x28\xb5\x2f\xfd", "a zstd file", _SUFFIX.format(".zst (or .tar.zst)")),
    (rb"7z\xbc\xaf\x27\x1c", "a 7z file", _SUFFIX.format(".7z")),
    (rb"BZh[1-9]1AY&SY", "a bzip2 file", _SUFFIX.format(".bz2 (or .tar.bz2)")),
    (
        *(rb"Rar!\x1a\x07|ALZ\x01|EGGA", "an archive of RAR or ALZip"),
        "unpack it with the program it was made with",
    ),
    (rb".{257}ustar", "a tar file", _SUFFIX.format(".tar")),
)
# The bytes that stand in no text of one byte or more a character: C0 but for white space and ESC.
CONTROLS = bytes(byte for byte in range(0x20) if byte not in b"\t\n\v\f\r\x1a\x1b")
MAX_CONTROLS = 0.1  # share of the bytes


def refuse_signature(head: bytes, name: str) -> None:
    """Refuse a file that begins as one of another kind does; `head` is its first HEAD_BYTES."""
    for mark, kind, advice in SIGNATURES:
        if re.match(mark, head, re.DOTALL):
            raise ValueError(f"{name}: is {kind}, not text; {advice}")


def looks_binary(controls: int, size: int) -> bool:
    """
    Tell by the number of control characters whether so many bytes are no text.

    A few are let through, for cleaning to remove: they stand in texts that were cut out of
    something else.

    >>> looks_binary(3, 7), looks_binary(60, 500), looks_binary(60, 5000)
    (False, True, False)
    """
    return controls > 4 and controls > MAX_CONTROLS * size


def count_controls(data: bytes) -> int:
    """Return how many bytes are control characters."""
    return len(data) - len(data.translate(None, CONTROLS))
