"""What is asked of samples beyond the model: spans, stops, masks; and their exact answers."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from model.legality import Demand, Legality
from model.repetition import Spans, begins_word
from model.stops import Stops
from preprocess.grammar import Grammar
from preprocess.units import END
from tests.model.samplings import config, make_vocabulary

PIECES = st.lists(st.text("가나 \n.人", max_size=5), max_size=8)


def test_a_passage_is_stopped_where_a_word_begins():
    spans = Spans(4, "사랑은 가고 사랑은")
    assert not spans.would_repeat(" ")
    spans.add(" ")
    assert spans.would_repeat("가")  # as in 은 가
    assert spans.would_repeat("가을")
    assert not spans.would_repeat("나")
    assert not spans.would_repeat("\n가")
    spans.add("나")
    assert not spans.would_repeat("고")  # inside a word anything goes
    assert not Spans(0, "가 가 가 ").would_repeat("가 가")


@given(st.integers(2, 6), st.text("가나 \n人", max_size=12), PIECES)
def test_spans_repeat_where_they_stand_earlier_in_the_text(size, start, pieces):
    spans, text = Spans(size, start), start
    for piece in pieces:
        whole = text + piece
        found = [
            (whole[end + 1 - size : end + 1], end)
            for end in range(size - 1, len(whole))
            if begins_word(whole[:end], whole[end])
        ]
        earlier = [span for span, end in found if end < len(text)]
        new = [span for span, end in found if end >= len(text)]
        assert spans.would_repeat(piece) == (len(set(new)) < len(new) or bool({*new} & {*earlier}))
        copied = spans.copy()
        spans.add(piece)
        assert copied.would_repeat(piece) == (len(set(new)) < len(new) or bool({*new} & {*earlier}))
        text = whole


@given(
    PIECES, st.integers(0, 4), st.text("가 \n.", max_size=3), st.sampled_from(["", "나", "나\n"])
)
def test_a_sample_is_cut_where_it_first_stops(pieces, lines, stop_text, prompt):
    stops, text = Stops(config(lines=lines, stop_text=stop_text), prompt), ""
    cut = None
    for piece in pieces:
        cut = stops.cut(piece)
        text += piece if cut is None else cut
        if cut is not None:
            break
    joined = "".join(pieces)
    ends = [joined.find(stop_text) + len(stop_text)] if stop_text and stop_text in joined else []
    last_line = prompt.rpartition("\n")[2]
    filled = [
        place
        for place, character in enumerate(joined)
        if character == "\n" and (last_line + joined[:place]).rpartition("\n")[2].strip()
    ]
    ends += filled[lines - 1 : lines] if lines else []
    assert (cut is None) == (not ends)
    assert text == (joined[: min(ends)] if ends else joined)


def test_a_syllable_is_spelt_and_stays_as_it_is():
    vocabulary = make_vocabulary("jamo")
    legality = Legality(vocabulary, Grammar.of(vocabulary))
    spelling = legality.spelling("사")
    assert [vocabulary.symbols[token] for token in spelling] == ["\u1109", "\u1161"]

    def allowed(state, demand):
        return np.flatnonzero(legality.masks[legality.row(state, demand)] == 0).tolist()

    assert allowed(0, Demand(spelling)) == [spelling[0]]
    assert allowed(1, Demand(spelling[1:])) == [spelling[1]]
    after = allowed(2, Demand(begins=True))
    kinds = {vocabulary.kinds[token] for token in after}
    assert kinds == {"end", "byte", "leading", "character"}
    assert END not in allowed(2, Demand(goes_on=True))
    assert allowed(0, Demand((spelling[1],))) == allowed(0, Demand())  # none is: all that is legal


def test_masks_are_made_as_they_are_needed():
    vocabulary = make_vocabulary("byte")
    grammar = Grammar.of(vocabulary)
    legality = Legality(vocabulary, grammar)
    rows = [legality.row(state) for state in range(len(grammar.legal))] * 2
    rows += [legality.row(0, Demand((token,))) for token in range(30, 70)]
    assert len(set(rows)) == len(grammar.legal) + 40
    np.testing.assert_array_equal(legality.masks[rows[: len(grammar.legal)]] == 0, grammar.legal)
