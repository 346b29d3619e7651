"""What the page says of numbers, in Korean and in English."""

from collections.abc import Mapping
from typing import Any, NamedTuple

# Smaller differences may be the luck of the test text; they would need a paired test.
TOO_CLOSE = 0.01  # bits per byte

UNITS_OF_BYTES = ("B", "kB", "MB", "GB", "TB")


class Words(NamedTuple):
    """One saying in two languages."""

    ko: str
    en: str


MODELS = {
    "rnn": Words("순환 신경망", "recurrent network"),
    "ngram": Words("n-그램 (기준선)", "n-gram (the floor)"),
    "mixture": Words("신경망과 n-그램의 혼합", "mixture of network and n-grams"),
    "dynamic": Words("읽으면서 배우는 혼합", "mixture that learns as it reads"),
    "xz": Words("압축기 xz", "compressor xz"),
    "ppmd": Words("압축기 ppmd", "compressor ppmd"),
}


TOKENS = {
    "syllable": Words("글자", "characters"),
    "jamo": Words("한글 자모, 그 밖의 글자", "jamo of Hangul, other characters"),
    "byte": Words("UTF-8 바이트", "bytes of UTF-8"),
    "word": Words("어절 (드문 것은 글자로 적는다)", "eojeol (rare ones are spelt in characters)"),
    "subword": Words("배워서 나눈 어절의 조각", "pieces of eojeol, learnt from the text"),
}
PARTS = {"syllable": Words("음절로", "of syllables"), "jamo": Words("자모로", "of jamo")}


def model_words(name: str) -> Words:
    """Name a row of evaluation.json; one that is not known here keeps its name."""
    return MODELS.get(name, Words(name, name))


def token_words(unit: Mapping[str, Any]) -> Words | None:
    """
    Say what the tokens of a unit are, by its settings; None where its kind is not known here.

        >>> token_words({"kind": "subword", "method": "bpe", "over": "jamo"}).en
        'pieces of eojeol, learnt from the text (bpe, of jamo)'
        >>> token_words({"kind": "jamo", "extends": "novel/jamo"}).en
        'jamo of Hangul, other characters; the vocabulary begins with that of novel/jamo'
    """
    if unit.get("kind") not in TOKENS:
        return None
    ko, en = TOKENS[unit["kind"]]
    if unit.get("over") in PARTS:
        parts = PARTS[unit["over"]]
        ko, en = f"{ko} ({unit['method']}, {parts.ko})", f"{en} ({unit['method']}, {parts.en})"
    if unit.get("extends"):
        ko = f"{ko}; 어휘는 {unit['extends']}의 것으로 시작한다"
        en = f"{en}; the vocabulary begins with that of {unit['extends']}"
    return Words(ko, en)


def verdict(models: Mapping[str, Mapping[str, Any]]) -> Words | None:
    """
    Say who wins, the network or its floor; None where one of them was not measured.

        >>> row = {"rnn": {"bits_per_byte": 1.5}, "ngram": {"bits_per_byte": 1.75}}
        >>> verdict(row).en
        'The recurrent network beats the n-gram by 0.250 bits per byte (14.3%).'
    """
    if not {"rnn", "ngram"} <= models.keys():
        return None
    rnn, ngram = (models[name]["bits_per_byte"] for name in ("rnn", "ngram"))
    gap = abs(ngram - rnn)
    if gap < TOO_CLOSE:
        return Words(
            f"신경망과 n-그램의 차이는 바이트당 {gap:.3f}비트로, 우열을 가릴 수 없다.",
            f"The network and the n-gram are {gap:.3f} bits per byte apart: too close to call.",
        )
    share = f"{100 * gap / max(rnn, ngram):.1f}%"
    if rnn < ngram:
        return Words(
            f"순환 신경망이 n-그램보다 바이트당 {gap:.3f}비트({share}) 낫다.",
            f"The recurrent network beats the n-gram by {gap:.3f} bits per byte ({share}).",
        )
    return Words(
        f"n-그램이 순환 신경망을 바이트당 {gap:.3f}비트({share}) 차이로 이긴다. "
        "이 신경망은 글자를 세는 것만 못하다.",
        f"The n-gram wins: it beats the recurrent network by {gap:.3f} bits per byte ({share}). "
        "This network is worse than counting.",
    )


def beaten_by_counting(models: Mapping[str, Mapping[str, Any]]) -> Words | None:
    """
    Say which rows other than the network the n-gram beats; None where there are none.

        >>> rows = {"ngram": 1.5, "xz": 2.0, "ppmd": None, "mixture": 1.4}
        >>> models = {name: {"bits_per_byte": bits} for name, bits in rows.items()}
        >>> beaten_by_counting(models).en
        'The n-gram also beats: compressor xz.'
    """
    if "ngram" not in models:
        return None
    floor = models["ngram"]["bits_per_byte"]
    beaten = [
        model_words(name)
        for name, row in models.items()
        if name not in ("rnn", "ngram")
        and row["bits_per_byte"] is not None
        and row["bits_per_byte"] > floor + TOO_CLOSE
    ]
    if not beaten:
        return None
    return Words(
        f"n-그램이 이기는 다른 것: {', '.join(name.ko for name in beaten)}.",
        f"The n-gram also beats: {', '.join(name.en for name in beaten)}.",
    )


def winner(models: Mapping[str, Mapping[str, Any]]) -> str:
    """Return `rnn`, `ngram`, or nothing where they are too close or one is missing."""
    if not {"rnn", "ngram"} <= models.keys():
        return ""
    gap = models["ngram"]["bits_per_byte"] - models["rnn"]["bits_per_byte"]
    return "" if abs(gap) < TOO_CLOSE else "rnn" if gap > 0 else "ngram"


def whole(number: float | None) -> str:
    """
    Write a whole number with its thousands parted.

        >>> whole(1234567), whole(None)
        ('1,234,567', '–')
    """
    return "–" if number is None else f"{number:,.0f}"


def bits(number: float | None) -> str:
    """
    Write bits or nats to three decimals.

        >>> bits(1.51849)
        '1.518'
    """
    return "–" if number is None else f"{number:.3f}"


def percent(share: float | None) -> str:
    """
    Write a share of 0..1 in percent.

        >>> percent(0.0314)
        '3.1%'
    """
    return "–" if share is None else f"{100 * share:.1f}%"


def fine_percent(share: float | None) -> str:
    """
    Write a share of 0..1 in percent, one that is small but not 0 to its first digit.

        >>> fine_percent(0.8123), fine_percent(0.000213), fine_percent(0)
        ('81.2%', '0.02%', '0%')
    """
    if share is None or share >= 0.01:
        return percent(share)
    return f"{100 * share:.1g}%"


def rate(number: float | None) -> str:
    """
    Write a rate to one decimal, one that is small but not 0 to its first digit.

        >>> rate(22950.94), rate(4.73), rate(0.031), rate(0)
        ('22,950.9', '4.7', '0.03', '0')
    """
    if number is None:
        return "–"
    return f"{number:,.1f}" if number >= 0.1 else f"{number:.1g}"


def size(number: float | None) -> str:
    """
    Write a number of bytes to three digits or so.

        >>> size(532), size(1_234_567), size(20_000_000_000)
        ('532 B', '1.23 MB', '20 GB')
    """
    if number is None:
        return "–"
    power = 0
    while number >= 1000 and power < len(UNITS_OF_BYTES) - 1:
        number /= 1000
        power += 1
    return f"{number:.3g} {UNITS_OF_BYTES[power]}"


def duration(seconds: float | None) -> Words:
    """
    Write a time in hours, minutes and seconds.

        >>> duration(3725.4).en, duration(59.6).ko
        ('1 h 2 min', '1분 0초')
    """
    if seconds is None:
        return Words("–", "–")
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return Words(f"{hours}시간 {minutes}분", f"{hours} h {minutes} min")
    if minutes:
        return Words(f"{minutes}분 {rest}초", f"{minutes} min {rest} s")
    return Words(f"{rest}초", f"{rest} s")


def cut(text: str, characters: int) -> str:
    """
    Cut a text that is too long for its place, and say so by an ellipsis.

        >>> cut("가나다라마", 3)
        '가나다…'
    """
    return text if len(text) <= characters else f"{text[:characters]}…"
