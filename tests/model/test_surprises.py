"""The characters that a model expected least, and where they stand."""

import numpy as np

from model.scored_text import ScoredText
from model.surprises import CONTEXT, most_surprising


def scored(text, **dear):
    """Return a text of which each character costs a bit, but for those named."""
    bits = np.ones(len(text) + 1)
    for place, cost in dear.items():
        bits[int(place[1:])] = cost
    return ScoredText(text, bits, len(bits))


def test_the_dearest_come_first_and_of_equals_the_first():
    first, second = scored("가나\n다라", _3=9.0), scored("마바", _1=9.0, _2=20.0)
    end, one, other, cheap = most_surprising([first, second], 4)
    assert (end.text, end.line, end.column, end.character, end.bits) == (1, 1, 3, None, 20.0)
    assert (end.before, end.after) == ("마바", "")
    assert (one.text, one.line, one.column, one.character) == (0, 2, 1, "다")
    assert (one.before, one.after) == ("", "라")
    assert (other.text, other.character, other.before) == (1, "바", "마")
    assert (cheap.text, cheap.line, cheap.column) == (0, 1, 1)


def test_a_line_feed_belongs_to_the_line_that_it_ends():
    [found] = most_surprising([scored("가나\n다", _2=9.0)], 1)
    assert (found.line, found.column, found.character, found.before, found.after) == (
        1,
        3,
        "\n",
        "가나",
        "",
    )


def test_there_are_no_more_than_characters_and_context_is_short():
    assert most_surprising([scored("가")], 0) == []
    assert len(most_surprising([scored("가")], 9)) == 2
    long = "가" * 50
    [found] = most_surprising([scored(long, _25=9.0)], 1)
    assert (found.before, found.after) == ("가" * CONTEXT, "가" * CONTEXT)
