"""Model folders: complete, verified, refused by name."""

import json
import subprocess

import pytest
import safetensors.torch
import torch

from model.config import ModelConfig
from model.folder import load_model, save_model
from model.rnn import CharRNN
from preprocess.vocabulary import Vocabulary

MODEL = {
    "cell": "gru",
    "layers": 2,
    "hidden": 6,
    "embedding": 4,
    "embedding_dropout": 0.1,
    "dropout": 0.2,
    "weight_dropout": 0.3,
    "tie": True,
    "carry": "document",
}
SETTINGS = {"run": "song", "model": MODEL, "train": {"seed": 1}}


@pytest.fixture
def saved(tmp_path, song_corpus):
    size = Vocabulary.load(song_corpus.vocabulary).size
    network = CharRNN(ModelConfig(**MODEL), size)
    folder = tmp_path / "모델 1" / "model"
    save_model(folder, network.state_dict(), SETTINGS, song_corpus.vocabulary)
    return folder, network


def test_what_is_saved_is_loaded_ready_for_use(saved):
    folder, network = saved
    loaded, vocabulary, config = load_model(folder, "cpu")
    assert not loaded.training
    assert loaded.config == ModelConfig(**MODEL)
    for name, value in network.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value)
    assert config == {**SETTINGS, "format": 1, "vocabulary_sha256": vocabulary.sha256}
    assert vocabulary.decode(vocabulary.encode("사랑")) == "사랑"


def test_the_sums_are_those_of_sha256sum(saved):
    folder, _ = saved
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0
    assert done.stdout == "config.json: OK\nmodel.safetensors: OK\nvocabulary.parquet: OK\n"


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "vocabulary.parquet"])
def test_fault_48_a_flipped_bit_or_a_lost_file_is_refused_by_name(saved, name):
    folder, _ = saved
    path = folder / name
    content = bytearray(path.read_bytes())
    path.unlink()  # the vocabulary may be a link to the one that others use
    with pytest.raises(FileNotFoundError, match=rf"{name}: is missing; delete what is left"):
        load_model(folder, "cpu")
    content[len(content) // 2] ^= 4
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"{name}: is damaged \(sha256 "):
        load_model(folder, "cpu")


def test_the_vocabulary_is_a_file_of_its_own(saved, song_corpus):
    """Snakemake sets the times of outputs; a link would make an input newer than the model."""
    copy = saved[0] / "vocabulary.parquet"
    assert copy.read_bytes() == song_corpus.vocabulary.read_bytes()
    assert not copy.samefile(song_corpus.vocabulary)


def test_a_folder_without_sums_is_no_whole_model(saved):
    folder, _ = saved
    (folder / "SHA256SUMS").unlink()
    with pytest.raises(FileNotFoundError, match="SHA256SUMS: is missing, so this is no whole"):
        load_model(folder, "cpu")


def test_a_folder_of_other_files_is_refused(saved):
    folder, _ = saved
    sums = folder / "SHA256SUMS"
    sums.write_text(sums.read_text().replace("config.json", "other.json"))
    with pytest.raises(ValueError, match=r"lists \['model.safetensors', 'other.json'"):
        load_model(folder, "cpu")


def sign(folder) -> None:
    """Make the sums right again, as for a folder that somebody put together."""
    done = subprocess.run(
        ["sha256sum", "config.json", "model.safetensors", "vocabulary.parquet"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    (folder / "SHA256SUMS").write_text(done.stdout)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": 2}, "is of format 2, this program reads 1"),
        ({"vocabulary_sha256": "0" * 64}, "is not the vocabulary that the model was trained with"),
        ({"model": {**MODEL, "hidden": 7}}, r"fit config.json \(layers.0.bias_hh_l0 has the shape"),
        ({"model": {**MODEL, "layers": 3}}, r"fit config.json \(layers.2.bias_hh_l0 is missing, "),
        ({"model": {**MODEL, "layers": 1}}, r"fit config.json \(layers.1.bias_hh_l0 is not known,"),
        ({"model": {**MODEL, "colour": 1}}, "model.colour is no setting"),
    ],
)
def test_fault_51_files_that_do_not_belong_together_are_refused(saved, change, words):
    folder, _ = saved
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    sign(folder)
    with pytest.raises(ValueError, match=words):
        load_model(folder, "cpu")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[1, 2]", "config.json: is not of a model of this program"),
        ('{"architectures": ["GPT2LMHeadModel"]}', "config.json: is not of a model of this"),
        ('{"format": 1, "model": {}}', "config.json: has no vocabulary_sha256"),
        ('{"format": 1, "vocabulary_sha256": ""}', "config.json: has no model"),
        ("{", "config.json: is damaged"),
    ],
)
def test_fault_51_a_config_of_something_else_is_refused(saved, content, words):
    folder, _ = saved
    (folder / "config.json").write_text(content)
    sign(folder)
    with pytest.raises(ValueError, match=words):
        load_model(folder, "cpu")


def test_fault_51_tensors_of_another_type_or_name_are_refused(saved):
    folder, network = saved
    weights = dict(network.state_dict())
    for change, words in (
        ({"bias": weights["bias"].half()}, r"\(bias is of torch.float16 and not torch.float32\)"),
        ({"head.weight": torch.zeros(2)}, r"\(head.weight is not known\)"),
    ):
        safetensors.torch.save_file({**weights, **change}, folder / "model.safetensors")
        sign(folder)
        with pytest.raises(ValueError, match=rf"model.safetensors: does not fit .*{words}"):
            load_model(folder, "cpu")


class Evil:
    """Unpickled, it makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_fault_50_a_pickle_is_no_model_and_is_not_run(saved, tmp_path):
    folder, _ = saved
    torch.save({"bias": Evil(tmp_path / "was run")}, folder / "model.safetensors")
    sign(folder)
    with pytest.raises(ValueError, match=r"model.safetensors: holds no tensors \("):
        load_model(folder, "cpu")
    assert not (tmp_path / "was run").exists()


def test_saving_again_replaces_what_was_there(saved, song_corpus):
    folder, network = saved
    with torch.no_grad():
        network.bias.fill_(5.0)
    save_model(folder, network.state_dict(), SETTINGS, song_corpus.vocabulary)
    assert (load_model(folder, "cpu")[0].bias == 5.0).all()
    assert {path.name for path in folder.iterdir()} == {
        "SHA256SUMS",
        "config.json",
        "model.safetensors",
        "vocabulary.parquet",
    }
