"""
Write text with an exported model. It needs numpy and onnxruntime, and no other program.

    python example.py "사랑" --temperature 0.8 --seed 1

Beside this file lie `step.onnx`, one step of the network, and `vocabulary.json`, which says what
its tokens are and which of them may follow each other.

Notation: S states of the grammar, V tokens of the vocabulary.
"""

import argparse
import json
import re
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

END = 0  # the token between documents; the first one of every text, too
FIRST_BYTE = 1  # tokens 1 to 256 are the bytes of UTF-8
FIRST_SYLLABLE, FIRST_LEADING, FIRST_VOWEL, BEFORE_TRAILING = 0xAC00, 0x1100, 0x1161, 0x11A7
VOWELS, TRAILING = 21, 28  # the latter with none
# In unit word a run of text may be one token; in unit subword no piece goes beyond an eojeol with
# the one space before it.
RUN_RE = re.compile(r"\s+|\S+")
EOJEOL_RE = re.compile(r" ?\S+|\s+?(?= ?\S|\Z)")
LONGEST_CUT = 4096  # tokens that are cut into pieces at once

State = list[npt.NDArray[np.float32]]


class Model:
    """An exported model: reads and writes tokens, and knows what they stand for."""

    def __init__(self, folder: Path) -> None:
        """Load step.onnx and vocabulary.json of a folder."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # a step is too small to share
        self.session = onnxruntime.InferenceSession(
            folder / "step.onnx", options, providers=["CPUExecutionProvider"]
        )
        self.names = [part.name for part in self.session.get_inputs()]  # the token, then the state
        vocabulary = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
        self.symbols: list[str] = vocabulary["symbols"]
        self.kinds: list[str] = vocabulary["kinds"]
        self.characters = np.array(vocabulary["characters"])  # (V,) that begin with each token
        # (S, V) the state after each token, -1 where it must not come; 0 is the first state.
        self.after = np.full((len(vocabulary["grammar"]), len(self.symbols)), -1)
        for state, ranges in enumerate(vocabulary["grammar"]):
            for first, last, after in ranges:
                self.after[state, first : last + 1] = after
        numbered = list(enumerate(zip(self.kinds, self.symbols, strict=True)))
        self.ids = {symbol: n for n, (kind, symbol) in numbered if kind in ("character", "word")}
        jamo = ("leading", "vowel", "trailing")
        self.jamo = {symbol: (kind, n) for n, (kind, symbol) in numbered if kind in jamo}
        # In unit subword: which token stands for one or several others, and how a text is cut.
        self.pieces = {self._parts(token): token for token in range(len(self.symbols))}
        self.longest = max(map(len, self.pieces))
        self.scores: list[float] = vocabulary.get("scores", [])
        merges = enumerate(vocabulary.get("merges", []))
        self.merges = {(left, right): (rank, both) for rank, (left, right, both) in merges}
        # (V,) whether a token goes on with the character before it.
        self.joins = (self.characters == 0)[[first for first, *_ in self.pieces]]

    def start(self) -> State:
        """Return the state before a text, of one stream: all zero."""
        inputs = self.session.get_inputs()[1:]
        return [np.zeros((part.shape[0], 1, part.shape[2]), np.float32) for part in inputs]

    def step(self, token: int, state: State) -> tuple[npt.NDArray[np.float32], State]:
        """Read a token: return the (V,) scores of the next one, and the state after it."""
        inputs = dict(zip(self.names, [np.array([token]), *state], strict=True))
        logits, *state = self.session.run(None, inputs)
        return logits[0], state

    def encode(self, text: str) -> list[int]:
        """Return the tokens of a text."""
        tokens: list[int] = []
        for run in (EOJEOL_RE if "piece" in self.kinds else RUN_RE).findall(text):
            if run in self.ids:
                tokens.append(self.ids[run])
                continue
            spelt = [token for character in run for token in self._spell(character)]
            for start in range(0, len(spelt), LONGEST_CUT):
                tokens += self._cut(spelt[start : start + LONGEST_CUT])
        return tokens

    def decode(self, tokens: Sequence[int]) -> str:
        """Return the text of the tokens of one document."""
        text: list[str] = []
        last = ""  # kind of the jamo that another may still be added to
        for kind, symbol in self._letters(tokens):
            if last == "leading" and kind == "vowel":
                pair = (ord(text[-1]) - FIRST_LEADING) * VOWELS + ord(symbol) - FIRST_VOWEL
                text[-1] = chr(FIRST_SYLLABLE + pair * TRAILING)
                last = kind
            elif last == "vowel" and kind == "trailing":
                text[-1] = chr(ord(text[-1]) + ord(symbol) - BEFORE_TRAILING)
                last = ""
            else:
                text.append(symbol)
                last = "leading" if kind == "leading" else ""
        return "".join(text).encode("utf-8", "surrogateescape").decode("utf-8", "replace")

    def write(self, prompt: str, length: int, temperature: float, seed: int) -> str:
        """
        Go on from a prompt, as if a document began with it, to the document's end.

        Args:
            prompt: any text, or none.
            length: characters at most, without the prompt.
            temperature: 0 takes the likeliest token, 1 draws as learnt, more is wilder.
            seed: of the random numbers.
        """
        prompt = unicodedata.normalize("NFC", prompt)
        random = np.random.default_rng(seed)
        state, place = self.start(), 0
        for token in (END, *self.encode(prompt)):
            logits, state = self.step(token, state)
            place = self.after[place, token]
        # The prompt's last syllable stays as it is: no trailing consonant is added to it.
        allowed = (self.after[place] >= 0) & ~self.joins
        drawn: list[int] = []
        written = 0
        while True:
            token = choose(np.where(allowed, logits, -np.inf), temperature, random)
            written += self.characters[token]
            if token == END or written > length:  # behind the last one another would begin
                text = self.decode(drawn)  # a piece too long might have ended its last character
                return prompt + (text if self.after[place, END] >= 0 else text[:-1])
            drawn.append(token)
            logits, state = self.step(token, state)
            place = self.after[place, token]
            allowed = self.after[place] >= 0

    def _spell(self, character: str) -> list[int]:
        """Return the tokens of a character: its own, jamo, or bytes."""
        if character in self.ids:
            return [self.ids[character]]
        if self.jamo and "가" <= character <= "힣":
            return [self.jamo[part][1] for part in unicodedata.normalize("NFD", character)]
        return [FIRST_BYTE + byte for byte in character.encode()]

    def _cut(self, spelt: Sequence[int]) -> list[int]:
        """Return the pieces of a run, given the tokens that spell it."""
        if self.scores:
            return self._likeliest(spelt)
        tokens = list(spelt)  # of which two become one as often as they can
        while merges := [
            (self.merges[pair], place)
            for place, pair in enumerate(pairwise(tokens))
            if pair in self.merges
        ]:
            (_, both), place = min(merges)
            tokens[place : place + 2] = [both]
        return tokens

    def _likeliest(self, spelt: Sequence[int]) -> list[int]:
        """Return the pieces of the highest score together; of equal ones, the longest last one."""
        best = [(0.0, 0, END)]  # score up to here, where the last piece begins, that piece
        for end in range(1, len(spelt) + 1):
            last = (
                (best[start][0] + self.scores[token], start, token)
                for start in range(max(0, end - self.longest), end)
                if (token := self.pieces.get(tuple(spelt[start:end]))) is not None
            )
            best.append(max(last, key=lambda found: found[0]))
        tokens: list[int] = []
        place = len(spelt)
        while place:
            _, place, token = best[place]
            tokens.append(token)
        return tokens[::-1]

    def _parts(self, token: int) -> tuple[int, ...]:
        """Return the jamo and characters that a piece is made of; any other token is its own."""
        if self.kinds[token] != "piece":
            return (token,)
        symbol = self.symbols[token]
        return tuple(self.jamo[p][1] if p in self.jamo else self.ids[p] for p in symbol)

    def _letters(self, tokens: Sequence[int]) -> Iterator[tuple[str, str]]:
        """Yield (kind, symbol) of what tokens stand for; bytes are escaped as Python does."""
        for token in tokens:
            kind, symbol = self.kinds[token], self.symbols[token]
            if kind == "byte":
                byte = token - FIRST_BYTE
                yield kind, chr(byte if byte < 0x80 else 0xDC00 + byte)
            elif kind == "piece":  # in which jamo stand for parts of syllables, if there are any
                yield from ((self.jamo.get(part, ("",))[0], part) for part in symbol)
            elif kind != "end":
                yield kind, symbol


def choose(
    scores: npt.NDArray[np.floating], temperature: float, random: np.random.Generator
) -> int:
    """Draw a token by its (V,) scores, of which -inf is never drawn."""
    if temperature == 0:
        return int(scores.argmax())
    weights = np.exp((scores.astype(np.float64) - scores.max()) / temperature)
    return int(random.choice(len(weights), p=weights / weights.sum()))


def main() -> None:
    """Read the command line and write a text."""
    parser = argparse.ArgumentParser(description="Write text with an exported model.")
    parser.add_argument("prompt", nargs="?", default="", help="text to go on from")
    parser.add_argument("--length", type=int, default=400, help="characters at most")
    parser.add_argument("--temperature", type=float, default=0.8, help="0: always the likeliest")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same text")
    options = parser.parse_args()
    model = Model(Path(__file__).parent)
    text = model.write(options.prompt, options.length, options.temperature, options.seed)
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main()
