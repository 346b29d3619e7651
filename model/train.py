"""
The stage `train`: from shards to a model folder, a curve, and a record of how they came about.

A training that was stopped goes on from its checkpoint and ends as if it had never been (bit for
bit on the CPU): initial weights, order and dropout come from the seed and the step alone, and a
checkpoint has everything else. What must be equal for that is the fingerprint.
"""

import logging
import math
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import torch

from model.batches import Batches
from model.composition import SPREAD, compose, plain
from model.config import ModelConfig, TrainConfig, from_settings
from model.devices import allow_tf32, choose_device
from model.folder import save_model
from model.growth import begin_with
from model.history import Events, Row, describe, write_metrics
from model.interruption import Interrupted, Interruption
from model.memory import memory_errors_named
from model.presets import choose
from model.record import measure
from model.resumption import fingerprint_of, resume, save
from model.rnn import CharRNN
from model.scoring import NotANumberError, score
from model.seeds import derive_seed
from model.segments import stream_bounds
from model.trainer import Trainer
from preprocess.files import write_json
from preprocess.grammar import Grammar
from preprocess.progress import progress
from preprocess.tokens import ShardedSplit, Split, load_split, open_split
from preprocess.vocabulary import Vocabulary

logger = logging.getLogger("geulteul")


def train(
    settings: dict[str, Any],
    *,
    code: str,
    threads: int,
    shards: Path,
    vocabulary: Path,
    model: Path,
    metrics: Path,
    record: Path,
    work: Path,
    tensorboard: Path,
    init_from: Path | None = None,
    on_validation: Callable[[CharRNN, int], None] | None = None,
) -> None:
    """
    Train a model, or go on with a training that was stopped, and write its outputs.

    Signals that ask it to stop (see `model.interruption`) are answered with a checkpoint after the
    step that is being done; before the first step and while validating, at once. Outputs that are
    being written are finished.

    Args:
        settings: {"run": name, "model": fields of ModelConfig, "train": fields of TrainConfig}, or
            `auto` in place of the last two, see `model.presets`.
        code: digest of the code that trains; another one starts anew.
        threads: of the CPU.
        shards: their manifest.
        vocabulary: of the shards.
        model: the folder to write.
        metrics: the CSV file of the curve to write.
        record: the JSON file to write of how the model came about.
        work: the folder of the checkpoints; they stay there.
        tensorboard: the folder of the curve as events.
        init_from: the folder of the model to begin with; None for random weights.
        on_validation: called with the model (dropout off) and the steps done, after each
            validation, or every `train.sample_every` steps where that is set. It is passed in,
            so that the code of sampling is no part of the code of training.

    Raises:
        ValueError: impossible settings, damaged inputs, a train split shorter than one window, or a
            loss that is no number.
    """
    symbols = Vocabulary.load(vocabulary)
    train_split = open_split(shards, "train", symbols.sha256)
    settings = choose(settings, train_split.bytes, train_split.tokens)
    config = from_settings(TrainConfig, settings["train"], "train")
    model_config = from_settings(ModelConfig, settings["model"], "model")
    device = choose_device(config.device)
    torch.set_num_threads(threads)
    allow_tf32(True)
    _refuse_short(train_split, config.window, shards)
    with Interruption() as interruption, memory_errors_named(settings, symbols.size):
        with interruption.at_once():
            valid_split = load_split(shards, "valid", symbols.sha256)
            torch.manual_seed(derive_seed(config.seed, "initialisation"))
            network = CharRNN(model_config, symbols.size)
            begun = {} if init_from is None else begin_with(network, symbols, init_from)
            if config.compose:
                compose(network, symbols, spread=0.0 if begun else SPREAD)
            network.to(device)
            trainer = Trainer(
                network,
                config,
                Batches(
                    train_split,
                    carry=model_config.carry,
                    batch=config.batch,
                    window=config.window,
                    seed=config.seed,
                    cache_bytes=config.cache_bytes,
                ),
                train_split.tokens / train_split.bytes / math.log(2),
                _validation(network, valid_split, Grammar.of(symbols), interruption),
            )
            inputs = {
                "train": train_split.sha256,
                "valid": valid_split.sha256,
                "vocabulary": symbols.sha256,
                **begun,
            }
            fingerprint = fingerprint_of(settings, inputs, code, trainer.precision)
            resume(trainer, work, fingerprint, restart=config.restart)
        logger.info("training on %s in %s, %d threads", device, trainer.precision, threads)
        if not trainer.position.finished:
            _train(
                trainer,
                config,
                settings["run"],
                fingerprint,
                work,
                tensorboard,
                on_validation,
                interruption,
            )
        position = trainer.position
        if not position.measured:
            position.measured = measure(device, trainer.precision, threads)
            save(trainer, work, fingerprint)
        if not any(tensorboard.glob("events.*")):  # of a training that had ended, and lost them
            Events(tensorboard, position.history).close()
        weights = plain(trainer.weights(), symbols)
        save_model(model, weights, settings, vocabulary)
        write_metrics(metrics, position.history)
        parameters = sum(value.numel() for value in weights.values())
        write_json(record, _record(trainer, settings, inputs, code, parameters))


def _refuse_short(split: ShardedSplit, window: int, shards: Path) -> None:
    """Refuse a text that no window of training can be filled with: nothing general is in it."""
    size = split.tokens
    if size < window:
        raise ValueError(
            f"{shards}: the train split has {size} tokens, fewer than one window of {window}; "
            f"give the corpus more text, or set train.window to at most {size}"
        )


def _validation(
    network: CharRNN, split: Split, grammar: Grammar, interruption: Interruption
) -> Callable[[], float] | None:
    """
    Return what measures the network on the valid split, in bits per byte; None without one.

    It returns NaN for a network that gives no numbers, and raises Interrupted on a signal.
    """
    if not len(split.tokens):
        logger.warning("there is no valid split: all epochs are trained and the last model is kept")
        return None
    bounds = stream_bounds(split.offsets, split.continued, network.config.carry)
    states = grammar.states(split.tokens, split.offsets)

    def bits_per_byte() -> float:
        try:
            with interruption.at_once():
                nats = score(network, split.tokens, bounds, grammar, states).sum()
        except NotANumberError:
            return math.nan
        return float(nats) / math.log(2) / split.bytes

    return bits_per_byte


def _train(
    trainer: Trainer,
    config: TrainConfig,
    run: str,
    fingerprint: dict[str, Any],
    work: Path,
    tensorboard: Path,
    on_validation: Callable[[CharRNN, int], None] | None,
    interruption: Interruption,
) -> None:
    """Train to the end, with checkpoints, events, log lines and samples on the way."""
    position = trainer.position
    saved = time.monotonic()
    setbacks = len(position.setbacks)
    with (
        closing(Events(tensorboard, position.history)) as events,
        progress(what=f"train {run}", total=trainer.num_steps, unit="step") as bar,
        suppress(Interrupted),  # of a validation or sample: the step is whole
    ):
        for row in trainer.run():
            if position.smoothed is not None:
                bar.set_postfix_str(f"smoothed {position.smoothed:.3f} bits/byte", refresh=False)
            bar.update(position.step - bar.n)
            if row is not None:
                events.add(row)
                logger.info(describe(row, trainer.num_steps))
            if len(position.setbacks) > setbacks:
                setbacks = len(position.setbacks)
                events.begin_again(position.history)
            elif on_validation is not None and _sample_is_due(config, position.step, row):
                with interruption.at_once():
                    trainer.show(on_validation)
            if interruption.signal:
                break
            if time.monotonic() - saved >= config.checkpoint_seconds:
                save(trainer, work, fingerprint)
                saved = time.monotonic()
    if interruption.signal:
        save(trainer, work, fingerprint)
        logger.warning(
            "stopped by a signal after step %d of %d; the same command goes on from there",
            position.step,
            trainer.num_steps,
        )
        interruption.end()


def _sample_is_due(config: TrainConfig, step: int, row: Row | None) -> bool:
    return step % config.sample_every == 0 if config.sample_every else row is not None


def _record(
    trainer: Trainer, settings: dict[str, Any], inputs: dict[str, str], code: str, parameters: int
) -> dict[str, Any]:
    """Return run.json: what made the model, and what that took."""
    position = trainer.position
    return {
        **settings,
        **position.measured,
        "seed": settings["train"]["seed"],
        "inputs_sha256": inputs,
        "code": code,
        "parameters": parameters,
        "steps": position.step,
        "epochs": position.step / trainer.num_steps * settings["train"]["epochs"],
        "tokens": position.tokens,
        "seconds": position.seconds,
        "tokens_per_second": position.tokens / position.seconds,
        "best_step": position.best_step if position.best_bits is not None else position.step,
        "valid_bits_per_byte": position.best_bits,
        "setbacks": position.setbacks,
        "ended_by": "epochs" if position.step == trainer.num_steps else "patience",
    }
