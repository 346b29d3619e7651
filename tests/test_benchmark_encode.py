"""The benchmark of units on a text whose numbers are known."""

import operator
import re

import pyarrow.parquet as pq
import pytest

from benchmarks import encode, parquet
from benchmarks.processes import in_own_process
from benchmarks.stages import TO_CLEAN, TO_SHARDS, Build
from preprocess.tables import read_tables

LINES = ["값이 싸다", "값이 비싸다", "ㅋㅋ 漢字 값", "가나다"] * 30


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text [1].txt"  # brackets are a pattern elsewhere
    path.write_text("\n".join(f"{number} {line}" for number, line in enumerate(LINES)), "utf-8")
    return path


@pytest.fixture
def build(tmp_path, text):
    (tmp_path / "build").mkdir()
    corpus = {"document": "line", "split": {"near_duplicates": None}}
    build = Build.of(tmp_path / "build", [text], corpus)
    for stage in TO_CLEAN:
        build.run(stage)
    return build


def cells(table, name):
    """Return the cells of a row of a Markdown table."""
    (row,) = re.findall(rf"^\| {re.escape(name)} \| (.*) \|$", table, re.MULTILINE)
    return row.split(" | ")


def test_the_memory_of_a_process_of_its_own_is_measured():
    little = in_own_process(operator.mul, b"x", 1)
    much = in_own_process(operator.mul, b"x", 100_000_000)
    assert much.peak - little.peak == pytest.approx(100_000_000, rel=0.1)
    assert much.cpu > 0
    assert much.seconds > 0


def test_an_error_in_a_process_of_its_own_is_raised():
    with pytest.raises(ZeroDivisionError):
        in_own_process(operator.truediv, 1, 0)


def test_all_ways_encode_the_same_documents(build):
    documents = encode.texts_of(build)
    assert documents == [f"{number} {line}" for number, line in enumerate(LINES)]
    made = {name: make(documents)() for name, make in encode.OTHERS.items()}
    assert made["unicodedata NFD"][2] == made["jamo.h2j"][2] == "2 ㅋㅋ 漢字 \u1100\u1161\u11b9"
    characters = [len(text) for text in documents]
    jamo = [len(text) for text in made["unicodedata NFD"]]
    assert [len(encoding.ids) for encoding in made[encode.PEER]] == characters
    assert [len(one.ids) for one in made["the same, encode_batch_fast"]] == characters
    assert [len(one.ids) for one in made["tokenizers WordLevel of jamo, by NFD"]] == jamo
    assert [len(ids) for ids in made["unicodedata NFD, ids by a dict"]] == jamo
    assert all(0 not in encoding.ids for encoding in made[encode.PEER])  # 0 is <unk>


def test_ways_take_turns():
    done = []
    ways = [
        encode.Way(name, {step: lambda both=name + step: done.append(both) for step in "xy"})
        for name in "ab"
    ]
    encode.measure(ways, 2)
    assert done == ["ax", "ay", "bx", "by"] * 3
    assert [len(way.seconds[step]) for way in ways for step in "xy"] == [2] * 4  # the first: none


def test_medians_are_of_a_step_and_of_all_steps_of_a_turn():
    way = encode.Way("a", {}, {"x": [1.0, 9.0, 2.0], "y": [5.0, 1.0, 1.0]})
    assert way.median("x") == 2.0
    assert way.total == 6.0


def test_the_tables_tell_speed_against_the_peer(build, capsys):
    build.run_all("jamo")
    seconds = {"count": [0.5], "vocabulary": [0.25], "encode": [1.0], "gather": [0.25]}
    ours = encode.Way("jamo", {}, seconds)
    others = [encode.Way(encode.PEER, {}, {"encode": [20.0]})]
    encode.say_speed(build, [ours], others, {"jamo": 150_000_000, encode.PEER: 400_000_000})
    written = capsys.readouterr().out
    megabytes = sum(len(text.encode()) for text in encode.texts_of(build)) / 1e6
    row = cells(written, "jamo")
    assert row[2:6] == [f"{500 / megabytes:.1f}", "250.0", f"{1000 / megabytes:.1f}", "250.0"]
    assert row[7] == "20.0"  # encode
    assert row[9:] == ["10.0", "150"]  # all
    assert cells(written, encode.PEER)[1:] == ["1.00", "400"]


def test_tokens_a_character_count_ends(build):
    for unit in ("syllable", "byte"):
        build.run_all(unit)
    documents = encode.texts_of(build)
    bytes_and_ends = sum(len(text.encode()) + 1 for text in documents)
    assert encode.tokens_of(build, "byte") == bytes_and_ends
    characters_and_ends = sum(len(text) + 1 for text in documents)
    assert encode.tokens_of(build, "syllable") == characters_and_ends


def test_all_layouts_hold_the_same_tokens(build, monkeypatch):
    build.run_all("syllable")
    shard = build.shards("syllable")[0]
    wanted = [table["tokens"].to_pylist() for table in read_tables(shard, "")]
    read = []

    def keep(path):
        read.append([table["tokens"].to_pylist() for table in read_tables(path, "")])

    monkeypatch.setattr(parquet, "_read", keep)
    costs = parquet.measure_layouts(shard, 1)
    assert read == [wanted] * 2 * len(parquet.LAYOUTS)
    assert list(costs) == [layout.name for layout in parquet.LAYOUTS]
    assert all(cost.write > 0 and cost.size > 0 for cost in costs.values())
    assert sorted(path.name for path in shard.parent.glob("train*")) == ["train-00000.parquet"]


def test_our_layout_is_that_of_the_shards(build, tmp_path):
    build.run_all("jamo")
    shard = build.shards("jamo")[0]
    (ours,) = (layout for layout in parquet.LAYOUTS if "ours" in layout.name)
    groups = list(read_tables(shard, ""))
    parquet._write(tmp_path / "ours", groups, ours.options)
    assert parquet._schema(groups[0], ours) == groups[0].schema.remove_metadata()
    for column in range(2):
        one, other = (
            pq.read_metadata(path).row_group(0).column(column).to_dict()
            for path in (shard, tmp_path / "ours")
        )
        assert one == other


def test_the_stages_of_all_units_are_measured(text, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(
        encode, "peaks_of", lambda build, units, others: {way.name: 0 for way in [*units, *others]}
    )
    arguments = [str(text), "--repeat", "1", "--units", "byte", "word", "--folder", str(tmp_path)]
    encode.main(arguments)
    written = capsys.readouterr().out
    size = sum(len(line.encode()) for line in encode_lines())
    assert f"clean: {len(LINES)} documents, {sum(map(len, encode_lines()))} characters" in written
    assert f"{size} bytes" in written
    assert len(cells(written, "byte")) == len(cells(written, "word")) == 4 + len(TO_SHARDS) + 3
    assert sorted(path.name for path in tmp_path.iterdir()) == [text.name]


def encode_lines():
    return [f"{number} {line}" for number, line in enumerate(LINES)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{folder}/none.txt"], "there is no file"),
        (["{text}", "--repeat", "0"], "it must be 1 or more"),
        (["{text}", "--folder", "{folder}/none"], "there is no folder"),
        (["{text}", "--units", "sylable"], "invalid choice: 'sylable'"),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_line(text, tmp_path, capsys, arguments, message):
    with pytest.raises(SystemExit) as refusal:
        encode.main([argument.format(folder=tmp_path, text=text) for argument in arguments])
    assert refusal.value.code == 2
    assert message in capsys.readouterr().err.splitlines()[-1]
