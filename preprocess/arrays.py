"""
A JSON array of any length, one element at a time: in memory bounded by the longest element.

The text comes in pieces into a buffer, and the standard library's `json.JSONDecoder.raw_decode`
takes the elements off it. Where an element is not whole, as much text is read again as it has so
far, so that the time is linear in the text. (ijson streams too, but its yajl2 replaces lone
surrogates without a word; this way they come as they are spelt.)
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

# Of an element; long pages have a thousandth. Without a limit, an end that is missing could bring
# the rest of a dump into memory.
MAX_CHARACTERS = 1 << 25
WHITE_SPACE_RE = re.compile(r"[ \t\n\r]*")
# What may stand behind the place of an error where nothing is wrong but that the text ends there:
# the beginning of a number, an escape or a word such as `true`.
BEGINNING_RE = re.compile(r"\\?[-+.0-9A-Za-z]{0,16}")
BEGINNING = 20  # characters that are shown of what is no array
CLOSING = '}]"'


class Fault(NamedTuple):
    """What is wrong with an array: in which element, from 1, at which byte in UTF-8, and why."""

    element: int
    byte: int
    reason: str


class NoArrayError(ValueError):
    """The text does not begin as a JSON array does; the message finishes "it …"."""


class BrokenArrayError(ValueError):
    """The text is no whole JSON array; the elements before the fault have been given."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"element {fault.element}, byte {fault.byte}: {fault.reason}")
        self.fault = fault


def elements(pieces: Iterable[str]) -> Iterator[tuple[object, int, int]]:
    """
    Yield the elements of a JSON array, as `json.loads` has them, and the bytes of each from and to.

    Args:
        pieces: the text, divided anyhow; nothing that is yielded depends on that.

    Raises:
        BrokenArrayError: the array is cut off or broken, an element is longer than
            `MAX_CHARACTERS`, or other text follows.
        NoArrayError: the text is something else from its first character on.

    >>> list(elements(['[{"a": "가"},', ' 2]']))
    [({'a': '가'}, 1, 13), (2, 15, 16)]
    """
    text = _Text(pieces)
    first = text.next_character()
    if first != "[":
        raise NoArrayError(f"begins with {text.beginning()!r}" if first else "is empty")
    text.skip(1)
    if text.next_character() == "]":
        text.skip(1)
    else:
        yield from _elements(text)
    if text.next_character():
        raise text.broken("other text follows the end of the array")


def _elements(text: "_Text") -> Iterator[tuple[object, int, int]]:
    """Yield the elements of an array that has some, and leave its end behind."""
    while True:
        text.next_character()
        start = text.position
        yield text.take(), start, text.position
        text.element += 1
        delimiter = text.next_character()
        if delimiter not in (",", "]"):
            ends = "the text ends" if not delimiter else f"{delimiter!r} stands"
            raise text.broken(f"{ends} where a comma or the end of the array must be")
        text.skip(1)
        if delimiter == "]":
            return


class _Text:
    """The text that has come and is not used up."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self.element = 1  # that is being read
        self.position = 0  # bytes of UTF-8 used up
        self._pieces = iter(pieces)
        self._held, self._at = "", 0  # what is before `_at` is used up
        self._decode = json.JSONDecoder().raw_decode

    def next_character(self) -> str:
        """Skip white space; return the character behind it, nothing where the text ends."""
        while True:
            space = WHITE_SPACE_RE.match(self._held, self._at)
            assert space is not None
            self.skip(len(space[0]))
            if self._at < len(self._held):
                return self._held[self._at]
            if not self._grow():
                return ""

    def skip(self, count: int) -> None:
        """Use up so many characters of ASCII."""
        self.position += count
        self._at += count

    def take(self) -> object:
        """Use up the element that stands here, and return it."""
        while True:
            try:
                value, end = self._decode(self._held, self._at)
            except RecursionError:
                raise self.broken("it is nested too deep") from None
            except json.JSONDecodeError as error:
                if not self._may_go_on(error):
                    reason = error.msg.rstrip(": ").removesuffix(" at")
                    raise self.broken(reason, error.pos) from None
                if not self._read_on():
                    raise self.broken("the text ends inside it", len(self._held)) from None
            except ValueError:  # what `int` refuses
                raise self.broken("a number in it has too many digits") from None
            else:
                # A number may go on.
                is_whole = self._held[end - 1] in CLOSING or not self._ends_soon(end)
                if is_whole or not self._read_on():
                    self._check_length(end - self._at)
                    self.position += _size(self._held[self._at : end])
                    self._at = end
                    return value

    def beginning(self) -> str:
        """Return the first characters that stand here."""
        while len(self._held) - self._at < BEGINNING and self._grow():
            pass
        return self._held[self._at : self._at + BEGINNING]

    def broken(self, reason: str, at: int | None = None) -> BrokenArrayError:
        """Return the error that the array is broken at index `at` of what is held, else here."""
        position = self.position + _size(self._held[self._at : at] if at is not None else "")
        return BrokenArrayError(Fault(self.element, position, reason))

    def _may_go_on(self, error: json.JSONDecodeError) -> bool:
        """Tell whether what follows could mend it."""
        return error.msg.startswith("Unterminated string") or self._ends_soon(error.pos)

    def _ends_soon(self, at: int) -> bool:
        """Tell whether nothing but what could be the beginning of something is held from `at`."""
        return BEGINNING_RE.fullmatch(self._held, at) is not None

    def _read_on(self) -> bool:
        """Read on inside an element; tell whether anything came."""
        self._check_length(len(self._held) - self._at)
        return self._grow()

    def _check_length(self, characters: int) -> None:
        if characters > MAX_CHARACTERS:
            raise self.broken(f"it is longer than {MAX_CHARACTERS} characters")

    def _grow(self) -> bool:
        """Hold twice as much as is left, or more; tell whether anything came."""
        left = self._held[self._at :]
        grown, size = [left], 0
        for piece in self._pieces:
            grown.append(piece)
            size += len(piece)
            if size > min(len(left), MAX_CHARACTERS - len(left)):
                break
        self._held, self._at = "".join(grown), 0
        return size > 0


def _size(text: str) -> int:
    return len(text.encode())
