"""docs/seeds.md: its column "here" works, on a little run that takes the place of each."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from snakemake.cli import get_argument_parser

from preprocess.__main__ import main as preprocess
from workflow.configuration import resolve
from workflow.entries import merge

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/seeds.md").read_text(encoding="utf-8")
NUMBERS = (ROOT / "docs/numbers.md").read_text(encoding="utf-8")
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
RULES = "".join(path.read_text("utf-8") for path in (ROOT / "workflow/rules").glob("*.smk"))
# Entries that lines of one can stand in.
ENTRIES = {
    "run": ("runs", {"corpus": "ballad", "unit": "jamo"}),
    "corpus": ("corpora", {"source": {"files": ["data/local/poems.txt"]}}),
}
TRIED = "tried"


def codes():
    """Return what stands in backquotes in the columns "here", each once."""
    rows = re.findall(r"^\| .*[^\\\n]\| (.*) \|$", PAGE, re.MULTILINE)
    found = [code.replace("\\|", "|") for row in rows for code in re.findall(r"`([^`]+)`", row)]
    return list(dict.fromkeys(found))


def layer_of(code):
    """Return the lines of a config as a file of its own has them; None for what is no config."""
    try:
        lines = yaml.safe_load(code)
    except yaml.YAMLError:
        return None
    if not isinstance(lines, dict):
        return None
    for kind, (section, entry) in ENTRIES.items():
        if lines.keys() <= CONFIG["defaults"][kind].keys():
            return {section: {TRIED: entry | lines}}
    return lines


COMMANDS = [code for code in codes() if re.match(r"(python|echo|snakemake|tensorboard) ", code)]
DOCUMENT = json.dumps({"text": "첫 행\n둘째 행"}, ensure_ascii=False)
CONFIGS = [
    layer
    for code in codes()
    if code not in COMMANDS and code != DOCUMENT
    for layer in [layer_of(code)]
    if layer
]
NAMED = [layer for layer in CONFIGS if not any(TRIED in entries for entries in layer.values())]


def of_tool(tool):
    """Return the commands that call a tool."""
    return [code for code in COMMANDS if f"{tool} " in code]


@pytest.fixture
def people(call, runs, tmp_path, monkeypatch):
    """A project in which each run that the page names is the little run; and `call`."""
    (tmp_path / "results").mkdir()
    (tmp_path / "data/local").mkdir(parents=True)
    for name in set(re.findall(r"results/([\w-]+)", PAGE)):
        (tmp_path / "results" / name).symlink_to(runs / "song")
    (tmp_path / "prompts.txt").write_text("사랑\n바다\n", encoding="utf-8")
    (tmp_path / "tweets.txt").write_text("사랑\n" * 99, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return call


@pytest.mark.parametrize("command", of_tool("python -m model"))
def test_commands_on_a_run_work(people, command):
    before, _, command = command.rpartition(" | ")
    stdin = f"{shlex.split(before)[1]}\n" if before else "사랑"
    command, _, _ = command.partition(" > ")
    written = people(*shlex.split(command)[3:], stdin=stdin)
    assert written.strip()


def test_init_takes_a_file_of_lines(people):
    [command] = of_tool("python -m preprocess")
    assert preprocess(shlex.split(command)[3:]) == 0
    assert "document: " in Path("mine.yaml").read_text(encoding="utf-8")


def test_configs_are_right():
    """All that have names of their own together, and each of the others with them."""
    named = merge(CONFIG, *NAMED)
    for layer in CONFIGS:
        resolve(merge(named, layer))
    runs = resolve(named).runs
    assert {"cells-ballad-jamo-rnn", "poems", "in-words", "ballad-700"} <= set(runs)
    assert runs["ballad-700"].model["hidden"] == 700
    assert len(CONFIGS) > 30


def test_what_is_built_can_be_built(tmp_path):
    """All targets of the page in one plan, with its configs."""
    for name in ("Snakefile", "config.yaml", "environment.yml", "workflow", "preprocess", "model"):
        (tmp_path / name).symlink_to(ROOT / name)
    for name in ("data/embedded", "docs", "profiles"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "data/local").mkdir()
    (tmp_path / "data/local/liked.jsonl").write_text(f"{DOCUMENT}\n", encoding="utf-8")
    runs = {run for layer in NAMED for run in layer.get("runs", {})}
    (tmp_path / "my.yaml").write_text(yaml.safe_dump(merge(*NAMED)), encoding="utf-8")
    parser = get_argument_parser()
    planned = [parser.parse_args(shlex.split(command)[1:]) for command in of_tool("snakemake")]
    files = {str(file) for plan in planned for file in plan.configfile or []}
    lessons = [yaml.safe_load((tmp_path / file).read_text("utf-8")) for file in files]
    targets = [target for plan in planned for target in plan.targets]
    targets += [f"results/{run}/report.html" for run in sorted(runs)]
    (tmp_path / "all.yaml").write_text(yaml.safe_dump(merge(*lessons)), encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "--quiet", "rules", "-n", *targets]
    said = subprocess.run(
        [*command, "--configfile", "all.yaml"], cwd=tmp_path, capture_output=True, text=True
    )
    assert said.returncode == 0, said.stdout + said.stderr


def test_every_other_word_is_a_file_or_a_number():
    others = [code for code in codes() if code not in COMMANDS and code != DOCUMENT]
    others = [code for code in others if layer_of(code) is None]
    for code in others:
        pattern = re.sub(r"(results/(?:logs/train/|benchmarks/train/)?)ballad", r"\1{run}", code)
        known = (ROOT / code).exists() or pattern.rstrip("/") in RULES or f"`{code}`" in NUMBERS
        assert known, code
    assert len(others) > 8


def test_links_lead_somewhere():
    linked = re.findall(r"\]\(([^)]+)\)", PAGE)
    assert linked
    assert [name for name in linked if not (ROOT / "docs" / name).exists()] == []
    assert shutil.which("tensorboard", path=str(Path(sys.executable).parent))
