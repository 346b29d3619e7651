"""Cleaning does what the settings say, and counts all of what it does."""

import json
import re
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preprocess.clean import clean, merge_cleaning, strip_tags
from preprocess.files import sha256_of, write_json
from preprocess.losses import EXCERPTS
from preprocess.scripts import SCRIPTS, count_scripts
from preprocess.tables import DOCUMENTS, open_writer, read_rows

SETTINGS = {
    "normalise": "NFC",
    "characters": "plain",
    "hanyang_pua": "keep",
    "mojibake": "keep",
    "title": "keep",
    "strip_tags": False,
    "mask": [],
    "min_characters": 2,
    "min_hangul": 0.0,
    "max_repeated_lines": 1.0,
    "max_replacements": 0.1,
    "duplicate_lines": "keep",
}
NAMUMARK = SETTINGS | {"title": "drop", "namumark": {"footnotes": "drop", "headings": "drop"}}
LEFT = "{{{[[가]]}}}"  # text in triple braces is no markup: what looks like it stays, and counts
ODD = st.sampled_from(
    "\r\n\x00\x85\ufeff\u200d\ufe0f👨👩🏴\U000e0067\U000e007f\u3000Ａ１＠．－"
    "@.- \u3164\u1100\u1160\u0338\u116101234567890123456789abc"
)
# Not `st.text` of both, which draws from all characters alike, and so hardly ever an odd one.
TEXTS = st.lists(ODD | st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).map(
    "".join
)


def write_documents(folder, *parts):
    """Write parts of (id, title, text) as the stage `read` does; return the manifest."""
    entries = []
    for number, rows in enumerate(parts):
        path = folder / f"part-{number:05d}.parquet"
        with open_writer(path, DOCUMENTS) as writer:
            for document_id, title, text in rows:
                row = {"document_id": document_id, "title": title, "text": text}
                writer.write(row, len(text))
        entry = {"name": path.name, "rows": len(rows), "bytes": path.stat().st_size}
        entries.append({**entry, "sha256": sha256_of(path)})
    write_json(folder / "manifest.json", {"parts": entries})
    return folder / "manifest.json"


def cleaned(folder, settings, *parts, language="ko"):
    """Clean the parts; return the rows (id, title, text) and the merged counts."""
    (folder / "documents").mkdir(parents=True)
    manifest = write_documents(folder / "documents", *parts)
    rows, counts = [], []
    for number in range(len(parts)):
        output = folder / f"part-{number:05d}.parquet"
        counts.append(output.with_suffix(".json"))
        clean(settings, manifest, number, output, counts[-1])
        rows += [tuple(row.values()) for row in read_rows(output, "")]
    merge_cleaning({"language": language}, counts, folder / "cleaning.json")
    return rows, json.loads((folder / "cleaning.json").read_text())


def test_everything_that_changes_is_counted_by_reason(tmp_path):
    first = [
        ("a.txt", "", "\ufeff사랑\r\n이별\r\n"),
        ("b.txt", "", "그대\x00로"),
        ("c.txt", "", " \n\n"),
    ]
    second = [("d.txt", "", "\u1112\u1161\u11ab글"), ("e.txt", "", "a"), ("f.txt", "", "그대로")]
    rows, counts = cleaned(tmp_path, SETTINGS, first, [], second)
    assert rows == [
        ("a.txt", "", "사랑\n이별\n"),
        ("b.txt", "", "그대로"),
        ("d.txt", "", "한글"),
        ("f.txt", "", "그대로"),
    ]
    assert counts["documents"] == {"in": 6, "out": 4}
    assert counts["characters"] == {"in": 9 + 4 + 3 + 4 + 1 + 3, "out": 6 + 3 + 2 + 3}
    assert counts["dropped"] == {
        "empty": {"documents": 1, "characters": 3},
        "min_characters": {"documents": 1, "characters": 1},
    }
    assert counts["changed"] == {
        "line_ends": {"documents": 1, "characters": 2},
        "controls": {"documents": 1, "characters": 1},
        "invisible": {"documents": 1, "characters": 1},
        "nfc": {"documents": 1, "characters": 3},
    }
    assert {
        "document_id": "b.txt",
        "reason": "controls",
        "before": "그대\x00로",
        "after": "그대로",
    } in counts["excerpts"]


def test_normalise_none_leaves_the_form_of_characters(tmp_path):
    rows, counts = cleaned(
        tmp_path, SETTINGS | {"normalise": "none"}, [("a", "", "\u1112\u1161\uf914\r")]
    )
    assert rows == [("a", "", "\u1112\u1161\uf914\n")]
    assert list(counts["changed"]) == ["line_ends"]


def test_a_title_becomes_the_first_line_of_a_document(tmp_path):
    documents = [
        ("a", "떡\u1107\u1169\u11a9이\u200b", "글 하나"),
        ("b", "", "글 둘"),
        ("c#1", "제목", "긴 글"),
        ("c#2", "제목", "이어서"),
    ]
    rows, counts = cleaned(tmp_path, SETTINGS, documents)
    assert rows == [
        ("a", "떡볶이", "떡볶이\n글 하나"),
        ("b", "", "글 둘"),
        ("c#1", "제목", "제목\n긴 글"),
        ("c#2", "제목", "이어서"),
    ]
    assert counts["changed"] == {"title": {"documents": 2, "characters": 7}}
    assert counts["excerpts"][0] == {
        "document_id": "a", "reason": "title", "before": "글 하나", "after": "떡볶이\n글 하나"
    }  # fmt: skip
    rows, counts = cleaned(tmp_path / "drop", SETTINGS | {"title": "drop"}, documents)
    assert [text for _, _, text in rows] == ["글 하나", "글 둘", "긴 글", "이어서"]
    assert counts["changed"] == {}


def test_pieces_of_a_document_are_kept_even_when_empty(tmp_path):
    rows, counts = cleaned(tmp_path, SETTINGS, [("a#1", "", "처음이다"), ("a#2", "", "\x00")])
    assert [text for _, _, text in rows] == ["처음이다", ""]
    assert counts["dropped"] == {}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("normalise", "NFKC", "clean.normalise is 'NFKC'; it must be NFC or none"),
        ("characters", "wide", "clean.characters is 'wide'; it must be plain or keep"),
        ("duplicate_lines", True, "clean.duplicate_lines is True; it must be keep or drop"),
        ("mask", ["fax"], "clean.mask has 'fax'; there are card, email, phone, resident-number"),
    ],
)
def test_a_value_that_there_is_not_is_refused(tmp_path, name, value, message):
    with pytest.raises(ValueError, match=message):
        clean(SETTINGS | {name: value}, tmp_path, 0, tmp_path, tmp_path)


def test_tags_go_with_the_spaces_that_part_the_words(tmp_path):
    text = "迈向/v  充满/v  希望/n  的/u\n（/w  附/v  1/2/m  ）/w\n"
    rows, counts = cleaned(tmp_path, SETTINGS | {"strip_tags": True}, [("a", "", text)])
    assert rows[0][2] == "迈向充满希望的\n(附1/2)\n"
    assert counts["changed"]["fullwidth"] == {"documents": 1, "characters": 2}
    assert counts["changed"]["tags"]["characters"] == len(text) - len(rows[0][2])
    assert strip_tags("and/or") == ("and", 3)
    assert strip_tags("a / b /c") == ("a / b /c", 0)


def test_namumark_is_taken_off_where_the_settings_have_its_options(tmp_path):
    page = ("x", "제목", "== 개요 ==\n'''글'''이다.[* 주석.]\n")
    rows, counts = cleaned(
        tmp_path, SETTINGS | {"namumark": {"footnotes": "drop", "headings": "drop"}}, [page]
    )
    assert rows == [("x", "제목", "제목\n글이다.")]
    assert counts["changed"]["markup"] == {"documents": 1, "characters": len(page[2]) - 4}


def test_cleaning_tells_what_it_dropped_by_construct(tmp_path):
    page = (
        "[[분류:분식]]\n[목차]\n[[파일:떡볶이.jpg|width=100]]\n== 개요 ==\n"
        "'''떡볶이'''는 [[분식]]이다.[* 간식이다.] 맵다.[* 아주.]\n|| 이름 || 맛 ||\n## 주석\n"
    )
    rows, counts = cleaned(tmp_path, NAMUMARK, [("a", "떡볶이", page)])
    assert [text for _, _, text in rows] == ["떡볶이는 분식이다. 맵다."]
    told = counts["namumark"]
    assert told["characters"] == {"in": len(page), "out": 14}
    numbers = {construct: count["count"] for construct, count in told["dropped"].items()}
    assert numbers == {
        "categories": 1,
        "macros": 1,
        "files": 1,
        "headings": 1,
        "footnotes": 2,
        "tables": 2,
        "comments": 1,
    }
    characters = {construct: count["characters"] for construct, count in told["dropped"].items()}
    assert min(characters.values()) >= 2
    assert sum(characters.values()) < len(page) - 14


def test_cleaning_tells_what_it_left_over_all_parts(tmp_path):
    first = [("a", "하나", f"{LEFT} 글이다."), ("b", "둘", "'''글'''이다.")]
    second = [("c", "셋", f"{LEFT}{LEFT} {{{{{{||}}}}}}"), ("d#1", "넷", LEFT), ("d#2", "넷", LEFT)]
    rows, counts = cleaned(tmp_path / "parts", NAMUMARK, first, [], second)
    assert rows[0][2] == "[[가]] 글이다."
    size = sum(len(text.encode()) for _, _, text in rows)
    told = counts["namumark"]["residue"]
    assert (told["bytes"], told["count"]) == (size, 11)
    assert told["tokens"]["[["] == {"count": 5, "per_mb": round(5e6 / size, 3)}
    assert told["tokens"]["||"]["count"] == 1
    assert [(page["document_id"], page["count"]) for page in counts["namumark"]["worst"]] == [
        ("c", 5),
        ("a", 2),
        ("d#1", 2),
        ("d#2", 2),
    ]
    assert counts["namumark"]["worst"][1]["title"] == "하나"
    _, whole = cleaned(tmp_path / "whole", NAMUMARK, [*first, *second])
    assert whole == counts


def test_a_corpus_that_is_no_namumark_has_no_such_counts(tmp_path):
    _, counts = cleaned(tmp_path, SETTINGS, [("a", "", "[[글]]이다.")])
    assert "namumark" not in counts


def test_fault_32_much_markup_that_is_left_is_warned_of(tmp_path, caplog):
    documents = [("a", "하나", "글이다. " * 300 + LEFT), ("b", "둘", LEFT * 3)]
    _, counts = cleaned(tmp_path / "much", NAMUMARK, documents)
    (warning,) = counts["warnings"]
    rate = 8e6 / counts["namumark"]["residue"]["bytes"]
    assert warning.startswith(f"8 tokens of markup are left in the text, {rate:.1f} per MB; ")
    assert "the page with most, 6, is b ('둘'): see namumark.worst in cleaning.json" in warning
    assert warning in caplog.text
    rare = [("a", "하나", "글이다. " * 50_000 + "{{{||}}}")]
    _, counts = cleaned(tmp_path / "little", NAMUMARK, rare)
    assert 0 < counts["namumark"]["residue"]["per_mb"] < 5
    assert counts["warnings"] == []


def test_the_worst_pages_show_no_personal_data_where_they_are_masked(tmp_path):
    page = f"{LEFT} 홍길동 010-1234-5678, hong@example.com 끝"
    settings = NAMUMARK | {"mask": ["phone", "email"]}
    _, counts = cleaned(tmp_path, settings, [("a", "010-9999-9999", page)])
    (worst,) = counts["namumark"]["worst"]
    for key in ("title", "before", "after"):
        assert not re.search(r"\d|hong|@", worst[key]), worst[key]
    assert worst["title"] == "***-****-****"
    assert "[[가]]" in worst["after"]
    assert "is a ('***-****-****')" in counts["warnings"][0]


def test_an_excerpt_shows_a_line_of_prose_with_its_markup(tmp_path):
    line = "'''떡볶이'''는 가래떡을 [[고추장|장]]에 [[볶음|볶은]] 음식이다.[* 간식이기도 하다.]"
    page = f"[[분류:분식]]\n[include(틀:다른 뜻)]\n|| 이름 || 맛 ||\n그냥 글이다.\n{line}\n"
    _, counts = cleaned(tmp_path, NAMUMARK, [("a", "", page)])
    (excerpt,) = [e for e in counts["excerpts"] if e["reason"] == "markup"]
    assert excerpt["before"] == line
    assert excerpt["after"] == "떡볶이는 가래떡을 장에 볶은 음식이다."


def test_excerpts_are_few_and_show_the_first_change(tmp_path):
    documents = [(str(i), "", "가" * 1000 + "\x00" + "나" * 1000) for i in range(9)]
    _, counts = cleaned(tmp_path, SETTINGS, documents[:5], documents[5:])
    assert [excerpt["document_id"] for excerpt in counts["excerpts"]] == ["0", "1", "2"]
    assert len(counts["excerpts"]) == EXCERPTS
    _, parts = cleaned(tmp_path / "parts", SETTINGS, documents[:2], documents[2:])
    assert parts["excerpts"] == counts["excerpts"]
    assert counts["excerpts"][0]["before"] == "가" * 20 + "\x00" + "나" * 59


def test_a_corpus_of_which_nothing_is_left_is_refused(tmp_path):
    with pytest.raises(
        ValueError,
        match="0 characters left after cleaning: rule empty dropped 1 documents of 2 characters, "
        "rule min_characters dropped 1 documents of 1 characters",
    ):
        cleaned(tmp_path, SETTINGS, [("a", "", " \n"), ("b", "", "a")])
    assert not (tmp_path / "cleaning.json").exists()


def test_a_part_that_is_not_as_the_manifest_says_is_refused(tmp_path):
    manifest = write_documents(tmp_path, [("a", "", "글이다")])
    damaged = bytearray((tmp_path / "part-00000.parquet").read_bytes())
    damaged[10] ^= 1
    (tmp_path / "part-00000.parquet").write_bytes(damaged)
    output = tmp_path / "clean" / "part.parquet"
    with pytest.raises(ValueError, match=r"part-00000\.parquet: sha256 is"):
        clean(SETTINGS, manifest, 0, output, tmp_path / "counts.json")
    assert not output.exists()


def test_cleaning_twice_gives_the_same_bytes(tmp_path):
    documents = [("a", "제목", "하나\r\n"), ("b", "", "\ufeff둘둘")]
    manifest = write_documents(tmp_path, documents)
    for name in ("first", "second"):
        clean(SETTINGS, manifest, 0, tmp_path / f"{name}.bin", tmp_path / f"{name}.json")
    assert (tmp_path / "first.bin").read_bytes() == (tmp_path / "second.bin").read_bytes()
    assert (tmp_path / "first.json").read_bytes() == (tmp_path / "second.json").read_bytes()


def test_fault_10_replacement_characters_are_counted_and_too_many_drop_a_document(tmp_path):
    documents = [("a", "", "사랑" * 9 + "\ufffd"), ("b", "", "이\ufffd별\ufffd"), ("c", "", "그대")]
    rows, counts = cleaned(tmp_path, SETTINGS, documents)
    assert [document_id for document_id, _, _ in rows] == ["a", "c"]
    assert counts["replacements"] == {"documents": 2, "characters": 3}
    assert counts["dropped"] == {"max_replacements": {"documents": 1, "characters": 4}}
    assert any("2 documents have 3 characters U+FFFD" in line for line in counts["warnings"])
    reasons = [(e["document_id"], e["reason"], e["before"]) for e in counts["excerpts"]]
    assert ("b", "replacements", "이\ufffd별\ufffd") in reasons


def test_fault_11_decomposed_text_gives_the_same_clean_text(tmp_path):
    texts = ["한글 맞춤법이 쐈다\n", "뷁 ㅋㅋ é ゴ"]
    both = []
    for form in ("NFC", "NFD"):
        documents = [(f"{i}", "떡", unicodedata.normalize(form, t)) for i, t in enumerate(texts)]
        rows, counts = cleaned(tmp_path / form, SETTINGS, documents)
        both.append(rows)
    assert both[0] == both[1] == [(f"{i}", "떡", f"떡\n{t}") for i, t in enumerate(texts)]
    assert counts["changed"]["nfc"]["documents"] == 2


def test_fault_15_hanyang_private_use_is_kept_or_dropped_and_never_silent(tmp_path, caplog):
    documents = [("a", "", "나랏\ue1a2말\uf8f7ᄊᆞ미"), ("b", "", "그대")]
    rows, counts = cleaned(tmp_path / "keep", SETTINGS, documents)
    assert rows[0][2] == documents[0][2]
    assert counts["hanyang_pua"] == {"documents": 1, "characters": 2}
    assert "1 documents have 2 characters of private use" in caplog.text
    assert [w for w in counts["warnings"] if "Hanyang" in w] == counts["warnings"]
    rows, counts = cleaned(tmp_path / "drop", SETTINGS | {"hanyang_pua": "drop"}, documents)
    assert rows[0][2] == "나랏말ᄊᆞ미"
    assert counts["hanyang_pua"] == {"documents": 1, "characters": 2}
    assert counts["changed"] == {"hanyang_pua": {"documents": 1, "characters": 2}}


def test_fault_09_mojibake_is_counted_and_repaired_if_asked(tmp_path):
    misread = (
        "사랑\u0085".encode().decode("latin-1") + "\n" + "한글".encode("cp949").decode("cp1252")
    )
    documents = [("a", "", misread), ("b", "", "café à Ångström")]
    rows, counts = cleaned(tmp_path / "keep", SETTINGS | {"characters": "keep"}, documents)
    assert "사랑" not in rows[0][2]
    assert counts["mojibake"] == {"documents": 1, "characters": 2 * 3 + 2 + 4}
    assert "1 documents have 12 characters that are UTF-8 or CP949" in counts["warnings"][-1]
    assert "mojibake" not in counts["changed"]
    rows, counts = cleaned(tmp_path / "repair", SETTINGS | {"mojibake": "repair"}, documents)
    assert [text for _, _, text in rows] == ["사랑\n\n한글", "café à Ångström"]
    assert counts["changed"]["mojibake"] == counts["mojibake"] == {"documents": 1, "characters": 12}
    assert [e["after"] for e in counts["excerpts"] if e["reason"] == "mojibake"] == [
        "사랑\x85\n한글"
    ]


def test_fault_17_fillers_are_counted(tmp_path):
    rows, counts = cleaned(tmp_path, SETTINGS, [("a", "", "사\u3164랑\u115f")])
    assert rows[0][2] == "사랑"
    assert counts["changed"] == {"fillers": {"documents": 1, "characters": 2}}


def test_fault_20_controls_are_counted(tmp_path):
    rows, counts = cleaned(tmp_path, SETTINGS, [("a", "", "사\x00랑\x1b\x9f")])
    assert rows[0][2] == "사랑"
    assert counts["changed"] == {"controls": {"documents": 1, "characters": 3}}


def test_fault_23_emoji_are_whole_and_counted_by_code_point(tmp_path):
    text = "👨\u200d👩\u200d👧 🇰🇷 👍🏿 ❤\ufe0f\u200d🔥 𠀀"
    rows, counts = cleaned(tmp_path, SETTINGS, [("a", "", text)])
    assert rows == [("a", "", text)]
    assert counts["characters"] == {"in": len(text), "out": len(text)}
    assert counts["scripts"]["hanja"] == 1
    assert counts["scripts"]["others"] == len(text) - 1


def test_fault_24_nothing_left_names_each_rule(tmp_path):
    texts = [" \n\t", "\u200b\u3164", "가", "abcdef", "가가\n가가", "사\ufffd\ufffd"]
    documents = [(str(number), "", text) for number, text in enumerate(texts)]
    limits = {"min_hangul": 0.5, "max_repeated_lines": 0.4}
    with pytest.raises(ValueError, match="0 characters left after cleaning: ") as error:
        cleaned(tmp_path, SETTINGS | limits, documents)
    for rule in (
        "rule empty dropped 2 documents of 5 characters",
        "rule min_characters dropped 1 documents of 1 characters",
        "rule min_hangul dropped 1 documents of 6 characters",
        "rule max_repeated_lines dropped 1 documents of 5 characters",
        "rule max_replacements dropped 1 documents of 3 characters",
    ):
        assert rule in str(error.value)


def test_fault_24_an_empty_source_is_refused(tmp_path):
    with pytest.raises(ValueError, match="after cleaning: the source has no documents; see the"):
        cleaned(tmp_path, SETTINGS, [])


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            "ko",
            "彼は東京に住んでいる。",
            "in ko, but 0% of its letters are hangul and 60% are kana",
        ),
        ("ko", "他住在北京 사", "in ko, but 17% of its letters are hangul and 83% are hanja"),
        ("ko-KR", "I live in 서울", "but 22% of its letters are hangul and 78% are latin"),
        ("zh", "서울에 산다", "in zh, but 0% of its letters are hanja and 100% are hangul"),
        ("ko", "首都 서울", None),
        ("ko", "1234 !?", None),
        ("c", "int main(void) { return 0; }", None),
    ],
)
def test_fault_29_a_corpus_in_another_script_is_warned_of(
    tmp_path, caplog, language, text, expected
):
    _, counts = cleaned(tmp_path, SETTINGS, [("a", "", text)], language=language)
    assert len(counts["warnings"]) == (expected is not None)
    if expected is not None:
        assert expected in counts["warnings"][0]
        assert expected in caplog.text


def test_fault_30_personal_data_are_masked_counted_and_not_shown(tmp_path):
    text = (
        "\ufeff홍길동 850505-2345674, ０１０－１２３４－５６７８, hong@example.com, "
        "4111-1111-1111-1111\r\n"
    )
    kinds = ["card", "email", "phone", "resident-number"]
    documents = [("a", "", text), ("b", "010-1234-5678", "전화")]
    (tmp_path / "on").mkdir()
    rows, counts = cleaned(tmp_path / "on" / "x", SETTINGS | {"mask": kinds}, documents)
    assert rows[0][2] == "홍길동 [주민등록번호], [전화번호], [이메일], [카드번호]\n"
    assert rows[1] == ("b", "[전화번호]", "[전화번호]\n전화")
    sizes = {"resident_number": 14, "phone": 13, "email": 16, "card": 19}
    for kind, size in sizes.items():
        assert counts["changed"][f"mask_{kind}"] == {"documents": 1, "characters": size}
    for excerpt in counts["excerpts"]:
        shown = excerpt["before"] + excerpt["after"]
        assert not re.search(r"\d|hong|@", shown), shown
        if excerpt["reason"].startswith("mask_"):
            assert excerpt["before"] == ""
    assert {e["reason"] for e in counts["excerpts"]} >= {"mask_card", "invisible", "line_ends"}
    rows, counts = cleaned(tmp_path / "off", SETTINGS | {"mask": ["phone"]}, documents)
    assert (
        rows[0][2] == "홍길동 850505-2345674, [전화번호], hong@example.com, 4111-1111-1111-1111\n"
    )


def test_duplicate_lines_are_dropped_over_all_documents(tmp_path):
    documents = [
        ("a", "", "하나\n후렴\n\n둘\n\n후렴 \n\n셋"),
        ("b", "", "후렴\n둘\n"),
        ("c#1", "", "하나"),
        ("d", "제목", "넷\n하나"),
        ("e", "", "가" * 3 + "abcabc"),
        ("f", "", "가" * 3 + "abcabc\n다섯 여섯"),
    ]
    settings = SETTINGS | {"duplicate_lines": "drop", "min_hangul": 0.4}
    rows, counts = cleaned(tmp_path, settings, documents)
    assert rows == [
        ("a", "", "하나\n후렴\n\n둘\n\n셋"),
        ("c#1", "", ""),
        ("d", "제목", "제목\n넷"),
        ("f", "", "가가가abcabc\n다섯 여섯"),  # its first line went with e, which was dropped
    ]
    assert counts["dropped"] == {
        "empty": {"documents": 1, "characters": 5},
        "min_hangul": {"documents": 1, "characters": 9},
    }
    assert counts["changed"]["duplicate_lines"] == {
        "documents": 4,
        "lines": 1 + 2 + 1 + 1,
        "characters": 5 + 5 + 2 + 3,
    }


def test_pieces_are_not_dropped_by_a_filter(tmp_path):
    settings = SETTINGS | {"min_characters": 9, "min_hangul": 0.9, "max_replacements": 0.0}
    rows, counts = cleaned(tmp_path, settings, [("a#1", "", "abc"), ("a#2", "", "\ufffd")])
    assert [text for _, _, text in rows] == ["abc", "\ufffd"]
    assert counts["dropped"] == {}


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(TEXTS, max_size=4),
    st.sampled_from(["plain", "keep"]),
    st.sampled_from([[], ["resident-number", "phone", "email", "card"]]),
    # What filters let pass may be less without its duplicate lines, and not pass again.
    st.sampled_from([{}, {"duplicate_lines": "drop", "min_characters": 1, "max_replacements": 1}]),
)
def test_cleaning_what_is_clean_changes_nothing(
    tmp_path_factory, texts, characters, mask, duplicates
):
    options = SETTINGS | {"characters": characters, "mask": mask, **duplicates}
    documents = [("first", "", "처음"), *((str(i), "", text) for i, text in enumerate(texts))]
    once, _ = cleaned(tmp_path_factory.mktemp("once"), options, documents)
    twice, counts = cleaned(tmp_path_factory.mktemp("twice"), options, once)
    assert twice == once
    assert counts["changed"] == counts["dropped"] == {}


def test_counts_of_parts_add_up(tmp_path):
    texts = ["사\u3164랑", "\ufffd그대는 나의 사랑", "나랏\ue1a2", "abc ㅋㅋ", "ì‚¬ëž‘"]
    documents = [(str(number), "", text) for number, text in enumerate(texts)]
    _, whole = cleaned(tmp_path / "whole", SETTINGS, documents)
    _, parts = cleaned(tmp_path / "parts", SETTINGS, *([document] for document in documents))
    assert whole == parts
    assert whole["scripts"] == {
        script: sum(count_scripts(text)[script] for text in ["사랑", *texts[1:]])
        for script in SCRIPTS
    }
