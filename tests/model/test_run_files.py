"""JSON of a run, read again: what is not of it is refused by name."""

import pytest

from model.run_files import read_object


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is damaged"),
        ("[]", "holds no JSON object; delete it and run snakemake again"),
        ("3", "holds no JSON object"),
        ("{}", "is not of this version of the program: 'models' is missing, or of another type"),
        ('{"models": [], "bytes": 1}', "'models' is missing, or of another type"),
        ('{"models": {}, "bytes": null}', "'bytes' is missing, or of another type"),
    ],
)
def test_what_is_not_of_a_run_is_refused_by_name(tmp_path, content, words):
    file = tmp_path / "evaluation.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=rf"evaluation\.json: .*{words}"):
        read_object(file, models=dict, bytes=int)


def test_the_rest_of_it_is_taken_as_it_is(tmp_path):
    file = tmp_path / "evaluation.json"
    file.write_text('{"models": {}, "bytes": 1, "more": null}', encoding="utf-8")
    assert read_object(file, models=dict) == {"models": {}, "bytes": 1, "more": None}
