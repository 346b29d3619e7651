"""
The law that makes losses of different units comparable.

Any model of characters implies one of a unit's tokens, by the chain rule: the probability of a
token is the mass of the characters (or the end) whose spelling begins with the tokens so far and
this one, over the mass of those that begin with the tokens so far. Whatever the unit, the tokens of
a text then cost what its characters cost.
"""

from functools import cache

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from preprocess.choice import build
from preprocess.grammar import Grammar
from preprocess.tables import write_columns
from preprocess.tallies import COUNTS
from preprocess.units import END
from preprocess.vocabulary import END_SYMBOL, Vocabulary

KINDS = ("syllable", "jamo", "byte")
KNOWN = "가각값나 \n\rㅋㅏ\u1100\u1161\u11a8漢a1"
ALPHABET = KNOWN + "\x00뷁힣字é👧\u200d\U0010ffff"  # each has a share of its own in each context
SCALARS = np.array([c for c in range(0x110000) if not 0xD800 <= c < 0xE000])
OTHERS = 0.05  # the share of all of Unicode, the same for each character
EVEN = OTHERS / len(SCALARS)

# Not `st.text` of both kinds, which would hardly ever draw one of the few that are listed.
CHARACTERS = st.sampled_from(ALPHABET) | st.characters(exclude_categories=["Cs"])
DOCUMENTS = st.lists(st.lists(CHARACTERS).map("".join), min_size=1, max_size=4)
EVERY_LISTED = [ALPHABET, ALPHABET[::-1]]


def trigrams(size):
    """Return fixed shares of the next character, and of the end, after any two: (S, S, A + 1)."""
    shares = np.random.default_rng(1).random((size + 2, size + 2, size + 1)) ** 4 + 0.001
    return (1 - OTHERS) * shares / shares.sum(axis=-1, keepdims=True)


TRIGRAMS = trigrams(len(ALPHABET))
BOUNDARY, UNLISTED = len(ALPHABET), len(ALPHABET) + 1
START = (BOUNDARY, BOUNDARY)


def number(character):
    return ALPHABET.index(character) if character in ALPHABET else UNLISTED


def nats_of_characters(documents):
    """Return what the model of characters pays for the documents and their ends."""
    nats = 0.0
    for text in documents:
        context = START
        for character in text:
            place = number(character)
            share = EVEN + (TRIGRAMS[context][place] if place != UNLISTED else 0)
            nats -= np.log(share)
            context = (context[1], place)
        nats -= np.log(TRIGRAMS[context][BOUNDARY])
    return nats


class Marginal:
    """The model of the tokens of a vocabulary that the model of characters implies."""

    def __init__(self, vocabulary):
        self.vocabulary = vocabulary
        spelt = vocabulary.spellings[SCALARS]  # (characters, 4), filled up with END
        self._spelt = spelt[np.lexsort(spelt.T[::-1])]
        self._listed = [tuple(vocabulary.encode(character).tolist()) for character in ALPHABET]
        self.after = cache(self.after)
        self._going_on = cache(self._going_on)

    def _going_on(self, prefix):
        """Count the characters of Unicode that go on from a prefix with each token: (V,).

        At END stands whether the prefix is a whole character.
        """
        rows = self._spelt
        for place, token in enumerate(prefix):
            rows = rows[slice(*np.searchsorted(rows[:, place], [token, token + 1]))]
        if len(prefix) == rows.shape[1]:
            return np.bincount([END] * len(rows), minlength=self.vocabulary.size)
        return np.bincount(rows[:, len(prefix)], minlength=self.vocabulary.size)

    def after(self, context, prefix):
        """Return the probabilities of the next token, (V,), `prefix` being of one character."""
        masses = EVEN * self._going_on(prefix)
        for spelling, share in zip(self._listed, TRIGRAMS[context][:BOUNDARY], strict=True):
            if spelling[: len(prefix)] == prefix:  # its next token, or END where it is whole
                masses[[*spelling, END][len(prefix)]] += share
        if prefix:
            # The character may be over: then comes the first token of the next one.
            whole, masses[END] = masses[END], 0.0
            if whole:
                masses += whole * self.after(self._beyond(context, prefix), ())
        else:
            masses[END] = TRIGRAMS[context][BOUNDARY]
        return masses / masses.sum()

    def _beyond(self, context, spelling):
        """Return the context after one more character."""
        return context[1], number(self.vocabulary.decode(spelling))

    def read(self, stream):
        """Yield the probabilities of each token of a stream, (V,), before it is known."""
        context, prefix = START, ()
        for token in stream:
            yield self.after(context, prefix)
            if token == END:
                context, prefix = START, ()
            elif self._going_on(prefix)[token]:
                prefix = (*prefix, token)
            else:
                context, prefix = self._beyond(context, prefix), (token,)


@pytest.fixture(scope="module", params=["", KNOWN], ids=["bytes only", "some known"])
def units(request, tmp_path_factory):
    """Return the marginal and the grammar of each unit."""
    folder = tmp_path_factory.mktemp("units")
    known = sorted(request.param)
    kinds = ["end", *["character"] * len(known)]
    write_columns(
        folder / "counts.parquet", COUNTS, [[END_SYMBOL, *known], kinds, [1] * len(kinds)]
    )
    languages = {}
    for kind in KINDS:
        limits = {} if kind == "byte" else {"min_count": 1}
        build({"kind": kind} | limits, [folder / "counts.parquet"], folder / kind)
        vocabulary = Vocabulary.load(folder / kind)
        languages[kind] = Marginal(vocabulary), Grammar.of(vocabulary)
    return languages


def stream_of(vocabulary, documents):
    return [token for text in documents for token in [*vocabulary.encode(text).tolist(), END]]


@given(documents=DOCUMENTS)
@example(documents=EVERY_LISTED)
def test_a_text_costs_the_same_in_every_unit(units, documents):
    characters = nats_of_characters(documents)
    for marginal, grammar in units.values():
        stream = stream_of(marginal.vocabulary, documents)
        nats = 0.0
        for state, token, shares in zip(
            grammar.states(stream), stream, marginal.read(stream), strict=True
        ):
            legal = np.where(grammar.legal[state], shares, 0.0)
            nats -= np.log(legal[token] / legal.sum())
        assert nats == pytest.approx(characters, rel=0, abs=1e-9)


@given(documents=DOCUMENTS)
@example(documents=EVERY_LISTED)
def test_what_may_come_is_what_the_grammar_allows(units, documents):
    """All of Unicode is possible in every context, so nothing legal is impossible."""
    for marginal, grammar in units.values():
        stream = stream_of(marginal.vocabulary, documents)
        for state, shares in zip(grammar.states(stream), marginal.read(stream), strict=True):
            assert ((shares > 0) == grammar.legal[state]).all()
            assert shares.sum() == pytest.approx(1, abs=1e-12)


def test_a_text_without_its_end_costs_less_in_jamo(units):
    """Behind 가 a trailing consonant may come: a law without the end would not hold."""
    (jamo, _), (syllable, _) = units["jamo"], units["syllable"]

    def nats(marginal):
        stream = stream_of(marginal.vocabulary, ["나가"])[:-1]
        return -sum(
            np.log(shares[token])
            for token, shares in zip(stream, marginal.read(stream), strict=True)
        )

    assert nats(jamo) < nats(syllable) - 1e-3
