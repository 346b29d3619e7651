"""Splits are disjoint, cover every character, and nothing that others do moves a document."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess.duplicates import exact_duplicates
from preprocess.leaks import leaks
from preprocess.position import nearest_line_end, position_rows
from preprocess.split import SPLITS, hash_rows, split
from preprocess.stretches import read_split, stretches
from preprocess.tables import DOCUMENTS, open_writer

HASH = {"method": "hash", "valid": 0.2, "test": 0.2, "salt": "s"}
POSITION = {"method": "position", "valid": 0.1, "test": 0.1, "salt": "s", "block_characters": 60}
TEXTS = st.text(alphabet="가나 \n", max_size=40)
SONGS = [
    (f"{i:03d}.txt", f"{i}번째 노래가 흐르는 밤이야\n그대를 {i}번 불렀네\n") for i in range(40)
]
NOVEL = "".join(f"{i}장\n용이 나타나 {i}번째 마을을 지나갔다.\n" for i in range(60))


def write_clean(path, documents):
    with open_writer(path, DOCUMENTS) as writer:
        for document_id, text in documents:
            writer.write({"document_id": document_id, "title": "", "text": text}, len(text))
    return path


def split_of(folder, settings, *parts):
    """Split the parts; return the paths of the clean parts and of the split, and the summary."""
    clean = [write_clean(folder / f"part-{i:05d}.parquet", part) for i, part in enumerate(parts)]
    split(settings, clean, folder / "split.parquet", folder / "split.json")
    return clean, folder / "split.parquet", json.loads((folder / "split.json").read_text())


def test_hash_split_has_a_row_for_each_document_and_sizes_count_document_ends(tmp_path):
    clean, path, summary = split_of(tmp_path, HASH, SONGS[:25], [], SONGS[25:])
    rows = list(read_split(path))
    assert [(row.document_id, row.start, row.end) for row in rows] == [
        (document_id, 0, len(text)) for document_id, text in SONGS
    ]
    assert {row.split for row in rows} == set(SPLITS)
    sizes = summary["sizes"].values()
    assert sum(size["documents"] for size in sizes) == 40
    assert sum(size["characters"] for size in sizes) == sum(len(t) + 1 for _, t in SONGS)
    assert sum(size["bytes"] for size in sizes) == sum(len(t.encode()) + 1 for _, t in SONGS)
    texts = [(i, text) for name in SPLITS for i, text, _, _ in stretches(clean, path, name)]
    assert sorted(texts) == SONGS


def test_stretches_of_one_part_are_those_of_the_whole(tmp_path):
    clean, path, _ = split_of(tmp_path, HASH, SONGS[:25], [], SONGS[25:])
    for name in SPLITS:
        by_part = [s for part in clean for s in stretches([part], path, name)]
        assert by_part == list(stretches(clean, path, name))


def test_same_split_again_is_the_same_bytes(tmp_path):
    _, path, _ = split_of(tmp_path, HASH, SONGS)
    first = path.read_bytes(), path.with_suffix(".json").read_bytes()
    split_of(tmp_path, HASH, SONGS)
    assert first == (path.read_bytes(), path.with_suffix(".json").read_bytes())


@given(st.lists(TEXTS, max_size=6), TEXTS, st.text(max_size=3), st.data())
def test_adding_a_document_moves_nothing(others, text, salt, data):
    shares = {"valid": 0.3, "test": 0.3, "salt": salt}
    documents = [(f"o{i}", other) for i, other in enumerate(others)]
    place = data.draw(st.integers(0, len(documents)))
    more = [*documents[:place], ("x", text), *documents[place:]]
    (alone,) = hash_rows([("x", text)], **shares)
    rows = list(hash_rows(more, **shares))
    assert rows[place] == alone
    assert rows[:place] + rows[place + 1 :] == list(hash_rows(documents, **shares))


@given(st.lists(TEXTS, min_size=1, max_size=8), st.floats(0, 0.5), st.floats(0, 0.4))
def test_every_character_is_in_one_split(texts, valid, test):
    documents = [(str(i), text) for i, text in enumerate(texts)]
    by_position = list(
        position_rows(lambda: iter(documents), valid=valid, test=test, salt="", block_characters=7)
    )
    by_hash = list(hash_rows(documents, valid=valid, test=test, salt=""))
    for rows in (by_position, by_hash):
        covered = {document_id: [] for document_id, _ in documents}
        for document_id, name, start, end in rows:
            assert name in SPLITS
            covered[document_id].append((start, end))
        for document_id, text in documents:
            runs = covered[document_id]
            assert runs[0][0] == 0
            assert runs[-1][1] == len(text)
            assert all(first[1] == second[0] for first, second in pairwise(runs))
    # maximal runs, and test is the last part
    assert all(a[0] != b[0] or a[1] != b[1] for a, b in pairwise(by_position))
    names = [row[1] for row in by_position]
    assert "test" not in names or set(names[names.index("test") :]) == {"test"}


def test_duplicates_but_for_white_space_go_together_and_are_counted(tmp_path):
    twins = [(f"twin{i}", text + "  \n") for i, (_, text) in enumerate(SONGS[:10])]
    _, path, summary = split_of(tmp_path, HASH, SONGS, twins)
    place = {row.document_id: row.split for row in read_split(path)}
    assert all(place[f"twin{i}"] == place[f"{i:03d}.txt"] for i in range(10))
    assert summary["duplicates"] == {"exact_groups": 10, "exact_documents": 20}


def test_pieces_of_documents_are_compared_whole():
    documents = [("a#1", "가"), ("a#2", "나"), ("b#1", "가"), ("b#2", "다"), ("c", "라")]
    assert exact_duplicates(documents) == {"exact_groups": 0, "exact_documents": 0}
    documents[3] = ("b#2", "나")
    assert exact_duplicates(documents) == {"exact_groups": 1, "exact_documents": 2}


def test_pieces_follow_the_first_piece_carry_state_and_end_once(tmp_path):
    pieces = [(f"long#{i}", f"{i}번째 조각\n") for i in range(1, 6)]
    first, second = SONGS + pieces[:3], [*pieces[3:], ("tail", "끝\n")]
    clean, path, summary = split_of(tmp_path, HASH, first, second)
    (name,) = {row.split for row in read_split(path) if row.document_id.startswith("long#")}
    flags = [(i, e, c) for i, _, e, c in stretches(clean, path, name) if "#" in i]
    assert flags == [
        ("long#1", False, False),
        ("long#2", False, True),
        ("long#3", False, True),
        ("long#4", False, True),
        ("long#5", True, True),
    ]
    alone = [(i, e, c) for i, _, e, c in stretches(clean[1:], path, name) if "#" in i]
    assert alone == flags[3:]
    assert sum(size["documents"] for size in summary["sizes"].values()) == 42


def test_position_split_cuts_at_line_ends_and_test_is_the_last_tenth(tmp_path):
    clean, path, summary = split_of(tmp_path, POSITION, [("novel.txt", NOVEL)])
    rows = list(read_split(path))
    assert all(NOVEL[row.end - 1] == "\n" for row in rows)
    assert rows[-1].split == "test"
    assert abs((rows[-1].end - rows[-1].start) / len(NOVEL) - 0.1) < 0.02
    assert [row.split for row in rows].count("test") == 1
    sizes = summary["sizes"]
    assert 0.1 <= sizes["valid"]["characters"] / len(NOVEL) < 0.15
    assert sizes["valid"]["stretches"] == [row.split for row in rows].count("valid") > 1
    assert [sizes[name]["documents"] for name in SPLITS] == [0, 0, 1]
    assert sum(size["bytes"] for size in sizes.values()) == len(NOVEL.encode()) + 1
    flags = [(e, c) for _, _, e, c in stretches(clean, path, "train")]
    assert set(flags) == {(False, False)}


def test_position_split_of_pieces_goes_on_where_the_split_is_the_same(tmp_path):
    half = len(NOVEL) // 4
    settings = POSITION | {"valid": 0}
    pieces = [("n#1", NOVEL[:half]), ("n#2", NOVEL[half:])]
    clean, path, summary = split_of(tmp_path, settings, pieces)
    flags = [(i, e, c) for i, _, e, c in stretches(clean, path, "train")]
    assert flags == [("n#1", False, False), ("n#2", False, True)]
    (ending,) = stretches(clean, path, "test")
    assert ending[2:] == (True, False)
    assert summary["sizes"]["train"]["stretches"] == 1
    assert summary["leaks"]["valid"] == {
        "lines": 0,
        "lines_in_train": 0,
        "bytes": 0,
        "bytes_in_train": 0,
        "share": 0.0,
    }


def test_text_without_line_ends_is_cut_at_a_character():
    rows = list(
        position_rows(
            lambda: iter([("a", "가" * 1000)]), valid=0, test=0.1, salt="", block_characters=50
        )
    )
    assert rows == [("a", "train", 0, 900), ("a", "test", 900, 1000)]
    assert nearest_line_end("가" * 20 + "\n" + "나" * 20, 30, 5) == 30
    assert nearest_line_end("가" * 20 + "\n" + "나" * 20, 30, 9) == 21


def test_a_salt_draws_other_blocks():
    def drawn(salt):
        rows = position_rows(
            lambda: iter([("a", NOVEL)]), valid=0.1, test=0.1, salt=salt, block_characters=60
        )
        return [row for row in rows if row[1] == "valid"]

    assert drawn("1") == drawn("1") != drawn("2")


@pytest.mark.parametrize(
    ("settings", "documents", "words"),
    [
        (HASH, SONGS[:1], "too few documents .* split.method: position .* line or blank-line"),
        (HASH | {"valid": 0.001}, SONGS, "nothing came to valid.* split.valid: 0"),
        (POSITION, [("a", "짧다")], "too few characters"),
        (POSITION | {"valid": 0.5, "test": 0.5}, SONGS, "less than 1 together"),
        (HASH | {"method": "random"}, SONGS, "'random'; it must be hash or position"),
        (POSITION | {"block_characters": 0}, SONGS, "block_characters is 0"),
    ],
)
def test_impossible_splits_are_refused_with_the_way_out(tmp_path, settings, documents, words):
    with pytest.raises(ValueError, match=words):
        split_of(tmp_path, settings, documents)
    assert [path.name for path in tmp_path.iterdir()] == ["part-00000.parquet"]


def test_position_with_parts_is_refused(tmp_path):
    with pytest.raises(ValueError, match="there are 2: set the corpus' parts to 1"):
        split_of(tmp_path, POSITION, SONGS[:2], SONGS[2:])


def test_shares_of_zero_are_legal(tmp_path):
    _, _, summary = split_of(tmp_path, HASH | {"valid": 0, "test": 0}, SONGS[:1])
    assert [summary["sizes"][name]["documents"] for name in SPLITS] == [1, 0, 0]


def test_a_split_of_another_text_is_refused(tmp_path):
    clean, path, _ = split_of(tmp_path, HASH, SONGS)
    write_clean(clean[0], [*SONGS[:5], ("005.txt", "다른 글"), *SONGS[6:]])
    with pytest.raises(ValueError, match=r"do not fit the clean text at document 005\.txt"):
        list(stretches(clean, path, "train"))
    write_clean(clean[0], [*SONGS[:5], *SONGS[6:]])
    with pytest.raises(ValueError, match=r"at document 006\.txt"):
        list(stretches(clean, path, "train"))
    write_clean(clean[0], [*SONGS, ("new.txt", "새 글")])
    with pytest.raises(ValueError, match=r"at document new\.txt"):
        list(stretches(clean, path, "train"))


def test_leaks_are_lines_of_ten_characters_weighted_by_bytes():
    texts = {
        "train": ["나는 너를 영원히 사랑해\n짧은 줄\n", "another line of text\n"],
        "valid": ["새로 쓴 한 줄의 노랫말\n"],
        "test": ["  나는 너를 영원히 사랑해 \n짧은 줄\n", "something else\n"],
    }
    found = leaks(texts.__getitem__)
    leaked = len("나는 너를 영원히 사랑해".encode())
    total = leaked + len("something else")
    assert found["test"] == {
        "lines": 2,
        "lines_in_train": 1,
        "bytes": total,
        "bytes_in_train": leaked,
        "share": leaked / total,
    }
    assert found["valid"]["lines_in_train"] == 0
