"""What readers share: a document, how a corpus is read, what was counted, a file while open."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import IO, Any, NamedTuple

from preprocess.arrays import Fault
from preprocess.decoding import Encoding, Repairs, decode, detect
from preprocess.fragments import Line, lines

FIRST = 10  # records named
DOUBTFUL = 0.5  # the confidence in an encoding that is worth a warning
SURROGATE_RE = re.compile("[\ud800-\udfff]")


class Document(NamedTuple):
    """A document as read; `position` is about how many bytes of its file stand before it."""

    document_id: str
    title: str
    text: Iterable[str]  # pieces, which joined are the text
    position: int


@dataclass(frozen=True)
class Options:
    """How a corpus is read: keys of its config entry, None where its format has no use for one."""

    format: str
    encoding: str | None = None
    document: str | None = None
    text_column: str | None = None
    title_column: str | None = None
    namespaces: Sequence[object] | None = None
    strict: bool = False
    allow_truncated: bool = False

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Options":
        """Take the reader's keys out of the settings of the stage."""
        names = [field.name for field in fields(cls)]
        return cls(**{key: settings[key] for key in names if key in settings})


@dataclass
class Tally:
    """What was counted while one file was read."""

    encoding: Encoding | None = None  # None: the format has none to tell
    repairs: Repairs = field(default_factory=Repairs)
    skipped: Counter[str] = field(default_factory=Counter)
    replaced_surrogates: int = 0
    surrogate_records: list[int] = field(default_factory=list)  # the first with one
    namespaces: Counter[str] = field(default_factory=Counter)  # pages of a dump, wanted or not
    fault: Fault | None = None  # where a dump is broken, of which the pages before are used

    def sentences(self, name: str) -> Iterator[str]:
        """Yield what a person should know about the file called `name`."""
        if self.encoding is not None:
            if self.encoding.confidence <= DOUBTFUL:
                yield (
                    f"{name}: may be in {self.encoding.name}, which is a guess: see its text, and "
                    "name another `encoding` if it is wrong"
                )
            yield from self.repairs.sentences(name, self.encoding.name)
        if self.replaced_surrogates:
            records = ", ".join(map(str, self.surrogate_records))
            yield (
                f"{name}: {self.replaced_surrogates} lone surrogates, which are no characters, "
                f"became U+FFFD, the first in record {records}; `strict: true` refuses such files"
            )
        if self.fault is not None:
            record, byte, reason = self.fault
            yield (
                f"{name}: is broken in record {record}, at byte {byte}: {reason}; only the "
                f"{record - 1} records before it are used, as `allow_truncated: true` has it"
            )


@dataclass(frozen=True)
class Opened:
    """A raw file while it is read: its bytes, how to read them, what was counted."""

    name: str
    size: int
    stream: IO[bytes]
    options: Options
    tally: Tally

    def pieces(self) -> Iterator[str]:
        """Decode it piece by piece, and note its encoding."""
        asked = self.options.encoding or "utf-8"  # a dump is JSON, which is UTF-8 by its standard
        encoding = detect(self.stream, asked, self.name)
        self.tally.encoding = encoding
        strict = self.options.strict
        return decode(self.stream, encoding, self.name, self.tally.repairs, strict=strict)

    def lines(self) -> Iterator[Line]:
        """Decode it line by line."""
        pieces = self.pieces()
        assert self.tally.encoding is not None
        return lines(pieces, self.tally.encoding.name)

    def identity(self, number: int) -> str:
        """Name the document that is line, row or record `number`, from 1."""
        return f"{escaped(self.name)}:{number}"

    def scalar_values(self, text: str, number: int) -> str:
        """
        Replace lone surrogates, which JSON can spell and no file of text can hold, by U+FFFD.

        Raises:
            ValueError: there is one, and the corpus is read strictly.
        """
        try:
            text.encode()  # faster than to look for them, and nearly no text has any
        except UnicodeEncodeError:
            return self._without_surrogates(text, number)
        return text

    def _without_surrogates(self, text: str, number: int) -> str:
        text, replaced = SURROGATE_RE.subn("\ufffd", text)
        if self.options.strict:
            raise ValueError(
                f"{self.name}: record {number} has a lone surrogate, which is no character; "
                "mend it, or set `strict: false` to have it replaced and counted"
            )
        records = self.tally.surrogate_records
        if number not in records and len(records) < FIRST:
            records.append(number)
        self.tally.replaced_surrogates += replaced
        return text


@lru_cache(maxsize=1)
def escaped(name: str) -> str:
    """Keep `#` for the pieces of documents that are cut."""
    return name.replace("%", "%25").replace("#", "%23")
