"""Patterns to files: composed and decomposed names, order, refusals."""

import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess.sources import expand, matches, raw_names, short_names


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty working folder; give it files by `write`."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")


def names(*patterns):
    return [str(path) for path in expand(patterns)]


def test_a_pattern_gives_its_files_sorted_and_no_hidden_ones(folder):
    write(folder, "b.txt", "a.txt", ".hidden.txt", "a.md", "sub/c.txt")
    assert names("*.txt") == ["a.txt", "b.txt"]
    assert names("**/*.txt") == ["a.txt", "b.txt", "sub/c.txt"]
    assert names("**") == ["a.md", "a.txt", "b.txt", "sub/c.txt"]
    assert names("s?b/[bc].txt") == ["sub/c.txt"]
    assert names(".hidden.txt") == [".hidden.txt"]


def test_absolute_paths_parents_and_repeats(folder):
    write(folder, "a.txt", "sub/c.txt")
    assert names(str(folder / "*.txt")) == [str(folder / "a.txt")]
    assert names("sub/../a.txt", "a.txt", "*.txt") == ["a.txt"]


def test_spaces_and_quotes_and_korean_in_names(folder):
    write(folder, "내 글/봄 '비'; $x.txt")
    assert names("내 글/*.txt") == ["내 글/봄 '비'; $x.txt"]


@pytest.mark.parametrize("on_disk", ["NFC", "NFD"])
@pytest.mark.parametrize("asked", ["NFC", "NFD"])
def test_either_form_of_a_korean_name_finds_the_file(folder, on_disk, asked):
    path = unicodedata.normalize(on_disk, "발라드/사랑 노래.txt")
    write(folder, path)
    assert names(unicodedata.normalize(asked, "발라드/사랑*.txt")) == [path]
    assert names(unicodedata.normalize(asked, "발라드/사랑 노래.txt")) == [path]
    assert raw_names(expand(["발라드/*"])) == ["사랑 노래.txt"]


def test_names_equal_under_nfc_are_refused(folder):
    write(folder, "가.txt", unicodedata.normalize("NFD", "가.txt"))
    with pytest.raises(ValueError, match="two files have this name"):
        expand(["*.txt"])
    with pytest.raises(ValueError, match="two files have this name"):
        expand(["가.txt"])


def test_sorted_by_composed_name(folder):
    decomposed = unicodedata.normalize("NFD", "가.txt")  # sorts before every syllable as it is
    write(folder, decomposed, "나.txt", "㉠.txt")
    assert names("*.txt") == ["㉠.txt", decomposed, "나.txt"]


def test_what_matches_nothing_is_refused_by_name(folder):
    write(folder, "a.txt", "texts/b.txt")
    with pytest.raises(ValueError, match=r"\*\.md: matches no file"):
        expand(["*.txt", "*.md"])
    with pytest.raises(
        ValueError, match=r"texts: is a folder; name its files, as in texts/\*\.txt"
    ):
        expand(["texts"])
    words = r"te\*: matches only folders, such as texts; move .*, as in texts/\*$"
    with pytest.raises(ValueError, match=words):
        expand(["te*"])


def test_a_brace_is_refused(folder):
    write(folder, "a{1}.txt")
    with pytest.raises(ValueError, match="brace"):
        expand(["*.txt"])


def test_raw_names_begin_below_the_common_folder(folder):
    write(folder, "x/a/1.txt", "x/b/1.txt", "x/b2/1.txt")
    assert raw_names(expand(["x/**/1.txt"])) == ["a/1.txt", "b/1.txt", "b2/1.txt"]
    assert raw_names(expand(["x/b/1.txt"])) == ["1.txt"]
    assert raw_names([]) == []


SEGMENT = st.text(st.sampled_from("ab가.한"), min_size=1, max_size=3)
PATHS = st.lists(SEGMENT, min_size=1, max_size=4).map("/".join)


@given(st.sets(PATHS, min_size=1, max_size=6))
def test_short_names_stay_distinct_and_are_ends_of_the_names(paths):
    paths = sorted(path for path in paths if "." not in path.split("/"))
    short = short_names(paths)
    assert len(set(short)) == len(paths)
    assert all(path.endswith(name) for path, name in zip(paths, short, strict=True))


def test_members_match_from_the_right():
    assert matches("pkg-1.0/data/가.txt", "data/*.txt")
    assert matches("pkg-1.0/data/가.txt", unicodedata.normalize("NFD", "가.txt"))
    assert not matches("pkg-1.0/data/sub/a.txt", "data/*.txt")
    assert matches("pkg-1.0/data/sub/a.txt", "data/**/*.txt")
    assert not matches("a.txt", "data/a.txt")


def test_names_that_the_workflow_cannot_carry_are_refused(folder):
    (folder / "a <b>.txt").write_text("x")
    with pytest.raises(ValueError, match="<word>"):
        expand([str(folder / "a*.txt")])
    (folder / "c.txt").symlink_to(folder / "nothing")
    with pytest.raises(ValueError, match=r"c\.txt: is a link to nothing"):
        expand([str(folder / "c*.txt")])
    (folder / os.fsdecode("노래.txt".encode("cp949"))).write_text("x")
    with pytest.raises(ValueError, match="its name is not UTF-8"):
        expand([str(folder / "[!ac]*.txt")])
