"""
A trained model as a folder: `results/{run}/model/`.

    model.safetensors    weights
    config.json          {"format", "run", "model", "train", "vocabulary_sha256"}
    vocabulary.parquet   symbols of the tokens
    SHA256SUMS           digests of these three, as `sha256sum --check` reads them

Loading verifies all of them first, since a flipped bit in a weight is still a weight.
"""

import shutil
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from model.config import ModelConfig, from_settings
from model.rnn import CharRNN
from model.tensors import misfit
from preprocess.files import REMEDY, atomic_path, read_json, sha256_of, write_json, write_text
from preprocess.vocabulary import Vocabulary

FORMAT = 1
FILES = ("config.json", "model.safetensors", "vocabulary.parquet")
SUMS = "SHA256SUMS"


def save_model(
    folder: Path,
    weights: dict[str, Tensor],
    settings: dict[str, Any],
    vocabulary_path: Path,
) -> None:
    """
    Write a model folder, SHA256SUMS last.

    Args:
        folder: made where it is not there.
        weights: `CharRNN.state_dict()`, on the CPU.
        settings: {"run": name, "model": {...}, "train": {...}}, resolved.
        vocabulary_path: the vocabulary file, which is copied.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SUMS).unlink(missing_ok=True)  # of the model that was there before
    for stray in folder.glob(".tmp-*"):  # of one that was killed as it wrote
        stray.unlink()
    with atomic_path(folder / "model.safetensors") as temporary:
        # Not by save_file, which lets nobody but its owner read the file.
        temporary.write_bytes(safetensors.torch.save(weights))
    digest = Vocabulary.load(vocabulary_path).sha256
    config = {"format": FORMAT, "vocabulary_sha256": digest, **settings}
    write_json(folder / "config.json", config)
    with atomic_path(folder / "vocabulary.parquet") as temporary:
        # No link: Snakemake sets the times of outputs, and would make an input the newer one.
        shutil.copyfile(vocabulary_path, temporary)
    sums = [f"{sha256_of(folder / name)}  {name}\n" for name in FILES]
    write_text(folder / SUMS, "".join(sums))


def load_model(
    folder: Path, device: torch.device | str
) -> tuple[CharRNN, Vocabulary, dict[str, Any]]:
    """
    Return the model on `device`, ready to be used (dropout off), its vocabulary and config.json.

    Raises:
        FileNotFoundError: a file of the folder is missing.
        ValueError: a file is damaged, or the files do not belong together.
    """
    _verify(folder)
    config = _config(folder / "config.json")
    vocabulary = Vocabulary.load(folder / "vocabulary.parquet")
    if vocabulary.sha256 != config["vocabulary_sha256"]:
        raise ValueError(
            f"{folder / 'vocabulary.parquet'}: is not the vocabulary that the model was trained "
            f"with ({config['vocabulary_sha256']}); {REMEDY}"
        )
    model = CharRNN(from_settings(ModelConfig, config["model"], "model"), vocabulary.size)
    path = folder / "model.safetensors"
    try:
        weights = safetensors.torch.load_file(path)
    except safetensors.SafetensorError as error:
        raise ValueError(f"{path}: holds no tensors ({error}); {REMEDY}") from error
    if wrong := misfit(model.state_dict(), weights):
        raise ValueError(f"{path}: does not fit config.json ({wrong}); {REMEDY}")
    model.load_state_dict(weights)
    return model.to(device).eval(), vocabulary, config


def _config(path: Path) -> dict[str, Any]:
    """Read config.json; refuse that of another format, or of something else."""
    config = read_json(path)
    if not isinstance(config, dict) or "format" not in config:
        raise ValueError(f"{path}: is not of a model of this program; {REMEDY}")
    if config["format"] != FORMAT:
        raise ValueError(
            f"{path}: is of format {config['format']}, this program reads {FORMAT}; {REMEDY}"
        )
    for name in ("vocabulary_sha256", "model"):
        if name not in config:
            raise ValueError(f"{path}: has no {name}; {REMEDY}")
    return config


def _verify(folder: Path) -> None:
    """Refuse a folder whose files are not those that SHA256SUMS lists."""
    sums = folder / SUMS
    if not sums.is_file():
        raise FileNotFoundError(f"{sums}: is missing, so this is no whole model; {REMEDY}")
    digests = {
        line[66:]: line[:64]
        for line in sums.read_text(encoding="utf-8", errors="replace").split("\n")
        if line
    }
    if digests.keys() != set(FILES):
        raise ValueError(f"{sums}: lists {sorted(digests)}, a model has {list(FILES)}; {REMEDY}")
    for name, digest in digests.items():
        path = folder / name
        if not path.is_file():
            raise FileNotFoundError(f"{path}: is missing; {REMEDY}")
        if (found := sha256_of(path)) != digest:
            raise ValueError(f"{path}: is damaged (sha256 {found}, not {digest}); {REMEDY}")
