import json
import re
import tracemalloc

import numpy as np
import pytest

from preprocess.shards import ROW_TOKENS, gather, pack_row_tokens, unpack_row_tokens
from preprocess.vocabulary import END

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


def test_the_manifest_lists_every_shard_and_adds_them_up(shards):
    manifest = json.loads(shards.manifest.read_text())
    assert manifest["vocabulary_sha256"] == shards.sha256
    assert [entry["name"] for entry in manifest["shards"]] == [path.name for path in shards.paths]
    assert manifest["splits"]["train"] == {
        "rows": 5,
        "tokens": 7,
        "bytes": 50,
        "characters": 25,
        "documents": 2,
    }
    assert manifest["splits"]["test"]["tokens"] == 2


def test_gathering_removes_strays(shards):
    strays = [shards.path("train", 3), shards.folder / ".tmp-0123.parquet"]
    for stray in strays:
        stray.write_bytes(b"old")
    (shards.folder / "notes.txt").write_text("mine")
    shards.gather()
    assert sorted(shards.folder.iterdir()) == sorted(
        [*shards.paths, shards.manifest, shards.folder / "notes.txt"]
    )


def test_shards_that_changed_places_are_refused(shards):
    first, second = shards.path("train", 0), shards.path("train", 2)
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)
    with refused(ValueError, second, f"should be {first}"):
        shards.gather()


def test_a_shard_of_another_vocabulary_is_refused(shards, tmp_path, make_shards):
    other = make_shards(tmp_path / "other", {}, documents=5)
    shards.path("valid", 1).write_bytes(other.path("valid", 0).read_bytes())
    with refused(ValueError, shards.path("valid", 1), "the vocabulary", other.sha256):
        shards.gather()


def test_a_table_that_is_no_shard_is_refused(shards):
    shards.path("test", 0).write_bytes(shards.vocabulary.read_bytes())
    with refused(ValueError, shards.path("test", 0), "is no shard"):
        shards.gather()


def test_a_part_that_is_lacking_or_given_twice_is_refused(shards):
    with refused(ValueError, shards.manifest, "part 1 of valid is given 0 times"):
        gather(
            [path for path in shards.paths if path != shards.path("valid", 1)],
            shards.vocabulary,
            shards.manifest,
        )
    with refused(ValueError, shards.manifest, "part 0 of train is given 2 times"):
        gather([*shards.paths, shards.path("train", 0)], shards.vocabulary, shards.manifest)


def test_the_tokens_of_rows_come_back():
    row_tokens = np.array([0, 1, 65_536, 2**32 - 1, 0], np.uint32)
    packed = pack_row_tokens(row_tokens)
    assert np.array_equal(unpack_row_tokens(packed), row_tokens)
    assert unpack_row_tokens(pack_row_tokens([])).shape == (0,)
    for damaged in (packed[:-4], "A" + packed[1:], "%" + packed[1:]):
        with pytest.raises(ValueError):  # noqa: PT011 (base64, zlib and numpy have words of theirs)
            unpack_row_tokens(damaged)


def test_the_tokens_of_millions_of_rows_are_packed_without_a_copy():
    row_tokens = np.zeros(1_000_000, ROW_TOKENS)
    tracemalloc.start()
    pack_row_tokens(row_tokens)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < row_tokens.nbytes / 4


@pytest.mark.parametrize("metadata", [{"part": "x"}, {"bytes": ""}, {"rows": "1.5"}])
def test_a_footer_that_makes_no_sense_is_refused(shards, metadata):
    path = shards.write("train", 0, TRAIN[0], np.uint16, metadata)
    with refused(ValueError, path, "its footer makes no sense"):
        shards.gather()


def test_a_flipped_bit_in_a_footer_is_refused_before_the_manifest_is_written(shards):
    path = shards.path("train", 0)
    content = path.read_bytes()
    shards.manifest.unlink()
    for key in (b"bytes", b"characters", b"continued_rows", b"split"):
        place = content.rindex(key) + len(key) + 2  # the first character of the value
        path.write_bytes(bytes([*content[:place], content[place] ^ 1, *content[place + 1 :]]))
        with refused(ValueError, path, "its metadata are not those written"):
            shards.gather()
    assert not shards.manifest.exists()
