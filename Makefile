# `make` sets up and runs the default targets; `make test` runs the test suite. Both work from a
# fresh clone with Python 3.11 or newer.

PYTHON ?= python3
BIN := .venv/bin

all: install
	$(BIN)/python -m snakemake --cores all

install: .venv/installed

test: .venv/installed-tests
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 8 --dist loadfile

# Chromium and a Korean font; where they are missing, the tests in tests/browser are skipped.
browser: .venv/installed-tests
	$(BIN)/python -m tests.browser.install

check: .venv/installed-tests
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	PATH="$(CURDIR)/$(BIN):$$PATH" snakefmt --check Snakefile workflow
	$(BIN)/python -m mypy
	$(BIN)/python -m snakemake --lint

# After a `kill -9` of Snakemake itself its lock stays; this takes it off, then `make` goes on.
unlock: install
	$(BIN)/python -m snakemake --unlock

# The picture in README.md; needs graphviz. Edges that follow from others are left out (tred).
docs/rulegraph.svg: Snakefile $(wildcard workflow/rules/*.smk) | install
	$(BIN)/python -m snakemake --rulegraph | tred | dot -Tsvg -Grankdir=LR -Gbgcolor=white > $@

# The other pictures there; they show what `make` came to.
pictures: .venv/installed-tests
	$(BIN)/python -m tests.browser.pictures results/report.html docs

clean:
	rm -rf results work data/raw data/documents data/clean data/split data/counts \
	    data/vocabulary data/shards .snakemake

.venv/installed: requirements.txt
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit(f"Geulteul needs Python 3.11 or newer; this is {sys.version.split()[0]}: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	touch $@

.venv/installed-tests: .venv/installed tests/requirements.txt requirements-export.txt
	$(BIN)/python -m pip install --quiet --requirement tests/requirements.txt
	touch $@

.PHONY: all install test browser check pictures unlock clean
