# 源头 Yuantou. `make` alone prints the targets.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
export PYTHONPATH := src
export UV_LINK_MODE ?= hardlink
# Compiled modules are kept, whatever the surroundings say: without, each of the many processes compiles Django anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup assets run test test-deep test-engines quick verify check fix bench vocabulary messages lock clean

help:  ## Print this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/.runtime: requirements/runtime.lock pyproject.toml
	@echo "[1/6] Installing the environment into $(VENV) (locked versions)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install -q --require-hashes -r requirements/installer.lock
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements/runtime.lock
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements/dev.lock
	@echo "      Installing the development tools"
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements/dev.lock
	@touch $@

setup: $(VENV)/.dev assets  ## Install everything for development

assets: $(VENV)/.runtime  ## Build the front-end assets and the message catalogues
	@$(BIN)/python -m yuantou.web.build

run: $(VENV)/.runtime  ## Set up and start the platform with a demonstration call
	@exec $(BIN)/yuantou up

test: setup  ## Run the whole suite (SQLite; PostgreSQL and the browser too where they are installed)
	@$(BIN)/python tests/run.py

test-deep: setup  ## Run everything there is: full matrices, long walks, big samples, every page in the browser
	@$(BIN)/python tests/run.py --deep

test-engines: $(VENV)/.dev  ## Run the tests of the engines alone
	@$(BIN)/pytest -q -n 2 --dist worksteal tests/engines tests/pipelines tests/connectors

quick: $(VENV)/.dev  ## Run what the changed files can touch, nearest tests first, in under a minute
	@$(BIN)/python tests/quick.py

verify: ## Prove the last commit: .ci/run on a clean clone; its hash goes to var/verified
	@$(PYTHON) tests/verify.py

check: setup  ## Format, lint, types, import contracts, translations
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/djangofmt --check src
	@$(BIN)/ty check -q
	@$(BIN)/lint-imports
	@$(BIN)/mypy
	@$(BIN)/pytest -q -n 2 tests/architecture

fix: $(VENV)/.dev  ## Format and repair what can be repaired
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/djangofmt src

bench: setup  ## Run the quick benchmarks
	@$(BIN)/python benchmarks/run.py

vocabulary: setup  ## Write what kinds may name into the package
	@$(BIN)/python -m yuantou.web.vocabulary

messages: setup  ## Collect translatable messages into the catalogues
	@$(BIN)/python -m yuantou.web.messages

lock: $(VENV)/.runtime  ## Renew the lock files
	@$(BIN)/uv pip compile -q --upgrade --generate-hashes --no-header --no-annotate requirements/installer.in -o requirements/installer.lock
	@$(BIN)/uv pip compile -q --upgrade --generate-hashes --no-header --no-annotate pyproject.toml requirements/runtime.in -o requirements/runtime.lock
	@$(BIN)/uv pip compile -q --upgrade --generate-hashes --no-header --no-annotate -c requirements/runtime.lock requirements/dev.in -o requirements/dev.lock

clean:  ## Remove what was built (data in var/ stays)
	rm -rf $(VENV) build dist node_modules src/yuantou/web/static/dist .mypy_cache .ruff_cache .hypothesis
