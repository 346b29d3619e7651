import json
import re

import numpy as np
import pytest

from preprocess.shards import gather, load_split, shard_schema
from preprocess.tables import write_columns
from preprocess.units import make_unit
from preprocess.vocabulary import END, Vocabulary

SPLITS = ("train", "valid", "test")
# The rows of each shard by part; a row is (tokens, whether it goes on).
TRAIN = [[([1, 2, END], False), ([3], False)], [], [([4, 5], True), ([], True), ([END], False)]]
OTHERS = [[([6, END], False)], [], []]


def write_shard(path, rows, split, part, sha256, dtype=np.uint16):
    tokens = [np.array(row, dtype) for row, _ in rows]
    ends = sum(row.count(END) for row, _ in rows)
    metadata = {
        "split": split,
        "part": str(part),
        "vocabulary_sha256": sha256,
        "continued_rows": json.dumps([i for i, (_, goes_on) in enumerate(rows) if goes_on]),
        "rows": str(len(rows)),
        "tokens": str(sum(map(len, tokens))),
        "bytes": str(10 * len(rows)),
        "characters": str(5 * len(rows)),
        "documents": str(ends),
    }
    ids = [f"{part}-{row}" for row in range(len(rows))]
    write_columns(path, shard_schema(dtype), [ids, tokens], metadata)
    return path


def write_vocabulary(path, documents):
    unit = make_unit({"kind": "byte"})
    counts = np.zeros(257, np.int64)
    counts[END] = documents
    Vocabulary(unit, np.empty(0, np.uint32), counts).save(path)
    return Vocabulary.load(path).sha256


class Shards:
    """A folder of shards with its manifest."""

    def __init__(self, folder):
        self.vocabulary = folder / "vocabulary.parquet"
        self.sha256 = write_vocabulary(self.vocabulary, documents=4)
        self.folder = folder / "shards"
        self.manifest = self.folder / "manifest.json"
        self.paths = [
            write_shard(self.path(split, part), rows[part], split, part, self.sha256)
            for split, rows in (("train", TRAIN), ("valid", OTHERS), ("test", OTHERS))
            for part in range(3)
        ]
        self.gather()

    def path(self, split, part):
        return self.folder / f"{split}-{part:05d}.parquet"

    def gather(self):
        gather(self.paths[::-1], self.vocabulary, self.manifest)

    def load(self, split="train"):
        return load_split(self.manifest, split, self.sha256)


@pytest.fixture
def shards(tmp_path):
    return Shards(tmp_path)


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


def test_a_split_without_a_row_is_empty(tmp_path):
    sha256 = write_vocabulary(tmp_path / "v.parquet", documents=0)
    paths = [
        write_shard(tmp_path / f"shards/{split}-00000.parquet", [], split, 0, sha256)
        for split in SPLITS
    ]
    gather(paths, tmp_path / "v.parquet", tmp_path / "shards/manifest.json")
    empty = load_split(tmp_path / "shards/manifest.json", "test", sha256)
    assert (empty.tokens.tolist(), empty.offsets.tolist(), empty.documents) == ([], [0], 0)


def test_wide_ids_stay_wide_beside_a_shard_without_rows(tmp_path):
    sha256 = write_vocabulary(tmp_path / "v.parquet", documents=0)
    paths = [
        write_shard(tmp_path / f"{split}-{part:05d}.parquet", rows, split, part, sha256, np.uint32)
        for split in SPLITS
        for part, rows in enumerate([[], [([70_000], False)]])
    ]
    gather(paths, tmp_path / "v.parquet", tmp_path / "manifest.json")
    assert load_split(tmp_path / "manifest.json", "train", sha256).tokens.tolist() == [70_000]


def test_equal_shards_have_equal_digests(shards, tmp_path):
    assert shards.load().sha256 == Shards(tmp_path / "again").load().sha256
    assert shards.load("train").sha256 != shards.load("valid").sha256


def test_a_flipped_bit_is_refused_wherever_it_is(shards):
    path = shards.path("train", 0)
    content = path.read_bytes()
    for place in range(0, len(content), 97):
        damaged = bytearray(content)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        with refused(ValueError, path, "is damaged", shards.manifest):
            shards.load()


def test_a_shard_that_was_cut_is_refused(shards):
    path = shards.path("train", 2)
    path.write_bytes(path.read_bytes()[:-100])
    with refused(ValueError, path, "is damaged"):
        shards.load()


@pytest.mark.parametrize("split", SPLITS)
def test_a_lost_shard_is_refused_whichever_split_is_read(shards, split):
    shards.path("train", 1).unlink()
    with refused(FileNotFoundError, shards.path("train", 1), "is missing"):
        shards.load(split)


def test_a_stray_shard_is_refused(shards):
    stray = shards.path("train", 3)
    stray.write_bytes(shards.path("train", 0).read_bytes())
    with refused(ValueError, stray, "is not in", shards.manifest):
        shards.load("test")


def test_a_temporary_file_of_a_killed_job_is_no_shard(shards):
    stray = shards.folder / ".tmp-0123.parquet"
    stray.write_bytes(b"half")
    assert shards.load().documents == 2


def test_gathering_removes_strays(shards):
    strays = [shards.path("train", 3), shards.folder / ".tmp-0123.parquet"]
    for stray in strays:
        stray.write_bytes(b"old")
    (shards.folder / "notes.txt").write_text("mine")
    shards.gather()
    assert sorted(shards.folder.iterdir()) == sorted(
        [*shards.paths, shards.manifest, shards.folder / "notes.txt"]
    )
    assert shards.load().documents == 2


def test_shards_that_changed_places_are_refused(shards):
    first, second = shards.path("train", 0), shards.path("train", 2)
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)
    with refused(ValueError, first, "is damaged or of another run"):
        shards.load()
    with refused(ValueError, second, f"should be {first}"):
        shards.gather()


def test_a_shard_of_another_vocabulary_is_refused(shards, tmp_path):
    other = write_vocabulary(tmp_path / "other.parquet", documents=5)
    with refused(ValueError, shards.path("train", 0), shards.sha256, other):
        load_split(shards.manifest, "train", other)
    write_shard(shards.path("valid", 1), [], "valid", 1, other)
    with refused(ValueError, shards.path("valid", 1), "the vocabulary", other):
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


def test_a_damaged_manifest_is_refused(shards):
    content = shards.manifest.read_text()
    shards.manifest.write_text(content[: len(content) // 2])
    with pytest.raises(ValueError, match=r"manifest\.json: is damaged"):
        shards.load()


def test_an_unknown_split_is_refused(shards):
    with pytest.raises(ValueError, match="split is 'dev'; it must be one of train, valid, test"):
        shards.load("dev")
