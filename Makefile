# Everything a developer or CI runs. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp

# The engines of `make bench-queries`, each in an environment of its own; two of them want Python 3.12.
ENGINES := ladybug kglite grafeo falkordblite graphqlite irongraph
BENCH_PYTHON ?= python3.12
VERSION_ladybug := ladybug==0.22.0
VERSION_kglite := kglite==0.21.2
VERSION_grafeo := grafeo==0.6.0
VERSION_falkordblite := falkordblite==0.11.0
VERSION_graphqlite := graphqlite==0.12.0 pysqlite3-binary==0.5.4.post2
VERSION_irongraph := irongraph==0.1.10
VERSION_turingdb := turingdb==3.0.2
KEEPERS := falkordblite ladybug turingdb

# The clients of `make test-clients`, each in an environment of its own.
CLIENTS := awscli langchain nx llamaindex mcp notebook mem0 graphrag aiobotocore nodestream cognee

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all client-environments test-clients lock-clients soak oracle fuzz fuzz-api compatibility check format lock bench bench-queries bench-snapshots clean

help: ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Make .venv with everything pinned in requirements.lock, and .venv/bin/seaglass

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "seaglass needs Python 3.11 or newer: make PYTHON=python3.11 ..."'
	@echo "Setting up $(VENV) (a minute or two)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/seaglass warm
	@touch $@

demo: setup ## Freeze a live graph of real packages and restore it, with timings; leaves nothing running
	@$(BIN)/seaglass demo

test: setup ## Run the tests
	@$(BIN)/python -m pytest -q -n 2 -m "not slow"

test-all: client-environments ## Run all tests, the long ones too, with examples that are new each time
	@SEAGLASS_EXAMPLES=$(or $(EXAMPLES),200) $(BIN)/python -m pytest -q -n 2

client-environments: setup $(CLIENTS:%=.clients/%/.stamp) .clients/js/.stamp

test-clients: client-environments ## Run real clients against a real server, each in an environment of its own (minutes)
	@$(BIN)/python -m pytest -q tests/clients/real

lock-clients: setup ## Pin the clients again after a change of tests/clients/real/pins/*.in
	@for name in $(CLIENTS); do $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
		--no-emit-index-url --no-header --no-annotate \
		--output-file tests/clients/real/pins/$$name.txt tests/clients/real/pins/$$name.in || exit 1; done

.clients/js/.stamp: tests/clients/real/pins/js/package-lock.json
	@command -v npm >/dev/null || { echo "The JavaScript client needs Node 20 or newer, with npm"; exit 1; }
	@mkdir -p $(@D)
	@cp tests/clients/real/pins/js/package.json $< $(@D)
	@cd $(@D) && npm ci --silent --no-audit --no-fund
	@touch $@

.clients/%/.stamp: tests/clients/real/pins/%.txt | $(STAMP)
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(@D)
	@$(BIN)/uv pip sync --quiet --python $(@D)/bin/python $<
	@touch $@

soak: setup ## Simulate failing disks, flip every byte, kill servers (an hour)
	@SEAGLASS_EXAMPLES=200 SEAGLASS_SOAK_EXAMPLES=3000 SEAGLASS_FLIP_STRIDE=1 $(BIN)/python -m pytest -q --timeout=7200 \
		tests/simulation tests/engine/snapshot/test_flips.py tests/engine/test_faults.py tests/faults

oracle: setup ## Compare the engine with the oracle on EXAMPLES random queries of each kind (minutes)
	@SEAGLASS_ORACLE=1 SEAGLASS_EXAMPLES=$(or $(EXAMPLES),2000) $(BIN)/python -m pytest -q -n 2 \
		--timeout=7200 tests/engine/exec/test_oracle*.py

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

fuzz: setup ## Try a million queries, right ones and worse, on parser and engine (FUZZ="--seed 1 --count 5000")
	@$(BIN)/python -m seaglass.testkit.fuzz $(FUZZ)

fuzz-api: setup ## Send 100,000 requests that nobody would send to the whole API (minutes; REQUESTS=1000)
	@SEAGLASS_FUZZ_REQUESTS=$(or $(REQUESTS),100000) $(BIN)/python -m pytest -q --timeout=7200 \
		tests/conformance/test_fuzz.py

compatibility: setup ## Write docs/compatibility.md anew from what a real server does
	@$(BIN)/python -m tests.conformance.compatibility

bench: setup ## Run the benchmarks at full size (minutes); results go to benchmarks/results
	@$(BIN)/python -m benchmarks.run

bench-queries: setup $(ENGINES:%=.bench/%/.stamp) ## Ask seaglass and other engines the same questions (an hour)
	@$(BIN)/python -m benchmarks.queries

bench-snapshots: setup $(KEEPERS:%=.bench/%/.stamp) ## Compare snapshots with cp, BGSAVE, checkpoints and commits (an hour)
	@$(BIN)/python -m benchmarks.frozen

.bench/%/.stamp:
	@$(BENCH_PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check pandas pyarrow $(or $(VERSION_$*),$*)
	@touch $@

clean: ## Remove what the other targets made
	@rm -rf $(VENV) .bench .clients .mypy_cache .ruff_cache .hypothesis build dist
