from itertools import pairwise
from unittest import mock

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import preprocess.stretches
from preprocess.split_rows import NAMES, SPLITS, STRETCHES
from preprocess.stretches import (
    Stretch,
    all_stretches,
    is_next_piece,
    stretches,
    text_batches,
)
from preprocess.tables import DOCUMENTS

CHARACTERS = st.characters(codec="utf-8") | st.sampled_from("가나힣ㅋ\n😀\0")


@st.composite
def corpora(draw):
    """Return documents (document_id, text) and the rows that divide them; some are pieces."""
    documents, rows = [], []
    for number in range(draw(st.integers(1, 8))):
        for piece in draw(st.sampled_from([[""], [""], [""], ["#1", "#2"], ["#1", "#2", "#3"]])):
            name, text = f"{number}{piece}", draw(st.text(CHARACTERS, max_size=12))
            inside = st.sets(st.integers(1, len(text) - 1)) if len(text) > 1 else st.just(set())
            cuts = [0, *sorted(draw(inside)), len(text)]
            documents.append((name, text))
            rows += [Stretch(name, draw(st.sampled_from(NAMES)), *cut) for cut in pairwise(cuts)]
    return documents, rows


def flags_of(rows):
    """Say of each row, as the definitions have it: whether it ends, and whether it continues."""
    for before, row, after in zip([None, *rows], rows, [*rows[1:], None], strict=False):
        is_last = after is None or after.document_id != row.document_id
        has_next = after is not None and is_next_piece(row.document_id, after.document_id)
        continues = (
            row.start == 0
            and before is not None
            and before.split == row.split
            and is_next_piece(before.document_id, row.document_id)
        )
        yield is_last and not has_next, continues


def write(path, schema, rows, group):
    columns = [pa.array([row[i] for row in rows], f.type) for i, f in enumerate(schema)]
    pq.write_table(pa.table(columns, schema=schema), path, row_group_size=group)
    return path


def write_clean(path, documents, group=3):
    return write(path, DOCUMENTS, [(name, "", text) for name, text in documents], group)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("stretches")


@settings(max_examples=60, deadline=None)
@given(corpus=corpora(), data=st.data())
def test_batches_are_the_documents_as_the_rows_divide_them(folder, corpus, data):
    documents, rows = corpus
    group = st.integers(1, 5)
    split = write(folder / "split.parquet", STRETCHES, rows, data.draw(group))
    cut = data.draw(st.integers(0, len(documents)))
    clean = [
        write_clean(folder / f"{part}.parquet", part_documents, data.draw(group))
        for part, part_documents in enumerate((documents[:cut], documents[cut:]))
    ]
    with mock.patch.object(preprocess.stretches, "BATCH_BYTES", data.draw(st.integers(1, 40))):
        check_batches(documents, rows, clean, split)


def check_batches(documents, rows, clean, split):
    texts = dict(documents)
    expected = [
        (row, texts[row.document_id][row.start : row.end], *flags)
        for row, flags in zip(rows, flags_of(rows), strict=True)
    ]
    assert list(all_stretches(clean, split)) == expected
    # Each part by itself is as in the whole.
    assert [s for path in clean for s in all_stretches([path], split)] == expected
    for name in NAMES:
        chosen = [(r.document_id, *others) for r, *others in expected if r.split == name]
        assert list(stretches(clean, split, name)) == chosen
        batches = [batch.select(name) for batch in text_batches(clean, split)]
        found = [text for batch in batches for text in batch.texts()]
        assert found == [text for _, text, _, _ in chosen]
        sizes = [size for batch in batches for size in batch.num_bytes.tolist()]
        assert sizes == [len(text.encode()) for text in found]
        ids = [name for batch in batches for name in batch.document_ids.to_pylist()]
        assert ids == [name for name, *_ in chosen]
        assert all(batch.bounds[-1] == len(batch.code_points) for batch in batches)
        assert {NAMES[split] for batch in batches for split in batch.splits} <= {name}


A, B = ("a", "가나다"), ("b", "라")
FITTING = [("a", "train", 0, 2), ("a", "test", 2, 3), ("b", "valid", 0, 1)]


@pytest.mark.parametrize(
    ("rows", "name"),
    [
        ([], "a"),
        (FITTING[:2], "b"),
        (FITTING[:1] + FITTING[2:], "a"),
        (FITTING[2:], "a"),
        (FITTING[::-1], "a"),
        ([*FITTING[:2], ("c", "valid", 0, 1)], "b"),
        ([*FITTING[:2], ("c", "valid", 0, 1), FITTING[2]], "b"),
        ([*FITTING[:2], ("b", "valid", 0, 2)], "b"),
        ([*FITTING[:2], ("b", "valid", 0, 0)], "b"),
        ([("a", "train", 0, 2), ("a", "test", 1, 3), FITTING[2]], "a"),
        ([("a", "train", 0, 1), ("a", "test", 2, 3), FITTING[2]], "a"),
        ([("a", "train", 0, 4), ("a", "test", 4, 3), FITTING[2]], "a"),
        ([("a", "train", 0, 2), ("b", "test", 2, 3), FITTING[2]], "a"),
    ],
)
@pytest.mark.parametrize("group", [1, 10])
def test_rows_that_do_not_fit_are_refused_by_the_first_document(tmp_path, rows, name, group):
    clean = write_clean(tmp_path / "clean.parquet", [A, B], group)
    split = write(tmp_path / "split.parquet", STRETCHES, rows, group)
    message = rf"split\.parquet: its stretches do not fit the clean text at document {name}; delete"
    with pytest.raises(ValueError, match=message):
        list(text_batches([clean], split))


def test_rows_that_fit_are_taken_whatever_stands_around_them(tmp_path):
    clean = write_clean(tmp_path / "clean.parquet", [A, B])
    others = [("0", "test", 0, 9)], [("z", "test", 0, 9), ("z", "train", 9, 12)]
    split = write(tmp_path / "split.parquet", STRETCHES, [*others[0], *FITTING, *others[1]], 2)
    found = list(all_stretches([clean], split))
    assert [tuple(row) for row, *_ in found] == FITTING
    assert [text for _, text, _, _ in found] == ["가나", "다", "라"]


def test_a_split_that_there_is_not_is_refused(tmp_path):
    clean = write_clean(tmp_path / "clean.parquet", [A])
    split = write(tmp_path / "split.parquet", STRETCHES, [("a", "dev", 0, 3)], 1)
    with pytest.raises(ValueError, match=r"split\.parquet: has a split 'dev', and there are train"):
        list(text_batches([clean], split))


def test_the_splits_are_the_first_of_the_names():
    assert NAMES[: len(SPLITS)] == SPLITS == ("train", "valid", "test")
