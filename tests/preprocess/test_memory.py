"""A line of 200 MB goes through the stages, as the command line runs them, in little memory."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from preprocess.files import read_json, sha256_of, write_json
from workflow.configuration import resolve
from workflow.entries import merge

ROOT = Path(__file__).parents[2]
LIMIT_KIB = 1_400_000  # of addresses, of which a third is ever used
LINE = "사랑이 별이 되던 밤 " * 70_000
LINES = 100
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ARROW_IO_THREADS"), "1"
)  # each has a stack, and many cores have many


def limited(stage, *arguments):
    """Run a stage with so many addresses and no more."""
    command = f'ulimit -v {LIMIT_KIB}; exec "$0" -m preprocess "$@"'
    subprocess.run(
        ["bash", "-c", command, sys.executable, stage, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **ONE_THREAD},
        check=True,
    )


@pytest.mark.parametrize("document", ["file", "line"])
def test_fault_25_a_line_of_200_mb_is_read_and_cleaned_under_a_limit(tmp_path, document):
    text = tmp_path / "raw" / "mine" / "a.txt"
    text.parent.mkdir(parents=True)
    with text.open("w", encoding="utf-8") as file:
        for _ in range(LINES):
            file.write(LINE)
    size = text.stat().st_size
    assert size > 190_000_000
    raw, documents = text.with_name("manifest.json"), tmp_path / "documents" / "manifest.json"
    entry = {"name": "a.txt", "bytes": size, "sha256": sha256_of(text)}
    write_json(raw, {"source": {"files": ["a.txt"]}, "files": [entry]})
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    mine = {"source": {"files": ["a.txt"]}, "document": document}
    settings_of = resolve(merge(config, {"corpora": {"mine": mine}})).settings_of

    limited("read", raw, documents, "--settings", settings_of("read", "mine"))
    part, counts = tmp_path / "part-00000.parquet", tmp_path / "part-00000.json"
    clean = ["--part", 0, "--counts", counts, "--settings", settings_of("clean", "mine")]
    limited("clean", documents, part, *clean)
    assert read_json(documents)["bytes"] == size
    assert read_json(counts)["characters"] == {"in": len(LINE) * LINES, "out": len(LINE) * LINES}
