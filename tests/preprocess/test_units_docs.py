"""The examples of docs/units.md are right: tokens, numbers of tokens, units, shards."""

import re
from pathlib import Path

import numpy as np
import pytest
import yaml

from benchmarks.encode import texts_of, tokens_of
from benchmarks.stages import TO_CLEAN, Build
from preprocess.choice import build
from preprocess.count import count
from preprocess.split_rows import STRETCHES
from preprocess.tables import DOCUMENTS, write_columns
from preprocess.units import UNITS
from preprocess.vocabulary import Vocabulary
from workflow.configuration import resolve
from workflow.entries import merge

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/units.md").read_text(encoding="utf-8")
SHOWN = {" ": "␣", "\n": "↵", "\r": "␍", "\u200d": "U+200D"}
CODE_POINT_RE = re.compile("U\\+([0-9A-F]{4}) ?")


def tables():
    """Yield the tables of the page: lists of rows of cells."""
    for table in re.findall(r"(?:^\|.*\n)+", PAGE, re.MULTILINE):
        yield [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()]


def examples():
    for head, _, *rows in tables():
        if head[:2] == ["text", ""]:
            for text, _, *cells in rows:
                for unit, cell in zip(head[2:], cells, strict=True):
                    yield pytest.param(text.strip("`"), unit.strip("`"), cell, id=f"{text} {unit}")


def written(text):
    """Return the text that a cell shows."""
    for character, sign in SHOWN.items():
        text = text.replace(sign, character)
    return CODE_POINT_RE.sub(lambda match: chr(int(match[1], 16)), text)


def shown(vocabulary, token):
    """Return a token as a cell shows it."""
    symbol, kind = vocabulary.symbols[token], vocabulary.kinds[token]
    if kind == "character" and "\u1100" <= symbol <= "\u11ff":
        return f"U+{ord(symbol):04X}"
    return "".join(SHOWN.get(character, character) for character in symbol)


def blocks(language):
    return re.findall(f"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def vocabularies(tmp_path_factory):
    """The vocabularies of the page's text in the page's units."""
    folder = tmp_path_factory.mktemp("units")
    (text,) = blocks("text")
    clean, split = folder / "clean.parquet", folder / "split.parquet"
    write_columns(clean, DOCUMENTS, [["page"], [""], [text]])
    write_columns(split, STRETCHES, [["page"], ["train"], [0], [len(text)]])
    made = {}
    for name, settings in yaml.safe_load(blocks("yaml")[0])["units"].items():
        count({"kind": settings["kind"]}, clean, split, 0, folder / "counts.parquet")
        build(settings, [folder / "counts.parquet"], folder / f"{name}.parquet")
        made[name] = Vocabulary.load(folder / f"{name}.parquet")
    return made


@pytest.mark.parametrize(("text", "unit", "cell"), list(examples()))
def test_an_example_has_these_tokens(vocabularies, text, unit, cell):
    vocabulary = vocabularies[unit]
    tokens = vocabulary.encode(written(text))
    assert vocabulary.decode(tokens) == written(text)
    number, _, spelt = cell.partition(" ")
    assert len(tokens) == int(number)
    if spelt:
        assert [shown(vocabulary, token) for token in tokens] == spelt.strip("`").split(" ")


def test_there_are_examples_of_every_unit_and_kind_of_text():
    texts = {written(example.values[0]) for example in examples()}
    assert {"값", "ㅋㅋ", "漢字", "👨‍👩‍👧", "\r\n", "ᄒᆞᆫ", "\u1112\u1161\u11ab", "뷁"} <= texts
    assert {example.values[1] for example in examples()} == {*UNITS, "subword-jamo"}


def test_every_kind_of_unit_is_in_the_first_table():
    _, _, *rows = next(tables())
    assert [row[0].strip("`") for row in rows] == list(UNITS)


@pytest.mark.parametrize(("corpus", "column"), [("ballad", 1), ("novel", 2)])
def test_tokens_a_character_are_those_of_the_embedded_corpora(tmp_path, corpus, column):
    texts = sorted((ROOT / "data/embedded" / corpus).glob("*.txt"))
    made = Build.of(tmp_path, texts, {"split": {"near_duplicates": None}})
    for stage in TO_CLEAN:
        made.run(stage)
    characters = sum(len(text) + 1 for text in texts_of(made))
    (rows,) = (rows for head, _, *rows in tables() if head[1].startswith("tokens a character:"))
    assert [row[0].strip("`") for row in rows] == list(made.configuration.units)
    for row in rows:
        unit = row[0].strip("`")
        made.run_all(unit)
        assert float(row[column]) == pytest.approx(tokens_of(made, unit) / characters, abs=0.001)
        size = Vocabulary.load(made.vocabulary(unit)).size
        assert int(row[column + 3].replace(",", "")) == size


def test_the_config_of_the_page_is_right():
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    for block in blocks("yaml"):
        added = yaml.safe_load(block)
        resolved = resolve(merge(config, added))
        for section, entries in added.items():
            found = getattr(resolved, section)
            for name, entry in entries.items():
                assert {key: getattr(found[name], key) for key in entry} == entry


def test_defaults_of_limits_are_those_of_the_config():
    defaults = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))["defaults"]
    (rows,) = (rows for head, _, *rows in tables() if head[:2] == ["key", "default"])
    for key, default, _ in rows:
        assert yaml.safe_load(default) == defaults["unit"][key.strip("`")]


def test_shards_are_read_as_the_page_says(tmp_path, monkeypatch):
    texts = sorted((ROOT / "data/embedded/novel").glob("*.txt"))[:12]
    made = Build.of(tmp_path, texts, {"split": {"near_duplicates": None, "valid": 0, "test": 0}})
    for stage in TO_CLEAN:
        made.run(stage)
    made.run_all("jamo")
    for path, place in (
        (made.shards("jamo")[0], "data/shards/novel/jamo/train-00000.parquet"),
        (made.vocabulary("jamo"), "data/vocabulary/novel/jamo.parquet"),
    ):
        (tmp_path / place).parent.mkdir(parents=True)
        path.rename(tmp_path / place)
    monkeypatch.chdir(tmp_path)
    names = {}
    for block in blocks("python"):
        exec(block, names)
    assert names["text"] == "".join(texts_of(made))
    assert names["tokens"].dtype == np.uint16
    assert (names["tokens"] == 0).sum() == len(texts)
