# Everything a person or CI runs here; `make` alone lists it. Works with GNU make 3.81 (macOS).

PYTHON := .venv/bin/python
INSTALL := $(PYTHON) -m pip install -qq --no-input --retries 2 --disable-pip-version-check \
	--require-hashes --no-deps --no-compile

# The smaller sets are cut out of the largest, so that every version is the same everywhere.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url

# A Python counts when it runs and is whole; a version manager's shim on the PATH may be neither.
USABLE := import sys, ensurepip, sqlite3, ssl, venv; sys.exit(sys.version_info < (3, 11))
# An environment that somebody else made, such as Pulumi, may be of another Python, or cut short.
WHOLE := import pip; $(USABLE)
# 3.13 is what the functions run on; then what is known to work, newest first.
PYTHONS := python3.13 "$$HOME"/.pyenv/versions/3.13*/bin/python3.13 \
	python3.14 python3.12 python3.11 python3

define CREATE
for python in $(PYTHONS); do \
  if "$$python" -c '$(USABLE)' >/dev/null 2>&1; then \
    echo "Creating .venv with $$("$$python" --version) ($$python)"; \
    "$$python" -m venv --clear .venv || { rm -rf .venv; exit 1; }; \
    exit 0; \
  fi; \
done; \
echo "No working Python 3.11 or newer was found (with venv, ensurepip, ssl and sqlite3)." >&2; \
echo "Cure: install Python 3.13, on Debian and Ubuntu together with python3-venv." >&2; \
exit 1
endef

.DELETE_ON_ERROR:
.PHONY: help demo local pictures docs test engine provider proof check types bench bench-record scan audit sbom format lock clean

help: ## List what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

demo: .venv/.stage ## Play the demo run: Jim's leave request is approved, Jane's is denied
	@$(PYTHON) -m emulator.demo

local: .venv/.stage ## Run the whole system on this machine until Ctrl-C
	@mkdir -p .local
	@$(PYTHON) -m emulator --ready-file .local/ready.json

pictures: .venv/.dev ## Take pictures of every mail and page into pictures/ (needs Chromium)
	@$(PYTHON) -m tests.pictures

docs: .venv/.dev ## Write the tables of docs/configuration.md and docs/functions.md anew
	@$(PYTHON) -m tests.docs.config_table
	@$(PYTHON) -m tests.docs.function_table

# Tests start many processes, and each would compile everything anew.
test engine provider proof: export PYTHONDONTWRITEBYTECODE =

test: .venv/.dev ## Run all tests
	@$(PYTHON) -m emulator prepare
	@$(PYTHON) -m pytest --numprocesses 3 --dist loadscope

engine: .venv/.dev ## Run the tests of the program under Pulumi's own command line (needs pulumi)
	@$(PYTHON) -m emulator prepare
	@$(PYTHON) -m pytest tests/engine --numprocesses 3 --dist loadscope

provider: .venv/.dev ## Play the demo on a stage that Pulumi's AWS provider makes (needs pulumi, and its plugin)
	@LEAVE_AWS_PROVIDER=real $(PYTHON) -m pytest tests/engine/test_story.py

# What `make test` tries with fewer examples, or a part of it.
PROVEN := tests/proof tests/leave tests/browser/test_every_page.py tests/emulator/google/test_any_mail.py \
	tests/emulator/test_summary.py tests/end_to_end/test_starting_and_stopping.py tests/infrastructure/test_bad_config.py \
	tests/infrastructure/test_leave_rules.py

proof: .venv/.dev ## Show every promise of docs/reliability.md in full size, in reports/proof.md
	@$(PYTHON) -m emulator prepare
	@$(PYTHON) -m pytest $(PROVEN) --proof --timeout 1800 --numprocesses 2 --dist loadscope

check: .venv/.dev ## Run what CI runs: linter, formatter, type checker, all tests
	@$(PYTHON) -m ruff check
	@$(PYTHON) -m ruff format --check
	@.venv/bin/lint-imports --no-logo --cache-dir .build/imports
	@$(MAKE) --no-print-directory --jobs 3 types scan test

types: .venv/.dev ## Run the type checker
	@$(PYTHON) -m basedpyright

bench: .venv/.dev ## Measure everything that has an aim: one table, and reports/bench.json
	@$(PYTHON) -m emulator prepare
	@$(PYTHON) -m bench

bench-record: .venv/.dev ## Record what is deterministic anew; CI compares with it
	@$(PYTHON) -m bench --record

scan: .venv/.dev .build/workflows.scanned ## Look for secrets in what is committed, and for mistakes in the workflows
	@git ls-files -z -- ':!requirements/*.txt' >.build/committed 2>/dev/null || \
	  echo "Not scanned for secrets: this is not a checkout, so the committed files are unknown."
	@touch .build/scanning; \
	  if [ .build/scanned -nt .venv/.dev ] && [ .build/scanned -nt .secrets.baseline ]; then \
	    changed='-newer .build/scanned'; \
	  fi; \
	  [ ! -s .build/committed ] || \
	    xargs -0 sh -c 'find "$$@" '"$$changed"' -print0' find <.build/committed | \
	    xargs -0 -n 150 -P 2 .venv/bin/detect-secrets-hook --baseline .secrets.baseline
	@mv .build/scanning .build/scanned

.build/workflows.scanned: .venv/.dev $(wildcard .github/*.yml .github/workflows/*.yml)
	@mkdir -p .build
	@.venv/bin/zizmor --offline --no-progress --quiet .github
	@.venv/bin/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@.venv/bin/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	@touch $@

audit: .build/audit/.installed ## Ask whether what is locked has known vulnerabilities (needs PyPI)
	@for lock in dev ministack audit; do \
	  echo "requirements/$$lock.txt"; \
	  .build/audit/bin/pip-audit --strict --require-hashes --disable-pip --progress-spinner off \
	    --requirement requirements/$$lock.txt >.build/audit.log 2>&1 && continue; \
	  if grep -q '^Name .*Fix Versions' .build/audit.log; then cat .build/audit.log; exit 1; fi; \
	  tail -n 1 .build/audit.log; \
	  echo "Could not ask, so nothing is known. Cure: run it where PyPI itself is reached, as GitHub does."; \
	  exit 2; \
	done

sbom: .venv/.dev ## Write reports/sbom.json: what ships in the layer, as CycloneDX
	@mkdir -p .build reports
	@$(PYTHON) -m infrastructure.artifact >.build/shipped.txt
	@PYTHONWARNINGS=ignore::UserWarning .venv/bin/cyclonedx-py requirements --pyproject pyproject.toml --mc-type application \
	  --output-reproducible --output-file reports/sbom.json .build/shipped.txt

format: .venv/.dev ## Format the code and fix what the linter can fix
	@$(PYTHON) -m ruff check --fix
	@$(PYTHON) -m ruff format

lock: ## Choose the newest dependencies anew and lock them with their hashes (needs uv)
	@command -v uv >/dev/null || { \
	  echo "uv is not there. Cure: python3 -m pip install uv, or see docs.astral.sh/uv" >&2; exit 1; }
	@$(LOCK) --upgrade --output-file requirements/ministack.txt requirements/ministack.in
	@$(LOCK) --upgrade --output-file requirements/audit.txt requirements/audit.in
	@$(LOCK) --upgrade --output-file requirements/dev.txt requirements/dev.in
	@$(LOCK) --constraints requirements/dev.txt --output-file requirements/stage.txt requirements/stage.in
	@$(LOCK) --constraints requirements/dev.txt --output-file requirements/lambda.txt requirements/lambda.in

clean: ## Remove everything that is made here, except .venv
	@rm -rf .build .local .hypothesis .pytest_cache .ruff_cache .coverage* htmlcov reports pictures
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

.venv/bin/python:
	@$(CREATE)

.venv/.stage: requirements/stage.txt pyproject.toml | .venv/bin/python
	@$(PYTHON) -c '$(WHOLE)' 2>/dev/null || { $(CREATE); }
	@echo "Installing what the local stage needs (once, about a minute) …"
	@$(INSTALL) -r requirements/stage.txt
	@$(PYTHON) -m pip install -qq --no-input --disable-pip-version-check \
	  --no-deps --no-index --no-build-isolation --editable .
	@touch $@

.build/audit/.installed: requirements/audit.txt | .venv/bin/python
	@$(PYTHON) -m venv --clear .build/audit
	@.build/audit/bin/python $(wordlist 2,99,$(INSTALL)) -r requirements/audit.txt
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.stage
	@echo "Installing what the tests need (once, about half a minute) …"
	@$(INSTALL) -r requirements/dev.txt
	@touch $@
