"""Names that the config may give: those that can be file names and wildcards, and are free."""

import re

NAME = r"[\w가-힣][\w가-힣.-]*"  # also the constraint on Snakemake's wildcards
NAME_RE = re.compile(NAME)
# What stands in results/ beside the folders of the runs.
RESERVED = ("logs", "benchmarks", "matrices", "report.html", "summary.csv")
