"""`preset: auto`: which of the presets that a run allows is trained, by the size of the text."""

import logging
from typing import Any

logger = logging.getLogger("geulteul")


def choose(settings: dict[str, Any], num_bytes: int, num_tokens: int) -> dict[str, Any]:
    """
    Return the settings with a preset chosen and its epochs fitted; as they are without `auto`.

    The choice is one by the text and the minutes allowed, never by the clock or the machine, so
    that everywhere the same model is trained.

    Args:
        settings: of `train`; `auto` is {"minutes", "choices": [{"train_bytes": most, or None,
            "preset": name, "tokens_per_minute": trained on 2 cores, "min_epochs",
            "max_epochs", "model", "train"}, …]}, the choices from the smallest size to None.
        num_bytes: of the train split.
        num_tokens: of the train split.

    Returns:
        settings with `model`, `train`, and `preset`: {"name", "why"} in place of `auto`.
    """
    if "auto" not in settings:
        return settings
    minutes = settings["auto"]["minutes"]
    choice = next(
        choice
        for choice in settings["auto"]["choices"]
        if choice["train_bytes"] is None or num_bytes <= choice["train_bytes"]
    )
    rate = choice["tokens_per_minute"]
    fitting = round(minutes * rate / max(num_tokens, 1))
    epochs = min(max(fitting, choice["min_epochs"]), choice["max_epochs"])
    takes = epochs * num_tokens / rate  # minutes
    why = (
        f"{num_bytes} bytes to train on and {minutes:g} minutes; {epochs} epochs of {num_tokens} "
        f"tokens take about {takes:.1f} minutes on 2 cores"
    )
    logger.info("preset %s: %s", choice["preset"], why)
    if takes > 1.5 * minutes:
        logger.warning(
            "that is longer than the %g minutes allowed, but %d epochs are the least for preset "
            "%s; train.epochs sets another number",
            minutes,
            epochs,
            choice["preset"],
        )
    rest = {key: value for key, value in settings.items() if key != "auto"}
    return rest | {
        "model": choice["model"],
        "train": {**choice["train"], "epochs": epochs},
        "preset": {"name": choice["preset"], "why": why},
    }
