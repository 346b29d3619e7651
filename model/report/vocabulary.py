"""The card of a vocabulary: what its tokens are, how often train has them, how few carry it."""

from collections.abc import Sequence
from typing import Any
from unicodedata import normalize

import numpy as np
from jamo import j2hcj

from model.report import words
from model.report.charts import colour_of
from model.report.runs import Run
from model.report.words import Words
from preprocess.vocabulary import Vocabulary

MOST_FREQUENT = 24
SYMBOL_CHARACTERS = 30
SHARES = (0.5, 0.9, 0.99, 1.0)  # of the tokens of train, for the table of coverage
WHOLE_CARDS = 16

KINDS = {
    "leading": Words("첫소리", "leading consonants"),
    "vowel": Words("가운뎃소리", "vowels"),
    "trailing": Words("끝소리", "trailing consonants"),
    "character": Words("글자", "characters"),
    "word": Words("어절과 빈칸", "words and spaces"),
    "piece": Words("조각", "pieces"),
    "byte": Words("바이트 (어휘에 없는 글자)", "bytes (of characters without an id)"),
    "end": Words("문서의 끝", "ends of documents"),
}
LOOKS = {name: (said, colour_of(n)) for n, (name, said) in enumerate(KINDS.items())}
VISIBLE = {" ": "␣", "\n": "↵", "\t": "⇥", "\u3000": "□"}


def vocabulary_cards(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Return a card for each vocabulary; runs that share one stand on it together."""
    cards: dict[tuple[Any, ...], list[Run]] = {}
    for run in runs:
        if run.vocabulary is not None:
            known = run.vocabulary
            key = (run.corpus, run.unit, known.symbols, known.counts.tobytes())
            cards.setdefault(key, []).append(run)
    return [_card(shared) for shared in list(cards.values())[:WHOLE_CARDS]]


def _card(runs: Sequence[Run]) -> dict[str, Any]:
    vocabulary = runs[0].vocabulary
    assert vocabulary is not None
    evaluation = runs[0].evaluation
    tokens, characters = evaluation.get("tokens"), evaluation.get("characters")
    return {
        "corpus": runs[0].corpus,
        "unit": runs[0].unit,
        "runs": [run.name for run in runs],
        "tokens": words.token_words(vocabulary.unit),
        "size": vocabulary.size,
        "used": int(np.count_nonzero(vocabulary.counts)),
        "written": int(vocabulary.counts.sum()),
        "per_character": tokens / characters if tokens and characters else None,
        "kinds": _kinds(vocabulary),
        "frequent": _frequent(vocabulary),
        "coverage": coverage(vocabulary.counts.tolist()),
    }


def _kinds(vocabulary: Vocabulary) -> list[dict[str, Any]]:
    """Return each kind with how many tokens are of it, and the share of train that they are."""
    kinds = np.array(vocabulary.kinds)
    total = int(vocabulary.counts.sum())
    rows = []
    for name, (said, colour) in LOOKS.items():
        of_kind = kinds == name
        if of_kind.any():
            written = int(vocabulary.counts[of_kind].sum())
            rows.append(
                {
                    "words": said,
                    "colour": colour,
                    "size": int(of_kind.sum()),
                    "written": written,
                    "share": written / total if total else None,
                }
            )
    return rows


def _frequent(vocabulary: Vocabulary) -> list[dict[str, Any]]:
    """Return the most frequent tokens that train has, with their counts and kinds."""
    order = np.argsort(-vocabulary.counts, kind="stable")[:MOST_FREQUENT].tolist()
    rows = []
    for token in order:
        if count := int(vocabulary.counts[token]):
            said, colour = LOOKS[vocabulary.kinds[token]]
            symbol = visible(vocabulary.symbols[token])
            rows.append({"symbol": symbol, "count": count, "words": said, "colour": colour})
    return rows


def visible(symbol: str) -> str:
    r"""
    Write a symbol so that its spaces, line ends and single conjoining jamo are seen.

        >>> visible(" "), visible("나는\n"), visible("\u1112"), visible("\u1112\u1161\u11ab")
        ('␣', '나는↵', 'ㅎ', '한')
    """
    composed = j2hcj(normalize("NFC", symbol))
    shown = "".join(VISIBLE.get(character, character) for character in composed)
    return words.cut(shown, SYMBOL_CHARACTERS)


def coverage(counts: Sequence[int]) -> list[tuple[float, int]]:
    """
    Return, for each of SHARES, how many of the most frequent tokens are that much of train.

        >>> coverage([5, 0, 90, 4, 1])
        [(0.5, 1), (0.9, 1), (0.99, 3), (1.0, 4)]
    """
    sums = np.cumsum(sorted(counts, reverse=True))
    if not len(sums) or not sums[-1]:
        return []
    return [(share, int(np.searchsorted(sums, share * sums[-1] - 1e-9)) + 1) for share in SHARES]
