# Two commands matter: `make report` and `make test`. `make help` tells the rest.
.DEFAULT_GOAL := help
.PHONY: help report test test-all check clean
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
# Files of tests run beside each other, one per core; what the tests of a file share is made once.
PYTEST := $(BIN)/python -m pytest --numprocesses=logical --dist=loadfile
COMPILED := setup.py metaleak/records/_scan.pyx metaleak/records/_rows.pyx metaleak/records/pubmed_xml.py
DECLARED := setup.cfg pyproject.toml constraints.txt $(COMPILED)

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

report: $(VENV)/.installed ## Check, pool, draw and write reports/cement-leakage.html
	@$(BIN)/metaleak run

test: $(VENV)/.test-installed ## Run the tests on all cores (what needs Chromium or R skips by name where they are missing)
	@$(PYTEST)

test-all: $(VENV)/.test-installed ## Run the tests with Chromium and R; a skipped test is a failure
	@CI=true $(PYTEST)

check: $(VENV)/.check-installed ## Format, lint, types, import contracts, then the tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(PYTEST)

clean: ## Remove what metaleak and make wrote; sheets, analyses and their results stay
	@rm -rf $(VENV) figures reports .metaleak build metaleak/records/*.c metaleak/records/*.so

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "metaleak needs Python 3.11 or newer; name one: make report PYTHON=python3.11" >&2; exit 1; }
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "Python cannot make virtual environments here. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@touch $@

$(VENV)/.installed: $(VENV)/.made $(DECLARED)
	@echo "installing metaleak into $(VENV) (about a minute, once)"
	@$(PIP) --editable .
	@touch $@

$(VENV)/.test-installed: $(VENV)/.installed
	@echo "installing what the tests need"
	@$(PIP) --editable '.[test]'
	@touch $@

$(VENV)/.check-installed: $(VENV)/.test-installed
	@echo "installing what the checks need"
	@$(PIP) --editable '.[test,check]'
	@touch $@
