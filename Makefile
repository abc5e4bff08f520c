# The commands of the project. `make demo` needs python3 with venv and PyPI; nothing else.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
JOBS   ?= 2
NODE   := tests/node

.PHONY: help demo test check lint types layers docs bench reproduce tables package clean

help:  ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.core
	$(PIP) torch==2.13.0
	$(PIP) --editable '.[dev]'
	@touch $@

demo: $(VENV)/.core  ## analyse a simulated recording and write its report to demo-out/
	$(BIN)/ectopy demo --out demo-out

$(NODE)/node_modules/.installed: $(NODE)/package-lock.json
	if command -v npm > /dev/null; then npm ci --prefix $(NODE) --no-audit --no-fund --ignore-scripts && touch $@; fi

test: $(VENV)/.dev $(NODE)/node_modules/.installed  ## install what the tests need and run them
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

layers: $(VENV)/.dev
	$(BIN)/lint-imports

$(VENV)/.docs: $(VENV)/.core
	$(PIP) --editable '.[docs]'
	@touch $@

docs: $(VENV)/.docs  ## build the documentation site into site/, strictly
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	$(BIN)/python docs/check_site.py site

check: lint types layers test  ## everything that must hold before a change lands

bench: $(VENV)/.dev  ## speed, memory and accuracy, written to benchmarks/results/
	$(BIN)/python benchmarks/simulate.py
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/end_to_end.py
	$(BIN)/python benchmarks/bootstrap.py
	$(BIN)/python benchmarks/edge.py --part cost
	$(PIP) --editable '.[bench]'
	$(BIN)/python benchmarks/throughput.py
	if [ -n "$$ECTOPY_DATA_DIR" ]; then \
	    $(BIN)/python benchmarks/qrs.py && \
	    $(BIN)/python benchmarks/detectors.py && \
	    $(BIN)/python benchmarks/batch.py --strips 20000 && \
	    $(BIN)/python benchmarks/edge.py --part loss && \
	    $(BIN)/ectopy evaluate --split ds2 --out out/ds2 --quiet && \
	    cp out/ds2/metrics.json benchmarks/results/ds2.json; \
	fi

reproduce: $(VENV)/.dev  ## run the published systems again, into benchmarks/reproduced/ (needs ECTOPY_DATA_DIR)
	$(BIN)/ectopy reproduce --all --jobs $(JOBS) --out benchmarks/reproduced

tables: $(VENV)/.core  ## write the measured figures into README.md and docs/
	$(BIN)/python docs/make_tables.py
	$(BIN)/python docs/make_signal_tables.py

package: $(VENV)/.core  ## build wheel and sdist into dist/, and check them
	$(PIP) build twine
	$(BIN)/python -m build --outdir dist .
	$(BIN)/python -m twine check --strict dist/*

clean:  ## remove what the commands above made
	rm -rf $(VENV) $(NODE)/node_modules demo-out dist site .mypy_cache .pytest_cache .ruff_cache
