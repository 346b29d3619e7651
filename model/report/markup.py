"""What the card of a corpus in namumark tells: pages of the dump, what went, what is left."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from model.report.words import Words, cut

MOST_ROWS = 20  # of each table
PAGES = 10
EXCERPT_CHARACTERS = 240
NAME_CHARACTERS = 120
TOKEN_CHARACTERS = 20

CONSTRUCTS = {
    "tables": Words("표의 칸", "table cells"),
    "footnotes": Words("각주", "footnotes"),
    "files": Words("그림과 파일", "pictures and files"),
    "categories": Words("분류", "categories"),
    "macros": Words("매크로", "macros"),
    "math": Words("수식", "formulas"),
    "strikes": Words("취소선", "struck-out text"),
    "code": Words("코드", "code"),
    "html": Words("HTML", "HTML"),
    "links": Words("표시할 글이 없는 주소", "addresses without a text"),
    "headings": Words("제목", "headings"),
    "comments": Words("주석", "comments"),
    "blocks": Words("숨기거나 조건이 달린 블록", "hidden or conditional blocks"),
    "redirects": Words("넘겨주기", "redirects"),
}
REST = Words(
    "나머지: 기호, 속성, 링크가 가리키는 곳", "the rest: marks, attributes, where links lead"
)
NAMESPACES = {  # by number, as in namuwiki's own dumps
    "0": Words("문서", "articles"),
    "1": Words("틀", "templates"),
    "2": Words("분류", "categories"),
    "3": Words("파일", "files"),
}

Json = Mapping[str, Any]


def markup_view(documents: Json, cleaning: Json) -> dict[str, Any] | None:
    """
    Return what the page shows of a corpus' markup; None for a corpus that had none.

    Args:
        documents: manifest of the documents.
        cleaning: cleaning.json; its section `namumark`, or any key in that, may be missing.
    """
    told = cleaning.get("namumark") or {}
    namespaces = documents.get("namespaces") or {}
    if not told and not namespaces:
        return None
    characters = told.get("characters") or {}
    residue = told.get("residue") or {}
    return {
        "facts": _facts(documents, characters, residue),
        "dropped": _dropped(told.get("dropped") or {}, characters),
        "residue": _residue(residue.get("tokens") or {}),
        "namespaces": [
            {"name": cut(name, NAME_CHARACTERS), "words": NAMESPACES.get(name), "pages": pages}
            for name, pages in _most(namespaces, lambda pages: pages)
        ],
        "worst": _worst(told.get("worst") or ()),
    }


def _facts(documents: Json, characters: Json, residue: Json) -> list[tuple[Words, Any, str]]:
    """Return (words, number, name of its filter) of the facts that are known."""
    before, after = characters.get("in"), characters.get("out")
    known = [
        (
            Words("건너뛴 넘겨주기", "Redirects skipped"),
            (documents.get("skipped") or {}).get("redirect"),
            "whole",
        ),
        (Words("마크업이 든 글자", "Characters with markup"), before, "whole"),
        (Words("벗긴 글자", "Characters without"), after, "whole"),
        (
            Words("남은 비율", "Share that stays"),
            after / before if before and after is not None else None,
            "percent",
        ),
        (Words("1 MB에 남은 마크업", "Markup left per MB"), residue.get("per_mb"), "rate"),
    ]
    return [fact for fact in known if fact[1] is not None]


def _dropped(dropped: Json, characters: Json) -> list[dict[str, Any]]:
    """Return a row for each construct, that which had most characters first, and for the rest."""
    before = characters.get("in")
    rows = [
        {
            "words": CONSTRUCTS.get(name) or Words(name[:NAME_CHARACTERS], name[:NAME_CHARACTERS]),
            "count": told.get("count"),
            "characters": told.get("characters"),
            "share": told.get("characters", 0) / before if before else None,
        }
        for name, told in _most(dropped, lambda told: told.get("characters", 0))
    ]
    if rows and before and "out" in characters:
        gone = sum(told.get("characters", 0) for told in dropped.values())
        rest = max(0, before - characters["out"] - gone)
        rows.append({"words": REST, "count": None, "characters": rest, "share": rest / before})
    return rows


def _residue(tokens: Json) -> list[dict[str, Any]]:
    return [
        {"token": name, "count": told.get("count"), "per_mb": told.get("per_mb")}
        for name, told in _most(tokens, lambda told: told.get("count", 0))
    ]


def _worst(pages: Sequence[Json]) -> list[dict[str, Any]]:
    return [
        {
            "document_id": cut(str(page.get("document_id", "")), NAME_CHARACTERS),
            "title": cut(str(page.get("title", "")), NAME_CHARACTERS),
            "count": page.get("count"),
            "per_mb": page.get("per_mb"),
            "tokens": [
                (cut(token, TOKEN_CHARACTERS), count)
                for token, count in _most(page.get("tokens") or {}, lambda count: count)
            ],
            "before": cut(str(page.get("before", "")), EXCERPT_CHARACTERS),
            "after": cut(str(page.get("after", "")), EXCERPT_CHARACTERS),
        }
        for page in pages[:PAGES]
    ]


def _most(counts: Json, size: Callable[[Any], int]) -> list[tuple[str, Any]]:
    """Return the largest counts with their names, from the largest on, equal ones by name."""
    return sorted(counts.items(), key=lambda item: (-size(item[1]), item[0]))[:MOST_ROWS]
