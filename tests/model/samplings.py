"""Settings of samples, for tests of what draws them."""

from typing import Any

from model.sampling import SampleConfig

SETTINGS = {
    "count": 5,
    "length": 40,
    "top_k": 0,
    "top_p": 1.0,
    "draw": "token",
    "no_repeat_ngram": 0,
    "beam": 0,
    "prompt": "",
    "seed": 7,
    "stop": "document",
    "lines": 0,
    "stop_text": "",
    "acrostic": "",
}


def config(**changes: Any) -> SampleConfig:
    """Return settings of samples at temperature 1, with other values where given."""
    return SampleConfig(**{**SETTINGS, "temperature": 1.0, **changes})
