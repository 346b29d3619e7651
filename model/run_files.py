"""
What a run has left as JSON, for those who tell of it: evaluation.json, run.json, samples.json.

Each of them names the keys that it goes by; a file without these is of something else, or of
another version of this program, and is refused by its name.
"""

from pathlib import Path
from typing import Any

from preprocess.files import read_json


def read_object(path: Path, **keys: type) -> dict[str, Any]:
    """
    Read a JSON object.

    Args:
        path: of the file.
        keys: what it must have, and of which type each is.

    Raises:
        FileNotFoundError: it is missing.
        ValueError: it is damaged, no object, or lacks a key; the message says what to do.
    """
    content = read_json(path)
    if not isinstance(content, dict):
        raise ValueError(f"{path}: holds no JSON object; delete it and run snakemake again")
    wrong = [key for key, kind in keys.items() if not isinstance(content.get(key), kind)]
    if wrong:
        raise ValueError(
            f"{path}: is not of this version of the program: {wrong[0]!r} is missing, or of "
            "another type; delete it and run snakemake again"
        )
    return content
