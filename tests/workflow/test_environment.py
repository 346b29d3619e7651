"""The conda environment and requirements.txt pin the same versions."""

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]


def test_environment_is_in_step_with_requirements():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    required = [line.split("#")[0].strip() for line in lines]
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    pinned = next(item["pip"] for item in environment["dependencies"] if isinstance(item, dict))
    assert pinned == [line for line in required if line]
