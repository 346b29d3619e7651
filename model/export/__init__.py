"""
Export: a trained model for people who have none of our code.

step.py writes one step of the network as ONNX, vocabulary.py its tokens and their grammar as JSON
with what pieces.py knows of learnt ones, card.py the model card from templates/, for which
memorised.py finds what samples copy and markdown.py writes texts of others. example.py goes with
them, and parity.py checks the step by it.
"""

import logging
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from model.by_heart import LONG_COPY
from model.folder import load_model
from preprocess.files import atomic_path, read_json, sha256_of, write_text
from preprocess.grammar import Grammar

OPTIONAL = ("onnx", "onnxruntime")
REQUIREMENTS = "requirements-export.txt"

logger = logging.getLogger("geulteul")


def export(settings: dict[str, Any], *, run: Path, split_summary: Path, output: Path) -> None:
    """
    Write a model card, one step of the model as ONNX, and what is needed to use it; card last.

    Args:
        settings: "corpus": `name`, `about`, `language`, `licence` and `source` of the corpus.
        run: folder of the run: model/, evaluation.json, samples.json, run.json.
        split_summary: JSON of the corpus' split.
        output: folder for README.md, step.onnx, vocabulary.json and example.py.

    Raises:
        ValueError: a package is missing that only this needs; a file is damaged or of another
            version; or the step gives other scores than the network.
    """
    _check_packages()
    from model.export import example
    from model.export.card import Facts, card
    from model.export.memorised import longest_copy
    from model.export.parity import check_step
    from model.export.step import STATES, step_model
    from model.export.vocabulary import vocabulary_json

    network, vocabulary, config = load_model(run / "model", "cpu")
    step, tokens = step_model(network), vocabulary_json(vocabulary, Grammar.of(vocabulary))
    difference = check_step(network, step, tokens)
    logger.info("export: the step is within %.1e of the network", difference)
    samples = _samples(run / "samples.json")
    longest = longest_copy(samples)
    if longest.by_heart:
        logger.warning(
            "export: the samples repeat %d characters of %s verbatim, more than %d; look at them "
            "before you publish the model",
            len(longest.text),
            longest.document_id,
            LONG_COPY,
        )
    with atomic_path(output / "step.onnx") as temporary:
        temporary.write_bytes(step)
    write_text(output / "vocabulary.json", tokens)
    write_text(output / "example.py", Path(example.__file__).read_text(encoding="utf-8"))
    record = read_json(run / "run.json")
    digests = {
        "step.onnx": sha256_of(output / "step.onnx"),
        "vocabulary.json": sha256_of(output / "vocabulary.json"),
        "weights": sha256_of(run / "model" / "model.safetensors"),
        "vocabulary": config["vocabulary_sha256"],
        **{
            f"{split} tokens": record["inputs_sha256"][split]
            for split in ("train", "valid")
            if record["inputs_sha256"][split]
        },
        "code of the training": record["code"],
    }
    facts = Facts(
        corpus=settings["corpus"],
        config=config,
        evaluation=read_json(run / "evaluation.json"),
        samples=samples,
        record=record,
        sizes=read_json(split_summary)["sizes"],
        unit=vocabulary.unit,
        vocabulary_size=vocabulary.size,
        states=STATES[config["model"]["cell"]],
        digests=digests,
        versions=record["versions"] | {name: version(name) for name in OPTIONAL},
    )
    write_text(output / "README.md", card(facts))


def _samples(path: Path) -> dict[str, Any]:
    """Read samples.json; refuse that of a version that did not look for copies."""
    samples: dict[str, Any] = read_json(path)
    if "worth" not in samples:
        raise ValueError(
            f"{path}: does not say what the samples copy; run `snakemake {path}`, which writes it "
            "anew"
        )
    return samples


def _check_packages() -> None:
    """Refuse to begin without the packages that nothing else needs."""
    missing = [name for name in OPTIONAL if find_spec(name) is None]
    if missing:
        raise ValueError(
            f"export: {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not "
            f"installed; run `python -m pip install --requirement {REQUIREMENTS}` and try again"
        )
