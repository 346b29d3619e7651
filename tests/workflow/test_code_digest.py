"""Digests of code: what changes them, what does not, and which stages a module reaches."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STAGES = {
    "download": "preprocess.download",
    "read": "preprocess.read",
    "clean": "preprocess.clean",
    "split": "preprocess.split",
    "count": "preprocess.count",
    "vocabulary": "preprocess.choice",
    "encode": "preprocess.encode",
    "gather": "preprocess.shards",
    "train": "model.train",
    "evaluate": "model.evaluate",
    "sample": "model.sample",
    "export": "model.export",
    "report": "model.report",
}
SMALL = {
    "preprocess/__init__.py": "",
    "preprocess/a.py": "def a():\n    from preprocess import b\n    return b.B\n",
    "preprocess/b.py": "B = 1\n",
    "preprocess/tables/__init__.py": "T = 1\n",
    "preprocess/tables/data/letters.csv": "ㄱ,1\n",
    "preprocess/t.py": "from preprocess.tables import T\n",
    "model/__init__.py": "",
    "model/__main__.py": "print(1)\n",
    "model/c.py": (
        "from typing import TYPE_CHECKING\n"
        "from preprocess.a import a\n"
        "if TYPE_CHECKING:\n    from model.d import D\n"
        "x: 'D' = a()\n"
    ),
    "model/d.py": "D = int\n",
}
SMALL_STAGES = {name: name for name in ("preprocess.a", "preprocess.t", "model.c", "model.d")}


def digests(tree, stages):
    """Return the digest of each stage's module in a copy of the tree, by a process of its own."""
    program = (
        "import json, sys; from workflow.code_digest import code_digest; "
        "print(json.dumps({k: code_digest(v) for k, v in json.loads(sys.argv[1]).items()}))"
    )
    command = [sys.executable, "-c", program, json.dumps(stages)]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def changed(tree, stages, edits):
    """Return the stages whose digest the edits change; the tree is as before afterwards."""
    before = digests(tree, stages)
    old = {name: (tree / name).read_text(encoding="utf-8") for name in edits}
    for name, edit in edits.items():
        (tree / name).write_text(edit(old[name]), encoding="utf-8")
    after = digests(tree, stages)
    for name, text in old.items():
        (tree / name).write_text(text, encoding="utf-8")
    return {stage for stage in stages if before[stage] != after[stage]}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    tree = tmp_path_factory.mktemp("small")
    for name, text in SMALL.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text, encoding="utf-8")
    shutil.copytree(ROOT / "workflow", tree / "workflow")
    return tree


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    tree = tmp_path_factory.mktemp("real")
    for package in ("preprocess", "model", "workflow"):
        shutil.copytree(
            ROOT / package, tree / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    return tree


@pytest.mark.parametrize(
    ("name", "edit", "stages"),
    [
        ("preprocess/b.py", lambda text: text + "C = 2\n", {"preprocess.a", "model.c"}),
        ("preprocess/b.py", lambda text: f'"""New words."""\n\n# why\n{text}', set()),
        ("preprocess/b.py", lambda text: text + '"""What B is."""\n', set()),
        ("preprocess/b.py", lambda text: text.replace("B = 1", "B  =  (1)"), set()),
        ("model/d.py", lambda text: text + "E = 2\n", {"model.d"}),
        ("model/__main__.py", lambda text: text + "print(2)\n", set()),
        ("preprocess/__init__.py", lambda text: text + "X = 1\n", set(SMALL_STAGES) - {"model.d"}),
        ("preprocess/tables/data/letters.csv", lambda text: text + "ㄴ,2\n", {"preprocess.t"}),
    ],
)
def test_an_edit_changes_exactly_the_stages_that_use_it(small, name, edit, stages):
    assert changed(small, SMALL_STAGES, {name: edit}) == stages


def test_a_module_that_is_not_there_is_refused(small):
    with pytest.raises(subprocess.CalledProcessError) as refusal:
        digests(small, {"x": "preprocess.x"})
    assert "there is no module preprocess.x" in refusal.value.stderr


def test_comments_and_docstrings_of_the_project_change_nothing(real):
    names = [
        path.relative_to(real).as_posix()
        for package in ("preprocess", "model")
        for path in (real / package).rglob("*.py")
    ]

    def reword(text):
        docstring = text.find('"""') + 3
        return f"{text[:docstring]}Other words. {text[docstring:]}\n# A comment.\n"

    assert changed(real, STAGES, dict.fromkeys(names, reword)) == set()


@pytest.mark.parametrize(
    ("name", "stages", "spared"),
    [
        ("preprocess/clean.py", {"clean"}, set(STAGES) - {"clean"}),
        ("model/sample.py", {"sample"}, set(STAGES) - {"sample", "report"}),
        ("model/train.py", {"train"}, set(STAGES) - {"train"}),
        ("model/ngram.py", {"evaluate"}, {"train", "encode", "clean"}),
        # A unit's own modules are imported only where it is used.
        ("preprocess/subword_choice.py", {"vocabulary"}, set(STAGES) - {"vocabulary"}),
        ("preprocess/subword.py", {"vocabulary", "encode"}, {"read", "clean", "split"}),
        ("preprocess/download.py", {"download"}, {"read", "clean", "train"}),
        ("preprocess/command.py", set(), set(STAGES)),
        ("model/report/charts.py", {"report"}, set(STAGES) - {"report"}),
        ("model/export/example.py", {"export"}, set(STAGES) - {"export"}),
        ("model/export/templates/card.md", {"export"}, set(STAGES) - {"export"}),
    ],
)
def test_a_line_of_the_project_reaches_its_stages_and_no_others(real, name, stages, spared):
    found = changed(real, STAGES, {name: lambda text: text + "\nADDED = 1\n"})
    assert stages <= found
    assert not found & spared


def test_preprocess_digests_hold_nothing_of_model(real):
    edits = {
        path.relative_to(real).as_posix(): lambda text: text + "\nADDED = 1\n"
        for path in (real / "model").rglob("*.py")
    }
    preprocess_stages = {k: v for k, v in STAGES.items() if v.startswith("preprocess")}
    assert changed(real, preprocess_stages, edits) == set()
