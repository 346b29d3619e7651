"""Command `complete`: what follows a text, and nothing else."""

import json
import unicodedata

import pytest

from model.writing import draw
from tests.model.samplings import config


@pytest.fixture
def follows(learnt_songs):
    """Return a function that says what the run `song` must go on with."""
    network, vocabulary, texts = learnt_songs

    def follows(prompt, count=1):
        settings = config(count=count, length=12, temperature=0.9, prompt=prompt)
        drawn = draw(network, vocabulary, texts["test"].grammar, settings)
        assert all(text.startswith(prompt) for text in drawn)
        return [text.removeprefix(prompt) for text in drawn]

    return follows


@pytest.mark.parametrize("text", ["사랑 그", "사랑\n그대\n"])
def test_only_what_follows_is_written(call, follows, text):
    [rest] = follows(text)
    assert call("complete", "results/song", stdin=text) == f"{rest}\n"
    assert call("complete", "results/song", "--with-text", stdin=text) == f"{text}{rest}\n"


@pytest.mark.parametrize(
    "given",
    [
        unicodedata.normalize("NFD", "사랑 그").encode(),
        "사랑 그".encode("utf-16"),
        "\ufeff사랑\u200b 그".encode(),
        "사랑\u3000그".encode(),
    ],
)
def test_the_text_is_brought_into_the_form_of_corpora(call, follows, given):
    [rest] = follows("사랑 그")
    assert call("complete", "results/song", "--with-text", stdin=given) == f"사랑 그{rest}\n"


@pytest.mark.parametrize("text", ["뷁꿻", "é 漢字 🙂", "\u1112\u119e\u11ab\n"])
def test_fault_31_a_text_may_have_characters_that_train_has_not(call, follows, text):
    [rest] = follows(text)
    assert call("complete", "results/song", stdin=text) == f"{rest}\n"


def test_an_encoding_may_be_named(call, follows):
    given = "사랑 그".encode("cp949")
    [rest] = follows("사랑 그")
    assert call("complete", "results/song", "--encoding", "cp949", stdin=given) == f"{rest}\n"


def test_several_have_headers_with_the_end_of_the_text(call, follows):
    text = "그대 바다 " * 5
    first, second = follows(text, count=2)
    head = f'prompt "…{text[-20:]}", temperature 0.9, seed 7 ==='
    assert call("complete", "results/song", "--count", 2, stdin=text) == (
        f"=== sample 1 of 2: {head}\n{first}\n\n=== sample 2 of 2: {head}\n{second}\n"
    )


def test_json_has_both(call, follows):
    lines = call("complete", "results/song", "--count", 2, "--json", stdin="사랑 그")
    told = [json.loads(line) for line in lines.removesuffix("\n").split("\n")]
    assert [row["continuation"] for row in told] == follows("사랑 그", count=2)
    assert [(row["prompt"], row["index"], row["seed"]) for row in told] == [
        ("사랑 그", 0, 7),
        ("사랑 그", 1, 7),
    ]


@pytest.mark.parametrize(
    ("given", "message"),
    [("", "stdin: is empty; give it a text"), (" \n", "stdin: has only white space")],
)
def test_without_a_text_it_says_so(call, given, message):
    with pytest.raises(ValueError, match=message):
        call("complete", "results/song", stdin=given)
