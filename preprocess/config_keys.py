"""Keys that stand twice in a config file, of which a reader of YAML takes the last in silence."""

from collections.abc import Iterator
from pathlib import Path

import yaml


def repeated_keys(file: Path) -> Iterator[str]:
    """
    Say which keys of a file stand twice in one mapping, with both lines, one sentence each.

    Args:
        file: YAML, or JSON, which libyaml reads too but for escaped surrogates.
    """
    try:
        root = yaml.compose(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
    except yaml.YAMLError as error:
        yield f"{file}: cannot be read as YAML ({' '.join(str(error).split())}); mend it"
        return
    below = [("", root)]
    walked: set[int] = set()  # where an anchor stands, its node may stand in itself
    for path, node in below:
        if id(node) in walked:
            continue
        walked.add(id(node))
        if isinstance(node, yaml.MappingNode):
            yield from _repeated(file, path, node)
            below += [(f"{path}{key.value}.", value) for key, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            below += [(f"{path}{number}.", value) for number, value in enumerate(node.value)]


def _repeated(file: Path, path: str, node: yaml.MappingNode) -> Iterator[str]:
    """Say which keys of one mapping stand in it before; `path` leads to it."""
    first: dict[tuple[str, object], yaml.Node] = {}
    for key, value in node.value:
        before = first.setdefault((key.tag, str(key.value)), key)
        if before is not key:
            lines = [one.start_mark.line + 1 for one in (before, key)]
            both = isinstance(value, yaml.MappingNode)
            yield (
                f"{path}{key.value}: stands twice in {file}, on lines {lines[0]} and {lines[1]}, "
                "and only the last would count; "
                f"{'put what is under both under one of them' if both else 'take one out'}"
            )
