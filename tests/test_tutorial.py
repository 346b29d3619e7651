"""
The tutorial: its commands are run, in both languages the same, in a copy of the project.

There the songs are few and all presets tiny, so that what takes minutes takes seconds; the commands
are those of the page, and none of them is known here.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from workflow.entries import merge

ROOT = Path(__file__).resolve().parents[1]
PAGES = {
    name: (ROOT / "docs" / name).read_text("utf-8") for name in ("tutorial.md", "tutorial.ko.md")
}
COPIED = ("Snakefile", "environment.yml", "requirements.txt", "requirements-export.txt")
FOLDERS = ("workflow", "profiles", "preprocess", "model")
SONGS = 64
TINY = {"model": {"hidden": 16, "embedding": 8}, "train": {"epochs": 1, "evaluations": 1}}
SHORT = {"train": {"threads": 1}, "sample": {"count": 2, "length": 40}}
# What would make another environment than that of the tests.
SET_UP = ["python3 -m venv .venv", "source .venv/bin/activate"]


def blocks(page, language):
    """Return the fenced blocks of a language, without comments."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGES[page], re.DOTALL | re.MULTILINE)
    return [re.sub(r"\s+#.*$", "", block, flags=re.MULTILINE).strip() for block in found]


def test_both_languages_have_the_same_commands_and_examples():
    english, korean = PAGES
    assert blocks(english, "sh") == blocks(korean, "sh")
    assert blocks(english, "text") == blocks(korean, "text")
    assert blocks(english, "yaml") == blocks(korean, "yaml")
    fences = [page.count("```") for page in PAGES.values()]
    shown = [len(blocks(english, language)) for language in ("sh", "text", "yaml")]
    assert fences == [2 * sum(shown)] * 2
    assert min(shown) > 0


def copy_project(tree):
    """Copy what the commands need, with few songs, and with all presets tiny."""
    for name in COPIED:
        shutil.copy(ROOT / name, tree)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, tree / name)  # with what is compiled there
    songs = tree / "data/embedded/ballad"
    songs.mkdir(parents=True)
    for song in sorted((ROOT / "data/embedded/ballad").glob("*.txt"))[:SONGS]:
        shutil.copy(song, songs)
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    least = {"tokens_per_minute": 1, "min_epochs": 1}
    tiny = {
        "defaults": {"run": SHORT},
        "presets": dict.fromkeys(config["presets"], TINY),
        "auto": [row | least for row in config["auto"]],
    }
    text = yaml.safe_dump(merge(config, tiny), allow_unicode=True, sort_keys=False)
    (tree / "config.yaml").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """A copy of the project in which a reader did all that the tutorial says, and what was said."""
    tree = tmp_path_factory.mktemp("tutorial")
    copy_project(tree)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    # Pip finds all that is required here, and would ask no index for more.
    environment = {**os.environ, "PATH": path, "PIP_NO_INDEX": "1", "OMP_NUM_THREADS": "1"}
    first, *others = blocks("tutorial.md", "sh")
    lines = first.splitlines()
    assert lines[:2] == SET_UP
    said = {}
    for block in ["\n".join(lines[2:]), *others]:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=tree,
            env=environment,
            capture_output=True,
            text=True,
            timeout=900,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        said[block] = done.stdout
    return tree, said


def said_by(followed, command):
    """Return what the one block said that has a command in it."""
    (found,) = [said for block, said in followed[1].items() if command in block]
    return found


def test_the_config_that_is_shown_is_written(followed):
    (shown,) = re.findall(r"^```yaml\n(.*?)^```$", PAGES["tutorial.md"], re.DOTALL | re.MULTILINE)
    assert said_by(followed, "cat my.yaml").endswith(shown.replace("600 files", f"{SONGS} files"))


def test_samples_and_their_acrostic_are_written(followed):
    tree, _ = followed
    said = said_by(followed, "head -n 20 results/my/")
    samples = (tree / "results/my/samples.txt").read_text("utf-8")
    assert samples.startswith(said)
    assert said.count("\n") >= 20
    poems = said_by(followed, "--acrostic").split("===\n")[1:]
    assert len(poems) == 3
    for poem in poems:
        lines = poem.partition("\n\n=== ")[0].strip("\n").split("\n")
        assert [line[:1] for line in lines] == list("봄바람")[: len(lines)]
    assert said_by(followed, "complete results/my").count("=== sample") == 5


def test_a_text_is_scored_by_line_and_character(followed):
    said = said_by(followed, "--surprises 3").splitlines()
    lines = [line.split(None, 1)[1] for line in said[3:9] if len(line.split()) > 1]
    assert lines[1:4] == ["막차를 놓치고 나는", "정류장에 앉아 있었어", "고양이가 컴퓨터를 켰지"]
    assert sum("data/local/new.txt:" in line for line in said) == 3


def test_two_runs_are_compared_and_one_goes_on_from_another(followed):
    tree, _ = followed
    head, *rows = said_by(followed, "compare results/my").splitlines()
    assert head.split() == ["bits/byte", "of", "test", "my", "my-syllable", "difference"]
    assert {row.split()[0] for row in rows[:3]} == {"rnn", "ngram", "mixture"}
    begun = json.loads((tree / "results/my-liked/run.json").read_text("utf-8"))["inputs_sha256"]
    weights = (tree / "results/my/model/model.safetensors").read_bytes()
    assert begun["initial_weights"] == hashlib.sha256(weights).hexdigest()
    assert len((tree / "data/local/liked.jsonl").read_text("utf-8").splitlines()) == 40


def test_the_export_writes_on_from_the_prompt(followed):
    _, prompt, written = said_by(followed, "example.py").partition("막차를")  # behind pip's words
    assert prompt
    assert written.strip()


@pytest.mark.parametrize("page", PAGES)
def test_files_that_the_pages_name_are_there(followed, page):
    tree, _ = followed
    named = set(re.findall(r"`((?:results|data/local|my\.yaml)[^` ]*)`", PAGES[page]))
    assert {"my.yaml", "results/my/report.html", "data/local/liked.jsonl"} <= named
    assert [name for name in sorted(named) if not (tree / name).exists()] == []
    linked = re.findall(r"\]\(([^)]+\.md)\)", PAGES[page])
    assert [name for name in linked if not (ROOT / "docs" / name).exists()] == []
