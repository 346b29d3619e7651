"""The conda environment and the requirements pin the same versions, of all that we import."""

import ast
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PACKAGES = ("preprocess", "model", "workflow")
STANDARD = {*sys.stdlib_module_names, "compression", "_typeshed"}  # the first from Python 3.14 on


def required():
    files = (ROOT / name for name in ("requirements.txt", "requirements-export.txt"))
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [line for line in (line.split("#")[0].strip() for line in lines) if line]


def imported():
    """Return the modules of others that our packages import, by their first name."""
    names = set()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_bytes())):
                if isinstance(node, ast.Import):
                    names.update(alias.name.split(".")[0] for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module:
                    names.add(node.module.split(".")[0])
    return names - STANDARD - set(PACKAGES)


def test_environment_is_in_step_with_requirements():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    pinned = next(item["pip"] for item in environment["dependencies"] if isinstance(item, dict))
    assert pinned == required()


def test_all_that_is_imported_is_pinned_to_one_version():
    pins = [Requirement(line) for line in required()]
    assert all([part.operator for part in pin.specifier] == ["=="] for pin in pins)
    ours = {canonicalize_name(pin.name) for pin in pins}
    distributions = packages_distributions()
    for name in imported():
        assert ours & set(map(canonicalize_name, distributions.get(name, []))), name
