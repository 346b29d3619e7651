"""A split as one text, its windows, and which document stands where."""

from itertools import pairwise
from pathlib import Path
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.copies import BREAK
from model.joined import documents_at, joined
from model.nfc import nfc
from model.windows import WINDOWS, window_config, windows_of
from preprocess import stretches
from preprocess.split_rows import STRETCHES
from preprocess.tables import DOCUMENTS, write_columns
from tests.model.samplings import config

# Two documents; the first one is cut by position, and the last one comes in two pieces.
TEXTS = {"a": "첫째 줄\n둘째 줄\n셋째 줄\n", "b": "다른 글", "c#1": "긴 글의 앞\n", "c#2": "과 뒤"}
ROWS = [
    ("a", "train", 0, 5),
    ("a", "valid", 5, 10),
    ("a", "train", 10, 15),
    ("b", "test", 0, 4),
    ("c#1", "train", 0, 7),
    ("c#2", "train", 0, 3),
]


@pytest.fixture
def paths(tmp_path: Path) -> tuple[list[Path], Path]:
    clean, split = tmp_path / "part-00000.parquet", tmp_path / "split.parquet"
    texts = list(TEXTS.values())
    write_columns(clean, DOCUMENTS, [list(TEXTS), [""] * len(texts), texts])
    write_columns(split, STRETCHES, list(map(list, zip(*ROWS, strict=True))))
    return [clean], split


@pytest.mark.parametrize("batch_bytes", [1, 1 << 20])
def test_documents_are_joined_and_gaps_are_breaks(paths, monkeypatch, batch_bytes: int) -> None:
    monkeypatch.setattr(stretches, "BATCH_BYTES", batch_bytes)
    pieces = list(joined(*paths, "train"))
    text = "".join(piece.text for piece in pieces)
    assert text == f"첫째 줄\n{BREAK}셋째 줄\n\n긴 글의 앞\n과 뒤\n"
    assert len(pieces) == (3 if batch_bytes == 1 else 1)
    assert "".join(piece.text for piece in joined(*paths, "test")) == "다른 글\n"
    places = {text.index(word): name for word, name in [("첫", "a"), ("셋", "a"), ("긴", "c#1")]}
    places |= {text.index("과"): "c#2", len(text) - 1: "c#2", text.index("\n\n") + 1: "a"}
    assert documents_at([*places], joined(*paths, "train")) == places
    assert documents_at([], iter("unread")) == {}


def test_the_text_is_in_nfc(tmp_path: Path) -> None:
    clean, split = tmp_path / "part-00000.parquet", tmp_path / "split.parquet"
    texts = [normalize("NFD", "한글은 아름답다"), "é"]
    write_columns(clean, DOCUMENTS, [["x", "y"], ["", ""], texts])
    columns = [["x", "y"], ["train", "train"], [0, 0], list(map(len, texts))]
    write_columns(split, STRETCHES, columns)
    [piece] = joined([clean], split, "train")
    assert piece.text == "한글은 아름답다\né\n"
    assert piece.starts.tolist() == [0, 9]


@given(text=st.text("가각한 a\né\u0301\u0323\u1112\u1161\u11ab\u0958q", max_size=12))
def test_nfc_says_where_its_characters_come_from(text: str) -> None:
    composed, places = nfc(text)
    assert composed == normalize("NFC", text)
    assert len(places) == len(composed) + 1
    assert places[0] == 0
    assert places[-1] == len(text)
    assert (places[1:] >= places[:-1]).all()


def test_characters_in_nfc_are_found_in_decomposed_text() -> None:
    text = "첫째 각오, naïve é"
    for form in ("NFC", "NFD"):
        own = normalize(form, text)
        composed, places = nfc(own)
        begins = places.tolist()
        parts = [own[a:b] for a, b in pairwise(begins)]
        assert [normalize("NFC", part) for part in parts] == list(composed)


@given(pieces=st.lists(st.integers(0, 3000), max_size=6), letter=st.sampled_from(["a", "가", "😀"]))
def test_windows_are_spread_evenly_over_the_text(pieces: list[int], letter: str) -> None:
    total = sum(pieces)
    text = "".join(chr(ord(letter) + place % 500) for place in range(total))
    bounds = [sum(pieces[:count]) for count in range(len(pieces) + 1)]
    parts = [text[a:b] for a, b in pairwise(bounds)]
    windows = windows_of(lambda: parts)
    size = min(1000, total // 64)
    if size < 12:
        assert windows == []
    else:
        starts = [window * total // 64 for window in range(64)]
        assert windows == [text[start : start + size] for start in starts]
        assert {len(window) for window in windows} == {size}


def test_windows_have_a_thousand_characters_at_most() -> None:
    windows = windows_of(lambda: ["가나다라" * 25_000])
    assert len(windows) == WINDOWS
    assert {len(window) for window in windows} == {1000}


def test_windows_are_drawn_as_samples_are_but_on_and_on() -> None:
    asked = config(temperature=0.7, top_k=5, prompt="사랑", lines=3, stop_text="끝", seed=3)
    drawn = window_config(asked, 420)
    assert drawn == config(temperature=0.7, top_k=5, seed=3, count=64, length=420, stop="none")
    assert window_config(config(acrostic="가나다", count=2, beam=2), 20).acrostic == ""
