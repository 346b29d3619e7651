"""The texts that benchmarks/scale.py makes, and what it says of them."""

import itertools
import xml.etree.ElementTree as ET

import pytest

from benchmarks import scale
from benchmarks.processes import Cost

LINES = ["값이 싸다", "값이 비싸다", "ㅋㅋ 漢字 값"]


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("\n\n".join(LINES), encoding="utf-8")
    return path


def test_documents_are_lines_repeated_behind_numbers():
    documents = list(itertools.islice(scale.documents_of(LINES, 2), 3))
    assert documents == [
        "1 값이 싸다\n값이 비싸다\n\n",
        "2 ㅋㅋ 漢字 값\n값이 싸다\n\n",
        "3 값이 비싸다\nㅋㅋ 漢字 값\n\n",
    ]


def test_a_text_has_the_size_asked_for_and_no_document_twice(tmp_path):
    scale.write_text(tmp_path / "text.txt", LINES, 3, 100_000)
    written = (tmp_path / "text.txt").read_bytes()
    documents = written.decode().split("\n\n")[:-1]
    assert 100_000 <= len(written) <= 100_100
    assert len(set(documents)) == len(documents)
    assert all(document.count("\n") == 2 for document in documents)


def row(stage, megabytes, seconds, peak):
    return scale.Row(stage, megabytes * scale.MB, Cost(seconds, 0.0, peak * scale.MB))


ROWS = [
    row("encode", 1, 0.25, 100),
    row("gather", 1, 0.001, 90),
    row("encode", 10, 0.5, 200),
    row("gather", 10, 0.001, 91),
    row("encode", 100, 3.22, 210),
    row("gather", 100, 0.001, 92),
]


def test_what_a_megabyte_takes_is_that_beyond_the_smallest_size(capsys):
    scale.say(ROWS)
    assert capsys.readouterr().out.splitlines() == [
        "| stage | s, 1 MB | s, 10 MB | s, 100 MB | ms a MB, 10 MB | ms a MB, 100 MB |",
        "|---|---:|---:|---:|---:|---:|",
        "| encode | 0.25 | 0.50 | 3.22 | 27.8 | 30.0 |",  # 0.25 s for 9 MB, 2.97 s for 99 MB
        "| gather | 0.00 | 0.00 | 0.00 | 0.0 | 0.0 |",
        "",
        "| peak MB of | 1 MB | 10 MB | 100 MB |",
        "|---|---:|---:|---:|",
        "| encode | 100 | 200 | 210 |",
        "| gather | 90 | 91 | 92 |",
    ]


def test_the_plot_names_the_stages_that_take_long_and_is_always_the_same(tmp_path):
    pytest.importorskip("matplotlib", reason="pip install -r benchmarks/requirements.txt has it")
    for name in ("a.svg", "b.svg"):
        scale.plot(ROWS, tmp_path / name)
    svg = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert svg == (tmp_path / "b.svg").read_text(encoding="utf-8")
    words = ["".join(element.itertext()).strip() for element in ET.fromstring(svg).iter()]
    assert {"encode", "MB of text", "seconds of CPU", "MB of memory, at most"} <= set(words)
    assert "gather" not in words


def test_every_stage_is_measured_at_every_size(text, tmp_path, capsys, monkeypatch):
    calls = []

    def in_this_process(work, *arguments):
        calls.append(arguments)
        work(*arguments)
        return Cost(1.0, 1.0, scale.MB)

    monkeypatch.setattr(scale, "in_own_process", in_this_process)
    scale.main(
        [
            str(text),
            "--sizes",
            "0.1",
            "0.2",
            "--units",
            "byte",
            "--lines",
            "1",
            "--folder",
            str(tmp_path),
        ]
    )
    stages = ["read", "clean", "split", "count", "vocabulary", "encode", "gather", "byte"]
    assert [call[0] for call in calls] == stages * 2
    written = capsys.readouterr().out
    assert "| stage | s, 0.1 MB | s, 0.2 MB | ms a MB, 0.2 MB |" in written
    assert "| count to gather, byte | 1.00 | 1.00 | 0.0 |" in written
    assert "| encode, byte | 1 | 1 |" in written
    assert list(tmp_path.iterdir()) == [text]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{folder}/none.txt"], "is no text in UTF-8"),
        (["{folder}/empty.txt"], "has no line to repeat"),
        (["{folder}/wrong.txt"], "is no text in UTF-8"),
        (["{text}", "--sizes", "0"], "too few to measure"),
        (["{text}", "--lines", "0"], "it must be 1 or more"),
        (["{text}", "--folder", "{folder}/none"], "there is no folder"),
        (["{text}", "--units", "jmo"], "invalid choice: 'jmo'"),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_line(text, tmp_path, capsys, arguments, message):
    (tmp_path / "empty.txt").write_text("\n\n", encoding="utf-8")
    (tmp_path / "wrong.txt").write_bytes(b"\xb0\xa1")
    with pytest.raises(SystemExit) as refusal:
        scale.main([argument.format(folder=tmp_path, text=text) for argument in arguments])
    assert refusal.value.code == 2
    assert message in capsys.readouterr().err.splitlines()[-1]


def test_a_disk_without_room_is_told_before_the_work(text, tmp_path):
    with pytest.raises(SystemExit, match="MB of disk are free, 4000000000 are needed"):
        scale.main([str(text), "--sizes", "1000000000", "--folder", str(tmp_path)])
