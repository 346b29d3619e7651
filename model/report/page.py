"""The page: what the templates show, and the one file that holds it all."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from model.report import words
from model.report.charts import HEIGHT, TARGET, colour_of, curves_item, is_cut, script
from model.report.corpora import corpus_view
from model.report.matrices import Places, matrix_view
from model.report.provenance import provenance_view
from model.report.runs import Corpus, Run
from model.report.samples import excerpt, samples_view
from model.report.standings import standings
from model.report.vocabulary import vocabulary_cards

TEMPLATES = Path(__file__).parent / "templates"
# Characters that all runs share for each kind of text, so that the page stays under 6 MB.
SAMPLE_CHARACTERS = 240_000
RECORD_CHARACTERS = 200_000
WHOLE_RUNS = 16  # of others the page leaves to their own files what few people ask for
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
    item = curves_item(runs)
    scripts = ([script(), _asset("curves.js")] if item else []) + [_asset("page.js")]
    # Style cannot be listed by hashes: Bokeh makes its style sheets while it draws.
    policy = (
        f"default-src 'none'; script-src {' '.join(map(_source_hash, scripts))}; "
        "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    groups = standings(runs)
    return (
        _environment()
        .get_template("page.html")
        .render(
            title=runs[0].name if len(runs) == 1 else "",
            policy=policy,
            scripts=[Markup(text) for text in scripts],
            style=Markup(_asset("style.css")),
            curves=item,
            curves_target=TARGET,
            curves_height=HEIGHT,
            curves_cut=is_cut(runs),
            runs=[_run_view(run, number, len(runs)) for number, run in enumerate(runs)],
            groups=groups,
            excerpt=_first_excerpt(runs, groups),
            matrices=[matrix_view(name, places, runs) for name, places in matrices.items()],
            corpora=[corpus_view(corpus, n, len(corpora)) for n, corpus in enumerate(corpora)],
            vocabularies=vocabulary_cards(runs),
        )
    )


@cache
def _environment() -> jinja2.Environment:
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
    return environment


def _asset(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _source_hash(text: str) -> str:
    """Name a script as a content security policy does: https://www.w3.org/TR/CSP3/#grammardef-hash-source."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _first_excerpt(runs: Sequence[Run], groups: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the beginning of a sample, of the best run that wrote one."""
    best = [view["number"] for group in groups for view in group["runs"]]
    for number in dict.fromkeys([*best, *range(len(runs))]):
        if found := excerpt(runs[number]):
            return {**found, "run": runs[number].name}
    return None


def _run_view(run: Run, number: int, of: int) -> dict[str, Any]:
    """Gather what the page shows of one run of so many."""
    return {
        "run": run,
        "number": number,
        "colour": colour_of(number),
        "verdict": words.verdict(run.models),
        "winner": words.winner(run.models),
        "rnn": run.models.get("rnn", {}).get("bits_per_byte"),
        "tokens": words.token_words(run.unit_settings),
        "network": _network(run.model_settings),
        "samples": samples_view(run, SAMPLE_CHARACTERS // of),
        "checks": _checks(run, min(MOST_CHECKS, max(LEAST_CHECKS, CHECKS // of))),
        "not_numbers": sum(curve.not_numbers for curve in run.curves.values()),
        "provenance": provenance_view(run, RECORD_CHARACTERS // min(of, WHOLE_RUNS)),
        "whole": number < WHOLE_RUNS,
    }


def _network(settings: Mapping[str, Any]) -> str:
    """Name a network by its cell and size, such as `lstm 1 × 256`."""
    if not {"cell", "layers", "hidden"} <= settings.keys():
        return ""
    return f"{settings['cell']} {settings['layers']} × {settings['hidden']}"


def _checks(run: Run, rows: int) -> list[dict[str, Any]]:
    """Return some rows of (tokens, seconds, train, valid), evenly spread, for the table."""
    found: dict[float, dict[str, float]] = {}
    for split, curve in run.curves.items():
        columns = (curve.tokens.tolist(), curve.seconds.tolist(), curve.losses.tolist())
        for tokens, seconds, loss in zip(*columns, strict=True):
            found.setdefault(tokens, {"seconds": seconds})[split] = loss
    # Validations are what is compared; a training without any shows all of its rows.
    told = [place for place in sorted(found) if "valid" in found[place]] or sorted(found)
    last = len(told) - 1
    places = {round(number * last / (rows - 1)) for number in range(rows)} if told else set()
    return [
        {"tokens": told[place], "train": None, "valid": None, **found[told[place]]}
        for place in sorted(places)
    ]
