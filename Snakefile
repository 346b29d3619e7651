"""Geulteul: from raw Korean text to a trained character-level language model."""

import os
import sys
from pathlib import Path

from snakemake.utils import min_version

from preprocess.names import NAME
from workflow.code_digest import code_digest
from workflow.configuration import resolve

min_version("9.27")
# Jobs take the Python that runs Snakemake, also where no environment is activated.
os.environ.update(PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.getenv('PATH')}")


configfile: "config.yaml"


report: "workflow/report/workflow.rst"


configuration = resolve(config, workflow.configfiles)
settings_of = configuration.settings_of
targets = configuration.targets
target_matrices = configuration.target_matrices
target_corpora = configuration.target_corpora()


wildcard_constraints:
    corpus=NAME,
    unit=NAME,
    run=NAME,
    matrix=NAME,
    part=r"\d{5}",


rule all:
    """Build every target run, and the page and table over all of them."""
    input:
        reports=expand("results/{run}/report.html", run=targets),
        samples=expand("results/{run}/samples.txt", run=targets),
        evaluations=expand("results/{run}/evaluation.json", run=targets),
        matrices=expand("results/matrices/{matrix}.csv", matrix=target_matrices),
        page="results/report.html",
        summary="results/summary.csv",


# Where a cluster does the work: its nodes often have no way to the internet.
localrules:
    all,
    download,


include: "workflow/rules/inputs.smk"
include: "workflow/rules/corpus.smk"
include: "workflow/rules/shards.smk"
include: "workflow/rules/model.smk"
include: "workflow/rules/report.smk"
