"""What cleaning tells of namumark: what it dropped, what it left, and where that is worst."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess.markup import LINES, WORST, Markup, telling_line
from preprocess.namumark import Dropped, Options, Stripped, residue

TEXTS = st.lists(
    st.lists(st.sampled_from(["[[", "]]", "||", "{{{", "[br]", "가", "\n", "@1"])).map("".join),
    max_size=30,
)


def test_counts_of_pages_add_up():
    markup = Markup()
    dropped = {"tables": Dropped(4, 90), "files": Dropped(1, 12)}
    markup.count("a:1", "하나", "m" * 200, Stripped("가나다 [[라]]", dropped))
    markup.count("a:2", "둘", "m" * 50, Stripped("마바사" * 10, {"tables": Dropped(2, 7)}))
    size = 3 * 4 + 5 + 3 * 30
    assert markup.as_dict() == {
        "characters": {"in": 250, "out": 9 + 30},
        "dropped": {
            "tables": {"count": 6, "characters": 97},
            "files": {"count": 1, "characters": 12},
        },
        "residue": {
            "bytes": size,
            "count": 2,
            "per_mb": round(2e6 / size, 3),
            "tokens": {
                "[[": {"count": 1, "per_mb": round(1e6 / size, 3)},
                "]]": {"count": 1, "per_mb": round(1e6 / size, 3)},
            },
        },
        "worst": [
            {
                "document_id": "a:1",
                "title": "하나",
                "count": 2,
                "per_mb": round(2e6 / 17, 3),
                "tokens": {"[[": 1, "]]": 1},
                "before": "",
                "after": "가나다 [[라]]",
            }
        ],
    }


def test_the_worst_pages_have_most_tokens_and_then_the_first_names():
    markup = Markup()
    for number in (*range(20, 40), *range(20)):
        text = "||" * (number // 2) + "글"
        markup.count(f"{number:02d}", "", text, Stripped(text, {}))
    names = [page["document_id"] for page in markup.worst]
    assert names == ["38", "39", "36", "37", "34", "35", "32", "33", "30", "31"]
    assert len(names) == WORST


@given(TEXTS, st.integers(0, 30), st.booleans())
def test_parts_add_up_wherever_they_begin(texts, start, private):
    pages = [(f"{number}", f"제목 {number}", text) for number, text in enumerate(texts)]
    parts = [Markup(private) for _ in range(3)]
    for markup, some in zip(parts, (pages, pages[:start], pages[start:]), strict=True):
        for document_id, title, text in some:
            markup.count(document_id, title, text, Stripped(text, {"math": Dropped(1, len(text))}))
    whole, *others = [json.loads(json.dumps(markup.as_dict())) for markup in parts]
    merged = Markup()
    for other in others:
        merged.add(other)
    assert merged.as_dict() == whole
    left = {document_id: residue(text).total() for document_id, _, text in pages}
    expected = sorted((name for name in left if left[name]), key=lambda name: (-left[name], name))
    assert [page["document_id"] for page in whole["worst"]] == expected[:WORST]
    assert whole["residue"]["count"] == sum(left.values())


def test_what_stays_of_a_page_is_found_in_its_markup():
    markup = Markup()
    page = "[목차]\n" + "== 가 ==\n글이다.\n" * 50 + "'''굵은''' 글 ]] 이다." + " 끝" * 200
    text = "가\n글이다.\n" * 50 + "굵은 글 ]] 이다." + " 끝" * 200
    markup.count("a", "", page, Stripped(text, {}))
    (worst,) = markup.worst
    assert "'''굵은''' 글 ]] 이다. 끝" in worst["before"]
    assert "\n굵은 글 ]] 이다. 끝" in worst["after"]
    assert len(worst["before"]) == len(worst["after"]) == 160


def test_a_page_without_residue_is_not_among_the_worst():
    markup = Markup()
    markup.count("a", "", "'''글'''", Stripped("글", {}))
    markup.count("b", "", "#redirect 글", Stripped("", {}))
    assert markup.as_dict()["residue"] == {"bytes": 3, "count": 0, "per_mb": 0.0, "tokens": {}}
    assert markup.worst == []


@pytest.mark.parametrize(
    ("markup", "text", "expected"),
    [
        ("|| 표 ||\n[목차]", "", None),  # nothing of them stays
        ("|| [[가]] 나다라 ||\n'''마'''", "가 나다라\n마", ("'''마'''", "마")),
        ("|| [[가]] 나다라 ||", "가 나다라", ("|| [[가]] 나다라 ||", "가 나다라")),
        (" * 목록이다.", "목록이다.", None),  # no token of markup
        ("'''가'''" + "나" * 300, "가" + "나" * 300, None),  # too long
        ("'''밖'''이 {{{#!folding 더\n'''안'''\n}}}", "다른 글", None),  # stands otherwise there
        ("\n" * LINES + "'''가나다'''", "가나다", None),  # too far down
        (
            "'''가'''\n[[나]]다라마바\n''사''",
            "가\n나다라마바\n사",
            ("[[나]]다라마바", "나다라마바"),
        ),
    ],
)
def test_the_line_that_tells_most(markup, text, expected):
    assert telling_line(markup, text, Options(tables="cells")) == expected
