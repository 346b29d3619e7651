"""What holds for the project as a whole."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_preprocess_imports_neither_torch_nor_model():
    code = (
        "import pkgutil, sys, importlib, preprocess\n"
        "for module in pkgutil.walk_packages(preprocess.__path__, 'preprocess.'):\n"
        "    if not module.name.endswith('__main__'):\n"
        "        importlib.import_module(module.name)\n"
        "print([name for name in ('torch', 'model') if name in sys.modules])\n"
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
