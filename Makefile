# Everything runs from .venv, made on first use with any Python >= 3.11.
#
#   make run      installs the package and runs an example notebook
#   make test     installs what the tests need and runs every test     (ARGS="-k store" passes options to pytest)
#   make lint     ruff and mypy            make format   rewrites the code in the project's format
#   make dev      the environment for work on the code, with the commit hooks
#   make bench    compares with papermill and `jupyter execute`        (ARGS="--rounds 9 --only one-cell")
#   make chaos    kills workers and kernels by the hundred             (ARGS="--kills 500 --kernel-kills 200 --seed 7")
#   make clean    removes the environments and caches

VENV := .venv
OLD := .venv-oldkernel
PIP_INSTALL := bin/python -m pip install --quiet --disable-pip-version-check
NOTEBOOK ?= notebooks/example.yml
ARGS ?=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test lint format dev bench chaos clean

help:
	@sed -n '/^$$/q; s/^# \{0,1\}//p' Makefile

run: $(VENV)/.installed
	@$(VENV)/bin/jupyter runt execute $(NOTEBOOK) $(ARGS)

test: $(VENV)/.installed-test $(OLD)/.installed
	@echo "make: running the tests"
	@RUNT_TEST_OLD_PYTHON="$(CURDIR)/$(OLD)/bin/python" $(VENV)/bin/python -m pytest $(ARGS)

lint: $(VENV)/.installed-dev
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy

format: $(VENV)/.installed-dev
	$(VENV)/bin/ruff check --fix
	$(VENV)/bin/ruff format

dev: $(VENV)/.installed-dev $(OLD)/.installed
	@if [ -d .git ]; then $(VENV)/bin/pre-commit install; fi

bench: $(VENV)/.installed-bench
	@$(VENV)/bin/python -m tests.benchmarks $(ARGS)

chaos: $(VENV)/.installed-test
	@$(VENV)/bin/python -m tests.chaos $(ARGS)

clean:
	rm -rf $(VENV) $(OLD) .mypy_cache .pytest_cache .ruff_cache .hypothesis dist build
	find jupyter_runt tests -name __pycache__ -type d -exec rm -rf {} +

# -- environments: a stamp file says what is installed, so that the next `make` starts at once ---------------------------

# Python is looked for only when an environment is to be made. Some distributions ship `venv` without `ensurepip`.
%/bin/python:
	@set -eu; found=''; seen=''; \
	for name in $(PYTHON) $(if $(PYTHON),,python3.11 python3.12 python3.13 python3.14 python3); do \
	    version=$$("$$name" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue; \
	    if ! "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then seen="$$seen $$name is $$version;"; continue; fi; \
	    if ! "$$name" -c 'import ensurepip, venv' 2>/dev/null; then \
	        seen="$$seen $$name cannot make environments (Debian and Ubuntu: apt-get install python$$version-venv);"; continue; fi; \
	    found="$$name"; break; \
	done; \
	if [ -z "$$found" ]; then \
	    echo "make: no usable Python 3.11 or newer.$$seen" >&2; \
	    echo "make: install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; fi; \
	echo "make: creating $* with $$found ($$version)"; \
	"$$found" -m venv --clear $* || { rm -rf $*; echo "make: $$found could not create $*" >&2; exit 1; }

$(VENV)/.installed: pyproject.toml jupyter_runt/_version.py | $(VENV)/bin/python
	@echo "make: installing jupyter-runt (about a minute the first time)"
	@$(VENV)/$(PIP_INSTALL) --editable .
	@touch $@

$(VENV)/.installed-%: pyproject.toml jupyter_runt/_version.py | $(VENV)/bin/python
	@echo "make: installing jupyter-runt[$*] (a few minutes the first time)"
	@$(VENV)/$(PIP_INSTALL) --editable '.[$*]'
	@touch $@ $(VENV)/.installed

# The oldest supported line of ipykernel: the agent and the magics are tested in it too.
$(OLD)/.installed: Makefile | $(OLD)/bin/python
	@echo "make: installing ipykernel 6.29.5 for the tests"
	@$(OLD)/$(PIP_INSTALL) 'ipykernel==6.29.5' jsonschema markdown-it-py nbformat nh3 pyyaml websocket-client
	@touch $@
