"""The precision of a training: what is had, what pays, what a checkpoint remembers of it."""

import pytest
import torch

from model.checkpoints import changes
from model.devices import autocast, choose_precision
from model.resumption import fingerprint_of
from tests.model.trainings import settings

CPU, CUDA = torch.device("cpu"), torch.device("cuda")
F32, BF16 = torch.float32, torch.bfloat16


@pytest.fixture
def make_machine(monkeypatch):
    """Return a function that makes believe that there is such a CPU and such a GPU."""

    def make(capabilities: dict[str, bool], *, cuda: bool) -> None:
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: cuda)

    return make


@pytest.mark.parametrize("name", ["avx512_bf16", "amx_bf16"])
def test_a_cpu_takes_bfloat16_when_asked(make_machine, name):
    make_machine({name: True}, cuda=False)
    assert choose_precision("bfloat16", CPU) == BF16
    assert choose_precision("auto", CPU) == F32
    assert choose_precision("float32", CPU) == F32


@pytest.mark.parametrize(("cuda", "wanted"), [(True, BF16), (False, F32)])
def test_on_a_gpu_auto_is_what_it_has(make_machine, cuda, wanted):
    make_machine({"avx512_bf16": True}, cuda=cuda)
    assert choose_precision("auto", CUDA) == wanted
    assert choose_precision("float32", CUDA) == F32


@pytest.mark.parametrize(("device", "name"), [(CPU, "cpu"), (CUDA, "cuda")])
def test_where_it_is_not_had_it_is_refused(make_machine, device, name):
    make_machine({"avx512_bf16": False, "avx2": True}, cuda=False)
    with pytest.raises(
        ValueError, match=rf"train\.precision is bfloat16, but this {name} has none"
    ):
        choose_precision("bfloat16", device)


def test_a_forward_pass_runs_in_the_precision():
    ones = torch.ones(2, 2)
    with autocast(CPU, BF16):
        assert (ones @ ones).dtype == BF16
    with autocast(CPU, F32):
        assert (ones @ ones).dtype == F32


def test_a_training_that_comes_to_another_precision_is_another_training():
    before, after = (fingerprint_of(settings(), {}, "c", precision) for precision in (BF16, F32))
    assert list(changes(before, before)) == []
    assert list(changes(before, after)) == ["train.precision was bfloat16 and is float32"]
