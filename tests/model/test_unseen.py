"""Lines of test that train does not have."""

import numpy as np
import pytest

from model.unseen import unseen_lines
from preprocess.vocabulary import END, Vocabulary


@pytest.fixture(scope="module")
def vocabulary(song_corpus):
    return Vocabulary.load(song_corpus.vocabulary)


def laid_out(vocabulary, texts: list[str], ends: bool = True):
    streams = [np.append(vocabulary.encode(text), [END] * ends) for text in texts]
    bounds = np.cumsum([0, *map(len, streams)])
    return np.concatenate(streams).astype(np.uint16), bounds


def test_tokens_of_unseen_lines_and_their_ends_are_flagged(vocabulary):
    tokens, bounds = laid_out(vocabulary, ["  사랑\n새 줄 ☃\n", "밤", "별이"])
    train = ["사랑\n바다", "", "밤"]
    unseen = unseen_lines(vocabulary, train, tokens, bounds)
    # lines of test: "  사랑", "새 줄 ☃", "" before the end, "밤", "별이"
    assert (unseen.lines, unseen.all_lines) == (2, 5)
    assert unseen.bytes == len("새 줄 ☃\n".encode()) + len("별이".encode()) + 1
    flagged = vocabulary.decode(tokens[unseen.tokens])
    assert flagged == "새 줄 ☃\n별이"
    assert unseen.tokens[bounds[1:] - 1].tolist() == [False, False, True]


def test_a_line_stops_where_a_stretch_does(vocabulary):
    tokens, bounds = laid_out(vocabulary, ["사랑", "노래"], ends=False)
    unseen = unseen_lines(vocabulary, ["사랑"], tokens, bounds)
    assert (unseen.lines, unseen.all_lines, unseen.bytes) == (1, 2, 6)
    assert unseen.tokens.tolist() == [False] * 5 + [True] * 4


def test_all_may_be_seen_or_none(vocabulary):
    tokens, bounds = laid_out(vocabulary, ["사랑\n노래"])
    assert unseen_lines(vocabulary, ["노래\n사랑"], tokens, bounds).bytes == 0
    nothing = unseen_lines(vocabulary, [], tokens, bounds)
    assert nothing.tokens.all()
    assert nothing.bytes == 6 + 1 + 6 + 1
