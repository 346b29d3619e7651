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
from model.run_files import read_object
from preprocess.files import atomic_path, sha256_of, write_text
from preprocess.grammar import Grammar

OPTIONAL = ("onnx", "onnxruntime")
REQUIREMENTS = "requirements-export.txt"
Kinds = dict[str, type]
# What the card tells of a run's files.
EVALUATION: Kinds = {"models": dict, "bytes": int, "parameters": int, "text_sha256": str}
SAMPLES: Kinds = {"samples": list, "windows": dict, "worth": list, "human": dict}
RECORD: Kinds = {"run": str, "model": dict, "train": dict, "inputs_sha256": dict, "versions": dict}
RECORD |= {"code": str, "device": str, "precision": str, "steps": int, "seed": int}

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

    evaluation = read_object(run / "evaluation.json", **EVALUATION)
    samples = read_object(run / "samples.json", **SAMPLES)
    record = read_object(run / "run.json", **RECORD)
    sizes = read_object(split_summary, sizes=dict)["sizes"]
    network, vocabulary, config = load_model(run / "model", "cpu")
    step, tokens = step_model(network), vocabulary_json(vocabulary, Grammar.of(vocabulary))
    difference = check_step(network, step, tokens)
    logger.info("export: the step is within %.1e of the network", difference)
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
        evaluation=evaluation,
        samples=samples,
        record=record,
        sizes=sizes,
        unit=vocabulary.unit,
        vocabulary_size=vocabulary.size,
        states=STATES[config["model"]["cell"]],
        digests=digests,
        versions=record["versions"] | {name: version(name) for name in OPTIONAL},
    )
    write_text(output / "README.md", card(facts))


def _check_packages() -> None:
    """Refuse to begin without the packages that nothing else needs."""
    missing = [name for name in OPTIONAL if find_spec(name) is None]
    if missing:
        raise ValueError(
            f"export: {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not "
            f"installed; run `python -m pip install --requirement {REQUIREMENTS}` and try again"
        )
