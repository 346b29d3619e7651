"""The text of a config file for a user's own texts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

HANGUL_SHARE = 0.3  # of the letters; from here on jamo say more than they cost


@dataclass(frozen=True)
class Look:
    """What the files look like: values for the config, and the reasons for them in words."""

    format: str
    document: str | None = None
    columns: Mapping[str, str | None] | None = None
    by_hash: bool = False
    found: str = ""
    hangul: float = 0.0  # share of the letters


def config_text(name: str, patterns: Sequence[str], look: Look) -> str:
    """Spell the config file; strings are quoted as JSON does, which YAML reads alike."""
    is_korean = look.hangul >= HANGUL_SHARE
    unit = "jamo" if is_korean else "syllable"
    key = _quoted(name)
    lines = [
        "# A corpus of your own files, and a run that trains on it. What is not said here stands",
        "# in config.yaml under `defaults`. To train, and to read what the model writes:",
        f"#   snakemake results/{name}/samples.txt --configfile THIS_FILE",
        f"targets: [{key}]",
        "",
        "corpora:",
        f"  {key}:",
        "    source:",
        "      files:  # `*` any name, `**` any folders; paths are from where you run snakemake",
        *(f"        - {_quoted(pattern)}" for pattern in patterns),
        f"    # Found: {look.found}.",
        *(f"    {line}" for line in _format_lines(look)),
        *(f"    {line}" for line in _split_lines(look)),
        f"    language: {'ko' if is_korean else 'und'}  # und: undetermined",
        "    licence: null  # of the texts; it goes into the report",
        "",
        "runs:",
        f"  {key}:",
        f"    corpus: {key}",
        f"    unit: {unit}  # or another of `units` in config.yaml",
        "    preset: auto  # by the size of the text; others are under `presets` in config.yaml",
        "    minutes: 15  # that the training may take on 2 cores, about",
    ]
    return "\n".join(lines) + "\n"


def _format_lines(look: Look) -> list[str]:
    lines = [f"format: {look.format}  # or text, jsonl, tsv, parquet, namuwiki"]
    if look.document is not None:
        lines.append(f"document: {look.document}  # what one document is: file, line or blank-line")
    for key, column in (look.columns or {}).items():
        lines.append(f"{key}: {_quoted(column)}")
    return lines


def _split_lines(look: Look) -> list[str]:
    method, why = (
        ("hash", "each document goes to train, valid or test by its content")
        if look.by_hash
        else ("position", "one long text: the last part is the test")
    )
    return [
        "split:",
        f"  method: {method}  # {why}",
        "  valid: 0.1  # share that training is checked on; 0 for none",
        "  test: 0.1  # share that only the evaluation reads; 0 for none",
    ]


def _quoted(value: str | None) -> str:
    return json.dumps(value, ensure_ascii=False)
