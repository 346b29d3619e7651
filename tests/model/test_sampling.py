"""Settings of samples: what is refused, and the configs that a run's settings come to."""

import math

import pytest

from model.sampling import configs_of
from tests.model.samplings import SETTINGS, config


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"count": 0}, "sample.count is 0; it must be 1 or more"),
        ({"length": 0}, "sample.length is 0"),
        ({"top_k": -1}, "sample.top_k is -1; it must be 0 or more"),
        ({"top_k": 1 << 70}, "sample.top_k is 1180591620717411303424; it must be 2147483647 or"),
        ({"lines": -1}, "sample.lines is -1"),
        ({"beam": -1}, "sample.beam is -1"),
        ({"seed": -5}, "sample.seed is -5"),
        ({"temperature": -0.1}, "sample.temperature is -0.1"),
        ({"temperature": math.nan}, "sample.temperature is nan"),
        ({"temperature": math.inf}, "sample.temperature is inf"),
        ({"top_p": 0.0}, "sample.top_p is 0.0; it must be above 0 and at most 1"),
        ({"top_p": 1.1}, "sample.top_p is 1.1"),
        ({"top_p": math.nan}, "sample.top_p is nan"),
        ({"stop": "line"}, "sample.stop is 'line'; it must be document or none"),
        ({"draw": "argmax"}, "sample.draw is 'argmax'; it must be token or space"),
        ({"no_repeat_ngram": 1}, "sample.no_repeat_ngram is 1, .*; it must be 0 .* or 2 and more"),
        ({"beam": 4}, "sample.beam is 4, which .* sample.count is 5; ask for 4 or fewer"),
        ({"acrostic": "사 랑"}, "sample.acrostic is '사 랑'; it must be without white space"),
        ({"acrostic": "사랑", "lines": 2}, "sample.lines is 2, but sample.acrostic already"),
        ({"prompt": "사\udcff"}, r"sample.prompt has U\+DCFF at index 1, which is no character"),
        ({"stop_text": "\ud800"}, r"sample.stop_text has U\+D800 at index 0"),
        ({"acrostic": "\udfff"}, r"sample.acrostic has U\+DFFF at index 0"),
    ],
)
def test_impossible_values_are_refused(changes, words) -> None:
    with pytest.raises(ValueError, match=words):
        config(**changes)


def test_there_is_a_config_for_each_temperature() -> None:
    settings = {**SETTINGS, "temperatures": [0.8, 0.5], "prompt": "별"}
    of_each = [config(temperature=temperature, prompt="별") for temperature in (0.8, 0.5)]
    assert configs_of(settings) == of_each
    assert configs_of({**settings, "beam": 5}) == [config(temperature=0.0, prompt="별", beam=5)]
