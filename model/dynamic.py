"""
The row `dynamic`: what test costs a model that goes on learning from all that it reads.

Context mixing reads train, then valid, then test, and learns from each token once it has paid for
it. From valid on it has the recurrent network's opinion too, which knows train too well to be heard
there. Valid is where it learns what the network is worth.

Notation: V tokens in the vocabulary, N tokens of test, T of a segment.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from model.context_mixing import COLON, LETTER, LINE_END, OTHER, ContextMixer
from model.decisions import Decisions
from model.dynamic_rnn import DynamicRNN
from model.rnn import CharRNN
from model.texts import Text
from preprocess.progress import progress
from preprocess.units import FIRST_BYTE
from preprocess.vocabulary import END, Vocabulary

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

TRAIN_TOKENS = 4_000_000  # of train, at most, that are read: a minute or two
SHARE = 0.5  # of the network, before it is known what it is worth
MOST_LEARNING = 2e11  # parameters times tokens, up to which the network learns too: two minutes
CHUNK = 1 << 14  # tokens between two movements of the bar


def dynamic_nats(
    network: CharRNN, vocabulary: Vocabulary, train: Text, valid: Text, test: Text
) -> tuple[Floats, str, str]:
    """
    Read train, valid and test in this order, and learn from each token.

    Args:
        network: the trained one, which stays as it is.
        vocabulary: of the texts.
        train: what it was trained on; of more than TRAIN_TOKENS tokens, the last ones are read.
        valid: may be empty.
        test: what is to be scored.

    Returns:
        (N,) cost of each token of test in nats; what was read before; and whether the network
        "learns" too or is "frozen", as it is where that would take too long.
    """
    texts = [train, valid, test]
    skipped = max(0, len(train.tokens) - TRAIN_TOKENS)
    sizes = [len(text.tokens) for text in texts]
    counts = np.bincount(train.tokens, minlength=vocabulary.size)
    decisions = Decisions.of(counts, train.grammar.legal)
    mixer = ContextMixer(
        tokens=_join([text.tokens for text in texts])[skipped:],
        begins=_begins(texts)[skipped:],
        states=_join([text.states for text in texts])[skipped:],
        decisions=decisions,
        kinds=kinds(vocabulary),
        folded=folded(vocabulary),
        num_others=1,
    )
    at = sizes[0] - skipped
    nats = np.empty(sizes[1] + sizes[2])
    with progress(what="dynamic", total=sum(sizes) - skipped, unit="token") as bar:
        for begin in range(0, at, CHUNK):
            mixer.read(begin, min(begin + CHUNK, at))
            bar.update(min(CHUNK, at - begin))
        mixer.meet(SHARE)
        learns = network.num_parameters() * len(nats) <= MOST_LEARNING
        reader = DynamicRNN(network, learns)
        for text, first in ((valid, 0), (test, sizes[1])):
            for begin, end, scores in reader.read(text):
                opinion = decisions.log_odds(scores, text.tokens[begin:end], text.states[begin:end])
                part = slice(first + begin, first + end)
                nats[part] = mixer.read(at + part.start, at + part.stop, opinion[:, np.newaxis])
                bar.update(end - begin)
    given = "train" if not skipped else f"the last {TRAIN_TOKENS:,} tokens of train"
    return nats[sizes[1] :], f"{given}, valid", "learns" if learns else "frozen"


def kinds(vocabulary: Vocabulary) -> Ids:
    """Say of each token how what it ends with bears on words, lines and speakers: (V,)."""
    return np.array([_kind(token, text) for token, text in enumerate(_texts(vocabulary))])


def folded(vocabulary: Vocabulary) -> Ids:
    """Return of each token the one that is its text in lower case, or itself: (V,)."""
    tokens = {text: token for token, text in reversed([*enumerate(_texts(vocabulary))]) if text}
    return np.array(
        [tokens.get(text.lower(), token) for token, text in enumerate(_texts(vocabulary))]
    )


def _texts(vocabulary: Vocabulary) -> list[str]:
    """Return what each token writes; bytes of longer characters count as letters."""
    texts = list(vocabulary.symbols)
    for byte in range(256):
        texts[FIRST_BYTE + byte] = chr(byte) if byte < 0x80 else ""
    return texts


def _kind(token: int, text: str) -> int:
    """Return the kind of one token."""
    if token == END or text.endswith("\n"):
        return LINE_END
    if text.endswith(":"):
        return COLON
    return LETTER if not text or text[-1].isalpha() or text == "'" else OTHER


def _join(parts: Sequence[npt.NDArray[np.integer]]) -> Ids:
    return np.concatenate(parts).astype(np.int64)


def _begins(texts: Sequence[Text]) -> npt.NDArray[np.bool_]:
    """Mark where streams begin in the texts laid one after another, and the end."""
    begins = np.zeros(sum(len(text.tokens) for text in texts) + 1, np.bool_)
    first = 0
    for text in texts:
        begins[first + text.bounds] = True
        first += len(text.tokens)
    return begins
