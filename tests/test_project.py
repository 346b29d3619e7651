"""What holds for the project as a whole."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from workflow.configuration import resolve
from workflow.entries import merge

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("package", "banned"), [("preprocess", ("torch", "model")), ("workflow", ("torch",))]
)
def test_text_is_prepared_and_jobs_are_planned_without_torch(package, banned):
    code = (
        f"import pkgutil, sys, importlib, {package} as package\n"
        "for module in pkgutil.walk_packages(package.__path__, f'{package.__name__}.'):\n"
        "    if not module.name.endswith('__main__'):\n"
        "        importlib.import_module(module.name)\n"
        f"print([name for name in {banned} if name in sys.modules])\n"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert run.stdout.strip() == "[]", run.stderr


def test_nothing_is_left_to_do_in_our_sources():
    """No leftovers in what is committed: the words that mark them."""
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    sources = [p for p in tracked if p.endswith((".py", ".smk", ".yaml", "Snakefile"))]
    marks = re.compile(r"\b(TO" + "DO|FIX" + r"ME|XX" + r"X)\b")
    assert sources
    assert [p for p in sources if marks.search((ROOT / p).read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("readme", ["README.md", "README.ko.md"])
def test_the_configs_of_the_readme_are_right(readme):
    text = (ROOT / readme).read_text(encoding="utf-8")
    examples = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    for example in examples:
        config = merge(config, yaml.safe_load(example))
    configuration = resolve(config)
    assert configuration.targets == ["mine"]
    assert configuration.runs["mine"].unit == "jamo"
    assert configuration.runs["ballad-large"].model["layers"] == 3


def test_the_configs_of_the_page_on_corpora_are_right():
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    text = (ROOT / "docs/corpora.md").read_text(encoding="utf-8")
    examples = [
        yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    ]
    for example in examples:  # each by itself, as a file of its own would be
        resolve(merge(config, example))
    configuration = resolve(merge(config, *examples))
    assert configuration.corpora["old-novels"].strict
    assert configuration.corpora["ballad-lyrics"].accept_licence
    ours = set(config["corpora"])
    assert ours <= set(re.findall(r"`([\w-]+)`", text)), "a corpus that the page does not name"
