"""Training: killed and going on, the same bytes; settings that change; early stops; seeds."""

import json
import random
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import grimp
import numpy as np
import pytest
import safetensors.torch
import torch

from model.batches import Batches
from model.folder import load_model
from model.scoring import bits_of_text
from model.seeds import derive_seed
from model.train import train
from preprocess.grammar import Grammar
from preprocess.units import END, FIRST_BYTE
from tests.full_disk import full_disk
from tests.model.trainings import MODEL, TRAIN, curve, newest_step, paths, settings, weights

ROOT = Path(__file__).parents[2]


def test_fault_45_a_full_disk_is_an_error_and_the_next_start_ends_with_the_same_bytes(
    tmp_path, song_corpus, undisturbed
):
    with full_disk(60_000), pytest.raises(OSError, match="File too large"):  # a checkpoint has more
        train(settings(checkpoint_seconds=0), code="c", threads=1, **paths(tmp_path, song_corpus))
    left = [path.name for path in tmp_path.rglob("*") if path.is_file()]
    assert all(name.startswith("events.out.tfevents.") for name in left)
    train(settings(checkpoint_seconds=0), code="c", threads=1, **paths(tmp_path, song_corpus))
    assert weights(tmp_path) == weights(undisturbed)


def test_a_finished_training_writes_its_outputs_again(tmp_path, song_corpus, caplog):
    train(settings(), code="c", threads=1, **paths(tmp_path, song_corpus))
    before = [(tmp_path / name).read_bytes() for name in ("metrics.csv", "run.json")]
    model = weights(tmp_path)
    (tmp_path / "metrics.csv").unlink()
    (tmp_path / "model" / "model.safetensors").unlink()
    caplog.clear()
    again = settings(checkpoint_seconds=3, sample_every=5, cache_bytes=0)  # without effect
    train(again, code="c", threads=1, **paths(tmp_path, song_corpus))
    assert "had ended at step 48: writing its outputs again" in caplog.text
    assert (tmp_path / "metrics.csv").read_bytes() == before[0]
    assert weights(tmp_path) == model


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"learning_rate": 0.02}, "c", "train.learning_rate was 0.01 and is 0.02"),
        ({"model": {"hidden": 13}}, "c", "model.hidden was 12 and is 13"),
        ({}, "d", "code was c and is d"),
        ({"restart": True}, "c", "starting anew, since train.restart is true"),
    ],
)
def test_fault_64_what_changed_starts_anew_and_is_named(
    tmp_path, song_corpus, caplog, changes, code, words
):
    train(settings(epochs=1), code="c", threads=1, **paths(tmp_path, song_corpus))
    caplog.clear()
    train(settings(epochs=1, **changes), code=code, threads=1, **paths(tmp_path, song_corpus))
    assert words in caplog.text
    assert "going on" not in caplog.text.replace("not going on from step 24", "")
    assert [row["step"] for row in curve(tmp_path)][-1] == "24"


def test_fault_64_another_corpus_starts_anew(tmp_path, song_corpus, make_corpus, caplog):
    train(settings(epochs=1), code="c", threads=1, **paths(tmp_path, song_corpus))
    texts = {"train": ["사랑 노래"] * 5, "valid": ["노래"], "test": []}
    other = make_corpus(tmp_path / "other", texts)
    train(settings(epochs=1), code="c", threads=1, **paths(tmp_path, other))
    for name in ("train", "valid", "vocabulary"):
        assert f"inputs.{name} was " in caplog.text


def break_off(folder: Path, corpus) -> None:
    """Train until a validation after step 20 meets an error; checkpoints are of each step."""

    def fail(_, step):
        if step >= 20:
            raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        train(
            settings(checkpoint_seconds=0),
            code="c",
            threads=1,
            on_validation=fail,
            **paths(folder, corpus),
        )


def test_fault_49_a_damaged_checkpoint_falls_back_and_the_end_is_the_same(
    tmp_path, song_corpus, undisturbed, caplog
):
    break_off(tmp_path, song_corpus)
    newest = newest_step(tmp_path / "work")
    path = tmp_path / "work" / f"checkpoint-{newest:08d}.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    train(settings(), code="c", threads=1, **paths(tmp_path, song_corpus))
    assert f"{path}: is damaged" in caplog.text
    assert f"going on from step {newest - 1} of 48" in caplog.text
    assert weights(tmp_path) == weights(undisturbed)


def test_samples_while_training_change_nothing(tmp_path, song_corpus, undisturbed):
    seen = []

    def look(model, step):
        seen.append((step, model.training))
        torch.rand(7)

    train(settings(), code="c", threads=1, on_validation=look, **paths(tmp_path, song_corpus))
    steps = [int(row["step"]) for row in curve(tmp_path)]
    assert seen == [(step, False) for step in steps]
    assert steps == [6, 12, 18, 24, 30, 36, 42, 48]
    assert weights(tmp_path) == weights(undisturbed)
    seen.clear()
    often = settings(sample_every=20, restart=True)
    train(often, code="c", threads=1, on_validation=look, **paths(tmp_path, song_corpus))
    assert [step for step, _ in seen] == [20, 40]
    assert weights(tmp_path) == weights(undisturbed)


def test_the_curve_the_record_and_the_model(undisturbed, song_corpus):
    rows = curve(undisturbed)
    assert list(rows[0]) == [
        "step",
        "epoch",
        "tokens",
        "learning_rate",
        "train_bits_per_byte",
        "valid_bits_per_byte",
    ]
    record = json.loads((undisturbed / "run.json").read_text())
    best = min(rows, key=lambda row: float(row["valid_bits_per_byte"]))
    assert record["best_step"] == int(best["step"])
    assert record["valid_bits_per_byte"] == pytest.approx(float(best["valid_bits_per_byte"]))
    assert (record["steps"], record["epochs"], record["ended_by"]) == (48, 2.0, "epochs")
    assert record["tokens"] == int(rows[-1]["tokens"])
    assert (record["seed"], record["threads"], record["device"]) == (1, 1, "cpu")
    assert {"machine", "versions", "seconds", "peak_memory_bytes", "code"} <= record.keys()
    assert record["precision"] == "float32"
    assert record["model"] == MODEL
    network, vocabulary, config = load_model(undisturbed / "model", "cpu")
    assert network.vocabulary_size == vocabulary.size
    assert config["train"] == TRAIN
    assert float(rows[-1]["train_bits_per_byte"]) < float(rows[0]["train_bits_per_byte"])


def test_tensorboard_has_each_step_once(tmp_path, song_corpus):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    break_off(tmp_path, song_corpus)
    train(settings(), code="c", threads=1, **paths(tmp_path, song_corpus))
    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    assert sorted(events.Tags()["scalars"]) == [
        "bits_per_byte/smoothed",
        "bits_per_byte/train",
        "bits_per_byte/valid",
        "learning_rate",
    ]
    steps = [event.step for event in events.Scalars("bits_per_byte/valid")]
    assert steps == [6, 12, 18, 24, 30, 36, 42, 48]


def test_it_stops_early_and_keeps_the_best_model(tmp_path, make_corpus):
    """Train and valid contradict each other, so what is learnt makes valid worse."""
    texts = {"train": ["가나다라" * 8] * 6, "valid": ["라다나가" * 8] * 2, "test": ["가나다라"]}
    corpus = make_corpus(tmp_path, texts)
    early = settings(epochs=40, evaluations=40, patience=3, learning_rate=0.03)
    train(early, code="c", threads=1, **paths(tmp_path, corpus))
    rows = curve(tmp_path)
    record = json.loads((tmp_path / "run.json").read_text())
    valid = [float(row["valid_bits_per_byte"]) for row in rows]
    best = valid.index(min(valid))
    assert len(rows) == best + 1 + 3 < 40
    assert record["ended_by"] == "patience"
    assert record["setbacks"] == []  # what valid loses while train gains is no divergence
    assert record["best_step"] == int(rows[best]["step"])
    network, vocabulary, _ = load_model(tmp_path / "model", "cpu")
    grammar = Grammar.of(vocabulary)
    texts = [bits_of_text(network, vocabulary, grammar, text) for text in texts["valid"]]
    assert texts[0]["bits_per_byte"] == pytest.approx(min(valid), abs=1e-5)


def test_without_valid_the_last_model_is_kept_and_it_says_so(tmp_path, make_corpus, caplog):
    corpus = make_corpus(tmp_path, {"train": ["사랑 노래"] * 5, "valid": [], "test": []})
    train(settings(epochs=3), code="c", threads=1, **paths(tmp_path, corpus))
    assert "there is no valid split: all epochs are trained" in caplog.text
    assert {row["valid_bits_per_byte"] for row in curve(tmp_path)} == {""}
    record = json.loads((tmp_path / "run.json").read_text())
    assert (record["valid_bits_per_byte"], record["best_step"]) == (None, record["steps"])
    [path] = (tmp_path / "work").glob("*.safetensors")
    last = safetensors.torch.load_file(path)
    kept = safetensors.torch.load_file(tmp_path / "model" / "model.safetensors")
    assert all(torch.equal(value, last[f"model.{name}"]) for name, value in kept.items())


def test_it_learns_200_characters_by_heart(tmp_path, make_corpus):
    song = "글틀은 글을 짜는 베틀이다. 씨줄과 날줄이 만나 한 줄의 노래가 된다.\n" * 5
    corpus = make_corpus(tmp_path, {"train": [song[:200]], "valid": [], "test": []})
    rates = {
        "embedding_dropout": 0,
        "dropout": 0,
        "weight_dropout": 0,
        "layers": 1,
        "hidden": 64,
        "embedding": 32,
    }
    many = settings(rates, epochs=60, learning_rate=0.02, window=64)
    train(many, code="c", threads=1, **paths(tmp_path, corpus))
    assert float(curve(tmp_path)[-1]["train_bits_per_byte"]) < 0.05


def unlearnt(folder: Path, corpus, **changes) -> tuple[dict[str, torch.Tensor], float]:
    """Return the matrices of a model that learnt nothing, at a rate too low, and its loss."""
    still = settings(epochs=1, learning_rate=1e-30, evaluations=1, **changes)
    train(still, code="c", threads=1, **paths(folder, corpus))
    tensors = safetensors.torch.load_file(folder / "model" / "model.safetensors")
    matrices = {name: value for name, value in tensors.items() if "weight" in name}
    return matrices, float(curve(folder)[0]["train_bits_per_byte"])


def test_order_and_dropout_do_not_touch_the_initial_weights(tmp_path, song_corpus):
    first, loss = unlearnt(tmp_path / "first", song_corpus)
    dropped, dropped_loss = unlearnt(tmp_path / "dropout", song_corpus, model={"dropout": 0.6})
    ordered, ordered_loss = unlearnt(tmp_path / "order", song_corpus, batch=3)
    reseeded, _ = unlearnt(tmp_path / "seed", song_corpus, seed=2)
    assert len({loss, dropped_loss, ordered_loss}) == 3
    for name, matrix in first.items():
        assert torch.equal(matrix, dropped[name])
        assert torch.equal(matrix, ordered[name])
        assert not torch.equal(matrix, reseeded[name])


def test_training_does_not_hang_on_the_code_of_sampling_and_evaluation():
    """Else editing these would train again."""
    graph = grimp.build_graph("model", "preprocess", cache_dir=None)
    upstream = graph.find_upstream_modules("model.train")
    assert {"model.rnn", "model.batches", "model.chunks", "preprocess.tokens"} <= upstream
    assert not upstream & {"model.writing", "model.generate", "model.evaluate", "model.ngram"}


def test_fault_61_no_gpu_is_a_refusal_where_one_is_asked_for(tmp_path, song_corpus, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match=r"train.device is cuda, but .* set train.device to auto"):
        train(settings(device="cuda"), code="c", threads=1, **paths(tmp_path, song_corpus))
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict)
    with pytest.raises(ValueError, match=r"train\.precision is bfloat16, but this cpu has none"):
        train(settings(precision="bfloat16"), code="c", threads=1, **paths(tmp_path, song_corpus))


def test_a_damaged_shard_ends_the_training_with_its_name(tmp_path, make_corpus):
    corpus = make_corpus(tmp_path, {"train": ["사랑 노래"] * 5, "valid": [], "test": []})
    path = corpus.shards.parent / "train-00000.parquet"
    content = bytearray(path.read_bytes())
    content[10] ^= 1  # of the tokens, not of the footer
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"{path}: is damaged or of another run"):
        train(settings(), code="c", threads=1, **paths(tmp_path, corpus))
    assert not (tmp_path / "model").exists()


def test_fault_26_a_train_split_shorter_than_a_window_is_refused(tmp_path, make_corpus):
    corpus = make_corpus(tmp_path, {"train": ["가나다"], "valid": ["라"], "test": []})
    with pytest.raises(
        ValueError, match=r"has 7 tokens, fewer than one window of 16; .* at most 7"
    ):
        train(settings(), code="c", threads=1, **paths(tmp_path, corpus))
    assert not (tmp_path / "model").exists()


def test_a_shard_damaged_meanwhile_stops_it_and_mended_it_goes_on_to_the_same_bytes(
    tmp_path, make_shards, monkeypatch
):
    rng = random.Random(1)
    letters = range(FIRST_BYTE + ord("a"), FIRST_BYTE + ord("z"))
    parts = [[([*rng.choices(letters, k=30), END], False) for _ in range(8)] for _ in range(4)]
    shards = make_shards(tmp_path, {"train": parts, "valid": [parts[0][:2], [], [], []]})
    monkeypatch.setattr("model.train.Batches", partial(Batches, chunk_tokens=200))  # four chunks
    corpus = SimpleNamespace(shards=shards.manifest, vocabulary=shards.vocabulary)
    asked = settings(checkpoint_seconds=0, cache_bytes=0)
    whole, torn = paths(tmp_path / "whole", corpus), paths(tmp_path / "torn", corpus)
    train(asked, code="c", threads=1, **whole)
    order = np.random.default_rng(derive_seed(TRAIN["seed"], "chunks", 0)).permutation(4)
    path = shards.path("train", int(order[-1]))
    content = path.read_bytes()
    path.write_bytes(bytes([*content[:10], content[10] ^ 1, *content[11:]]))
    with pytest.raises(ValueError, match=rf"{path}: is damaged or of another run"):
        train(asked, code="c", threads=1, **torn)
    steps = json.loads(whole["record"].read_text())["steps"]
    assert newest_step(torn["work"]) == steps / TRAIN["epochs"] * 3 / 4
    assert not torn["metrics"].exists()
    path.write_bytes(content)
    train(asked, code="c", threads=1, **torn)
    assert weights(tmp_path / "torn") == weights(tmp_path / "whole")
    assert curve(tmp_path / "torn") == curve(tmp_path / "whole")
