"""Memory that was not to be had: one line, with the settings to lower; nothing half written."""

import errno

import pyarrow as pa
import pytest
import torch

from benchmarks import kills
from model.memory import memory_errors_named
from model.train import train
from tests.model.forked import Forked
from tests.model.trainings import paths, settings

LISTED = (
    r"lower train\.batch \(4\), train\.window \(16\), model\.hidden \(12\) "
    r"or train\.cache_bytes \(1000000\)"
)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError("Unable to allocate 8 GiB for an array"),
        pa.ArrowMemoryError("malloc of size 8 failed"),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.\nmore"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate`"),
        RuntimeError("std::bad_alloc"),
        RuntimeError("can't start new thread"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
    ],
)
def test_fault_59_the_settings_to_lower_are_named_with_their_values(error):
    with pytest.raises(MemoryError, match=LISTED) as raised, memory_errors_named(settings(), 400):
        raise error
    words = str(raised.value)
    assert words.endswith(f" ({str(error).splitlines()[0]})")
    assert "max_size" not in words


def test_fault_59_a_large_vocabulary_is_named_too():
    with (
        pytest.raises(MemoryError, match=r", or give the unit a max_size below its 11500 "),
        memory_errors_named(settings(), 11500),
    ):
        raise MemoryError


@pytest.mark.parametrize("error", [RuntimeError("shapes differ"), OSError(errno.ENOENT, "gone")])
def test_other_errors_stay_what_they_are(error):
    with pytest.raises(type(error)) as raised, memory_errors_named(settings(), 400):
        raise error
    assert raised.value is error


def test_fault_59_also_where_the_text_is_loaded(tmp_path, song_corpus, monkeypatch):
    def load(*_):
        raise MemoryError("Unable to allocate 8 GiB for an array")

    monkeypatch.setattr("model.train.load_split", load)
    with pytest.raises(MemoryError, match=LISTED):
        train(settings(), code="c", threads=1, **paths(tmp_path, song_corpus))
    assert not (tmp_path / "model").exists()


def test_fault_59_a_limit_of_the_system_is_told_in_one_line(tmp_path, song_corpus):
    large = settings({"hidden": 4000})  # 64 million weights from state to state
    arguments = kills.command(song_corpus.shards, song_corpus.vocabulary, tmp_path, large)
    process = Forked(arguments, tmp_path / "words.txt", more_bytes=200_000_000)
    assert process.wait() == 1
    *_, last = (tmp_path / "words.txt").read_text("utf-8").splitlines()
    assert "out of memory: lower train.batch (4), train.window (16), model.hidden (4000) or" in last
    assert "Traceback" not in (tmp_path / "words.txt").read_text("utf-8")
    assert not (tmp_path / "model").exists()
