"""One sample under way: its text, what may come next in it, and when it ends."""

from collections import deque
from collections.abc import Callable, Iterator
from copy import copy

import numpy as np

from model.acrostic import Acrostic
from model.legality import Legality
from model.repetition import Spans
from model.sampling import SampleConfig
from model.stops import Stops
from preprocess.grammar import Grammar
from preprocess.units import END
from preprocess.vocabulary import Vocabulary

BLOCK = 256  # random numbers made at once


class Script:
    """
    What all samples in one vocabulary share.

    Attributes:
        vocabulary: of the model.
        grammar: of the vocabulary.
        legality: which tokens may come next.
        sizes: (V,) how many characters begin with each token.
        after: the state of the grammar after a token, of the one before and the token.
    """

    def __init__(self, vocabulary: Vocabulary, grammar: Grammar) -> None:
        self.vocabulary = vocabulary
        self.grammar = grammar
        self.legality = Legality(vocabulary, grammar)
        self.sizes: list[int] = vocabulary.characters_begun.tolist()
        self.after: Callable[[int, int], int] = grammar.next.item  # faster than an index
        # Texts of tokens that are looked up: to decode them takes long.
        self._texts: dict[tuple[int, ...], str] = {
            (token,): symbol
            for token, symbol in enumerate(vocabulary.symbols)
            if vocabulary.kinds[token] in ("character", "word")
        }
        self._texts[END,] = "\n"

    def decode(self, tokens: list[int]) -> str:
        """Return the text of the tokens of whole characters; an end is a line feed."""
        key = tuple(tokens)
        text = self._texts.get(key)
        if text is None:
            text = self._texts[key] = self.vocabulary.decode(tokens)
        return text


class Lane:
    """
    One sample under way.

    Attributes:
        prompt: tokens that are still to be read, before it writes any.
        over: whether it has ended.
        size: characters written, the last one maybe unfinished, an end among them.
        uniforms: random numbers of its own, 0 <= u < 1, without end.
        temperature: at which the next token is drawn.
    """

    def __init__(self, script: Script, config: SampleConfig, prompt: str, number: int) -> None:
        """
        Begin a sample.

        Args:
            script: of the vocabulary.
            config: how to write.
            prompt: what it goes on from, in NFC.
            number: of the sample, from 0, among those of its prompt.

        Raises:
            ValueError: the prompt has a surrogate.
        """
        tokens: list[int] = script.vocabulary.encode(prompt).tolist()
        self.prompt = deque([END, *tokens])
        self.over = False
        self.size = 0
        self._script, self._config = script, config
        self._state = script.grammar.start
        for token in tokens:
            self._state = script.after(self._state, token)
        self._unfinished: list[int] = []  # tokens of a character that may go on
        self._acrostic = Acrostic(config, prompt, script.legality)
        self._stops = Stops(config, prompt)
        self._spans = Spans(config.no_repeat_ngram, prompt)
        self.uniforms = _uniforms(config.seed, number, prompt)
        self._heat(not prompt or prompt[-1].isspace())

    def copy(self) -> "Lane":
        """Return the same sample, to be gone on with on its own, but for the random numbers."""
        other = copy(self)
        other._unfinished = list(self._unfinished)
        other._acrostic, other._stops = copy(self._acrostic), copy(self._stops)
        other._spans = self._spans.copy()
        return other

    @property
    def mask(self) -> int:
        """Which of the masks holds for the next token."""
        return self._script.legality.row(self._state, self._acrostic.demand)

    def is_last(self, token: int) -> bool:
        """Say whether a token ends the sample: the document's end, or one too many characters."""
        if token == END and self._config.stop == "document":
            return True
        return self.size + self._script.sizes[token] > self._config.length

    def would_repeat(self, token: int) -> bool:
        """Say whether a token would write some span of characters again that must not be."""
        if not self._config.no_repeat_ngram or self.is_last(token):
            return False
        legality = self._script.legality
        if not legality.may_end[self._script.after(self._state, token)]:
            return False  # what is not whole yet repeats nothing
        if legality.joins[token]:
            return self._spans.would_repeat(self._script.decode([*self._unfinished, token]))
        text = self._script.decode(self._unfinished) + self._script.decode([token])
        return self._spans.would_repeat(text)

    def take(self, token: int) -> str:
        """Go on with a token; return the text that is whole by now and was not before."""
        script = self._script
        text = ""
        if self._unfinished and not script.legality.joins[token]:
            text = self._finish()
            if self.over:
                return text
        if self.is_last(token):
            self.over = True
            return text + self._whole()
        self.size += script.sizes[token]
        self._state = script.after(self._state, token)
        self._unfinished.append(token)
        written = self._finish() if script.legality.closed[self._state] else ""
        text += written
        if script.legality.may_end[self._state]:  # else the word's first character is unfinished
            self._heat(written[-1:].isspace())
        if not self.over and not self._acrostic.take(token, written.endswith("\n")):
            self.over = True
            text = text[:-1]
        return text

    def _heat(self, begins_word: bool) -> None:
        """Set the temperature of the next token, by whether a word begins with it."""
        draws = begins_word or self._config.draw == "token"
        self.temperature = self._config.temperature if draws else 0.0

    def _whole(self) -> str:
        """Return what is whole of the tokens that one too many would have gone on with."""
        is_whole = self._script.legality.may_end[self._state]
        text = self._finish() if self._unfinished else ""
        return text if is_whole else text[:-1]

    def _finish(self) -> str:
        """Return the text of the tokens behind the last whole character, up to where it stops."""
        text = self._script.decode(self._unfinished)
        self._unfinished.clear()
        self._spans.add(text)
        cut = self._stops.cut(text)
        if cut is None:
            return text
        self.over = True
        return cut


def _uniforms(seed: int, number: int, prompt: str) -> Iterator[float]:
    """Yield random numbers that come of the seed, the sample's number and its prompt alone."""
    entropy = [seed, number, *map(ord, prompt)]
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))
    while True:
        yield from generator.random(BLOCK).tolist()
