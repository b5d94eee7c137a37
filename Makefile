# Every target sets itself up, from nothing but Python 3.11 or newer; a second call starts at once.
#   make demo ARGS="--pack boston --port 8051"     make test ARGS="tests/schemas -x"
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input

.PHONY: help demo test lint bench faults soak schema lock clean
.DEFAULT_GOAL := help

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1 - /p' $(MAKEFILE_LIST)

demo: $(VENV)/.runtime  ## the whole chain on one machine, replaying or simulating a pack
	@$(BIN)/gridpulse demo $(ARGS)

test: lint $(VENV)/.system  ## style, types and every test
	@$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.dev $(VENV)/.js  ## style, types, direction of imports, generated files
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/gridpulse schema --check
	@! command -v npm >/dev/null || node $(ESLINT) -c tests/js/eslint.config.js dashboard/assets/js tests/js/*.mjs

bench: $(VENV)/.bench  ## the benchmarks: make bench ARGS=NAME
	@$(BIN)/gridpulse bench $(ARGS)

faults: $(VENV)/.system  ## kill, pause, cut off and fill up everything; one line a fault
	@$(BIN)/python -m tests.faults $(ARGS)

soak: $(VENV)/.system  ## stream for hours with a fault every minute: make soak ARGS="--minutes 120 --rate 500"
	@$(BIN)/python -m tests.faults.soak $(ARGS)

schema: $(VENV)/.runtime  ## write the JSON Schemas, the AsyncAPI document and docs/indicators.md
	@$(BIN)/gridpulse schema $(ARGS)

# One resolution for Linux and macOS and every Python from 3.11 on, with hashes; pip installs nothing else.
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--custom-compile-command 'make lock' pyproject.toml -
lock: $(VENV)/.dev  ## renew the lock files from pyproject.toml (make lock ARGS=--upgrade)
	@echo 'setuptools>=77' | $(COMPILE) --extra dev -o requirements-dev.lock $(ARGS)
	@echo 'setuptools>=77' | $(COMPILE) -c requirements-dev.lock -o requirements.lock $(ARGS)
	@cp requirements-dev.lock requirements-bench.lock  # the same versions, but where a peer needs another
	@echo 'setuptools>=77' | $(COMPILE) --extra dev --extra bench -o requirements-bench.lock $(ARGS)

clean:  ## caches and built files (the environment and stored data stay)
	@rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -path ./$(VENV) -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.created:
	@.ci/system venv "$(PYTHON)"
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.runtime: requirements.lock pyproject.toml | $(VENV)/.created
	@echo "Installing gridpulse and what it needs into $(VENV)"
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "Installing the development tools into $(VENV)"
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

# ESLint for the browser's modules, where there is a Node; without one its tests skip, too.
ESLINT := tests/js/node_modules/eslint/bin/eslint.js
$(VENV)/.js: tests/js/package-lock.json | $(VENV)/.created
	@if command -v npm >/dev/null; then npm ci --prefix tests/js --no-audit --no-fund --silent; \
	else echo "No npm: the browser's modules are not checked by ESLint"; fi
	@touch $@

$(VENV)/.bench: requirements-bench.lock $(VENV)/.dev
	@echo "Installing what the benchmarks compare with into $(VENV)"
	@$(PIP) --require-hashes -r requirements-bench.lock
	@touch $@

$(VENV)/.system: .ci/system tests/support/kafka/pom.xml | $(VENV)/.created
	@.ci/system chromium
	@.ci/system java
	@.ci/system kafka
	@touch $@
