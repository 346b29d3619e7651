import json
import re
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess.shards import pack_row_tokens
from preprocess.tokens import load_split, open_split
from preprocess.vocabulary import END

SPLITS = ("train", "valid", "test")
# The rows of each shard by part; a row is (tokens, whether it goes on).
TRAIN = [[([1, 2, END], False), ([3], False)], [], [([4, 5], True), ([], True), ([END], False)]]
OTHERS = [[([6, END], False)], [], []]
PARTS = {"train": TRAIN, "valid": OTHERS, "test": OTHERS}


@pytest.fixture
def shards(tmp_path, make_shards):
    return make_shards(tmp_path, PARTS)


def refused(error, *words):
    """Expect an error whose message has all the words, and the rule to run."""
    pattern = "".join(
        f"(?=.*{re.escape(str(word))})" for word in (*words, "run the same command again")
    )
    return pytest.raises(error, match=pattern)


def test_parts_are_joined_in_order(shards):
    train = shards.load()
    assert train.tokens.tolist() == [1, 2, END, 3, 4, 5, END]
    assert train.offsets.tolist() == [0, 3, 4, 6, 6, 7]
    assert train.continued.tolist() == [False, False, True, True, False]
    assert (train.bytes, train.characters, train.documents) == (50, 25, 2)
    assert train.tokens.dtype == np.uint16
    assert train.tokens.flags.c_contiguous


def test_rows_are_known_before_tokens_are_read(shards, monkeypatch):
    monkeypatch.setattr("preprocess.tokens.sha256_of", None)  # no file is read through
    monkeypatch.setattr("preprocess.tokens.read_tables", None)
    train = shards.open()
    assert (train.tokens, train.bytes, train.characters, train.documents) == (7, 50, 25, 2)
    assert train.offsets.tolist() == [0, 3, 4, 6, 6, 7]
    assert train.continued.tolist() == [False, False, True, True, False]
    assert [shard.begins_anew for shard in train.shards] == [True, False, False]
    assert train.dtype == np.uint16


def test_a_shard_is_read_into_its_place(shards):
    _, _, last = shards.open().shards
    tokens = np.full(5, 9, np.uint16)
    last.read(tokens[1:4])
    assert tokens.tolist() == [9, 4, 5, END, 9]


rows = st.lists(st.tuples(st.lists(st.integers(0, 2**32 - 1), max_size=4), st.booleans()))


@given(st.lists(rows, min_size=1, max_size=3), st.sampled_from([np.uint16, np.uint32]))
def test_what_is_written_is_read(tmp_path_factory, make_shards, parts, dtype):
    largest = np.iinfo(dtype).max
    parts = [[([t & largest for t in row], goes_on) for row, goes_on in part] for part in parts]
    train = make_shards(tmp_path_factory.mktemp("shards"), {"train": parts}, dtype).load()
    written = [row for part in parts for row in part]
    assert train.tokens.dtype == dtype
    split = np.split(train.tokens, train.offsets[1:-1]) if written else []
    assert [row.tolist() for row in split] == [row for row, _ in written]
    assert train.continued.tolist() == [goes_on for _, goes_on in written]


def test_a_split_without_a_row_is_empty(tmp_path, make_shards):
    empty = make_shards(tmp_path, {}).load("test")
    assert (empty.tokens.tolist(), empty.offsets.tolist(), empty.documents) == ([], [0], 0)


def test_wide_ids_stay_wide_beside_a_shard_without_rows(tmp_path, make_shards):
    shards = make_shards(tmp_path, {"train": [[], [([70_000], False)]]}, np.uint32)
    assert shards.load().tokens.tolist() == [70_000]


def test_a_split_takes_the_memory_of_its_tokens(tmp_path, make_shards):
    part = [([1 + n % 250] * 1000, False) for n in range(100)]
    shards = make_shards(tmp_path, {"train": [part] * 20})
    shards.load("valid")  # what is imported and kept for good
    tracemalloc.start()
    train = shards.load()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert train.tokens.nbytes == 4_000_000
    assert peak < 1.2 * train.tokens.nbytes


def test_equal_shards_have_equal_digests(shards, tmp_path, make_shards):
    assert shards.load().sha256 == make_shards(tmp_path / "again", PARTS).load().sha256
    assert shards.load("train").sha256 != shards.load("valid").sha256
    assert shards.open().sha256 == shards.load().sha256


def test_fault_46_a_flipped_bit_is_refused_wherever_it_is(shards):
    path = shards.path("train", 0)
    content = path.read_bytes()
    for place in range(0, len(content), 7):
        damaged = bytearray(content)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        with refused(ValueError, path, "is damaged", shards.manifest):
            shards.load()
        with refused(ValueError, path, "is damaged", shards.manifest):
            shards.open().offsets  # noqa: B018 (read from the footer, damaged or not)
            shards.open().read()


def test_fault_47_a_shard_that_was_cut_is_refused(shards):
    path = shards.path("train", 2)
    path.write_bytes(path.read_bytes()[:-100])
    with refused(ValueError, path, "is damaged"):
        shards.load()


def test_a_shard_is_verified_when_it_is_first_read(shards):
    path = shards.path("train", 2)
    content = bytearray(path.read_bytes())
    content[10] ^= 1
    path.write_bytes(content)
    first, _, last = shards.open().shards
    first.read(np.empty(4, np.uint16))
    with refused(ValueError, path, "is damaged"):
        last.read(np.empty(3, np.uint16))


@pytest.mark.parametrize("split", SPLITS)
def test_fault_54_a_lost_shard_is_refused_whichever_split_is_read(shards, split):
    shards.path("train", 1).unlink()
    with refused(FileNotFoundError, shards.path("train", 1), "is missing"):
        shards.load(split)


def test_a_shard_that_is_lost_later_is_refused(shards):
    train = shards.open()
    shards.path("train", 2).unlink()
    with refused(FileNotFoundError, shards.path("train", 2)):
        train.read()


def test_fault_54_a_stray_shard_is_refused(shards):
    stray = shards.path("train", 3)
    stray.write_bytes(shards.path("train", 0).read_bytes())
    with refused(ValueError, stray, "is not in", shards.manifest):
        shards.load("test")


def test_a_temporary_file_of_a_killed_job_is_no_shard(shards):
    stray = shards.folder / ".tmp-0123.parquet"
    stray.write_bytes(b"half")
    assert shards.load().documents == 2


def test_shards_that_changed_places_are_refused(shards):
    first, second = shards.path("train", 0), shards.path("train", 2)
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)
    with refused(ValueError, first, "is damaged or of another run"):
        shards.load()


def test_fault_54_a_shard_of_another_vocabulary_is_refused(shards, tmp_path, make_shards):
    other = make_shards(tmp_path / "other", {}, documents=5).sha256
    for read in (open_split, load_split):
        with refused(ValueError, shards.path("train", 0), shards.sha256, other):
            read(shards.manifest, "train", other)


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"rows": "3", "row_tokens": pack_row_tokens([3, 1, 0])}, "its rows are 2, not 3"),
        ({"tokens": "5"}, "its row_tokens are not those of its rows and tokens"),
        ({"row_tokens": pack_row_tokens([4])}, "its row_tokens are not those of its rows"),
        ({"row_tokens": pack_row_tokens([2, 2])}, "its row_tokens are not those of row 0 and on"),
        ({"row_tokens": "eJw="}, "its footer makes no sense (ValueError('row_tokens is damaged"),
        ({"rows": "1", "row_tokens": pack_row_tokens([4])}, "not those of row 0 and on"),
        ({"continued_rows": "[2]"}, "its continued_rows are not within its 2 rows"),
        ({"documents": "2"}, "its documents are 1, not 2"),
    ],
)
def test_a_footer_that_does_not_fit_its_tokens_is_refused(shards, metadata, words):
    path = shards.write("train", 0, TRAIN[0], np.uint16, metadata)
    shards.gather()
    with refused(ValueError, path, words):
        shards.load()


def test_a_manifest_that_does_not_fit_a_footer_is_refused(shards):
    manifest = json.loads(shards.manifest.read_text())
    manifest["shards"][0]["tokens"] += 1
    manifest["splits"]["train"]["tokens"] += 1
    shards.manifest.write_text(json.dumps(manifest))
    with refused(ValueError, shards.path("train", 0), "its tokens are 4, not 5"):
        shards.load()


def test_a_damaged_manifest_is_refused(shards):
    content = shards.manifest.read_text()
    shards.manifest.write_text(content[: len(content) // 2])
    with pytest.raises(ValueError, match=r"manifest\.json: is damaged"):
        shards.load()


def _renamed(entry, old, new):
    entry[new] = entry.pop(old)


@pytest.mark.parametrize(
    "change",
    [
        lambda manifest: manifest["shards"].clear(),
        lambda manifest: manifest["shards"].pop(2),
        lambda manifest: manifest["shards"].reverse(),
        lambda manifest: manifest["shards"].append(manifest["shards"][0]),
        lambda manifest: manifest["shards"][0].update(tokens=5),
        lambda manifest: manifest["shards"][0].update(tokens="4"),
        lambda manifest: manifest["shards"][0].update(part="0"),
        lambda manifest: manifest["shards"][0].update(split="dev"),
        lambda manifest: manifest["shards"][0].update(name="../train-00000.parquet"),
        lambda manifest: manifest["shards"][0].update(sha256=None),
        lambda manifest: _renamed(manifest["shards"][0], "sha256", "sha257"),
        lambda manifest: _renamed(manifest["shards"][0], "documents", "document"),
        lambda manifest: manifest.update(shards={}),
        lambda manifest: manifest.update(splits=[]),
        lambda manifest: _renamed(manifest, "shards", "shard"),
    ],
)
@pytest.mark.parametrize("split", SPLITS)
def test_fault_54_a_manifest_that_was_changed_is_refused(shards, change, split):
    manifest = json.loads(shards.manifest.read_text())
    change(manifest)
    shards.manifest.write_text(json.dumps(manifest))
    with pytest.raises(ValueError, match=r"manifest\.json: is damaged or was changed"):
        shards.open(split)


def test_a_manifest_that_is_no_object_is_refused(shards):
    shards.manifest.write_text("[]")
    with pytest.raises(ValueError, match=r"manifest\.json: is damaged or was changed"):
        shards.open()


def test_other_columns_are_refused(shards):
    path = shards.write("train", 0, TRAIN[0], np.uint64)
    shards.gather()
    with refused(ValueError, path, "its columns are not those of a shard"):
        shards.load()


def test_an_unknown_split_is_refused(shards):
    with pytest.raises(ValueError, match="split is 'dev'; it must be one of train, valid, test"):
        shards.load("dev")
