"""What becomes of the constructs about which tastes differ; the first named is the default."""

from dataclasses import dataclass, fields

CHOICES = {
    "tables": ("prose", "cells", "drop"),
    "footnotes": ("append", "inline", "drop"),
    "strikes": ("drop", "keep"),
    "headings": ("keep", "drop"),
    "code": ("drop", "keep"),
    "ruby": ("base", "both"),
}


@dataclass(frozen=True)
class Options:
    """Choices of `to_text`; a value that is none of them is refused."""

    tables: str = "prose"
    """prose: cells that are a sentence or have 40 Hangul syllables and more; cells: one a line."""
    footnotes: str = "append"
    """append: own lines at the end of the text; inline: in parentheses where they stand."""
    strikes: str = "drop"
    """Struck-out text, which namuwiki uses for jokes."""
    headings: str = "keep"
    """keep: a line of its own, without the equals signs."""
    code: str = "drop"
    """Code blocks, and literal blocks of several lines that have no Hangul sentence."""
    ruby: str = "base"
    """both: the reading in parentheses after the base."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value not in CHOICES[field.name]:
                raise ValueError(
                    f"namumark.{field.name} is {value!r}; "
                    f"it must be one of {', '.join(CHOICES[field.name])}"
                )
