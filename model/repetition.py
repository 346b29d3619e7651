"""Spans of characters that a sample has written, so that none need come twice."""

# Chinese characters; between them there are no spaces, and any of them may begin a word.
FIRST_HAN, LAST_HAN = "\u3400", "\u9fff"


class Spans:
    """
    The spans of N characters of a text, which grows, that end as a word begins.

    They are of characters, whatever the tokens, and reach over spaces and line feeds. What is not
    to be repeated is thus left where a word begins, and never inside one: the model, which cannot
    know of it, would write a word that is none. Spaces, line ends and punctuation come freely.
    """

    def __init__(self, size: int, text: str) -> None:
        """Begin with a text; a size of 0 stands for no spans at all."""
        self._size = size
        self._seen: set[str] = set()
        self._tail = ""
        self.add(text)

    def copy(self) -> "Spans":
        """Return the same spans, to be added to on their own."""
        spans = Spans(self._size, "")
        spans._seen, spans._tail = set(self._seen), self._tail
        return spans

    def would_repeat(self, text: str) -> bool:
        """Say whether some span would come again if this were added."""
        if not self._size:
            return False
        spans = self._ending_in(text)
        return len(set(spans)) < len(spans) or not self._seen.isdisjoint(spans)

    def add(self, text: str) -> None:
        """Add to the text."""
        if self._size:
            self._seen.update(self._ending_in(text))
            self._tail = (self._tail + text)[-self._size :]

    def _ending_in(self, text: str) -> list[str]:
        """Return the spans that would end in this text if it were added."""
        joined = self._tail + text
        ends = range(max(len(self._tail), self._size - 1), len(joined))
        return [
            joined[end + 1 - self._size : end + 1]
            for end in ends
            if begins_word(joined[:end], joined[end])
        ]


def begins_word(before: str, character: str) -> bool:
    """
    Say whether a word begins with a character that comes after some text.

    >>> [begins_word("그대 ", "여"), begins_word("그", "대"), begins_word("", "A")]
    [True, False, True]
    >>> [begins_word("그대", "!"), begins_word("人", "民")]
    [False, True]
    """
    if not character.isalnum():
        return False
    return not before[-1:].isalnum() or FIRST_HAN <= character <= LAST_HAN
