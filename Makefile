# Everything runs from .venv, made on first use with any Python >= 3.11.
#
#   make run      installs the package and runs an example notebook
#   make lab      opens JupyterLab with the panel                      (ARGS="--no-browser --port 8890")
#   make test     installs what the tests need and runs every test     (ARGS="-k store" passes options to pytest)
#   make screenshots   takes the pictures of the README anew
#   make lint     ruff, mypy, ESLint and Prettier       make format   rewrites the code in the project's format
#   make dev      the environment for work on the code, with the commit hooks
#   make bench    compares with papermill and `jupyter execute`        (ARGS="--rounds 9 --only one-cell")
#   make chaos    kills workers and kernels by the hundred             (ARGS="--kills 500 --kernel-kills 200 --seed 7")
#   make clean    removes the environments and caches

VENV := .venv
OLD := .venv-oldkernel
LAB := .venv-lab
OLDEST := .venv-lab-oldest
PANEL := labextension
PIP_INSTALL := bin/python -m pip install --quiet --disable-pip-version-check
NOTEBOOK ?= notebooks/example.yml
ARGS ?=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run lab test screenshots lint format dev bench chaos clean

help:
	@sed -n '/^$$/q; s/^# \{0,1\}//p' Makefile

run: $(VENV)/.installed
	@$(VENV)/bin/jupyter runt execute $(NOTEBOOK) $(ARGS)

lab: $(LAB)/.installed
	@$(LAB)/bin/jupyter lab $(ARGS)

test: $(VENV)/.installed-test $(OLD)/.installed $(LAB)/.installed $(OLDEST)/.installed
	@echo "make: running the tests"
	@RUNT_TEST_OLD_PYTHON="$(CURDIR)/$(OLD)/bin/python" RUNT_TEST_LAB_PYTHON="$(CURDIR)/$(LAB)/bin/python" \
	    RUNT_TEST_OLDEST_LAB_PYTHON="$(CURDIR)/$(OLDEST)/bin/python" \
	    $(VENV)/bin/python -m pytest $(ARGS)

screenshots: $(VENV)/.installed-test $(LAB)/.installed
	@RUNT_WRITE_SCREENSHOTS=1 RUNT_TEST_LAB_PYTHON="$(CURDIR)/$(LAB)/bin/python" \
	    $(VENV)/bin/python -m pytest tests/panel/test_screenshots.py

lint: $(VENV)/.installed-dev $(PANEL)/node_modules/.installed
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(JLPM) lint
	$(JLPM) types:oldest

format: $(VENV)/.installed-dev $(PANEL)/node_modules/.installed
	$(VENV)/bin/ruff check --fix
	$(VENV)/bin/ruff format
	$(JLPM) format

dev: $(VENV)/.installed-dev $(OLD)/.installed
	@if [ -d .git ]; then $(VENV)/bin/pre-commit install; fi

bench: $(VENV)/.installed-bench $(LAB)/.installed
	@RUNT_TEST_LAB_PYTHON="$(CURDIR)/$(LAB)/bin/python" $(VENV)/bin/python -m tests.benchmarks $(ARGS)

chaos: $(VENV)/.installed-test
	@$(VENV)/bin/python -m tests.chaos $(ARGS)

clean:
	rm -rf $(VENV) $(OLD) $(LAB) $(OLDEST) jupyter_runt/labextension $(PANEL)/lib $(PANEL)/node_modules $(PANEL)/oldest/node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis dist build
	find jupyter_runt tests -name __pycache__ -type d -exec rm -rf {} +

# What the panel is made from: its own sources, and what it shares with the server.
PANEL_SOURCES := $(shell find $(PANEL) -type f -not -path '*/node_modules/*' -not -path '*/lib/*' -not -path '*/generated/*' \
    -not -path '*/test/*' -not -path '*/oldest/*' -not -path '*/screenshots/*' -not -name '*.tsbuildinfo') \
    $(wildcard jupyter_runt/server/pages/web/*.js) jupyter_runt/server/openapi.yaml jupyter_runt/events/schemas/v1.yaml

# jlpm with the system's Node or, where there is none, PyPI's.
JLPM = cd $(PANEL) && $(CURDIR)/$(VENV)/bin/python hatch_build.py $(CURDIR)/$(VENV)/bin/jlpm

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

# Without the panel, which takes a while to build and is of no use without JupyterLab.
$(VENV)/.installed: pyproject.toml jupyter_runt/_version.py | $(VENV)/bin/python
	@echo "make: installing jupyter-runt (about a minute the first time)"
	@SKIP_JUPYTER_BUILDER=1 $(VENV)/$(PIP_INSTALL) --editable .
	@touch $@

$(VENV)/.installed-%: pyproject.toml jupyter_runt/_version.py | $(VENV)/bin/python
	@echo "make: installing jupyter-runt[$*] (a few minutes the first time)"
	@SKIP_JUPYTER_BUILDER=1 $(VENV)/$(PIP_INSTALL) --editable '.[$*]'
	@touch $@ $(VENV)/.installed

# JupyterLab and Notebook with the panel: the only environment that it is built for.
$(LAB)/.installed: $(PANEL_SOURCES) pyproject.toml jupyter_runt/_version.py | $(LAB)/bin/python
	@echo "make: building the panel and installing JupyterLab (a few minutes the first time)"
	@$(LAB)/$(PIP_INSTALL) --editable . 'jupyterlab>=4.6,<5' 'notebook>=7.6,<8' 'jupyterlab_widgets>=3,<4'
	@touch $@

# The oldest JupyterLab that the package claims; the panel is the one that was built for the newest.
$(OLDEST)/.installed: pyproject.toml jupyter_runt/_version.py | $(OLDEST)/bin/python
	@echo "make: installing JupyterLab 4.5.0"
	@SKIP_JUPYTER_BUILDER=1 $(OLDEST)/$(PIP_INSTALL) --editable . 'jupyterlab==4.5.0' 'notebook==7.5.0'
	@touch $@

$(PANEL)/node_modules/.installed: $(PANEL)/package.json $(PANEL)/yarn.lock $(VENV)/.installed-dev
	@echo "make: installing what the panel is built and checked with"
	@$(JLPM) install --immutable
	@cd $(PANEL)/oldest && $(CURDIR)/$(VENV)/bin/python ../hatch_build.py $(CURDIR)/$(VENV)/bin/jlpm install --immutable
	@$(JLPM) build:types
	@touch $@

# The oldest supported line of ipykernel: the agent and the magics are tested in it too.
$(OLD)/.installed: Makefile | $(OLD)/bin/python
	@echo "make: installing ipykernel 6.29.5 for the tests"
	@$(OLD)/$(PIP_INSTALL) 'ipykernel==6.29.5' cronsim jsonschema markdown-it-py nbformat nh3 pyyaml tzdata websocket-client
	@touch $@
