"""Command `compare`: numbers, settings, samples and a text of two runs."""

import json
import re
import shutil
from pathlib import Path

import pytest

from model.commands.runs import open_run
from model.scored_text import score_split, total
from model.scoring import score
from preprocess.files import read_json, write_json
from tests.model.commands.conftest import evaluation

PAIR = ("compare", "results/song", "results/short")


def test_all_is_told_at_once(call, learnt_songs):
    shown = call(*PAIR, "--length", 5)
    assert re.search(r"^rnn +3\.000 +3\.004 +\+0\.004$", shown, re.MULTILINE)
    assert re.search(r"^xz +2\.500 +2\.500 +\+0\.000$", shown, re.MULTILINE)
    assert "Differences under 0.01 may be chance" in shown
    assert re.search(r"^model\.hidden +12 +8$", shown, re.MULTILINE)
    assert re.search(r"^steps +48 +0$", shown, re.MULTILINE)
    assert "model.layers" not in shown  # equal
    assert "=== sample 1 of 1" in shown


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("evaluation.json", "is not of this version of the program: 'run' is missing"),
        ("run.json", "is damaged"),
    ],
)
def test_a_file_of_another_version_or_a_damaged_one_is_refused(call, runs, name, words):
    shutil.copytree(runs / "song", runs / "bare")
    try:
        (runs / "bare" / name).write_text("{}" if name == "evaluation.json" else "{", "utf-8")
        with pytest.raises(ValueError, match=rf"results/bare/{re.escape(name)}: {words}"):
            call("compare", "results/song", "results/bare")
    finally:
        shutil.rmtree(runs / "bare")


def test_samples_are_of_the_same_settings_and_stand_side_by_side(call):
    flags = ("--count", 2, "--length", 9, "--prompt", "사랑", "--seed", 5)
    told = json.loads(call(*PAIR, *flags, "--json"))["samples"]
    assert told["settings"]["prompt"] == "사랑"
    assert told["settings"]["temperature"] == 0.9  # of the first run's own
    each = [
        [json.loads(line)["text"] for line in lines.removesuffix("\n").split("\n")]
        for lines in (
            call("sample", run, *flags, "--temperature", 0.9, "--json") for run in PAIR[1:]
        )
    ]
    assert told["texts"] == [list(pair) for pair in zip(*each, strict=True)]


def test_a_text_is_scored_by_both_line_by_line(call, tmp_path):
    path = tmp_path / "노래.txt"
    path.write_text("사랑 그대\n바다\n", encoding="utf-8")
    told = json.loads(call(*PAIR, "--text", path, "--no-samples", "--json"))
    assert told["samples"] is None
    text = told["text"]
    for number, run in enumerate(PAIR[1:]):
        alone = json.loads(call("score", run, path, "--lines", "--json"))
        assert text["bits_per_byte"][number] == alone["bits_per_byte"]
        assert text["texts"][0]["bits_per_byte"][number] == alone["bits_per_byte"]
        lines = text["texts"][0]["lines"]
        assert [line["bits_per_byte"][number] for line in lines] == [
            line["bits_per_byte"] for line in alone["texts"][0]["lines"]
        ]
    assert (text["bytes"], text["documents"]) == (22, 1)
    first, second = text["bits_per_byte"]
    found = text["bootstrap"]
    assert found["mean"] == pytest.approx(second - first)
    assert (found["low"], found["high"], found["pieces"]) == (None, None, 1)
    shown = call(*PAIR, "--text", path, "--no-samples")
    assert "whether that is chance, so little text (1 block) cannot tell" in shown
    assert re.search(r"^ *\d\.\d{3} +\d\.\d{3} +[+-]\d\.\d{3}  사랑 그대$", shown, re.MULTILINE)


def test_enough_documents_tell_whether_a_difference_is_chance(call):
    text = "".join(f"사랑 {word}\n" for word in ("그대", "바다", "별", "밤") for _ in range(6))
    arguments = ("--text", "-", "--document", "line", "--no-samples")
    told = json.loads(call(*PAIR, *arguments, "--json", stdin=text))["text"]
    found = told["bootstrap"]
    assert (found["pieces"], found["kind"]) == (24, "documents")
    assert found["low"] < found["mean"] < found["high"]
    assert found["low"] > 0  # a random network is worse
    assert "song is better on such texts" in call(*PAIR, *arguments, stdin=text)


def test_the_test_split_is_read_again_from_its_shards(call, learnt_songs):
    _, _, texts = learnt_songs
    told = json.loads(call(*PAIR, "--test", "--no-samples", "--json"))["test"]
    assert told["why_not"] is None
    assert told["bits_per_byte"]["rnn"] == [3.0, 3.004]
    assert (told["bootstrap"]["pieces"], told["bootstrap"]["kind"]) == (3, "blocks")
    test = texts["test"]
    network = learnt_songs[0]
    nats = score(network, test.tokens, test.bounds, test.grammar)
    of = open_run(Path("results/song"))
    again = total(score_split(of.network, of.vocabulary, of.grammar, test.split))
    assert again["nats_per_character"] == pytest.approx(
        nats.sum() / test.split.characters, rel=1e-6
    )
    assert again["bytes"] == test.split.bytes


def test_numbers_of_other_texts_are_not_shown(call, runs):
    path = runs / "short/evaluation.json"
    before = read_json(path)
    write_json(path, evaluation("short", 3.2, sha256="b" * 64))
    try:
        told = json.loads(call(*PAIR, "--no-samples", "--json"))["test"]
        shown = call(*PAIR, "--no-samples")
        path.unlink()
        missing = call(*PAIR, "--no-samples")
    finally:
        write_json(path, before)
    assert "their test texts differ (sha256 aaaaaaaaaaaa and bbbbbbbbbbbb)" in told["why_not"]
    assert told["bits_per_byte"] == {}
    assert "cannot be compared" in shown
    assert "3.2" not in shown
    assert "--text FILE" in shown
    assert "`snakemake results/short/evaluation.json` writes it" in missing


def test_a_run_beside_itself_has_no_difference(call):
    shown = call("compare", "results/song", "results/song", "--no-samples")
    assert re.search(r"^rnn +3\.000 +3\.000 +\+0\.000$", shown, re.MULTILINE)
    assert "Differences under" not in shown
    assert "bits/byte of test  results/song  results/song  difference" in shown


def test_a_beam_may_find_fewer_than_the_other(call, monkeypatch):
    texts = iter([["가", "나"], ["다"]] * 2)
    monkeypatch.setattr("model.commands.compare.draw", lambda *_: next(texts))
    told = json.loads(call(*PAIR, "--beam", 2, "--count", 2, "--json"))
    assert told["samples"]["texts"] == [["가", "다"], ["나", None]]
    shown = call(*PAIR, "--beam", 2, "--count", 2)
    assert re.search(r"^나 +–$", shown, re.MULTILINE)
