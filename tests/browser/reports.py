"""Reports to look at, each written from runs and a corpus that are made here."""

from collections.abc import Sequence
from pathlib import Path

from model.report import report
from tests.model.reports import (
    HEADER,
    HOSTILE,
    SETTINGS,
    evaluation,
    make_run,
    row,
    samples,
    whole_corpus,
    write_corpus,
)

MOST_BYTES = 6_000_000
SONG = "비가 오면 생각나는 사람\n우산 없이 걷던 그 골목길에\n\n오늘도 그대 목소리 들려오네\n"
COPIES = [{"start": 4, "end": 17, "document_id": "song-017.txt"}]
SEED_RUNS = {
    f"units-{unit}-{seed}": {
        "corpus": "ballad",
        "unit": unit,
        "preset": "small",
        "cell": "lstm",
    }
    for unit in ("jamo", "syllable")
    for seed in (1, 2)
}


def whole_run(folder: Path, rnn: float = 1.5, unit: str = "jamo") -> Path:
    """Write a run of which all is known: six models, samples at three temperatures with copies."""
    told = {**evaluation(folder.name, rnn), "unit": unit}
    told["models"] |= {
        "mixture": row(rnn - 0.1),
        "dynamic": row(rnn - 0.2),
        "xz": row(2.125),
        "ppmd": row(1.875),
    }
    songs = samples(
        *(f"{SONG * (1 + n % 3)}{n}" for n in range(8)), copies=COPIES, temperatures=(0.8, 0.5, 1.0)
    )
    return make_run(folder, **{"evaluation.json": told, "samples.json": songs})


def write_report(
    folder: Path,
    runs: Sequence[Path],
    word: str = "사랑",
    matrices: dict | None = None,
) -> Path:
    """Write a report over some runs and a corpus of which all is known, named after a word."""
    page = folder / "report.html"
    cards = {word: write_corpus(folder / "corpus", whole_corpus(word))} if word else {}
    report(page, runs, cards, None, SETTINGS | {"matrices": matrices or {}})
    assert page.stat().st_size <= MOST_BYTES
    return page


def one(folder: Path) -> Path:
    """A run."""
    return write_report(folder, [whole_run(folder / "ballad")])


def several(folder: Path) -> Path:
    """Runs of a matrix, one of a text of its own, and one that has hardly begun."""
    runs = [
        whole_run(folder / name, 1.5 + number / 16, place["unit"])
        for number, (name, place) in enumerate(SEED_RUNS.items())
    ]
    other = {**evaluation("other"), "text_sha256": "cd" * 32, "corpus": "novel"}
    runs.append(make_run(folder / "아주-긴-이름의-실행-novel-jamo", **{"evaluation.json": other}))
    runs.append(make_run(folder / "bare", **{"evaluation.json": None, "samples.json": None}))
    return write_report(folder, runs, matrices={"units": SEED_RUNS})


def hostile(folder: Path) -> Path:
    """Runs and a corpus whose names and texts are markup."""
    songs = samples(HOSTILE * 3, prompt=HOSTILE[:9])
    record = {"model": {"cell": HOSTILE, "layers": 1, "hidden": 2}, HOSTILE: [HOSTILE]}
    changes = {"samples.json": songs, "run.json": record, "evaluation.json": evaluation(HOSTILE)}
    name = HOSTILE.replace("/", "∕")  # which no file name may have
    return write_report(
        folder, [make_run(folder / name, **changes), make_run(folder / "<i>&amp;")], HOSTILE
    )


def none(folder: Path) -> Path:
    """No run."""
    return write_report(folder, [], word="")


def many(folder: Path) -> Path:
    """Two hundred runs."""
    runs = [make_run(folder / f"run-{n}", **{"samples.txt": None}) for n in range(200)]
    return write_report(folder, runs)


def broken(folder: Path) -> Path:
    """A run with losses that are no numbers, and one without any."""
    losses = f"{HEADER}1,0,100,1,0.1,3.5,nan\n2,0,200,2,0.1,inf,2.5\n3,0,300,3,0.1,,2.4\n"
    runs = [
        make_run(folder / "nan", **{"metrics.csv": losses}),
        make_run(folder / "lost", **{"metrics.csv": None}),
    ]
    return write_report(folder, runs)
