"""Checkpoints: two good ones, whatever happened to the newest."""

import hashlib
import json

import pytest
import torch

from model.checkpoints import (
    Checkpoint,
    changes,
    load_checkpoints,
    remove_checkpoints,
    save_checkpoint,
)
from preprocess.files import sha256_of


def newest(folder) -> Checkpoint | None:
    return next(load_checkpoints(folder), None)


def at(step: int) -> Checkpoint:
    tensors = {"model.a": torch.full((3,), float(step)), "optimiser.0.step": torch.tensor(2.0)}
    return Checkpoint(step, {"code": "c", "train": {"seed": 1}}, {"history": [step, None]}, tensors)


def test_what_is_saved_is_loaded(tmp_path):
    assert newest(tmp_path) is None
    save_checkpoint(tmp_path, at(7))
    loaded = newest(tmp_path)
    assert (loaded.number, loaded.fingerprint, loaded.position) == (
        7,
        {"code": "c", "train": {"seed": 1}},
        {"history": [7, None]},
    )
    assert loaded.tensors.keys() == {"model.a", "optimiser.0.step"}
    assert loaded.tensors["model.a"].tolist() == [7.0] * 3
    assert loaded.tensors["optimiser.0.step"].shape == ()


def test_two_are_kept_and_leftovers_removed(tmp_path):
    (tmp_path / ".tmp-0123.safetensors").write_bytes(b"torn")
    (tmp_path / "checkpoint-00000005.safetensors").write_bytes(b"without its json")
    for step in (1, 2, 10):
        save_checkpoint(tmp_path, at(step))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "checkpoint-00000002.json",
        "checkpoint-00000002.safetensors",
        "checkpoint-00000010.json",
        "checkpoint-00000010.safetensors",
    ]
    assert newest(tmp_path).number == 10
    remove_checkpoints(tmp_path)
    assert list(tmp_path.iterdir()) == []


def flip(path):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def cut(path):
    path.write_bytes(path.read_bytes()[:-20])


@pytest.mark.parametrize("suffix", [".safetensors", ".json"])
@pytest.mark.parametrize("damage", [flip, cut, lambda path: path.unlink()])
def test_fault_49_a_damaged_one_falls_back_to_the_one_before_with_a_word(
    tmp_path, caplog, suffix, damage
):
    save_checkpoint(tmp_path, at(1))
    save_checkpoint(tmp_path, at(2))
    path = tmp_path / f"checkpoint-00000002{suffix}"
    if (damage, suffix) == (flip, ".json"):
        path.write_text(path.read_text().replace('"format": 1', '"format": 9'))
    else:
        damage(path)
    assert newest(tmp_path).number == 1
    lost_json = suffix == ".json" and not path.exists()  # is as if it had never been written
    assert ("checkpoint-00000002" in caplog.text) is not lost_json


def test_without_a_whole_one_there_is_none(tmp_path, caplog):
    save_checkpoint(tmp_path, at(1))
    flip(tmp_path / "checkpoint-00000001.safetensors")
    assert newest(tmp_path) is None
    assert "is damaged" in caplog.text


def test_the_digest_is_of_the_tensors(tmp_path):
    save_checkpoint(tmp_path, at(1))
    stored = json.loads((tmp_path / "checkpoint-00000001.json").read_text())
    assert stored["format"] == 1
    assert len(stored["sha256"]) == 64


def test_changes_are_named_from_both_sides():
    old = {"code": "a", "train": {"seed": 1, "clip": 1.0}, "gone": 1}
    new = {"code": "a", "train": {"seed": 2, "clip": 1}, "come": {"x": 1}}
    assert list(changes(old, new)) == [
        "train.seed was 1 and is 2",
        "gone was 1 and is absent",
        "come was absent and is {'x': 1}",
    ]


def test_damaged_later_checkpoints_do_not_cost_the_new_ones(tmp_path):
    for step in (500, 600):
        save_checkpoint(tmp_path, at(step))
        (tmp_path / f"checkpoint-{step:08d}.safetensors").write_bytes(b"torn")
    assert newest(tmp_path) is None
    for step in (30, 60, 90):
        save_checkpoint(tmp_path, at(step))
    assert newest(tmp_path).number == 90
    assert sorted(path.name for path in tmp_path.glob("*.json")) == [
        "checkpoint-00000060.json",
        "checkpoint-00000090.json",
    ]


def test_a_changed_position_is_found(tmp_path):
    save_checkpoint(tmp_path, at(1))
    save_checkpoint(tmp_path, at(2))
    path = tmp_path / "checkpoint-00000002.json"
    stored = json.loads(path.read_text("utf-8"))
    stored["position"]["best_bits"] = 0.5
    path.write_text(json.dumps(stored), "utf-8")
    assert newest(tmp_path).number == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[1]", "is no checkpoint"),
        ("null", "is no checkpoint"),
        ('{"format": 2}', "has format 2, this program reads 1"),
        ("{}", "has format None"),
        ('{"format": 1}', "is damaged"),
        ("{", "is damaged"),
        ("\0", "is damaged"),
    ],
)
def test_fault_51_a_foreign_one_is_skipped_with_a_word(tmp_path, caplog, content, words):
    save_checkpoint(tmp_path, at(1))
    (tmp_path / "checkpoint-00000009.json").write_text(content)
    assert newest(tmp_path).number == 1
    assert f"checkpoint-00000009.json: {words}" in caplog.text


def test_files_of_other_names_are_no_checkpoints(tmp_path, caplog):
    save_checkpoint(tmp_path, at(1))
    for name in ("checkpoint-best.json", "checkpoint-1.json", "checkpoint-0000000².json"):
        (tmp_path / name).write_text("{}")
    assert newest(tmp_path).number == 1
    assert caplog.text == ""


def test_the_newest_has_the_greatest_number_of_whatever_length(tmp_path):
    for number in (99_999_999, 100_000_000, 100_000_001):
        save_checkpoint(tmp_path, at(number))
    assert [found.number for found in load_checkpoints(tmp_path)] == [100_000_001, 100_000_000]


def test_fault_50_a_pickle_is_no_checkpoint_and_is_not_run(tmp_path, caplog):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "was run"), "w"))

    save_checkpoint(tmp_path, at(1))
    save_checkpoint(tmp_path, at(2))
    tensors, stored = (tmp_path / f"checkpoint-00000002.{end}" for end in ("safetensors", "json"))
    torch.save(Evil(), tensors)
    content = json.loads(stored.read_text())
    content["tensors_sha256"] = sha256_of(tensors)
    signed = {key: content[key] for key in ("tensors_sha256", "fingerprint", "position")}
    content["sha256"] = hashlib.sha256(json.dumps(signed, sort_keys=True).encode()).hexdigest()
    stored.write_text(json.dumps(content))
    assert newest(tmp_path).number == 1
    assert "checkpoint-00000002.safetensors: is damaged (" in caplog.text
    assert not (tmp_path / "was run").exists()
