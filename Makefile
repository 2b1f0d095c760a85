# The commands of the project; each sets up what it needs. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
LOCKED := book chapters study lab test lint
# What is installed is what was locked, by its checksum, and already built: building would ask for
# tools that no lock knows.
LOCKED_ONLY := install --quiet --disable-pip-version-check --require-hashes --only-binary :all:
# Two processes, a file of tests in one of them: what a file computes once stays computed.
PARALLEL := -n 2 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help book fresh readme reading pages pdf lite test test-unit test-long test-elsewhere test-lite test-lowest test-faults test-hostile coverage mutants intervals reproduce lab setup torch smoke study lint lock clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The mark is written last: an interrupted set-up has none, and the next call starts it afresh.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else \
	  "Python 3.11 or later is needed, this is %d.%d. Name another one: make PYTHON=python3.12 ..." \
	  % sys.version_info[:2])'
	@echo "Setting up $(VENV) from requirements.lock (once, a minute or two) ..."
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip $(LOCKED_ONLY) -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

book: $(READY) ## execute every notebook and build the site into _build/html
	@$(BIN)/python book/build.py

# What looks at the site: it is built only if something in it changed since it was built.
fresh: $(READY)
	@$(BIN)/python book/build.py --if-stale

readme: $(READY) ## fill in the README's badges and picture, once an address is set
	@$(BIN)/python book/readme.py

reading: fresh ## say how long the main path of each chapter takes to read
	@$(BIN)/python book/reading.py

pdf: fresh ## print the whole book: _build/scaling-laws-reexecuted.pdf
	@$(BIN)/python book/pdf.py

# JupyterLite's tools, apart from the book's, and the packages that the browser's Python gets from
# the site: pure Python, for any platform.
LITE := $(VENV)/lite/ready
$(LITE): $(READY) book/lite/lite.lock book/lite/wheels.lock
	@$(PYTHON) -m venv --clear $(VENV)/lite
	@$(VENV)/lite/bin/pip $(LOCKED_ONLY) -r book/lite/lite.lock
	@$(VENV)/lite/bin/pip download --quiet --disable-pip-version-check --require-hashes --no-deps \
	  --only-binary :all: --platform any --abi none --implementation py --python-version 3.12 \
	  -r book/lite/wheels.lock --dest $(VENV)/lite/wheels
	@touch $@

lite: $(LITE) fresh ## let chapters run in a reader's browser; PYODIDE=folder or archive serves its Python, too
	@$(BIN)/python book/lite/build_lite.py $(if $(PYODIDE),--pyodide "$(PYODIDE)")

# cffconvert needs an older jsonschema than Jupyter: it gets an environment of its own. One of its
# packages must be built, by the tools of the book's lock.
CFFCONVERT := $(VENV)/cffconvert/ready
$(CFFCONVERT): $(READY) tests/package/cffconvert.lock
	@$(PYTHON) -m venv --clear $(VENV)/cffconvert
	@$(BIN)/uv pip install --quiet --python $(VENV)/cffconvert/bin/python --require-hashes \
	  --build-constraints requirements.lock -r tests/package/cffconvert.lock
	@touch $@

pages: fresh ## say what each page costs: kilobytes, layout shift, accessibility
	@$(BIN)/python book/pages.py

test: $(CFFCONVERT) fresh ## pass every test: the package alone, then the built site
	@$(BIN)/python -m pytest $(PARALLEL)

test-long: fresh ## build the site once more, elsewhere, and compare every byte; look at every page
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m long tests/book

test-elsewhere: fresh ## run downloaded chapters in empty environments, as Binder, Colab and others do
	@$(BIN)/python -m pytest -n 2 -m long tests/elsewhere

# A package that happens to carry Pyodide's files: without it, and without PYODIDE, the tests say so.
CARRIED := $(VENV)/lite/pyodide/ready
$(CARRIED): $(LITE) tests/lite/pyodide.lock
	@rm -rf $(@D)
	@$(VENV)/lite/bin/pip download --quiet --disable-pip-version-check --require-hashes --no-deps \
	  --only-binary :all: -r tests/lite/pyodide.lock --dest $(@D) && touch $@ || echo "No index has Pyodide's files."

test-lite: $(LITE) $(if $(PYODIDE),,$(CARRIED)) fresh ## run every chapter in a browser, by the site's own Python
	@PYODIDE="$(PYODIDE)" $(BIN)/python -m pytest tests/lite

test-unit: $(READY) ## pass the tests of the package alone
	@$(BIN)/python -m pytest $(PARALLEL) tests/unit scaling_utils

# What a borrower may have: the lowest versions that pyproject.toml allows, in an environment of
# their own. Only what old libraries say of themselves is let pass.
LOWEST := $(VENV)/lowest/ready
$(LOWEST): $(READY) tests/package/lowest.lock
	@$(PYTHON) -m venv --clear $(VENV)/lowest
	@$(BIN)/uv pip install --quiet --python $(VENV)/lowest/bin/python --require-hashes --no-build \
	  -r tests/package/lowest.lock
	@touch $@

test-lowest: $(LOWEST) ## pass the tests of the package with the lowest versions it allows
	@$(VENV)/lowest/bin/python -m pytest $(PARALLEL) -W ignore::DeprecationWarning \
	  -W "ignore:Values in x were outside bounds" -W "ignore:Using UFloat objects with std_dev==0" \
	  tests/unit tests/reanalysis scaling_utils reanalysis
	@$(VENV)/lowest/bin/python tests/reproduce/book_numbers.py

test-faults: fresh ## plant faults in copies of the checkout: each must be caught, and named
	@$(BIN)/python -m pytest -n 2 --dist loadfile tests/faults

test-hostile: $(READY) ## try ten thousand hostile inputs at the package's doors, and damaged files
	@HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest -n 2 -m "" tests/unit/hostile

coverage: $(READY) ## say which branches the tests of the packages take, and what they leave out
	@$(BIN)/python -m pytest $(PARALLEL) --cov --cov-report=term:skip-covered \
	  tests/unit scaling_utils tests/reanalysis reanalysis tests/claims claims

# An environment of its own, which sees the book's: mutmut brings a good deal.
MUTMUT := $(VENV)/mutmut/ready
$(MUTMUT): $(READY) tests/mutants/mutmut.lock
	@$(PYTHON) -m venv --clear $(VENV)/mutmut
	@$(VENV)/mutmut/bin/pip $(LOCKED_ONLY) -r tests/mutants/mutmut.lock
	@touch $@

mutants: $(MUTMUT) ## change the code in thousands of ways, and say which changes no test notices
	@$(BIN)/python tests/mutants/run.py

intervals: $(READY) ## simulate how often each kind of interval holds the truth: minutes
	@$(BIN)/python benchmarks/coverage.py --write

reproduce: $(READY) ## build twice, under other circumstances, and print the one checksum of both
	@$(BIN)/python tests/reproduce/reproduce.py

lab: $(READY) ## open the chapters in JupyterLab, as copies in lab/ that are yours
	@$(BIN)/python book/lab.py

setup: $(READY) ## set up the environment and nothing else

# PyTorch for processors alone where pip finds it, else with what a system adds: locks/torch.in.
TORCH := $(VENV)/torch-ready
$(TORCH): $(READY) $(wildcard locks/*.lock)
	@echo "Installing PyTorch into $(VENV) (once) ..."
	@$(BIN)/pip $(LOCKED_ONLY) -r locks/torch-cpu.lock -r locks/torch-needs.lock 2>/dev/null || \
	  $(BIN)/pip $(LOCKED_ONLY) -r locks/torch.lock
	@touch $@

torch: $(TORCH) ## add PyTorch, which only the study of small Transformers needs

smoke: $(TORCH) ## a minute's trial of the study of small Transformers
	@$(BIN)/python -m experiments smoke

study: $(TORCH) ## repeat the whole study: about an hour and a half; can be interrupted
	@$(BIN)/python -m experiments run

lint: $(READY) ## check style (ruff) and types (mypy)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

PIN := $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url \
  --custom-compile-command "make lock"
ANYWHERE := $(PIN) --universal --python-version 3.11

# Every extra but torch, which whoever repeats the large study installs beside it: it has its own.
# Windows' PyTorch needs what all do, and no CUDA.
lock: $(READY) ## pin every package anew from pyproject.toml
	@$(ANYWHERE) $(LOCKED:%=--extra %) pyproject.toml --output-file requirements.lock.new
	@mv requirements.lock.new requirements.lock
	@$(ANYWHERE) --extra chapters --extra study --extra lab --constraint requirements.lock \
	  pyproject.toml --output-file binder/requirements.txt
	@$(ANYWHERE) tests/package/cffconvert.in --output-file tests/package/cffconvert.lock
	@$(ANYWHERE) tests/mutants/mutmut.in --output-file tests/mutants/mutmut.lock
	@$(ANYWHERE) --resolution lowest-direct --extra study --extra chapters pyproject.toml tests/package/lowest.in \
	  --output-file tests/package/lowest.lock
	@$(ANYWHERE) --constraint requirements.lock locks/torch.in --output-file locks/torch.lock
	@$(PIN) --python-version 3.11 --python-platform windows --no-emit-package torch \
	  --constraint locks/torch.lock locks/torch.in --output-file locks/torch-needs.lock
	@$(ANYWHERE) book/lite/lite.in --output-file book/lite/lite.lock
	@for asked in book/lite/wheels tests/lite/pyodide; do \
	  $(PIN) --no-deps --python-version 3.12 $$asked.in --output-file $$asked.lock || exit 1; \
	done

clean: ## remove the environment and everything built
	@rm -rf $(VENV) _build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
