"""Splits are disjoint, cover every character, and nothing that others do moves a document."""

import json
import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocess.duplicates import document_digests
from preprocess.near import near_duplicates
from preprocess.position import nearest_line_end, position_rows
from preprocess.split import SPLITS, document_rows, hash_splits, split
from preprocess.stretches import read_split, stretches
from preprocess.tables import DOCUMENTS, open_writer

HASH = {"method": "hash", "valid": 0.2, "test": 0.2, "salt": "s", "near_duplicates": None}
NEAR = HASH | {"near_duplicates": 0.8}
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


def hash_rows(documents, *, valid, test, salt):
    """Place documents by their content, as the stage does where nothing is near."""
    digests = document_digests(documents, salt)
    return document_rows(documents, hash_splits(digests, valid=valid, test=test))


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
    found = summary["duplicates"]
    assert (found["exact_groups"], found["exact_documents"]) == (10, 20)


@given(st.lists(TEXTS, min_size=1, max_size=5), st.lists(TEXTS, min_size=1, max_size=5))
def test_twins_go_together_however_they_are_cut(pieces, more):
    """White space may differ, and with it the places where two long twins are cut."""
    text = "".join(pieces) + "끝" + "".join(more)
    spaced = [piece.replace(" ", "  ") for piece in ("".join(pieces), "끝" + "".join(more), "\n")]
    cut = [(f"a#{i}", piece) for i, piece in enumerate([*pieces, "끝", *more])]
    twin = [(f"b#{i}", piece) for i, piece in enumerate(spaced)]
    documents = [*cut, *twin, ("c", text)]
    assert len(set(document_digests(documents).tolist())) == 1
    assert len({row.split for row in hash_rows(documents, valid=0.3, test=0.3, salt="s")}) == 1


def test_pieces_of_a_document_share_a_split_carry_state_and_end_once(tmp_path):
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
    assert set(summary["leaks"]["valid"].values()) == {0}


def test_text_without_line_ends_is_cut_at_a_character():
    rows = list(
        position_rows(
            lambda: iter([("a", "가" * 1000)]), valid=0, test=0.1, salt="", block_characters=50
        )
    )
    assert rows == [("a", "train", 0, 900), ("a", "test", 900, 1000)]
    assert nearest_line_end("가" * 20 + "\n" + "나" * 20, 30, 5) == 30
    assert nearest_line_end("가" * 20 + "\n" + "나" * 20, 30, 9) == 21


def test_blocks_of_short_documents_span_several():
    """With a document a line, a valid block is still of about so many characters."""
    lines = [(str(i), line) for i, line in enumerate(NOVEL.split("\n"))]
    rows = list(
        position_rows(lambda: iter(lines), valid=0.2, test=0.1, salt="", block_characters=100)
    )
    names = [row[1] for row in rows]
    assert [row[0] for row in rows] == [name for name, _ in lines]
    assert set(names[names.index("test") :]) == {"test"}
    sizes, run = [], 0
    for (_, line), name in zip(lines, names, strict=True):
        if name == "valid":
            run += len(line)
        elif run:
            sizes, run = [*sizes, run], 0
    assert len(sizes) > 1
    assert all(any(abs(size - 100 * n) < 25 * n for n in (1, 2, 3)) for size in sizes)
    assert sum(sizes) >= 0.2 * sum(len(line) for _, line in lines)


def test_a_salt_draws_other_blocks():
    def drawn(salt):
        rows = position_rows(
            lambda: iter([("a", NOVEL)]), valid=0.1, test=0.1, salt=salt, block_characters=60
        )
        return [row for row in rows if row[1] == "valid"]

    assert drawn("1") == drawn("1") != drawn("2")


def verse(number, times=0):
    """A text of its own for each number, its first words changed so many times."""
    words = [f"{number * 7919 + i * 104729:x}" for i in range(80)]
    words[:times] = ["다른"] * times
    return " ".join(words)


def places_of(path):
    return {row.document_id: row.split for row in read_split(path)}


def test_fault_27_near_duplicates_of_held_out_documents_leave_train(tmp_path):
    """Exact duplicates are in one split; near ones leave train, and nothing else moves."""
    verses = [(f"{i:03d}", verse(i)) for i in range(60)]
    _, path, summary = split_of(tmp_path / "before", NEAR, verses)
    before = places_of(path)
    held_out = [name for name in before if before[name] != "train"]
    assert 10 < len(held_out) < 40
    assert "left_out" not in summary["sizes"]
    exact = [(f"{name}-exact", verse(int(name)) + "\n") for name in before]
    near = [(f"{name}-near", verse(int(name), times=2)) for name in before]
    _, path, summary = split_of(tmp_path / "after", NEAR, exact, verses, near)
    after = places_of(path)
    assert all(after[name] == after[f"{name}-exact"] for name in before)
    moved = {name for name in before if after[name] != before[name]}
    assert {after[name] for name in moved} == {"left_out"}
    places = {split: {name for name in after if after[name] == split} for split in SPLITS}
    for name in before:  # a verse, its exact twin and its near one
        if not {name, f"{name}-near"} <= places["train"]:
            assert not {name, f"{name}-near", f"{name}-exact"} & places["train"]
    left_out = sorted(name for name in after if after[name] == "left_out")
    told = summary["duplicates"]
    assert (told["exact_groups"], told["exact_documents"]) == (60, 120)
    assert (told["near_pairs"], told["near_documents"], told["near_threshold"]) == (60, 180, 0.8)
    assert told["left_out_documents"] == summary["sizes"]["left_out"]["documents"] == len(left_out)
    assert [row["document_id"] for row in told["left_out"]] == [
        name for name in (n for part in (exact, near) for n, _ in part) if after[name] == "left_out"
    ][:20]
    for row in told["left_out"]:
        assert row["document_id"][:3] == row["like"][:3]
        assert 0.8 <= row["similarity"] < 1
    assert sum(size["documents"] for size in summary["sizes"].values()) == 180


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=1, max_size=8),
    st.tuples(st.integers(0, 3), st.integers(0, 4)),
    st.integers(0, 8),
    st.sampled_from("abcdef"),
)
@settings(max_examples=25)
def test_adding_a_document_only_ever_takes_others_out_of_train(documents, more, place, salt):
    chosen = NEAR | {"salt": salt, "valid": 0.3, "test": 0.3}

    def placed(documents):
        rows = [(str(i), verse(*document)) for i, document in enumerate(documents)]
        digests = document_digests(rows, salt)
        names = [row.split for row in hash_rows(rows, valid=0.3, test=0.3, salt=salt)]
        held_out = np.array(names) != "train"
        near = near_duplicates(lambda: (t for _, t in rows), digests, held_out, 0.8)
        return ["left_out" if out else n for n, out in zip(names, near.left_out, strict=True)]

    assert chosen["near_duplicates"] == 0.8
    before = placed(documents)
    after = placed([*documents[:place], more, *documents[place:]])
    del after[min(place, len(before))]
    for one, other in zip(before, after, strict=True):
        assert other == one or (one, other) == ("train", "left_out")


def test_pieces_of_a_cut_document_are_left_out_together(tmp_path):
    verses = [(f"{i:03d}", verse(i)) for i in range(60)]
    _, path, _ = split_of(tmp_path, NEAR, verses)
    name = next(name for name, split_name in places_of(path).items() if split_name == "test")
    shares = {key: NEAR[key] for key in ("valid", "test", "salt")}
    for i in range(100):  # until one comes to train
        whole = f"{i} {verse(int(name))}"
        pieces = [("cut#1", whole[:200]), ("cut#2", whole[200:500]), ("cut#3", whole[500:])]
        if {row.split for row in hash_rows(pieces, **shares)} == {"train"}:
            break
    clean, path, summary = split_of(tmp_path, NEAR, [*verses[:30], *pieces], verses[30:])
    places = places_of(path)
    assert {places[piece] for piece, _ in pieces} == {"left_out"}
    assert [(row["document_id"], row["like"]) for row in summary["duplicates"]["left_out"]] == [
        ("cut", name)
    ]
    size = summary["sizes"]["left_out"]
    assert size == {
        "documents": 1,
        "stretches": 1,
        "characters": len(whole) + 1,
        "bytes": len(whole.encode()) + 1,
    }
    texts = [text for _, text, _, _ in stretches(clean, path, "left_out")]
    assert "".join(texts) == whole


def test_a_corpus_of_which_nothing_but_near_duplicates_is_left_is_refused(tmp_path):
    held, near = None, None
    for i in range(1000):
        (row,) = hash_rows([("", verse(i))], valid=0, test=0.2, salt="s")
        (other,) = hash_rows([("", verse(i, times=1))], valid=0, test=0.2, salt="s")
        if (row.split, other.split) == ("test", "train"):
            held, near = ("held", verse(i)), ("near", verse(i, times=1))
            break
    with pytest.raises(ValueError, match=r"near duplicates .* left .*near_duplicates nearer to 1"):
        split_of(tmp_path, NEAR | {"valid": 0}, [held, near])


def song_file(rng, songs):
    """Songs of verses and a chorus that comes three times, parted by blank lines; some twice."""
    lines = [f"{i}번째 줄은 {'아주 ' * (i % 4)}먼 바다를 노래하네" for i in range(150)]
    written = []
    for _ in range(songs):
        chorus = rng.sample(lines, 3)
        written.append("\n".join([*rng.sample(lines, 4), *chorus, rng.choice(lines), *chorus * 2]))
    return [*written, *rng.sample(written, songs // 10)]


def brute_leak(name, texts):
    """Count lines, runs and characters of a split that train has, by strings."""
    train = texts["train"]
    own = texts[name]
    known = {line.strip() for text in train for line in text.split("\n")}
    lines = [s for t in own for line in t.split("\n") if len(s := line.strip()) >= 10]

    def runs(text):
        words = text.split()
        return [tuple(words[i : i + 8]) for i in range(len(words) - 7)]

    def in_spans(text, size, grams):
        marks = [text[i : i + size] in grams for i in range(len(text) - size + 1)]
        return sum(any(marks[max(0, i - size + 1) : i + 1]) for i in range(len(text)))

    known_runs = {run for text in train for run in runs(text)}
    counts = {
        "lines": len(lines),
        "lines_in_train": sum(line in known for line in lines),
        "bytes": sum(len(line.encode()) for line in lines),
        "bytes_in_train": sum(len(line.encode()) for line in lines if line in known),
        "eojeol_8grams": sum(len(runs(text)) for text in own),
        "eojeol_8grams_in_train": sum(run in known_runs for text in own for run in runs(text)),
        "characters": sum(map(len, own)),
    }
    for size in (12, 40):
        grams = {t[i : i + size] for t in train for i in range(len(t) - size + 1)}
        counts[f"characters_in_spans_{size}"] = sum(in_spans(t, size, grams) for t in own)
    return counts


@pytest.mark.parametrize("method", ["hash", "position"])
def test_songs_with_choruses_are_measured_as_by_brute_force(tmp_path, method):
    """As the file of ballads that char-rnn users start with: each line stands there 2.6 times."""
    songs = song_file(random.Random(1), 120)
    if method == "hash":
        documents, chosen = [(f"s{i}", song) for i, song in enumerate(songs)], NEAR
    else:
        documents = [("songs.txt", "\n\n".join(songs))]
        chosen = POSITION | {"block_characters": 400}
    clean, path, summary = split_of(tmp_path, chosen, documents)
    texts = {
        name: [text for _, text, _, _ in stretches(clean, path, name)]
        for name in (*SPLITS, "left_out")
    }
    for name in ("valid", "test"):
        expected = brute_leak(name, texts)
        assert summary["leaks"][name] | expected == summary["leaks"][name]
        assert summary["leaks"][name]["spans_12_share"] > 0.5
    told = summary["duplicates"]
    lines = [[s for line in text.split("\n") if (s := line.strip())] for _, text in documents]
    inside = sum(len(own) - len(set(own)) for own in lines)
    distinct = len({line for own in lines for line in own})
    assert told["lines"] == {
        "lines": sum(map(len, lines)),
        "distinct": distinct,
        "repeated_inside": inside,
        "repeated_across": sum(len(set(own)) for own in lines) - distinct,
    }
    assert (told["exact_groups"], told["exact_documents"]) == (
        (12, 24) if method == "hash" else (0, 0)
    )
    assert told["near_threshold"] == (0.8 if method == "hash" else None)


@pytest.mark.parametrize(
    ("settings", "documents", "words"),
    [
        (HASH | {"near_duplicates": 0}, SONGS, "near_duplicates is 0; it must be .* above 0"),
        (HASH | {"near_duplicates": 1.2}, SONGS, r"near_duplicates is 1\.2"),
        (HASH, SONGS[:1], "too few documents .* split.method: position .* line or blank-line"),
        (HASH | {"valid": 0.001}, SONGS, "nothing came to valid.* split.valid: 0"),
        (
            HASH | {"test": 0.7},
            [(f"{i}", "같은 글") for i in range(9)],
            "nothing came to train and valid: .*, or smaller split.valid and split.test$",
        ),
        (POSITION, [("a", "짧다")], "too few characters"),
        (POSITION | {"valid": 0.5, "test": 0.5}, SONGS, "less than 1 together"),
        (HASH | {"method": "random"}, SONGS, "'random'; it must be hash or position"),
        (POSITION | {"block_characters": 0}, SONGS, "block_characters is 0"),
    ],
)
def test_fault_26_impossible_splits_are_refused_with_the_way_out(
    tmp_path, settings, documents, words
):
    with pytest.raises(ValueError, match=words):
        split_of(tmp_path, settings, documents)
    assert [path.name for path in tmp_path.iterdir()] == ["part-00000.parquet"]


def test_position_with_parts_is_refused(tmp_path):
    with pytest.raises(ValueError, match="there are 2: set the corpus' parts to 1"):
        split_of(tmp_path, POSITION, SONGS[:2], SONGS[2:])


@pytest.mark.parametrize("settings", [HASH, NEAR])
def test_shares_of_zero_are_legal(tmp_path, settings):
    _, _, summary = split_of(tmp_path, settings | {"valid": 0, "test": 0}, SONGS[:1])
    assert [summary["sizes"][name]["documents"] for name in SPLITS] == [1, 0, 0]
    assert set(summary["leaks"]["test"].values()) == {0}


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
