"""Command `sample` for people: texts as they are drawn, prompts, JSON lines."""

import json
import re

import pytest

from model.writing import draw
from tests.model.samplings import config

SHORT = {"count": 2, "length": 12, "temperature": 0.9}


def written(learnt_songs, **changes):
    """Return what the run `song` must write."""
    network, vocabulary, texts = learnt_songs
    return draw(network, vocabulary, texts["test"].grammar, config(**{**SHORT, **changes}))


def test_samples_are_those_of_the_runs_own_settings(call, learnt_songs):
    first, second = written(learnt_songs)
    assert call("sample", "results/song") == (
        f'=== sample 1 of 2: prompt "", temperature 0.9, seed 7 ===\n{first}\n\n'
        f'=== sample 2 of 2: prompt "", temperature 0.9, seed 7 ===\n{second}\n'
    )


def test_flags_change_them(call, learnt_songs):
    flags = ("--count", 1, "--prompt", "사랑", "--seed", 3, "--temperature", 0.4, "--top-k", 5)
    [text] = written(learnt_songs, count=1, prompt="사랑", seed=3, temperature=0.4, top_k=5)
    assert text.startswith("사랑")
    assert call("sample", "results/song", *flags) == (
        f'=== sample 1 of 1: prompt "사랑", temperature 0.4, top-k 5, seed 3 ===\n{text}\n'
    )


@pytest.mark.parametrize("prompt", ["뷁꿻", "é 漢字 🙂", "\u1112\u119e\u11ab"])
def test_fault_31_a_prompt_may_have_characters_that_train_has_not(call, learnt_songs, prompt):
    texts = written(learnt_songs, prompt=prompt)
    assert all(text.startswith(prompt) and len(text) > len(prompt) for text in texts)
    for flags, stdin in ((("--prompt", prompt), ""), (("--prompts", "-"), f"{prompt}\n")):
        lines = call("sample", "results/song", *flags, "--json", stdin=stdin)
        told = [json.loads(line) for line in lines.removesuffix("\n").split("\n")]
        assert [sample["text"] for sample in told] == texts


def test_each_line_of_a_file_is_a_prompt(call, learnt_songs):
    lines = call("sample", "results/song", "--prompts", "-", "--json", stdin="그대\n\n사랑 \n")
    told = [json.loads(line) for line in lines.removesuffix("\n").split("\n")]
    expected = [*written(learnt_songs, prompt="그대"), *written(learnt_songs, prompt="사랑 ")]
    assert [sample["text"] for sample in told] == expected
    assert [sample["prompt"] for sample in told] == ["그대"] * 2 + ["사랑 "] * 2
    assert [sample["index"] for sample in told] == [0, 1, 0, 1]
    assert {sample["run"] for sample in told} == {"song"}
    assert {sample["seed"] for sample in told} == {7}
    assert told[0]["settings"]["temperature"] == 0.9
    assert told[0]["settings"].keys() & {"count", "prompt", "seed"} == set()


def test_a_terminal_is_shown_no_control_characters(call, monkeypatch, learnt_songs):
    """A prompt of ESC would be obeyed."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    shown = call("sample", "results/song", "--count", 1, "--prompt", "\x1b]0;가\a")
    assert "␛]0;가␇" in re.sub("\x1b\\[[\\d;]*m", "", shown)
    assert "\x1b]" not in shown
    monkeypatch.delenv("FORCE_COLOR")
    [text] = written(learnt_songs, count=1, prompt="\x1b]0;가\a")
    assert call("sample", "results/song", "--count", 1, "--prompt", "\x1b]0;가\a").endswith(
        f"{text}\n"
    )


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--top-k", -1), "--top-k is -1; it must be 0 or more"),
        (("--temperature", "nan"), "--temperature is nan; it must be a number"),
        (("--top-p", 0), "--top-p is 0.0; it must be above 0"),
        (("--beam", 1), "--beam is 1, which finds as many texts, but --count is 2"),
        (("--length", 0), "--length is 0"),
        (("--acrostic", "가 나"), "--acrostic is '가 나'"),
        (("--acrostic", "가", "--lines", 2), "--lines is 2, but --acrostic already says"),
        (("--prompt", "가\udcff"), "--prompt has U+DCFF at index 1, which is no character"),
    ],
)
def test_an_impossible_value_is_refused_with_its_flag(call, flags, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        call("sample", "results/song", *flags)


def test_a_prompt_and_a_file_of_prompts_exclude_each_other(call, capsys):
    with pytest.raises(SystemExit):
        call("sample", "results/song", "--prompt", "가", "--prompts", "-")
    assert "not allowed with argument --prompt" in capsys.readouterr().err
