"""Settings of samples: typed, checked, without defaults of their own. Light: no torch here."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

STOPS = ("document", "none")
DRAWS = ("token", "space")
MOST_TOP_K = (1 << 31) - 1  # more than any vocabulary has
LEAST_NGRAM = 2  # were no character to come twice, a text would soon have none left


@dataclass(frozen=True)
class SampleConfig:
    """How texts are drawn, and when they end: docs/sampling.md."""

    count: int
    """Samples, of each prompt."""
    length: int
    """Characters a sample at most, the prompt not counted."""
    temperature: float
    """0 takes the likeliest token, 1 draws as learnt, more is wilder."""
    top_k: int
    """Draw among the k likeliest tokens only (more, where the last ones tie); 0: all."""
    top_p: float
    """Draw among the likeliest tokens that together have this share, above 0 to 1; 1: all."""
    draw: str
    """"token": draw each one; "space": only where a word begins, else take the likeliest."""
    no_repeat_ngram: int
    """Write no span of so many characters twice in a sample; 0: any."""
    beam: int
    """Texts that are gone on with side by side, to find the likeliest; 0: draw at random."""
    prompt: str
    """Text that every sample goes on from, as if a document began with it."""
    seed: int
    """Of the random numbers, 0 or more; another for each sample comes of it."""
    stop: str
    """"document": end with it; "none": write a line feed there and begin another document."""
    lines: int
    """End with this line, of those that hold something; 0: not by lines."""
    stop_text: str
    """End after this text; "": not by text."""
    acrostic: str
    """A syllable for each line to begin with, and no more lines than these; "": none."""

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn."""
        least = {"count": 1, "length": 1, "top_k": 0, "no_repeat_ngram": 0, "beam": 0, "seed": 0}
        for name, low in {**least, "lines": 0}.items():
            value = getattr(self, name)
            if value < low:
                raise ValueError(f"sample.{name} is {value}; it must be {low} or more")
        if self.top_k > MOST_TOP_K:
            raise ValueError(
                f"sample.top_k is {self.top_k}; it must be {MOST_TOP_K} or less (0: all tokens)"
            )
        if not (math.isfinite(self.temperature) and self.temperature >= 0):
            raise ValueError(
                f"sample.temperature is {self.temperature}; it must be a number of 0 or more "
                "(0: always the likeliest token, 1: as the model learnt)"
            )
        if not 0 < self.top_p <= 1:
            raise ValueError(
                f"sample.top_p is {self.top_p}; it must be above 0 and at most 1 (1: all tokens)"
            )
        _one_of("stop", self.stop, STOPS)
        _one_of("draw", self.draw, DRAWS)
        for name in ("prompt", "stop_text", "acrostic"):
            _all_characters(name, getattr(self, name))
        if any(character.isspace() for character in self.acrostic):
            raise ValueError(
                f"sample.acrostic is {self.acrostic!r}; it must be without white space, as each "
                "character of it begins a line"
            )
        for name, words in contradictions(vars(self)):
            raise ValueError(f"sample.{name} {words}")


def contradictions(sample: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """
    Yield what no schema can say of settings: a key, and what is wrong with its value, in words.

    Args:
        sample: fields of `SampleConfig`; one that is missing or of another type is passed over.
    """
    span, beam, count = (sample.get(key) for key in ("no_repeat_ngram", "beam", "count"))
    if isinstance(span, int) and 0 < span < LEAST_NGRAM:
        yield (
            "no_repeat_ngram",
            f"is {span}, so that no character could come twice; it must be 0 (any span may come "
            f"again) or {LEAST_NGRAM} and more",
        )
    if isinstance(beam, int) and isinstance(count, int) and 0 < beam < count:
        yield (
            "beam",
            f"is {beam}, which finds as many texts, but sample.count is {count}; ask for {beam} or "
            "fewer, or for a wider beam",
        )
    if sample.get("acrostic") and sample.get("lines"):
        yield (
            "lines",
            f"is {sample['lines']}, but sample.acrostic already says how many lines there are; it "
            "must be 0",
        )


def configs_of(settings: Mapping[str, Any]) -> list[SampleConfig]:
    """
    Return what the settings of a run ask for: a config for each temperature, the main one first.

    Args:
        settings: `sample` of a run in config.yaml: `temperatures` and else fields of
            `SampleConfig`. With a beam nothing is drawn, and there is one config alone.
    """
    fields = {name: value for name, value in settings.items() if name != "temperatures"}
    temperatures = [0.0] if settings["beam"] else settings["temperatures"]
    return [SampleConfig(**fields, temperature=temperature) for temperature in temperatures]


def _all_characters(name: str, text: str) -> None:
    """Refuse what a terminal makes of bytes that are no UTF-8: no model could write it."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"sample.{name} has U+{ord(text[error.start]):04X} at index {error.start}, which is no "
            "character but a wrong byte; give it in UTF-8"
        ) from error


def _one_of(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"sample.{name} is {value!r}; it must be {' or '.join(choices)}")
