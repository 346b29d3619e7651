"""The card of a corpus: what its manifests tell, put in order; older ones may lack any key."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from model.report import plots, words
from model.report.charts import colour_of
from model.report.leaks import leaks_view
from model.report.markup import markup_view
from model.report.runs import Corpus
from model.report.words import Words

SPLITS = ("train", "valid", "test", "left_out")
# That all corpora share, and the most that one has.
EXCERPT_CHARACTERS = 100_000
FILES, MOST_FILES = 500, 50
WARNINGS, MOST_WARNINGS = 200, 20
WHOLE_CARDS = 16  # so many corpora are shown in full; of others, what decides whether to trust them
MOST_ENTRIES = 20  # of examples, encodings, reasons and of what is frequent
NAME_CHARACTERS = 120
WARNING_CHARACTERS = 300
WRONG_BYTES = 3  # places shown of a file
EOJEOL_CHARACTERS = 30

SCRIPTS = {
    "hangul": Words("한글", "Hangul"),
    "hanja": Words("한자", "hanja"),
    "kana": Words("가나", "kana"),
    "latin": Words("로마자", "Latin"),
    "other_letters": Words("다른 글자", "other letters"),
    "others": Words("빈칸 · 숫자 · 기호", "spaces, digits, signs"),
}
GREY = "#9a9a9a"  # of what is no letter

# Columns of the table of files that are shown only where some file has something to tell.
FAULTS = {
    "replaced_bytes": Words("바꾼 바이트", "Bytes replaced"),
    "truncated": Words("잘린 끝", "Cut short"),
    "boms": Words("BOM", "BOMs"),
    "recomposed": Words("조합한 음절", "Syllables recomposed"),
    "replaced_surrogates": Words("외톨이 서로게이트", "Lone surrogates"),
}
Json = Mapping[str, Any]


def corpus_view(corpus: Corpus, number: int, of: int) -> dict[str, Any]:
    """Gather what the page shows of a corpus of so many; None or empty where nothing is told."""
    statistics = _of(corpus.split, "statistics", {})
    return {
        "name": corpus.name,
        "whole": number < WHOLE_CARDS,
        "described": {"about": "", "language": "", "licence": None} | corpus.described,
        "source": _source(_of(corpus.described, "source", {})),
        **_warnings(_shared(WARNINGS, MOST_WARNINGS, of), corpus.documents, corpus.cleaning),
        "sizes": _sizes(corpus, statistics),
        "files": _files(corpus.documents, _shared(FILES, MOST_FILES, of)),
        "scripts": _scripts(_of(statistics, "scripts", _of(corpus.cleaning, "scripts", {}))),
        "statistics": _statistics(statistics),
        "method": corpus.split.get("method", ""),
        "splits": _splits(_of(corpus.split, "sizes", {})),
        "duplicates": _duplicates(_of(corpus.split, "duplicates", {})),
        "leaks": leaks_view(_of(corpus.split, "leaks", {})),
        "losses": _losses(corpus),
        "markup": markup_view(corpus.documents, corpus.cleaning),
        "excerpts": _excerpts(_of(corpus.cleaning, "excerpts"), EXCERPT_CHARACTERS // of),
    }


def _shared(total: int, most: int, of: int) -> int:
    return max(2, min(most, total // of))


def _source(source: Json) -> list[str]:
    """Return what the corpus is made from: file patterns, addresses or a package."""
    found: list[str] = []
    for key in ("files", "url", "package", "file", "member"):
        value = _of(source, key)
        found += [value] if isinstance(value, str) else map(str, value)
    return [words.cut(text, NAME_CHARACTERS) for text in found[:MOST_ENTRIES]]


def _warnings(most: int, *told: Json) -> dict[str, Any]:
    """Return the first warnings, each once, and how many more there are."""
    sentences = list(
        dict.fromkeys(str(text) for counts in told for text in _of(counts, "warnings"))
    )
    return {
        "warnings": [words.cut(text, WARNING_CHARACTERS) for text in sentences[:most]],
        "warnings_more": max(0, len(sentences) - most),
    }


def _sizes(corpus: Corpus, statistics: Json) -> list[tuple[Words, Any, str]]:
    """Return (words, number, name of its filter) of the facts that are known."""
    cleaned = _of(corpus.cleaning, "characters", {})
    read = corpus.documents
    syllables = Words("서로 다른 음절", "Distinct syllables")
    eojeol = Words("서로 다른 어절", "Distinct eojeol")
    if statistics.get("approximate"):
        eojeol = Words(f"{eojeol.ko} (적어도)", f"{eojeol.en} (at least)")
    known = [
        (Words("읽은 문서", "Documents read"), read.get("documents"), "whole"),
        (Words("읽은 글자", "Characters read"), read.get("characters"), "whole"),
        (Words("정제한 문서", "Documents after cleaning"), statistics.get("documents"), "whole"),
        (
            Words("정제한 글자", "Characters after cleaning"),
            statistics.get("characters", cleaned.get("out")),
            "whole",
        ),
        (Words("크기", "Size"), statistics.get("bytes"), "size"),
        (Words("어절", "Eojeol (words)"), statistics.get("eojeol"), "whole"),
        (eojeol, statistics.get("distinct_eojeol"), "whole"),
        (
            Words("서로 다른 글자", "Distinct characters"),
            statistics.get("distinct_characters"),
            "whole",
        ),
        (syllables, statistics.get("distinct_syllables"), "whole"),
        (Words("잘라 나눈 긴 문서", "Long documents cut"), read.get("cut") or None, "whole"),
        *((told, _number(read.get(key)) or None, "whole") for key, told in FAULTS.items()),
    ]
    return [fact for fact in known if fact[1] is not None]


def _files(documents: Json, rows: int) -> dict[str, Any]:
    """Return the first files, how many more there are, and the columns that tell something."""
    files = _of(documents, "files")
    encodings = _of(documents, "encodings", {})
    shown = [
        {
            "name": words.cut(str(file.get("name", "")), NAME_CHARACTERS),
            "bytes": file.get("bytes"),
            "encoding": file.get("encoding"),
            "confidence": _confidence(file.get("confidence")),
            "documents": file.get("documents"),
            "lines": dict(list(_of(file, "lines", {}).items())[:MOST_ENTRIES]),
            "wrong_bytes": [
                entry.get("offset") for entry in _of(file, "wrong_bytes")[:WRONG_BYTES]
            ],
            "faults": {key: _number(file.get(key)) for key in FAULTS},
        }
        for file in files[:rows]
    ]
    return {
        "shown": shown,
        "all": len(files) or sum(encodings.values()),
        "more": len(files) - len(shown),
        "faults": {
            key: told for key, told in FAULTS.items() if any(row["faults"][key] for row in shown)
        },
        "encodings": dict(list(encodings.items())[:MOST_ENTRIES]),
        "has_confidence": any(row["confidence"] for row in shown),
    }


def _confidence(told: Any) -> str:  # noqa: ANN401 (JSON)
    """Write how sure an encoding is: a share, or a word."""
    if isinstance(told, int | float) and not isinstance(told, bool):
        return words.percent(told)
    return "" if told is None else words.cut(str(told), NAME_CHARACTERS)


def _number(value: Any) -> int:  # noqa: ANN401 (JSON)
    """Return a count; a flag is 0 or 1, a list its length, nothing 0."""
    return len(value) if isinstance(value, list | dict) else int(value or 0)


def _scripts(counts: Json) -> list[dict[str, Any]]:
    """Return the share of each script that is there, with its colour."""
    total = sum(counts.values())
    return [
        {
            "words": SCRIPTS.get(name, Words(name, name)),
            "share": counts[name] / total,
            "characters": counts[name],
            "colour": GREY if name == "others" else colour_of(number),
        }
        for number, name in enumerate(dict.fromkeys([*SCRIPTS, *counts]))
        if counts.get(name)
    ]


def _statistics(told: Json) -> dict[str, Any]:
    """Return the charts, what is frequent, and what test has that train has not."""
    zipf = {name: _of(_of(told, "zipf", {}), name) for name in ("characters", "eojeol")}
    unseen = _of(told, "out_of_vocabulary", {})
    return {
        "zipf": plots.zipf(zipf),
        "lengths": plots.lengths(_of(told, "lengths")),
        "top_characters": _top(_of(told, "top_characters")),
        "top_eojeol": _top(_of(told, "top_eojeol")),
        "unseen": {name: unseen[name] for name in ("characters", "eojeol") if unseen.get(name)},
        "approximate": bool(told.get("approximate")),
        "undercount": told.get("undercount"),
    }


def _top(entries: Sequence[Sequence[Any]]) -> list[tuple[str, int]]:
    return [(words.cut(str(e[0]), EOJEOL_CHARACTERS), e[1]) for e in entries[:MOST_ENTRIES]]


def _splits(sizes: Json) -> list[dict[str, Any]]:
    rows = [{"name": name, **sizes[name]} for name in SPLITS if sizes.get(name)]
    total = sum(row.get("bytes", 0) for row in rows)
    return [{**row, "share": row.get("bytes", 0) / total if total else None} for row in rows]


def _duplicates(told: Json) -> dict[str, Any]:
    """Return (words, number) of the kinds of duplicates, and examples of what was left out."""
    lines = _of(told, "lines", {})
    near = told.get("near_threshold")
    at_least = f" ≥ {near:g}" if near is not None else ""
    known = [
        (Words("똑같은 문서", "Exact duplicates"), told.get("exact_documents")),
        (
            Words(f"비슷한 문서 (닮음{at_least})", f"Near duplicates (likeness{at_least})"),
            told.get("near_documents") if near is not None else None,
        ),
        (
            Words("valid나 test와 비슷해 train에서 뺌", "Left out of train, being like held-out"),
            told.get("left_out_documents"),
        ),
        (Words("줄", "Lines"), lines.get("lines")),
        (Words("서로 다른 줄", "Distinct lines"), lines.get("distinct")),
        (
            Words("한 문서 안에서 되풀이된 줄", "Lines repeated in a document"),
            lines.get("repeated_inside"),
        ),
        (
            Words("다른 문서에도 있는 줄", "Lines repeated across documents"),
            lines.get("repeated_across"),
        ),
    ]
    examples = [
        {
            "document_id": words.cut(str(entry.get("document_id", "")), NAME_CHARACTERS),
            "like": words.cut(str(entry.get("like", "")), NAME_CHARACTERS),
            "similarity": entry.get("similarity"),
        }
        for entry in _of(told, "left_out")[:MOST_ENTRIES]
    ]
    return {"rows": [row for row in known if row[1] is not None], "examples": examples}


def _losses(corpus: Corpus) -> list[dict[str, Any]]:
    """Return a row for each reason for which something was skipped, dropped or changed."""
    rows = [
        {"words": Words("건너뜀", "Skipped"), "reason": reason, "documents": number}
        for reason, number in _first(_of(corpus.documents, "skipped", {}))
    ]
    for key, told in (("dropped", Words("버림", "Dropped")), ("changed", Words("고침", "Changed"))):
        rows += [
            {"words": told, "reason": reason, **counts}
            for reason, counts in _first(_of(corpus.cleaning, key, {}))
        ]
    for key, name in (
        ("replacements", "U+FFFD"),
        ("hanyang_pua", "Hanyang PUA"),
        ("mojibake", "mojibake"),
    ):
        counts = _of(corpus.cleaning, key, {})
        if counts.get("documents"):
            rows.append({"words": Words("있음", "Found"), "reason": name, **counts})
    return [{"documents": None, "characters": None, "lines": None, **row} for row in rows]


def _first(counts: Json) -> Iterable[tuple[str, Any]]:
    return list(counts.items())[: 2 * MOST_ENTRIES]


def _excerpts(excerpts: Sequence[Json], characters: int) -> list[Json]:
    shown = []
    for excerpt in excerpts:
        characters -= len(excerpt["before"]) + len(excerpt["after"])
        if characters < 0:
            break
        shown.append(excerpt)
    return shown


def _of(counts: Json, key: str, missing: Any = ()) -> Any:  # noqa: ANN401 (JSON)
    """Return a value, and `missing` where there is none or null."""
    return counts.get(key) or missing
