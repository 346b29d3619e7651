"""Where a sample ends of itself: after so many lines, or after a text."""

from unicodedata import normalize

from model.sampling import SampleConfig


class Stops:
    """What a sample has written of the line, and of the text, that it is to end with."""

    def __init__(self, config: SampleConfig, prompt: str) -> None:
        """
        Begin after a prompt.

        A line that the prompt has begun is the first, if anything stands in it; the text that
        ends a sample must be written by the sample itself.
        """
        self._lines = config.lines
        self._line_holds = bool(prompt.rpartition("\n")[2].strip())
        self._text = normalize("NFC", config.stop_text)
        self._tail = ""

    def cut(self, piece: str) -> str | None:
        """Return the first part of a piece that is written, with which the sample ends, or None."""
        if not self._text and not self._lines:
            return None
        cuts = [cut for cut in (self._after_text(piece), self._after_lines(piece)) if cut >= 0]
        return piece[: min(cuts)] if cuts else None

    def _after_text(self, piece: str) -> int:
        """Return where in a piece the text ends; -1 where it does not."""
        if not self._text:
            return -1
        before = len(self._tail)
        joined = self._tail + piece
        found = joined.find(self._text)
        self._tail = joined[max(0, len(joined) - len(self._text) + 1) :]
        return found + len(self._text) - before if found >= 0 else -1

    def _after_lines(self, piece: str) -> int:
        """Return the place of the line feed in a piece that ends the last line; -1: none does."""
        if not self._lines:
            return -1
        for place, character in enumerate(piece):
            if character == "\n" and self._line_holds:
                self._lines -= 1
                self._line_holds = False
                if not self._lines:
                    return place
            elif not character.isspace():
                self._line_holds = True
        return -1
