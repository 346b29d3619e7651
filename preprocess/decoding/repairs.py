"""What decoding had to change in a file, counted, and said in words."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

FIRST = 10  # places named of each kind


@dataclass
class Repairs:
    """
    Counts for one file.

    Attributes:
        replaced_bytes: wrong bytes, for which U+FFFD stands in the text.
        wrong_bytes: offsets of the first of them in the file.
        truncated: 1 where the file ends inside a character, whose bytes are dropped.
        boms: byte order marks removed, at the start or inside.
        recomposed: syllables that EUC-KR spelt in eight bytes.
        lines: lines by encoding, where both UTF-8 and CP949 occur.
        other_lines: numbers of the first lines that are not in the file's main encoding.
    """

    replaced_bytes: int = 0
    wrong_bytes: list[int] = field(default_factory=list)
    truncated: int = 0
    boms: int = 0
    recomposed: int = 0
    lines: Counter[str] = field(default_factory=Counter)
    other_lines: list[int] = field(default_factory=list)

    def sentences(self, name: str, encoding: str) -> Iterator[str]:
        """Yield what a person should know about the file called `name`."""
        if len(self.lines) > 1:
            lines = ", ".join(f"{count} in {codec}" for codec, count in sorted(self.lines.items()))
            yield (
                f"{name}: lines are in two encodings ({lines}); the first that are not in "
                f"{encoding} are {_some(self.other_lines, sum(self.lines.values()))}"
            )
        if self.replaced_bytes:
            offsets = _some(self.wrong_bytes, self.replaced_bytes)
            yield (
                f"{name}: {self.replaced_bytes} bytes are wrong in {encoding} and became U+FFFD, "
                f"at byte {offsets}; `strict: true` refuses such files"
            )
        if self.truncated:
            yield f"{name}: is truncated: its last character is cut in two, and was dropped"


def _some(places: list[int], among: int) -> str:
    """
    List places, with dots where there may be more.

    >>> _some([3, 7], 2), _some([3, 7], 200)
    ('3, 7', '3, 7 …')
    """
    more = " …" if len(places) < among and len(places) != 1 else ""
    return ", ".join(map(str, places)) + more
