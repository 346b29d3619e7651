"""The page: what it says, that it holds nothing it should not, and that nothing crashes it."""

import base64
import csv
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from model.report import report
from model.report.charts import MAX_POINTS, curves_item
from model.report.corpora import WHOLE_CARDS
from model.report.curves import Curve, read_curves
from model.report.leaks import leak_verdict, leaks_view
from model.report.page import WHOLE_RUNS, render
from model.report.runs import Corpus, read_run
from model.report.words import verdict
from tests.full_disk import full_disk
from tests.model.pages import Page, drawn, make_page, table_with
from tests.model.reports import (
    HEADER,
    HOSTILE,
    SETTINGS,
    evaluation,
    leak,
    make_corpus,
    make_run,
    metrics,
    row,
    samples,
    whole_corpus,
    write_corpus,
)


def test_a_page_tells_the_numbers_of_a_run(tmp_path: Path) -> None:
    page = make_page(tmp_path, [make_run(tmp_path / "ballad")])
    head, *rows = table_with(page, "perplexity/token")
    assert head[1:3] == ["비트/바이트bits/byte", "처음 보는 줄unseen lines"]
    assert rows == [
        ["순환 신경망recurrent network", "1.500", "1.625", "3.750", "2.599", "2.828", "train"],
        ["n-그램 (기준선)n-gram (the floor)", "1.750", "1.850", "4.375", "3.033", "3.364", "train"],
    ]
    assert "The recurrent network beats the n-gram by 0.250 bits per byte (14.3%)." in page.text
    assert "순환 신경망이 n-그램보다 바이트당 0.250비트(14.3%) 낫다." in page.text
    assert "Preset, by the size of the textmedium" in page.text
    for fact in ("412,345", "lstm 1 × 256", "4 min 5 s", "4분 5초", "61 kB", "60 documents"):
        assert fact in page.text
    assert "only those that are not in train (90 of 100)" in page.text


@pytest.mark.parametrize(
    ("rnn", "ngram", "words"),
    [
        (1.8, 1.5, "The n-gram wins: it beats the recurrent network by 0.300 bits per byte"),
        (1.5, 1.505, "too close to call"),
        (1.5, 1.6, "The recurrent network beats the n-gram by 0.100"),
    ],
)
def test_the_page_says_who_wins(tmp_path: Path, rnn: float, ngram: float, words: str) -> None:
    told = evaluation("ballad", rnn, ngram)
    page = make_page(tmp_path, [make_run(tmp_path / "ballad", **{"evaluation.json": told})])
    assert words in page.text


def test_rows_that_were_not_measured_say_why(tmp_path: Path) -> None:
    told = evaluation("ballad", 1.8, 1.5)
    nothing = dict.fromkeys(row(1.0)) | {"given": "train, valid", "skipped": "the text has 9 GB"}
    told["models"] |= {"xz": row(2.0) | {"given": "train, valid"}, "ppmd": nothing}
    told["models"]["ngram"]["order"] = 11
    run = make_run(tmp_path / "ballad", **{"evaluation.json": told})
    page = make_page(tmp_path, [run], summary=True)
    names = [cells[0] for cells in table_with(page, "bits/byte")[1:]]
    assert [name.split(" ")[0] for name in names] == ["n-그램", "순환", "압축기", "압축기"]
    assert "order 11" in names[0]
    assert table_with(page, "bits/byte")[4][-1].endswith("not measured: the text has 9 GB")
    assert "The n-gram also beats: compressor xz." in page.text
    with (tmp_path / "summary.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [
        (r["model"], r["bits_per_byte"], r["given"], r["order"], r["skipped"]) for r in rows
    ] == [
        ("ngram", "1.5", "train", "11", ""),
        ("rnn", "1.8", "train", "", ""),
        ("xz", "2.0", "train, valid", "", ""),
        ("ppmd", "", "train, valid", "", "the text has 9 GB"),
    ]


def test_no_verdict_without_both() -> None:
    assert verdict({"rnn": row(1.5)}) is None
    assert verdict({}) is None


def test_the_page_tells_the_corpus(tmp_path: Path) -> None:
    page = make_page(tmp_path, [make_run(tmp_path / "ballad")])
    assert table_with(page, "Share of bytes")[1:] == [
        ["train", "1", "10", "75 B", "75.0%"],
        ["valid", "1", "10", "25 B", "25.0%"],
        ["test", "1", "10", "0 B", "0.0%"],
    ]
    assert table_with(page, "Reason")[1:] == [
        ["건너뜀Skipped", "empty", "3", "–"],
        ["버림Dropped", "short", "4", "17"],
        ["고침Changed", "nfc", "9", "381"],
    ]
    for fact in ("255,399", "255,001", "cp949 (2)", "CC0-1.0", "songs/*.txt", "4 / 40", "12.5%"):
        assert fact in page.text


def page_of(folder: Path, corpora: dict[str, dict[str, dict]]) -> Page:
    """Write a report over corpora alone and read it back."""
    cards = {name: write_corpus(folder / f"c{n}", c) for n, (name, c) in enumerate(corpora.items())}
    report(folder / "report.html", [], cards, None, SETTINGS)
    assert (folder / "report.html").stat().st_size <= 6_000_000
    return Page(folder / "report.html")


def test_the_card_of_a_corpus_tells_every_number(tmp_path: Path) -> None:
    page = page_of(tmp_path, {"ballad": whole_corpus()})
    for fact in (
        "CC0-1.0",
        "songs/*.txt",
        "Characters read255,399",
        "Characters after cleaning255,002",
        "613 kB",
        "72,089",
        "Distinct eojeol (at least)18,166",
        "1,170",
        "Distinct syllables1,167",
        "Bytes replaced7",
        "Hangul 70.2%",
        "hanja 0.1%",
        "signs 29.7%",
        "이 5,846",
        "사랑 1,190",
        "too small by 6 at most",
        "more are in manifest.json",
        "10 more are in manifest.json.",
    ):
        assert fact in page.text, fact
    assert "로마자" not in page.text  # there is none
    assert table_with(page, "Share of bytes")[1][0:2] == ["train", "481"]
    assert table_with(page, "Share of bytes")[4] == [
        "뺌left out",
        "481",
        "204,000",
        "470 kB",
        "25.0%",
    ]
    assert table_with(page, "Types")[1:] == [
        ["글자characters", "1,429 / 3,976", "1,604 / 8,457", "0.06%"],
        ["어절eojeol", "1,429 / 3,976", "1,604 / 8,457", "19.0%"],
    ]
    assert table_with(page, "Rank")[1:] == [
        ["1", "5,846", "1,190"],
        ["2", "5,309", "932"],
        ["10", "3,184", "274"],
        ["100", "–", "71"],
    ]
    assert table_with(page, "Length in")[1:] == [
        ["0–200", "3"],
        ["201–500", "590"],
        ["501–1,000", "4"],
    ]
    assert table_with(page, "Likeness")[1:] == [["사랑", "사랑", "87.5%"]]
    assert [cells[1] for cells in next(t for t in page.tables if "Exact" in t[0][0])] == [
        "5",
        "9",
        "11",
        "11,820",
        "9,011",
        "2,401",
        "408",
    ]


def test_a_card_tells_what_became_of_namumark(tmp_path: Path) -> None:
    told = whole_corpus()
    told["cleaning.json"]["excerpts"].append(
        {"document_id": "떡", "reason": "markup", "before": "[[떡]]이다.", "after": "떡이다."}
    )
    page = page_of(tmp_path, {"namuwiki": told})
    for fact in (
        "Redirects skipped41",
        "Characters with markup500,000",
        "Characters without300,000",
        "Share that stays60.0%",
        "Markup left per MB12.5",
        "사랑 사랑:7 · 10개, 1 MB에 1,234.6개10, 1,234.6 per MB · 사랑 4 · [[ 3 · ]] 3",
        "before 사랑",
        "after 사랑",
    ):
        assert fact in page.text, fact
    assert table_with(page, "Dropped")[1:] == [
        ["표의 칸table cells", "3,100", "90,000", "18.0%"],
        ["각주footnotes", "40", "2,000", "0.4%"],
        ["사랑사랑", "1", "31", "0.006%"],
        [
            "나머지: 기호, 속성, 링크가 가리키는 곳the rest: marks, attributes, where links lead",
            "–",
            "107,969",
            "21.6%",
        ],
    ]
    assert table_with(page, "Markup left")[1:] == [
        ["사랑", "4", "5.0"],
        ["[[", "3", "3.8"],
        ["]]", "3", "3.8"],
    ]
    assert table_with(page, "Namespace")[1:] == [
        ["1 틀templates", "1,204"],
        ["0 문서articles", "630"],
        ['""', "9"],
        ["사랑", "2"],
    ]
    assert page.text.count("[[떡]]이다.") == page.text.count("Before and after stripping") == 1
    assert page.text.index("[[떡]]이다.") < page.text.index("Before and after cleaning")


def test_a_corpus_without_markup_has_no_card_of_it(tmp_path: Path) -> None:
    told = whole_corpus()
    del told["cleaning.json"]["namumark"], told["manifest.json"]["namespaces"]
    page = page_of(tmp_path, {"ballad": told})
    assert "나무마크" not in page.text
    assert "Redirects" not in page.text


def test_a_card_tells_what_is_wrong_with_files(tmp_path: Path) -> None:
    page = page_of(tmp_path, {"ballad": whole_corpus()})
    warnings = [a for a in page.attributes("p") if a.get("class") == "warning"]
    assert len(warnings) == 3  # two sentences, each once, and much that leaks
    assert page.text.index("사랑: 7 bytes are wrong") < page.text.index("Licence")
    head, first, second, *others = table_with(page, "Confidence")
    assert head[-1] == "바꾼 바이트Bytes replaced"  # and no column without a fault
    assert first == ["사랑-0.txt", "900 B", "utf-8", "100.0%", "1", "0"]
    assert second[2:4] == ["cp949 (cp949 88줄88 lines, utf-8 3줄3 lines)", "93.0%"]
    assert second[-1] == "7 바이트at byte 1,204, 2,204…"
    assert len(others) == 48
    assert ["고침Changed", "duplicate_lines 33줄33 lines", "9", "381"] in table_with(page, "Reason")
    assert ["있음Found", "U+FFFD", "1", "7"] in table_with(page, "Reason")


def test_what_leaks_is_told_for_valid_and_test(tmp_path: Path) -> None:
    page = page_of(tmp_path, {"ballad": whole_corpus()})
    assert [cells[1:] for cells in table_with(page, "word for word")] == [
        ["valid", "test"],
        ["2.0% 20 / 1,000", "34.0% 340 / 1,000"],
        ["2.0% 1,234 / 61,000", "2.0% 1,234 / 61,000"],
        ["5.0% 250 / 5,000", "5.0% 250 / 5,000"],
        ["30.0% 7,800 / 26,000", "30.0% 7,800 / 26,000"],
        ["0.3% 78 / 26,000", "21.0% 5,460 / 26,000"],
    ]
    assert "Much of test stands in train word for word: 34.0% of its lines, and 21.0%" in page.text


@pytest.mark.parametrize(
    ("lines", "spans", "words"),
    [
        (0.21, 0.0, "Much of test"),
        (0.0, 0.11, "Much of test"),
        (0.2, 0.1, "Some of test"),
        (0.0, 0.02, "Some of test"),
        (0.01, 0.01, "Hardly anything of test"),
    ],
)
def test_the_verdict_on_leaks(lines: float, spans: float, words: str) -> None:
    assert leak_verdict(leak(lines, spans)).en.startswith(words)


def test_no_verdict_on_leaks_that_were_not_measured() -> None:
    assert leak_verdict({}) is None
    assert leak_verdict({**leak(0, 0), "lines": 0, "characters": 0}) is None
    assert leaks_view({"valid": {}, "test": {"lines": 0}}) is None


def test_leaks_stand_beside_the_numbers_they_touch(tmp_path: Path) -> None:
    told = {**evaluation("ballad"), "leaks": {"test": leak(0.34, 0.21), "valid": leak(0, 0)}}
    run = make_run(tmp_path / "ballad", **{"evaluation.json": told})
    page = make_page(tmp_path, [run], corpora=0)
    assert "trust the numbers on unseen lines" in page.text
    assert table_with(page, "word for word")[5][2] == "21.0% 5,460 / 26,000"


def test_pictures_of_a_corpus_are_drawn_without_a_script(tmp_path: Path) -> None:
    page = page_of(tmp_path, {"ballad": whole_corpus()})
    assert len(page.scripts) == 1
    lines = [a["points"].split() for a in page.attributes("polyline")]
    assert [len(points) for points in lines] == [4, 5]
    assert lines[0][0].split(",")[0] == lines[1][0].split(",")[0]  # both begin at rank 1
    bars = [float(a["height"]) for a in page.attributes("rect")]
    assert bars == pytest.approx([202 * n / 600 for n in (3, 590, 4)], abs=0.1)
    shares = [
        a["style"].split(";")[0] for a in page.attributes("i") if "flex" in a.get("style", "")
    ]
    assert shares == ["flex:0.70200", "flex:0.00100", "flex:0.29700"]


def paths(value: dict, path: tuple = ()) -> list[tuple]:
    """Return the way to each key at any depth of dictionaries."""
    found = []
    for key, inner in value.items():
        found.append((*path, key))
        if isinstance(inner, dict):
            found += paths(inner, (*path, key))
    return found


def test_any_key_of_a_corpus_may_be_missing(tmp_path: Path) -> None:
    """Older files have fewer keys; what is left is shown."""
    corpora = []
    for number, (*way, last) in enumerate(paths(whole_corpus(files=2))):
        told = whole_corpus(files=2)
        holder = told
        for key in way:
            holder = holder[key]
        if way:
            del holder[last]
        else:
            holder[last] = {}
        corpora.append(Corpus(f"corpus-{number}", {}, *told.values()))
    assert len(corpora) > 80
    for first in range(0, len(corpora), WHOLE_CARDS):
        shown = corpora[first : first + WHOLE_CARDS]
        (tmp_path / "report.html").write_text(render([], shown, {}), encoding="utf-8")
        page = Page(tmp_path / "report.html")
        assert page.text.count("Corpus corpus-") == len(shown)
        assert len(page.attributes("polyline")) >= 2 * len(shown) - 5


def test_fault_67_what_stands_in_a_corpus_is_text(tmp_path: Path) -> None:
    page = page_of(tmp_path, {HOSTILE: whole_corpus(HOSTILE)})
    assert len(page.scripts) == 1
    assert page.text.count(HOSTILE[:29]) >= 10
    assert not [tag for tag, _ in page.tags if tag in ("img", "iframe", "link", "object")]
    spans = [attributes.get("class") for attributes in page.attributes("span")]
    assert spans.count("ko") == spans.count("en") > 60


def test_many_large_corpora_fit_on_the_page(tmp_path: Path) -> None:
    large = whole_corpus("<" * 5000, files=2000)
    large["manifest.json"]["warnings"] = [f"{n}" * 3000 for n in range(300)]
    large["cleaning.json"]["excerpts"] *= 200
    files = write_corpus(tmp_path, large)
    report(tmp_path / "report.html", [], {f"corpus-{n}": files for n in range(50)}, None, {})
    assert (tmp_path / "report.html").stat().st_size <= 6_000_000
    page = Page(tmp_path / "report.html")
    assert "1,990 more are in manifest.json." in page.text
    assert "298 more warnings are in" in page.text
    assert len(page.attributes("polyline")) == 2 * WHOLE_CARDS
    assert sum("word for word" in table[0][0] for table in page.tables) == 50  # leaks of each


def test_samples_and_their_novelty(tmp_path: Path) -> None:
    told = samples("첫 노래\n끝", "첫 노래의 둘째 줄", prompt="첫 노래")
    page = make_page(tmp_path, [make_run(tmp_path / "ballad", **{"samples.json": told})])
    assert "첫 노래\n끝" in page.text
    assert page.text.count("1.234") == 2
    assert page.text.count("copied lines 2/8") == 2


def test_fault_67_what_stands_in_the_data_is_text(tmp_path: Path) -> None:
    """Neither a sample, a name, a reason nor a record can bring in markup or a script."""
    told = samples(HOSTILE, prompt=HOSTILE[:9])
    record = {"model": {"cell": HOSTILE, "layers": 1, "hidden": 2}, HOSTILE: [HOSTILE]}
    run = make_run(
        tmp_path / "a<b>&'\"",
        **{"samples.json": told, "run.json": record, "evaluation.json": evaluation(HOSTILE)},
    )
    clean = make_page(tmp_path / "clean", [make_run(tmp_path / "b")])
    make_corpus(tmp_path / "hostile", excerpt=HOSTILE)
    corpora = {HOSTILE: make_corpus(tmp_path / "hostile", excerpt=HOSTILE)}
    report(tmp_path / "report.html", [run, tmp_path / "b"], corpora, None, SETTINGS)
    page = Page(tmp_path / "report.html")
    assert page.text.count(HOSTILE) >= 4
    assert len(page.scripts) == len(clean.scripts) == 4
    assert page.scripts[1:] == clean.scripts[1:]
    assert "a<b>&'\"" in json.dumps(page.curves, ensure_ascii=False).replace('\\"', '"')
    assert not [tag for tag, _ in page.tags if tag in ("img", "iframe", "link", "object")]


def test_fault_68_nothing_is_fetched_and_only_named_scripts_run(tmp_path: Path) -> None:
    page = make_page(tmp_path, [make_run(tmp_path / "ballad")])
    for tag, attributes in page.tags:
        assert not {"src", "srcset", "action", "onclick", "onload"} & attributes.keys(), tag
        assert attributes.get("href", "#").startswith("#"), tag
    policies = [a["content"] for a in page.attributes("meta") if "http-equiv" in a]
    directives = dict(part.strip().split(" ", 1) for part in policies[0].split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["img-src"] == "data:"
    assert "connect-src" not in directives
    executable = [
        text
        for text, attributes in zip(page.scripts, page.attributes("script"), strict=True)
        if "type" not in attributes
    ]
    digests = [hashlib.sha256(text.encode()).digest() for text in executable]
    hashes = [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
    assert directives["script-src"].split() == hashes
    assert len(hashes) == 3


def test_every_saying_is_there_in_both_languages(tmp_path: Path) -> None:
    page = make_page(tmp_path, [make_run(tmp_path / "a"), make_run(tmp_path / "b")])
    spans = [attributes.get("class") for attributes in page.attributes("span")]
    assert spans.count("ko") == spans.count("en") > 30
    inputs = page.attributes("input")
    assert [(a["id"], "checked" in a) for a in inputs if a["name"] == "language"] == [
        ("in-ko", True),
        ("in-en", False),
    ]
    labels = page.attributes("label")
    assert {a["for"] for a in labels if "for" in a} == {"in-ko", "in-en"}


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    runs = [make_run(tmp_path / "a"), make_run(tmp_path / "b")]
    make_page(tmp_path, runs, summary=True)
    first = [(tmp_path / name).read_bytes() for name in ("report.html", "summary.csv")]
    make_page(tmp_path, runs[:1])  # draws other plots in between
    make_page(tmp_path, runs, summary=True)
    assert [(tmp_path / name).read_bytes() for name in ("report.html", "summary.csv")] == first


def test_curves_of_several_runs_lie_over_one_another(tmp_path: Path) -> None:
    page = make_page(tmp_path, [make_run(tmp_path / "a"), make_run(tmp_path / "b")])
    lines = drawn(page.curves)
    assert [(line["run"], line["split"]) for line in lines] == [
        ("a", "train"),
        ("a", "valid"),
        ("b", "train"),
        ("b", "valid"),
    ]
    np.testing.assert_array_equal(lines[1]["tokens"], 512 * np.arange(1, 21))
    np.testing.assert_array_equal(lines[1]["seconds"], 1.5 * np.arange(1, 21))
    np.testing.assert_allclose(lines[1]["losses"][-1], 2.1)
    assert lines[0]["colour"] == lines[1]["colour"] != lines[2]["colour"]


def test_fault_69_a_point_that_is_no_number_is_left_out_and_counted(tmp_path: Path) -> None:
    text = HEADER + "1,0,100,1,0.1,3.5,nan\n2,0,200,2,0.1,inf,2.5\n3,0,300,3,0.1,,2.4\n"
    run = make_run(tmp_path / "ballad", **{"metrics.csv": text})
    curves = read_curves(run / "metrics.csv")
    assert curves["train"].losses.tolist() == [3.5]
    assert curves["train"].not_numbers == 1
    assert curves["valid"].tokens.tolist() == [200, 300]
    assert curves["valid"].not_numbers == 1
    page = make_page(tmp_path, [run])
    assert "losses that are no numbers, not drawn: 2." in page.text
    assert table_with(page, "Seconds")[1:] == [
        ["200", "2.0", "–", "2.500"],
        ["300", "3.0", "–", "2.400"],
    ]


@pytest.mark.parametrize(("runs", "folds"), [(6, 0), (7, 1)])
def test_warnings_of_many_runs_are_folded(tmp_path: Path, runs: int, folds: int) -> None:
    text = HEADER + "1,0,100,1,0.1,3.5,nan\n2,0,200,2,0.1,3,2.5\n"
    folders = [make_run(tmp_path / f"run-{n}", **{"metrics.csv": text}) for n in range(runs)]
    page = make_page(tmp_path, folders)
    assert page.text.count("losses that are no numbers, not drawn: 1.") == runs
    assert page.text.count(f"{runs} warnings") == folds


def test_losses_beyond_a_guess_do_not_squash_the_others(tmp_path: Path) -> None:
    text = HEADER + "1,0,100,1,0.1,2000,9\n2,0,200,2,0.1,2,2\n"
    run = make_run(tmp_path / "ballad", **{"metrics.csv": text})
    page = make_page(tmp_path, [run])
    ranges = [
        model["attributes"]
        for model in json.loads(json.dumps(page.curves["doc"]["roots"]))
        for model in [model["attributes"]["y_range"]]
    ]
    assert ranges[0]["end"] == 8.0
    assert "Losses above 8 bits" in page.text


@pytest.mark.parametrize("rows", [0, 1, 2, 3])
def test_short_curves(tmp_path: Path, rows: int) -> None:
    run = make_run(tmp_path / "ballad", **{"metrics.csv": metrics(rows)})
    page = make_page(tmp_path, [run])
    assert (curves_item([read_run(run, {})]) is None) == (rows == 0)
    assert len(page.scripts) == (4 if rows else 1)


def test_fault_69_a_million_points_are_thinned(tmp_path: Path) -> None:
    lines = [f"{n},0,{n},0,0.1,{3 + (n % 7) / 10},\n" for n in range(1_000_000)]
    lines[654_321] = "654321,0,654321,0,0.1,0.5,\n"  # a dip that must not be lost
    run = make_run(tmp_path / "ballad", **{"metrics.csv": HEADER + "".join(lines)})
    line = drawn(make_page(tmp_path, [run]).curves)[0]
    assert 500 < len(line["tokens"]) <= MAX_POINTS // 2
    assert line["tokens"][[0, -1]].tolist() == [0, 999_999]
    assert (np.diff(line["tokens"]) > 0).all()
    assert line["losses"].min() == 0.5


@pytest.mark.parametrize("points", [4, 5, 6, 10, 99])
def test_thinning_keeps_to_its_number(points: int) -> None:
    curve = Curve(*[np.arange(100.0)] * 3, np.sin(np.arange(100)))
    thinned = curve.thinned(points)
    assert 3 <= len(thinned) <= points
    assert curve.thinned(100) is curve


@pytest.mark.parametrize("missing", ["evaluation.json", "metrics.csv", "samples.json", "run.json"])
def test_fault_69_a_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    run = make_run(tmp_path / "bare", **{missing: None})
    page = make_page(tmp_path, [run, make_run(tmp_path / "ballad")])
    assert f"missing: {missing}" in page.text
    assert "사랑" in page.text


def test_a_folder_without_anything(tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    page = make_page(tmp_path, [tmp_path / "bare"], corpora=0)
    assert "evaluation.json, samples.json, run.json, metrics.csv, samples.txt" in page.text
    assert "ballad" in page.text  # its corpus is known from the settings


def test_a_run_without_a_test_split_says_so(tmp_path: Path) -> None:
    told = {**evaluation("ballad"), "models": {}, "bytes": 0, "skipped": "split.test is 0"}
    page = make_page(tmp_path, [make_run(tmp_path / "ballad", **{"evaluation.json": told})])
    assert "Not evaluated: split.test is 0" in page.text
    human = {**samples("가"), "human": {"lines": 0, "lines_in_train": 0, "share": None}}
    other = make_run(tmp_path / "b", **{"evaluation.json": told, "samples.json": human})
    page = make_page(tmp_path, [tmp_path / "ballad", other])
    assert "b: 평가하지 않았다not evaluated: split.test is 0" in page.text


def test_fault_70_only_numbers_of_one_text_stand_together(tmp_path: Path) -> None:
    runs = [
        make_run(tmp_path / "a", **{"evaluation.json": evaluation("a", rnn=1.6)}),
        make_run(tmp_path / "b", **{"evaluation.json": evaluation("b", text="cd" * 32)}),
        make_run(tmp_path / "c", **{"evaluation.json": evaluation("c", rnn=1.4)}),
    ]
    page = make_page(tmp_path, runs)
    tables = [table for table in page.tables if "perplexity" in "".join(table[0])]
    assert [[cells[0] for cells in table[1:]] for table in tables] == [
        ["c", "c", "a", "a"],
        ["b", "b"],
    ]


def test_fault_70_runs_of_different_units_are_told_apart_and_compare_per_byte(
    tmp_path: Path,
) -> None:
    of_words = {**evaluation("w", rnn=1.4), "unit": "words"}
    for name, share in (("rnn", 0.0125), ("ngram", 0.25)):
        of_words["models"][name]["other_spellings"] = share
    folders = [
        make_run(tmp_path / "j", **{"evaluation.json": evaluation("j", rnn=1.6)}),
        make_run(tmp_path / "w", **{"evaluation.json": of_words}),
    ]
    page = make_page(tmp_path, folders)
    head, *rows = table_with(page, "perplexity/token")
    assert [cell for cell in head if "bits/byte" in cell or "spellings" in cell] == [
        "비트/바이트bits/byte",
        "다른 철자other spellings",
    ]
    assert [(cells[0], cells[1], cells[3], cells[5]) for cells in rows] == [
        ("w", "words", "1.400", "1.2%"),
        ("w", "words", "1.750", "25.0%"),
        ("j", "jamo", "1.600", "–"),
        ("j", "jamo", "1.750", "–"),
    ]
    assert "perplexity per token means something only within one unit" in page.text
    assert (
        "words: 어절 (드문 것은 글자로 적는다); 어휘는 novel/words의 것으로 시작한다"
        "eojeol (rare ones are spelt in characters); the vocabulary begins with that of novel/words"
    ) in page.text


def test_runs_of_one_unit_need_no_words_on_units(tmp_path: Path) -> None:
    folders = [
        make_run(tmp_path / name, **{"evaluation.json": evaluation(name)}) for name in ("a", "b")
    ]
    page = make_page(tmp_path, folders)
    assert "perplexity per token means" not in page.text
    assert "other spellings" not in page.text


def test_the_page_of_a_run_says_what_its_tokens_are(tmp_path: Path) -> None:
    assert (
        "토큰Tokens한글 자모, 그 밖의 글자jamo of Hangul, other characters"
        in make_page(tmp_path, [make_run(tmp_path / "ballad")]).text
    )


def test_fault_45_a_full_disk_leaves_the_old_page(tmp_path: Path) -> None:
    run = make_run(tmp_path / "ballad")
    make_page(tmp_path, [run])
    before = (tmp_path / "report.html").read_bytes()
    with full_disk(len(before) // 2), pytest.raises(OSError, match="File too large"):
        make_page(tmp_path, [run, make_run(tmp_path / "other")])
    assert (tmp_path / "report.html").read_bytes() == before
    assert not list(tmp_path.glob(".tmp-*"))


def test_fault_69_no_runs_at_all(tmp_path: Path) -> None:
    page = make_page(tmp_path, [], corpora=0, summary=True)
    assert "Nothing has been trained yet." in page.text
    assert (tmp_path / "summary.csv").read_text().startswith("run,corpus,unit,model,")


def test_fault_69_two_hundred_runs(tmp_path: Path) -> None:
    long = samples(*["가나다 라마바\n" * 400] * 8)
    record = {"versions": {f"package-{n}": "1.2.3" * 20 for n in range(200)}}
    runs = [
        make_run(
            tmp_path / f"run-{n}",
            **{"metrics.csv": metrics(2000), "samples.json": long, "run.json": record},
        )
        for n in range(200)
    ]
    page = make_page(tmp_path, runs, corpora=200)
    lines = drawn(page.curves)
    assert len(lines) == 400
    assert max(len(line["tokens"]) for line in lines) <= 100
    assert "7 more are in samples.json." in page.text
    assert page.text.count("All of run.json") == WHOLE_RUNS
    assert page.text.count("The rest is in run.json.") == 200
    assert page.text.count("The rest is in samples.json.") == 200 - WHOLE_RUNS
    assert page.text.count("188 more runs") == 2  # of samples and of records


def test_what_is_missing_of_many_runs_is_told_once(tmp_path: Path) -> None:
    runs = [make_run(tmp_path / f"run-{n}", **{"samples.txt": None}) for n in range(8)]
    runs.append(make_run(tmp_path / "bare", **{"metrics.csv": None}))
    page = make_page(tmp_path, runs)
    assert page.text.count("files that are missing") == 2
    assert "run-4, run-5, … (8): 없는 파일files that are missing: samples.txt" in page.text
    assert "bare: 없는 파일files that are missing: metrics.csv" in page.text


def test_the_summary_has_a_row_for_each_model(tmp_path: Path) -> None:
    told = {**evaluation("b"), "models": {}, "skipped": "split.test is 0"}
    runs = [make_run(tmp_path / "a"), make_run(tmp_path / "b", **{"evaluation.json": told})]
    make_page(tmp_path, runs, summary=True)
    with (tmp_path / "summary.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(r["run"], r["model"], r["bits_per_byte"], r["skipped"]) for r in rows] == [
        ("a", "rnn", "1.5", ""),
        ("a", "ngram", "1.75", ""),
        ("b", "", "", "split.test is 0"),
    ]
    assert rows[0]["text_sha256"] == "ab" * 32
    assert rows[0]["parameters"] == "412345"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("evaluation.json", "{", "evaluation.json: is damaged"),
        ("evaluation.json", "{}", "evaluation.json: is not of this version .* 'models' is missing"),
        ("run.json", "[]", "run.json: holds no JSON object; delete it and run snakemake again"),
        ("samples.json", "null", "samples.json: holds no JSON object"),
        ("metrics.csv", "step,tokens\n", "has no column seconds"),
        (
            "metrics.csv",
            HEADER + "1,0,10,1,0.1,x,2\n",
            "Row #2: CSV conversion error to double: invalid value 'x'",
        ),
        ("metrics.csv", HEADER + "1,0,10\n", "Row #2: Expected 7 columns, got 3"),
        ("metrics.csv", "", "Empty CSV file"),
    ],
)
def test_fault_69_a_damaged_file_is_refused_by_name(tmp_path, name, content, words) -> None:
    run = make_run(tmp_path / "ballad", **{name: content})
    with pytest.raises(ValueError, match=words):
        make_page(tmp_path, [run])
    assert not (tmp_path / "report.html").exists()
