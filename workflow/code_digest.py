"""
Digests of our code, so that a changed line runs again exactly the stages that use it.

Snakemake does not see what a job imports. A rule that has `code=code_digest("preprocess.clean")`
among its params runs again when that module, or anything of ours that it imports, changes.
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("preprocess", "model")
# Templates and tables; Python files count by their imports.
DATA_SUFFIXES = {".html", ".md", ".css", ".js", ".json", ".csv", ".tsv", ".txt", ".yaml"}


@cache
def code_digest(module: str) -> str:
    """
    Return the SHA-256 of what a stage's module does, in hexadecimal.

    It covers the syntax trees of the module and of all of ours that it imports, inside functions
    too, with the `__init__` of their packages; and the templates and tables in the folders of
    these packages. Comments, docstrings and layout are left out, and so are imports made for type
    checkers only, and `__main__`, which holds no logic.

    Raises:
        ValueError: there is no such module.
    """
    digest = hashlib.sha256()
    modules = _closure(module)
    for name in sorted(modules):
        _add(digest, name, _code(_path_of(name)).encode())
    for path in sorted(_data_files(modules)):
        _add(digest, path.relative_to(ROOT).as_posix(), path.read_bytes())
    return digest.hexdigest()


def _add(digest: "hashlib._Hash", name: str, content: bytes) -> None:
    """Add a named content, its length first, so that no two sets of files look alike."""
    digest.update(f"{name}\0{len(content)}\0".encode())
    digest.update(content)


@cache
def _graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, cache_dir=None, exclude_type_checking_imports=True)


def _closure(module: str) -> set[str]:
    """Return the module, the modules of ours that it imports, and the packages they lie in."""
    if module not in _graph().modules:
        raise ValueError(f"there is no module {module} in {ROOT}; the rule that names it is wrong")
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in found or name.endswith("__main__"):
            continue
        found.add(name)
        waiting += _graph().find_modules_directly_imported_by(name)
        waiting += [name.rpartition(".")[0]] if "." in name else []
    return found


def _path_of(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def _code(path: Path) -> str:
    """Return a module's code as Python writes its syntax tree, without docstrings."""
    tree = ast.parse(path.read_bytes(), filename=str(path))
    for node in ast.walk(tree):
        for field, statements in ast.iter_fields(node):
            if isinstance(statements, list) and any(map(_is_docstring, statements)):
                kept = [s for s in statements if not _is_docstring(s)]
                setattr(node, field, kept or [ast.Pass()])  # a body must not be empty
    return ast.unparse(tree)


def _is_docstring(statement: object) -> bool:
    """Whether a statement is but a text: a docstring, or one under an attribute."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _data_files(modules: Iterable[str]) -> Iterator[Path]:
    """
    Yield the templates and tables of the packages among `modules`.

    A folder without an `__init__.py`, such as `templates/`, belongs to the package around it.
    """
    packages = {_path_of(name).parent for name in modules if _path_of(name).name == "__init__.py"}
    for package in packages:
        for path in package.rglob("*"):
            if path.suffix in DATA_SUFFIXES and _package_around(path) == package:
                yield path


def _package_around(path: Path) -> Path:
    return next(folder for folder in path.parents if (folder / "__init__.py").exists())
