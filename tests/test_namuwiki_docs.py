"""The examples of docs/namuwiki.md are right."""

import re
from pathlib import Path

import yaml

from workflow.configuration import resolve
from workflow.entries import merge

ROOT = Path(__file__).resolve().parents[1]


def test_the_config_of_the_page_on_namuwiki_is_right():
    page = (ROOT / "docs/namuwiki.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (run,) = re.findall(r"`(runs: .*?)`", page)
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    configuration = resolve(merge(config, yaml.safe_load(example), yaml.safe_load(run)))
    corpus = configuration.corpora["wiki"]
    assert (corpus.format, corpus.parts, list(corpus.namespaces)) == ("namuwiki", 32, [0])
    assert corpus.clean["namumark"]["tables"] == "cells"
    assert configuration.runs["wiki"].corpus == "wiki"
    named = re.findall(r"^\|[^|]*\| `([\w-]+)` \|", page, re.MULTILINE)
    assert named == ["namuwiki", "namuwiki-json"]
    assert {configuration.corpora[name].format for name in named} == {"namuwiki"}
