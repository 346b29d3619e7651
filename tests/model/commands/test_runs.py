"""Which run is meant, and in words why there is none."""

import re
import shutil

import pytest

MISSING = [
    ("results/sogn", "there is no such run; did you mean results/song? Trained runs there: short"),
    ("song", "there is no such run; did you mean results/song?"),
    (
        "results/novel",
        "there is no such run; trained runs in results: short, song; if config.yaml has it, "
        "`snakemake results/novel/samples.txt` trains it",
    ),
    ("results", "is a folder of runs; name one of short, song"),
    ("results/song/model", "is the model of a run; name the run, results/song"),
    ("elsewhere/song", "there is no such run; trained runs in elsewhere: none"),
    ("results/새 글", "is not trained yet; `snakemake 'results/새 글/samples.txt'` trains it"),
]


@pytest.mark.parametrize(("run", "message"), MISSING)
@pytest.mark.parametrize("command", ["sample", "complete", "score", "compare"])
def test_a_run_that_is_not_there(call, runs, command, run, message):
    (runs / "새 글").mkdir(exist_ok=True)
    more = {"score": ["-"], "compare": ["results/song"]}.get(command, [])
    with pytest.raises(FileNotFoundError, match=f"^{re.escape(f'{run}: {message}')}"):
        call(command, run, *more, stdin="사랑")


def test_samples_are_drawn_as_its_own_were(call, runs):
    shutil.copytree(runs / "song", runs / "bare")
    own = runs / "bare/samples.json"
    try:
        own.write_text('{"settings": {"count": 8, "temperature": 0.8}}')
        with pytest.raises(ValueError, match="has not the settings of this version; `snakemake"):
            call("sample", "results/bare")
        own.write_text("{}")
        with pytest.raises(
            ValueError, match=r"samples\.json: is not of this .* 'settings' is miss"
        ):
            call("sample", "results/bare")
        own.unlink()
        with pytest.raises(FileNotFoundError, match=r"samples\.json: is missing"):
            call("sample", "results/bare")
        call("score", "results/bare", "-", stdin="사랑")  # which needs none
    finally:
        shutil.rmtree(runs / "bare")
