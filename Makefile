# Everything a developer or CI runs. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all check format lock bench clean

help: ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Make .venv with everything pinned in requirements.lock, and .venv/bin/seaglass

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "seaglass needs Python 3.11 or newer: make PYTHON=python3.11 ..."'
	@echo "Setting up $(VENV) (a minute or so the first time)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup ## Freeze a live graph of real packages and restore it, with timings; leaves nothing running
	@$(BIN)/seaglass demo

test: setup ## Run the tests
	@$(BIN)/python -m pytest -q -n 2 -m "not slow"

test-all: setup ## Run all tests, the long ones too
	@$(BIN)/python -m pytest -q -n 2

check: setup ## Format, lint, types, import order
	@$(BIN)/ruff format --check src tests benchmarks
	@$(BIN)/ruff check src tests benchmarks
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

format: setup ## Format the code
	@$(BIN)/ruff format src tests benchmarks
	@$(BIN)/ruff check --fix-only --quiet src tests benchmarks

lock: setup ## Pin dependencies again after a change of pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --generate-hashes \
		--no-emit-index-url --no-header --output-file requirements.lock pyproject.toml

bench: setup ## Run the benchmarks at full size (minutes); results go to benchmarks/results
	@$(BIN)/python -m benchmarks.run

clean: ## Remove what the other targets made
	@rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis build dist
