"""The page: what the templates show, and the one file that holds it all."""

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from model.report import words
from model.report.charts import HEIGHT, TARGET, colour_of, curves_item, is_cut, script
from model.report.corpora import corpus_view
from model.report.fine_tuning import fine_tuning_view
from model.report.leaks import leaks_view
from model.report.matrices import Places, matrix_view
from model.report.runs import Corpus, Run

TEMPLATES = Path(__file__).parent / "templates"
# Characters that all runs share for each kind of text, so that the page stays under 6 MB.
SAMPLE_CHARACTERS = 300_000
RECORD_CHARACTERS = 200_000
VALUE_CHARACTERS = 300  # of one value of a record
CHECKS = 400  # rows of losses in tables, shared likewise
LEAST_CHECKS = 4
MOST_CHECKS = 24


def render(
    runs: Sequence[Run],
    corpora: Sequence[Corpus],
    matrices: Mapping[str, Places],
) -> str:
    """
    Return the page over some runs, corpora and matrices; equal ones give equal text.

    The only scripts are Bokeh's and the page's own, and a policy lets no other one run and
    nothing be fetched. Whatever stands in a corpus or a sample is escaped.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES, encoding="utf-8"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
    environment.filters |= {
        "whole": words.whole,
        "bits": words.bits,
        "percent": words.percent,
        "share": words.fine_percent,
        "rate": words.rate,
        "size": words.size,
        "duration": words.duration,
        "model": words.model_words,
    }
    item = curves_item(runs)
    scripts = ([script()] if item else []) + [_asset("page.js")]
    # Style cannot be listed by hashes: Bokeh makes its style sheets while it draws.
    policy = (
        f"default-src 'none'; script-src {' '.join(map(_source_hash, scripts))}; "
        "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    return environment.get_template("page.html").render(
        title=runs[0].name if len(runs) == 1 else "",
        policy=policy,
        scripts=[Markup(text) for text in scripts],
        style=Markup(_asset("style.css")),
        curves=item,
        curves_target=TARGET,
        curves_height=HEIGHT,
        curves_cut=is_cut(runs),
        runs=[_run_view(run, number, len(runs)) for number, run in enumerate(runs)],
        groups=_groups(runs),
        matrices=[matrix_view(name, places, runs) for name, places in matrices.items()],
        corpora=[corpus_view(corpus, n, len(corpora)) for n, corpus in enumerate(corpora)],
    )


def _asset(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _source_hash(text: str) -> str:
    """Name a script as a content security policy does: https://www.w3.org/TR/CSP3/#grammardef-hash-source."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _groups(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """
    Gather the runs that were measured on the same text; only their numbers compare.

    Groups and their runs keep the order of the runs, but a better network goes first in its group.
    """
    by_text: dict[str, list[int]] = {}
    for number, run in enumerate(runs):
        if run.models:
            by_text.setdefault(run.evaluation.get("text_sha256", ""), []).append(number)
    return [
        {
            "corpus": runs[numbers[0]].corpus,
            "evaluation": runs[numbers[0]].evaluation,
            "leaks": leaks_view(runs[numbers[0]].evaluation.get("leaks") or {}),
            "fine_tuning": fine_tuning_view([runs[number] for number in numbers]),
            "unseen": runs[numbers[0]].evaluation.get("unseen_lines") or {},
            "units": _units([runs[number] for number in numbers]),
            "spellings": any(
                "other_spellings" in row
                for number in numbers
                for row in runs[number].models.values()
            ),
            "runs": sorted(
                (_numbers_view(runs[number], number, numbers, runs) for number in numbers),
                key=lambda view: view["best"],
            ),
        }
        for numbers in by_text.values()
    ]


def _units(runs: Sequence[Run]) -> dict[str, words.Words | None]:
    """Return the units of some runs by name, each with what its tokens are."""
    return {run.unit: words.token_words(run.unit_settings) for run in runs if run.unit}


def _numbers_view(
    run: Run, number: int, group: Sequence[int], runs: Sequence[Run]
) -> dict[str, Any]:
    rows = [row for other in group for row in runs[other].models.values()]
    worst = max(
        (row["bits_per_byte"] for row in rows if row["bits_per_byte"] is not None), default=0
    )
    unseen = (run.evaluation.get("unseen_lines") or {}).get("bits_per_byte") or {}
    first = run.models.get("rnn") or next(iter(run.models.values()))
    return {
        "number": number,
        "name": run.name,
        "best": first["bits_per_byte"],
        "colour": colour_of(number),
        "unit": run.unit,
        "parameters": run.evaluation.get("parameters"),
        "verdict": words.verdict(run.models),
        "winner": words.winner(run.models),
        "beaten": words.beaten_by_counting(run.models),
        "models": {
            name: {
                **row,
                "unseen": unseen.get(name),
                "width": f"{100 * (row['bits_per_byte'] or 0) / worst:.2f}" if worst else "0",
            }
            for name, row in run.models.items()
        },
    }


def _run_view(run: Run, number: int, of: int) -> dict[str, Any]:
    """Gather what the page shows of one run of so many."""
    samples, left_out = _samples(run, SAMPLE_CHARACTERS // of)
    record, cut = _within(_flat(run.record), RECORD_CHARACTERS // of)
    return {
        "run": run,
        "colour": colour_of(number),
        "verdict": words.verdict(run.models),
        "winner": words.winner(run.models),
        "rnn": run.models.get("rnn", {}).get("bits_per_byte"),
        "tokens": words.token_words(run.unit_settings),
        "network": _network(run.model_settings),
        "samples": samples,
        "samples_left_out": left_out,
        "checks": _checks(run, min(MOST_CHECKS, max(LEAST_CHECKS, CHECKS // of))),
        "not_numbers": sum(curve.not_numbers for curve in run.curves.values()),
        "record": record,
        "record_cut": cut,
    }


def _network(settings: Mapping[str, Any]) -> str:
    """Name a network by its cell and size, such as `lstm 1 × 256`."""
    if not {"cell", "layers", "hidden"} <= settings.keys():
        return ""
    return f"{settings['cell']} {settings['layers']} × {settings['hidden']}"


def _samples(run: Run, characters: int) -> tuple[list[dict[str, Any]], int]:
    """Return as many samples as fit, one at least, and how many are left out."""
    shown: list[dict[str, Any]] = []
    samples = run.samples.get("samples", [])
    for sample in samples:
        text = words.cut(sample["text"], characters)
        if shown and len(text) > characters:
            break
        characters = max(0, characters - len(text))
        prompt = sample.get("prompt", "")
        told = bool(prompt) and text.startswith(prompt)
        shown.append(
            {
                "prompt": prompt if told else "",
                "rest": text[len(prompt) :] if told else text,
                "score": sample.get("score"),
                "novelty": sample.get("novelty", {}),
            }
        )
    return shown, len(samples) - len(shown)


def _checks(run: Run, rows: int) -> list[dict[str, Any]]:
    """Return some rows of (tokens, train, valid), evenly spread, for the table of losses."""
    losses: dict[float, dict[str, float]] = {}
    for split, curve in run.curves.items():
        for tokens, loss in zip(curve.tokens.tolist(), curve.losses.tolist(), strict=True):
            losses.setdefault(tokens, {})[split] = loss
    # Validations are what is compared; a training without any shows all of its rows.
    told = [place for place in sorted(losses) if "valid" in losses[place]] or sorted(losses)
    last = len(told) - 1
    places = {round(number * last / (rows - 1)) for number in range(rows)} if told else set()
    return [
        {"tokens": told[place], **{s: losses[told[place]].get(s) for s in ("train", "valid")}}
        for place in sorted(places)
    ]


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 (JSON)
    """Yield the leaves of a JSON value, each with its path."""
    if isinstance(value, dict):
        for key in sorted(value):
            yield from _flat(value[key], f"{path}.{key}" if path else key)
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        for number, item in enumerate(value):
            yield from _flat(item, f"{path}[{number}]")
    else:
        told = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        yield path, words.cut("–" if value is None else told, VALUE_CHARACTERS)


def _within(rows: Iterator[tuple[str, str]], characters: int) -> tuple[list[tuple[str, str]], bool]:
    """Return the rows that fit, and whether some did not."""
    kept: list[tuple[str, str]] = []
    for row in rows:
        characters -= sum(map(len, row))
        if characters < 0:
            return kept, True
        kept.append(row)
    return kept, False
