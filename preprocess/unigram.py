"""
Unigram: pieces with a probability each, such that the text is most probable.

After Kudo 2018, https://aclanthology.org/P18-1007: many substrings are seeds; expectation
maximisation gives each its probability; those that the text loses least by are taken away, until
there are as few as asked for. `tokenizers` can learn this too, but adds up probabilities in the
order of a hash table with a random seed, so that the same text gives other pieces each time.

Notation: W words, A characters of the alphabet, P pieces after them, K characters of the longest
word. Words stand by length, the longest first, so those with k characters or more are the first
`widths[k]`. The table of length m has, for each start k = 0, 1, …, an item of each word with m
characters from there on: the number of the piece, or of the character, which these are; -1 where
they are none.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

MAX_WORD = 24  # characters; longer words are cut
MOST_CHARACTERS = 1 << 20  # of words; a table of each length is held
SEEDS = 16  # per piece asked for
MIN_COUNT = 2  # of a seed
ITERATIONS = 2  # before each pruning
SHRINKAGE = 0.75  # of the pieces a pruning leaves
# What is expected less often than this is no piece. All counts are lowered by it, which is close to
# the exp(digamma(count)) of a sparse prior (https://cs.stanford.edu/~pliang/papers/tutorial-acl2007-talk.pdf).
DISCOUNT = 0.5
# What is left of the count of a character, of which all are kept; and of its probability, so that
# that of a word of MAX_WORD characters is no less than a float can be, whatever the counts are.
LEAST = 0.1
LEAST_PROBABILITY = 1e-12
DECIMALS = 6  # of log probabilities: the last digits of a logarithm differ between processors

Numbers = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.int64]


def learn(
    counts: Sequence[tuple[str, int]], alphabet: Sequence[str], max_pieces: int, max_piece: int
) -> list[tuple[str, float]]:
    """
    Learn pieces.

    Args:
        counts: words and how often each occurs, sorted. Where they are long, the most frequent
            ones with 2^20 characters in all are learnt from.
        alphabet: all characters, sorted.
        max_pieces: how many pieces of two characters or more there may be.
        max_piece: how many characters a piece may have.

    Returns:
        All of the alphabet, then the pieces, the most probable first: each with the natural
        logarithm of its probability.
    """
    words = _words(counts)
    lattice = _Lattice(words, alphabet, max_piece, SEEDS * max_pieces)
    while True:
        for _ in range(ITERATIONS):
            lattice.maximise()
        if lattice.num_pieces <= max_pieces:
            break
        lattice.prune(max(max_pieces, int(SHRINKAGE * lattice.num_pieces)))
    scores = np.log(lattice.probabilities[:-1] / lattice.probabilities.sum())
    scored = list(zip([*alphabet, *lattice.pieces()], scores.round(DECIMALS).tolist(), strict=True))
    pieces = sorted(scored[len(alphabet) :], key=lambda item: (-item[1], item[0]))
    return scored[: len(alphabet)] + pieces


def _words(counts: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return the words to learn from, the longest first."""
    cut = [
        (word[start : start + MAX_WORD], count)
        for word, count in counts
        for start in range(0, len(word), MAX_WORD)
    ]
    return sorted(most_frequent(cut, MOST_CHARACTERS), key=_by_length)


def most_frequent(counts: Sequence[tuple[str, int]], characters: int) -> list[tuple[str, int]]:
    """Return the most frequent words, of equals the first, that have so many characters in all."""
    ranked = sorted(counts, key=lambda item: -item[1])
    sizes = np.cumsum([len(word) for word, _ in ranked])
    return ranked[: np.searchsorted(sizes, characters, "right")]


def _by_length(item: tuple[str, int]) -> tuple[int, str]:
    word, _ = item
    return -len(word), word


class _Lattice:
    """
    All ways to make the words of pieces.

    Attributes:
        probabilities: (A + P + 1,) of each character and piece; 0 at the end, for index -1.
    """

    def __init__(
        self,
        words: Sequence[tuple[str, int]],
        alphabet: Sequence[str],
        max_piece: int,
        max_seeds: int,
    ) -> None:
        self._texts = [word for word, _ in words]
        self._counts = np.array([count for _, count in words], np.float64)
        self._size = len(self._texts[0]) if words else 0
        sizes = np.array([len(word) for word in self._texts])
        self._widths = [int((sizes >= place).sum()) for place in range(self._size + 1)]
        self._num_characters = len(alphabet)
        # The first item of each start in the table of each length, and the table's end.
        self._starts = {
            length: np.cumsum([0, *self._widths[length:]])
            for length in range(1, min(max_piece, self._size) + 1)
        }
        self._tables: dict[int, Numbers] = {}
        self._lengths = np.zeros(0, np.int64)  # (P,) of the pieces
        self._places = np.zeros(0, np.int64)  # (P,) where each first stands, in its table
        self.probabilities = np.append(np.ones(len(alphabet)), 0.0)
        if words:
            self._add_seeds(alphabet, max_seeds)

    @property
    def num_pieces(self) -> int:
        """P."""
        return len(self._lengths)

    def pieces(self) -> list[str]:
        """Return the pieces by their numbers."""
        starts, rows = self._occurrences(np.arange(self.num_pieces))
        return [
            self._texts[row][start : start + length]
            for start, row, length in zip(starts, rows, self._lengths, strict=True)
        ]

    def maximise(self) -> None:
        """Set the probabilities to those with which the words are more probable."""
        discounted = self._expected() - DISCOUNT
        discounted[: self._num_characters].clip(LEAST, out=discounted[: self._num_characters])
        self._set_probabilities(discounted.clip(0))
        self._keep(discounted[self._num_characters :] > 0)

    def prune(self, num_pieces: int) -> None:
        """
        Keep the pieces that the words lose most by.

        The loss is what the piece's occurrences lose in the logarithm of their probability when
        each is made of the best of other pieces.
        """
        pieces = self.probabilities[self._num_characters : -1]
        losses = self._expected()[self._num_characters :] * np.log(pieces / self._alternatives())
        keep = np.zeros(self.num_pieces, np.bool_)
        keep[np.argsort(-losses, kind="stable")[:num_pieces]] = True
        self._keep(keep)

    def _set_probabilities(self, counts: Floats) -> None:
        """Set the probabilities in proportion to counts, (A + P,)."""
        shares = counts / counts.sum()
        characters = shares[: self._num_characters]
        characters.clip(LEAST_PROBABILITY, out=characters)
        self.probabilities = np.append(shares, 0.0)

    def _keep(self, keep: Flags) -> None:
        """Keep the pieces of the (P,) flags, and number them anew."""
        every = np.append(np.ones(self._num_characters, np.bool_), keep)
        numbers = np.where(every, np.cumsum(every) - 1, -1)
        numbers = np.append(numbers, -1).astype(np.int32)
        for length, table in self._tables.items():
            if length > 1:
                self._tables[length] = numbers[table]
        self.probabilities = self.probabilities[np.append(every, True)]
        self._lengths, self._places = self._lengths[keep], self._places[keep]

    def _part(self, length: int, start: int) -> Numbers:
        """Return the items of one start in the table of a length."""
        first, end = self._starts[length][start : start + 2]
        return self._tables[length][first:end]

    def _parts(self) -> Iterator[tuple[int, int, Numbers]]:
        """Yield (start, end, items) of all tables, in order of the start."""
        for start in range(self._size):
            for length in range(1, min(len(self._tables), self._size - start) + 1):
                yield start, start + length, self._part(length, start)

    def _expected(self) -> Floats:
        """Return how often each character and piece is expected in the words: (A + P,)."""
        expected = np.zeros(len(self.probabilities))
        before, after = self._before(), self._after()
        shares = self._counts / after[0]
        for start, end, numbers in self._parts():
            width = len(numbers)
            values = before[start][:width] * after[end] * shares[:width]
            np.add.at(expected, numbers, values * self.probabilities[numbers])
        return expected[:-1]

    def _before(self) -> list[Floats]:
        """Return the probability of the first k characters of each word, for each k."""
        sums = [np.zeros(width) for width in self._widths]
        sums[0][:] = 1
        for start, end, numbers in self._parts():
            sums[end] += sums[start][: len(numbers)] * self.probabilities[numbers]
        return sums

    def _after(self) -> list[Floats]:
        """Return the probability of each word from its k-th character on, for each k."""
        sums = [np.zeros(width) for width in self._widths]
        for place, longer in enumerate([*self._widths[1:], 0]):
            sums[place][longer:] = 1  # where the word ends
        for start, end, numbers in reversed(list(self._parts())):
            sums[start][: len(numbers)] += self.probabilities[numbers] * sums[end]
        return sums

    def _occurrences(self, pieces: Indices) -> tuple[Indices, Indices]:
        """Return the start of each piece's first occurrence, and the word that it is in."""
        starts, rows = np.empty_like(pieces), np.empty_like(pieces)
        lengths, places = self._lengths[pieces], self._places[pieces]
        for length in np.unique(lengths):
            those = lengths == length
            firsts = self._starts[int(length)]
            starts[those] = np.searchsorted(firsts, places[those], "right") - 1
            rows[those] = places[those] - firsts[starts[those]]
        return starts, rows

    def _alternatives(self) -> Floats:
        """
        Return the probability of the best of other pieces that make each piece: (P,).

        Each is more probable by the probability of the piece, whose occurrences it would have.
        """
        best = np.empty(self.num_pieces)
        for length in np.unique(self._lengths).tolist():
            pieces = np.flatnonzero(self._lengths == length)
            starts, rows = self._occurrences(pieces)
            more = self.probabilities[self._num_characters + pieces]
            upto = [np.ones(len(pieces))]
            for end in range(1, length + 1):
                ways = []
                for size in range(1, min(end, length - 1) + 1):
                    places = self._starts[size][starts + end - size] + rows
                    numbers = self._tables[size][places]
                    last = np.where(numbers < 0, 0, self.probabilities[numbers] + more)
                    ways.append(upto[end - size] * last)
                upto.append(np.max(ways, axis=0))
            best[pieces] = upto[length]
        return best

    def _add_seeds(self, alphabet: Sequence[str], max_seeds: int) -> None:
        """Take the substrings that occur twice, and of these the ones that cover most text."""
        characters = self._characters(alphabet)
        weights = np.concatenate([self._counts[:width] for width in self._widths[1:]])
        counts = [np.bincount(characters, weights, len(alphabet)).astype(np.float64)]
        lengths, firsts = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        self._tables[1] = characters
        for length in range(2, len(self._starts) + 1):
            table, first, count = self._longer(length, len(alphabet))
            self._tables[length] = table
            counts.append(count * length)
            firsts.append(first)
            lengths.append(np.full(len(first), length))
        self._lengths, self._places = np.concatenate(lengths), np.concatenate(firsts)
        for length in range(2, len(self._starts) + 1):
            # So far each table has numbers of its own.
            shift = len(alphabet) + int(np.searchsorted(self._lengths, length))
            table = self._tables[length]
            self._tables[length] = np.where(table < 0, table, table + np.int32(shift))
        covered = np.concatenate(counts)
        self._set_probabilities(covered)
        keep = np.zeros(self.num_pieces, np.bool_)
        keep[np.argsort(-covered[len(alphabet) :], kind="stable")[:max_seeds]] = True
        self._keep(keep)

    def _characters(self, alphabet: Sequence[str]) -> Numbers:
        """Return the table of length 1."""
        padded = np.array(self._texts, f"<U{self._size}").view("<u4").reshape(-1, self._size)
        columns = [padded[:width, place] for place, width in enumerate(self._widths[1:])]
        code_points = np.array([ord(character) for character in alphabet], np.uint32)
        return np.searchsorted(code_points, np.concatenate(columns)).astype(np.int32)

    def _longer(self, length: int, base: int) -> tuple[Numbers, Indices, Floats]:
        """
        Number the substrings of a length that occur twice.

        Returns:
            The table, and of each number the item where it first stands and how often it occurs.
        """
        starts = range(self._size - length + 1)
        widths = self._widths[length:]
        shorter = np.concatenate(
            [self._part(length - 1, start)[: widths[start]] for start in starts]
        )
        last = np.concatenate([self._part(1, start + length - 1) for start in starts])
        weights = np.concatenate([self._counts[:width] for width in widths])
        table = np.full(len(shorter), -1, np.int32)
        occurs = np.flatnonzero(shorter >= 0)
        keys = shorter[occurs].astype(np.int64) * base + last[occurs]
        _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
        counts = np.bincount(inverse, weights[occurs], len(first)).astype(np.float64)
        keep = counts >= MIN_COUNT
        table[occurs] = np.where(keep, np.cumsum(keep) - 1, -1)[inverse]
        return table, occurs[first[keep]], counts[keep]
