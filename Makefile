# The two commands of the README are `make book` and `make test`; each sets up what it needs.
# `make help` lists the rest.
PYTHON ?= python3
VENV ?= .venv
SERVE ?= 1
JOBS ?= 2

BIN := $(VENV)/bin
UV := $(BIN)/uv
INSTALL = VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --compile-bytecode
PYTEST = $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help book test check coverage mutants notebooks exercises bench bench-site lock clean

help:  ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

book: $(VENV)/.book  ## build the book and serve it on 127.0.0.1 (SERVE=0: build only)
	$(BIN)/python tools/build_book.py
	@if [ "$(SERVE)" != 0 ]; then $(BIN)/python tools/serve.py _build/html; fi

test: $(VENV)/.dev  ## everything: lint, types, all tests, all notebooks, the book
	$(BIN)/python tools/lint.py
	$(PYTEST) -n $(JOBS) --dist loadfile

check: $(VENV)/.dev  ## lint, types and the fast tests
	$(BIN)/python tools/lint.py
	$(PYTEST) -n $(JOBS) --dist loadfile -m "not keras and not notebooks and not browser and not slow"

coverage: $(VENV)/.dev  ## lines and branches of course_lib that no test reaches and no comment explains (PARTS=core: some)
	$(BIN)/python tools/cover.py $(PARTS)

mutants: $(VENV)/.dev  ## mutation testing of the library's mathematics (ONLY=path: one file of it)
	$(BIN)/python tools/mutants/run.py $(if $(ONLY),--only '$(ONLY)')

notebooks: $(VENV)/.dev  ## execute and clean the notebooks of the book (NB=path: one of them)
	$(BIN)/python tools/notebooks.py $(NB)

exercises: $(VENV)/.dev  ## write solutions/ from the specs and exercises/ from solutions/
	$(BIN)/python tools/exercises.py

bench: $(VENV)/.dev  ## time training steps side by side with Keras
	$(BIN)/python tools/bench

bench-site: $(VENV)/.dev  ## weigh the built pages and time exercises and widgets in Chromium
	$(BIN)/python tools/build_book.py
	$(BIN)/python tools/bench_site.py

lock: $(VENV)/.setup  ## renew the pinned, hashed requirements
	$(BIN)/python tools/lock.py

clean:  ## remove the built book and caches
	rm -rf _build .pytest_cache .mypy_cache .ruff_cache

$(VENV)/.setup: requirements/setup.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ". Choose another with: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV) || { echo "Could not make a virtual environment; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/setup.txt
	@touch $@

$(VENV)/.book: $(VENV)/.setup requirements/book.txt pyproject.toml
	$(INSTALL) --require-hashes -r requirements/book.txt
	$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.setup requirements/dev.txt pyproject.toml
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info >= (3, 14) and "make test compares with TensorFlow, which needs Python 3.11 to 3.13; this is " + sys.version.split()[0] + ". Choose another with: make VENV=.venv-3.13 PYTHON=python3.13 test")'
	$(INSTALL) --require-hashes -r requirements/dev.txt
	$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.book
