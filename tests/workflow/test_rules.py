"""
The rules: linted, planned, run, and run again for exactly what changed.

The tree is copied, and its commands (the two `__main__`, which are part of no digest) are replaced
by one that only writes the outputs that it is named; so a whole workflow runs in seconds, with the
code digests and settings of the real one.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from workflow.entries import merge

ROOT = Path(__file__).parents[2]
COPIED = ("Snakefile", "config.yaml", "environment.yml")
FOLDERS = ("workflow", "profiles", "preprocess", "model")
EMBEDDED = ("data/embedded/ballad", "data/embedded/novel")
COMMAND = """
import sys
from pathlib import Path

FOLDERS = {
    "model": ("model.safetensors", "config.json", "vocabulary.parquet", "SHA256SUMS"),
    "export": ("README.md", "step.onnx", "vocabulary.json", "example.py"),
}
for argument in sys.argv[2:]:
    path = Path(argument)
    if path.name in FOLDERS:
        for name in FOLDERS[path.name]:
            (path / name).touch()
    elif argument.startswith(("data/", "results/")) and path.suffix and not path.exists():
        path.write_text(argument)
"""
RUNS = {"ballad": "jamo", "ballad-syllable": "syllable"}
FROM_CLEAN = {
    "clean": 1,
    "merge_cleaning": 1,
    "split": 1,
    "count": 2,
    "vocabulary": 2,
    "encode": 2,
    "gather": 2,
    "train": 2,
    "evaluate": 2,
    "sample": 2,
    "report": 2,
    "summary": 1,
}

# Another corpus and its unit, which the vocabulary of the run's own begins with.
GROWN = {
    "targets": [*RUNS, "grown"],
    "units": {"jamo-novel": {"kind": "jamo", "extends": "novel/jamo"}},
    "runs": {"grown": {"corpus": "ballad", "unit": "jamo-novel"}},
}
OF_A_RUN = ("vocabulary", "encode", "gather", "train", "evaluate", "sample", "report", "summary")

# The language is that of the warnings; what was split, and all after it, is not cleaned again.
FROM_MERGE = {rule: number for rule, number in FROM_CLEAN.items() if rule != "clean"}


def snakemake(tree, *arguments, status=0):
    """Run Snakemake in the tree and return what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", *arguments],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == status, said
    return said


def planned(tree, change=None):
    """Return how many jobs of each rule a dry run plans, with a change of the configuration."""
    arguments = ["-n", "--quiet", "rules"]
    if change is not None:
        (tree / "change.yaml").write_text(yaml.safe_dump(change), encoding="utf-8")
        arguments += ["--configfile", "change.yaml"]
    said = snakemake(tree, *arguments)
    if "Nothing to be done" in said:
        return {}
    table = said.split("Job stats:")[1].split("total")[0].splitlines()[3:]
    jobs = dict(line.split() for line in table if line.strip())
    return {rule: int(number) for rule, number in jobs.items() if rule != "all"}


@contextmanager
def edited(path, edit):
    """Edit a file for a while."""
    text = path.read_text(encoding="utf-8")
    path.write_text(edit(text), encoding="utf-8")
    yield
    path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the project in a folder with a name that is hard to quote."""
    tree = tmp_path_factory.mktemp("tree") / "글틀 '$; copy"
    tree.mkdir()
    for name in COPIED:
        shutil.copy(ROOT / name, tree)
    for name in (*FOLDERS, *EMBEDDED):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tree / name, ignore=ignored)
    for package in ("preprocess", "model"):
        (tree / package / "__main__.py").write_text(COMMAND, encoding="utf-8")
    return tree


@pytest.fixture(scope="module")
def built(tree):
    """The copy with all targets built."""
    snakemake(tree)
    return tree


def test_lint_finds_nothing(tree):
    assert "in a good condition" in snakemake(tree, "--lint")


def test_a_fresh_tree_plans_every_stage(tree):
    assert planned(tree) == {"download": 1, "read": 1, **FROM_CLEAN}


def test_a_wrong_configuration_is_refused_before_any_work(tree):
    (tree / "wrong.yaml").write_text("targets: [balad]\n", encoding="utf-8")
    said = snakemake(tree, "-n", "--configfile", "wrong.yaml", status=1)
    assert "targets: there is no run or matrix 'balad'; did you mean 'ballad'?" in said


def test_a_licence_that_nobody_accepted_is_refused_before_any_work(tree):
    asked = "results/ballad-lyrics/samples.txt"
    said = snakemake(tree, "-n", asked, status=1)
    assert "corpora.ballad-lyrics: its licence has to be accepted: third-party copyright" in said
    accepted = "corpora: {ballad-lyrics: {accept_licence: true}}\n"
    (tree / "accepted.yaml").write_text(accepted, encoding="utf-8")
    assert "ballad-lyrics" in snakemake(tree, "-n", asked, "--configfile", "accepted.yaml")


def test_a_second_run_does_nothing_and_settings_of_the_machine_do_not_matter(built):
    for run, unit in RUNS.items():
        assert (built / f"results/{run}/model/model.safetensors").exists()
        assert (built / f"data/shards/ballad/{unit}/manifest.json").exists()
    assert (built / "results/summary.csv").exists()
    machine = {"train": {"threads": 1}}
    # What a corpus of text files that is split by hash has no use for.
    unused = {
        "download": {"timeout": 9},
        "namespaces": [1],
        "clean": {"namumark": {"tables": "drop"}},
        "split": {"block_characters": 9},
    }
    words = edited(built / "preprocess/clean.py", lambda text: f"# A comment.\n{text}")
    with words:
        assert planned(built, {"defaults": {"run": machine, "corpus": unused}}) == {}


def test_fault_53_time_stamps_alone_run_nothing_again(built):
    touched = [*built.glob("data/embedded/**/*"), *built.glob("data/clean/**/*")]
    for path in touched:
        os.utime(path)  # newer than all that was made of it
    assert len(touched) > 600
    assert planned(built) == {}


@pytest.mark.parametrize(
    ("change", "jobs"),
    [
        (
            {"defaults": {"run": {"sample": {"temperatures": [0.5]}}}},
            {"sample": 2, "report": 2, "summary": 1},
        ),
        ({"defaults": {"corpus": {"strict": True}}}, {"read": 1, **FROM_CLEAN}),
        ({"defaults": {"corpus": {"clean": {"min_characters": 2}}}}, FROM_CLEAN),
        ({"corpora": {"ballad": {"language": "und"}}}, FROM_MERGE),
        (
            {"units": {"jamo": {"min_count": 3}}, "corpora": {"ballad": {"licence": "mine"}}},
            {
                **dict.fromkeys(("vocabulary", "encode", "gather", "train", "evaluate"), 1),
                **{"sample": 1, "report": 2, "summary": 1},
            },
        ),
    ],
)
def test_a_changed_value_runs_again_what_uses_it(built, change, jobs):
    assert planned(built, change) == jobs


@pytest.fixture(scope="module")
def grown(built):
    """The copy with a run, too, whose unit extends that of another corpus."""
    (built / "grown.yaml").write_text(yaml.safe_dump(GROWN), encoding="utf-8")
    snakemake(built, "--configfile", "grown.yaml")
    return built


@pytest.mark.parametrize(
    ("change", "jobs"),
    [
        # The vocabulary extended is an input; nothing of the run's own corpus is counted again.
        (
            {"corpora": {"novel": {"split": {"valid": 0.2}}}},
            {"split": 1, "count": 1, **dict.fromkeys(OF_A_RUN, 1), "vocabulary": 2},
        ),
        ({"units": {"jamo-novel": {"extends": None}}}, dict.fromkeys(OF_A_RUN, 1)),
    ],
)
def test_a_vocabulary_follows_the_one_that_it_extends(grown, change, jobs):
    assert planned(grown, merge(GROWN, change)) == jobs


def test_a_licence_is_asked_for_where_only_the_vocabulary_is_of_the_corpus(built):
    change = {"units": {"jamo-lyrics": {"kind": "jamo", "extends": "ballad-lyrics/jamo"}}}
    (built / "lyrics.yaml").write_text(yaml.safe_dump(change), encoding="utf-8")
    asked = "data/vocabulary/ballad/jamo-lyrics.parquet"
    said = snakemake(built, "-n", asked, "--configfile", "lyrics.yaml", status=1)
    assert "corpora.ballad-lyrics: its licence has to be accepted" in said


def test_a_run_follows_the_model_that_it_begins_with_and_a_matrix_has_its_table(built):
    matrix = {"corpus": ["ballad"], "unit": ["jamo"], "seed": [1, 2], "init_from": "ballad"}
    matrix |= {"model": {"embedding": 64}}  # as ballad has
    change = {
        "targets": ["m"],
        "matrices": {"m": matrix},
        "runs": {"ballad": {"train": {"seed": 9}}},  # so the model is another one
    }
    jobs = {"train": 3, "evaluate": 2, "sample": 2, "report": 2, "summary": 1, "matrix": 1}
    assert planned(built, change) == jobs


def test_snakemake_reports_all_that_people_look_at_without_a_network(built, monkeypatch):
    matrices = {"corpus": ["ballad"], "unit": ["jamo"], "cell": ["gru"], "seed": [7]}
    change = {"targets": ["ballad", "m"], "matrices": {"m": matrices}}
    (built / "reported.yaml").write_text(yaml.safe_dump(change), encoding="utf-8")
    asked = ("all", "results/ballad/export/README.md", "--configfile", "reported.yaml")
    snakemake(built, *asked)
    for scheme in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(scheme, "http://127.0.0.1:9")  # where nobody listens
    snakemake(built, "--report", "report.zip", *asked)

    of_runs = {
        "report.html": ("Pages", "page"),
        "evaluation.json": ("Numbers", "evaluation"),
        "samples.txt": ("Samples", "text"),
        "samples.json": ("Samples", "worth"),
        "metrics.csv": ("Training", "losses"),
        "run.json": ("Training", "record"),
    }
    expected = {
        f"results/{run}/{name}": (category, {"run": run, "what": what})
        for run in ("ballad", "m-ballad-jamo-gru-7")
        for name, (category, what) in of_runs.items()
    } | {
        "results/ballad/export/README.md": ("Export", {"run": "ballad", "what": "card"}),
        "results/report.html": ("Pages", {"run": "all runs", "what": "page"}),
        "results/summary.csv": ("Comparisons", {"runs": "all runs", "what": "table"}),
        "results/matrices/m.csv": ("Comparisons", {"runs": "m", "what": "table"}),
        "data/clean/ballad/cleaning.json": ("Corpora", {"corpus": "ballad", "what": "cleaning"}),
        "data/split/ballad.json": ("Corpora", {"corpus": "ballad", "what": "split"}),
    }
    with zipfile.ZipFile(built / "report.zip") as archive:
        page = archive.read("report/report.html").decode()
        results, categories, description = (
            json.loads(re.search(rf'<script id="{name}">\s*var \w+ = (.*);\n', page)[1])
            for name in ("results", "categories", "workflow-desc")
        )
        for path, result in results.items():
            assert archive.read(f"report/{result['data_uri']}") == (built / path).read_bytes()
    found = {
        path: (category, results[path]["labels"])
        for category, by_subcategory in categories.items()
        for paths in by_subcategory.values()
        for path in paths
    }
    assert found == expected
    for path, (_, labels) in found.items():
        name = next(iter(labels.values()))
        caption = results[path]["caption"]
        assert f">{'ballad' if name == 'all runs' else name}<" in caption, path
        assert "system-message" not in caption  # where docutils says what it can't read
    assert "system-message" not in description
    assert set(re.findall(r">(\w+)</a>: \w", description)) == set(categories)


def test_tinyshakespeare_of_the_user_takes_the_place_of_the_one_that_is_fetched(built):
    text = built / "data/local/tinyshakespeare.txt"
    text.parent.mkdir(exist_ok=True)
    text.write_text("First Citizen:\n", encoding="utf-8")
    shutil.copy(ROOT / "benchmarks/tinyshakespeare.yaml", built)
    asked = ["results/tinyshakespeare/evaluation.json", "--configfile", "tinyshakespeare.yaml"]
    said = snakemake(built, "-n", *asked)
    text.unlink()
    assert "data/shards/tinyshakespeare-local/syllable/manifest.json" in said
    assert "data/raw/tinyshakespeare-local/manifest.json" in said
    assert "data/raw/tinyshakespeare/manifest.json" not in said
    assert "rule train:" in said
    assert "rule sample:" not in said


@pytest.mark.parametrize("file", ["config.yaml", "my.yaml"])
def test_fault_62_a_key_that_stands_twice_in_a_config_is_refused(tree, file):
    my = tree / "my.yaml"
    my.write_text("targets: [ballad]\n", encoding="utf-8")
    with edited(tree / file, lambda text: f"{text}\ntargets: [novel]\n"):
        lines = (tree / file).read_text(encoding="utf-8").splitlines()
        said = snakemake(tree, "-n", "--configfile", "my.yaml", status=1)
    first = next(n for n, line in enumerate(lines, start=1) if line.startswith("targets:"))
    assert re.search(
        rf"targets: stands twice in \S*.*{file}, on lines {first} and {len(lines)}, ", said
    )


def test_every_unit_has_a_plan(built):
    units = ("word", "subword", "byte")
    runs = {unit: {"corpus": "ballad", "unit": unit} for unit in units}
    jobs = dict.fromkeys(("count", *OF_A_RUN), len(units)) | {"summary": 1}
    assert planned(built, {"targets": list(units), "runs": runs}) == jobs


def test_edited_sampling_code_samples_again_and_does_not_train(built):
    with edited(built / "model/sample.py", lambda text: f"{text}\nADDED = 1\n"):
        assert planned(built) == {"sample": 2, "report": 2, "summary": 1}


def test_a_new_document_runs_again_the_stages_of_its_corpus_and_of_no_other(built):
    (built / "data/local").mkdir(exist_ok=True)
    (built / "data/local/a.txt").write_text("가", encoding="utf-8")
    two = {
        "targets": [*RUNS, "other"],
        "corpora": {"other": {"source": {"files": ["data/local/*.txt"]}}},
        "runs": {"other": {"corpus": "other", "unit": "jamo"}},
    }
    (built / "two.yaml").write_text(yaml.safe_dump(two), encoding="utf-8")
    snakemake(built, "--configfile", "two.yaml")
    assert planned(built, two) == {}
    (built / "data/embedded/ballad/새 노래.txt").write_text("나", encoding="utf-8")
    assert planned(built, two) == {"download": 1, "read": 1, **FROM_CLEAN}
