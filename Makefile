# Everything a person or CI runs here; `make` alone lists it. Works with GNU make 3.81 (macOS).

PYTHON := .venv/bin/python
INSTALL := $(PYTHON) -m pip install -qq --no-input --retries 2 --disable-pip-version-check \
	--require-hashes --no-deps --no-compile

# The smaller sets are cut out of the largest, so that every version is the same everywhere.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url

# A Python counts when it runs and is whole; a version manager's shim on the PATH may be neither.
USABLE := import sys, ensurepip, sqlite3, ssl, venv; sys.exit(sys.version_info < (3, 11))
# 3.13 is what the functions run on; then what is known to work, newest first.
PYTHONS := python3.13 "$$HOME"/.pyenv/versions/3.13*/bin/python3.13 \
	python3.14 python3.12 python3.11 python3

.DELETE_ON_ERROR:
.PHONY: help demo local pictures test check format lock clean

help: ## List what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

demo: .venv/.stage ## Play the demo run: Jim's leave is approved, Jane's is denied
	@$(PYTHON) -m emulator.demo

local: .venv/.stage ## Run the whole system on this machine until Ctrl-C
	@$(PYTHON) -m emulator

pictures: .venv/.dev ## Take pictures of every mail and page into pictures/ (needs Chromium)
	@$(PYTHON) -m tests.pictures

test: .venv/.dev ## Run all tests
	@$(PYTHON) -m emulator prepare
	@$(PYTHON) -m pytest

check: .venv/.dev ## Run what CI runs: linter, formatter, type checker, all tests
	@$(PYTHON) -m ruff check
	@$(PYTHON) -m ruff format --check
	@$(PYTHON) -m basedpyright
	@$(MAKE) --no-print-directory test

format: .venv/.dev ## Format the code and fix what the linter can fix
	@$(PYTHON) -m ruff check --fix
	@$(PYTHON) -m ruff format

lock: ## Choose the newest dependencies anew and lock them with their hashes (needs uv)
	@command -v uv >/dev/null || { \
	  echo "uv is not there. Cure: python3 -m pip install uv, or see docs.astral.sh/uv" >&2; exit 1; }
	@$(LOCK) --upgrade --output-file requirements/ministack.txt requirements/ministack.in
	@$(LOCK) --upgrade --output-file requirements/dev.txt requirements/dev.in
	@$(LOCK) --constraints requirements/dev.txt --output-file requirements/stage.txt requirements/stage.in
	@$(LOCK) --constraints requirements/dev.txt --output-file requirements/lambda.txt requirements/lambda.in

clean: ## Remove everything that is made here, except .venv
	@rm -rf .build .local .hypothesis .pytest_cache .ruff_cache .coverage* htmlcov reports pictures
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

.venv/bin/python:
	@for python in $(PYTHONS); do \
	  if "$$python" -c '$(USABLE)' >/dev/null 2>&1; then \
	    echo "Creating .venv with $$("$$python" --version) ($$python)"; \
	    "$$python" -m venv --clear .venv || { rm -rf .venv; exit 1; }; \
	    exit 0; \
	  fi; \
	done; \
	echo "No working Python 3.11 or newer was found (with venv, ensurepip, ssl and sqlite3)." >&2; \
	echo "Cure: install Python 3.13, on Debian and Ubuntu together with python3-venv." >&2; \
	exit 1

.venv/.stage: requirements/stage.txt pyproject.toml | .venv/bin/python
	@echo "Installing what the local stage needs (once, about a minute) …"
	@$(INSTALL) -r requirements/stage.txt
	@$(PYTHON) -m pip install -qq --no-input --disable-pip-version-check \
	  --no-deps --no-index --no-build-isolation --editable .
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.stage
	@echo "Installing what the tests need (once, about half a minute) …"
	@$(INSTALL) -r requirements/dev.txt
	@touch $@
