"""Prices of compressors: by hand; nothing is picked on test, and nothing is left unsaid."""

import lzma
import random

import pyppmd
import pytest

from model import compressors
from model.compressors import Price, choose_ppmd_order, ppmd_price, prices, xz_price
from model.texts import Text
from preprocess.grammar import Grammar
from preprocess.tokens import load_split
from preprocess.vocabulary import Vocabulary

GIVEN = "사랑 노래\n밤바다 별 하나\0그대의 밤\0".encode() * 20
TEXT = "밤바다 별 하나\n그대의 노래\0".encode() * 3


def random_bytes(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


def ppmd_size(data: bytes, order: int) -> int:
    encoder = pyppmd.Ppmd7Encoder(order, 256_000_000)
    return len(encoder.encode(data) + encoder.flush())


def texts_of(corpus, *splits: str) -> tuple[Vocabulary, list[Text]]:
    vocabulary = Vocabulary.load(corpus.vocabulary)
    grammar = Grammar.of(vocabulary)
    loaded = (load_split(corpus.shards, split, vocabulary.sha256) for split in splits)
    return vocabulary, [Text.of(split, grammar) for split in loaded]


def test_a_price_is_what_the_text_adds() -> None:
    xz = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 1 << 20}]
    sizes = [len(lzma.compress(d, lzma.FORMAT_RAW, filters=xz)) for d in (GIVEN + TEXT, GIVEN)]
    assert xz_price(GIVEN, TEXT) == sizes[0] - sizes[1] > 0
    assert ppmd_price(GIVEN, TEXT, 8) == ppmd_size(GIVEN + TEXT, 8) - ppmd_size(GIVEN, 8) > 0


def test_what_was_given_is_known() -> None:
    """A copy of 20 kB costs next to nothing, also far back; the same bytes unseen cost all."""
    copy, between = random_bytes(1, 20_000), random_bytes(2, 40_000)
    assert xz_price(copy + between, copy) < 2_000
    assert xz_price(between, copy) > 19_000
    assert ppmd_price(copy + between, copy, 8) < 2_000
    assert ppmd_price(between, copy, 8) > 20_000


def test_large_texts_are_handed_over_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ppmd_price(GIVEN, TEXT, 6)
    monkeypatch.setattr(compressors, "PIECE", 7)
    assert ppmd_price(GIVEN, TEXT, 6) == whole


def test_the_order_of_ppmd_is_chosen_on_valid() -> None:
    assert choose_ppmd_order(GIVEN, b"") == compressors.PPMD_DEFAULT_ORDER
    sizes = {
        order: ppmd_size(GIVEN + TEXT, order) - ppmd_size(GIVEN, order)
        for order in compressors.PPMD_ORDERS
    }
    assert len(set(sizes.values())) > 1
    assert sizes[choose_ppmd_order(GIVEN, TEXT)] <= min(sizes.values()) + 1


def test_a_model_that_begins_anew_is_never_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    data = random_bytes(3, 10_000) * 2
    monkeypatch.setattr(compressors, "PPMD_MEMORY", 400_000)
    monkeypatch.setattr(compressors, "PPMD_BYTES_PER_BYTE", 1)
    with pytest.raises(MemoryError, match=r"order 32 needs more than 400,000 bytes of memory"):
        ppmd_price(data, data, 32)


def test_texts_are_those_of_the_splits_with_a_zero_where_documents_end(tmp_path, make_corpus):
    texts = {"train": ["가나\n다", "라☃"], "valid": ["마"], "test": ["바", "사", "아자"]}
    names = ["a", "b", "c", "d#1", "d#2", "e"]
    vocabulary, [test, train] = texts_of(make_corpus(tmp_path, texts, names=names), "test", "train")
    assert test.to_bytes(vocabulary) == "바사\0아자\0".encode()
    assert train.to_bytes(vocabulary) == "가나\n다\0라☃\0".encode()


def test_rows_are_for_test_after_train_then_valid(song_corpus) -> None:
    vocabulary, [train, valid, test] = texts_of(song_corpus, "train", "valid", "test")
    xz, ppmd = prices(train, valid, test, vocabulary)
    learnt, by, text = (split.to_bytes(vocabulary) for split in (train, valid, test))
    assert xz == Price("xz", xz_price(learnt + by, text))
    order = choose_ppmd_order(learnt, by)
    assert ppmd == Price("ppmd", ppmd_price(learnt + by, text, order), order)
    assert list(prices(train, valid, test, vocabulary)) == [xz, ppmd]


def test_texts_that_are_too_long_are_left_out_with_a_reason(song_corpus, monkeypatch) -> None:
    vocabulary, texts = texts_of(song_corpus, "train", "valid", "test")
    size = sum(text.split.bytes for text in texts)
    monkeypatch.setattr(compressors, "MAX_BYTES", size - 1)
    reason = f"the text has {size:,} bytes; compressors are given {size - 1:,} at most"
    assert list(prices(*texts, vocabulary)) == [
        Price("xz", None, skipped=reason),
        Price("ppmd", None, skipped=reason),
    ]


def test_without_memory_there_is_a_reason_and_the_rest_goes_on(song_corpus, monkeypatch) -> None:
    vocabulary, texts = texts_of(song_corpus, "train", "valid", "test")
    sizes = iter([[9], [8]])
    monkeypatch.setattr(compressors, "choose_ppmd_order", lambda *_: 32)
    monkeypatch.setattr(compressors, "_ppmd_sizes", lambda *_: next(sizes))
    xz, ppmd = prices(*texts, vocabulary)
    assert xz.bytes is not None
    assert (ppmd.bytes, ppmd.order) == (None, 32)
    assert "needs more than 256,000,000 bytes of memory" in ppmd.skipped
