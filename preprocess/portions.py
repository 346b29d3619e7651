"""Small things gathered into portions that are worth the cost of a call."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def portions(items: Iterable[Item], size: Callable[[Item], int], most: int) -> Iterator[list[Item]]:
    """
    Gather items until their sizes add up to `most` or more; the last portion may be smaller.

    >>> list(portions(["가", "나다", "라"], len, 3))
    [['가', '나다'], ['라']]
    """
    return (portion for _, portion in portions_by_name((("", item) for item in items), size, most))


def portions_by_name(
    items: Iterable[tuple[str, Item]], size: Callable[[Item], int], most: int
) -> Iterator[tuple[str, list[Item]]]:
    """
    Gather items that come as (name, item) into portions of one name each.

    >>> list(portions_by_name([("x", "가"), ("y", "나"), ("x", "다")], len, 2))
    [('x', ['가', '다']), ('y', ['나'])]
    """
    gathered: dict[str, list[Item]] = {}
    sizes: dict[str, int] = {}
    for name, item in items:
        gathered.setdefault(name, []).append(item)
        sizes[name] = sizes.get(name, 0) + size(item)
        if sizes[name] >= most:
            yield name, gathered.pop(name)
            sizes[name] = 0
    yield from gathered.items()
