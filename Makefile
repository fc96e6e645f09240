# Everything a person or a machine does with this checkout. `make` alone lists the targets.
# Set-up happens by itself and is skipped in milliseconds when nothing changed.
#   ARGS="..."           passed on to nexus.py, pytest or the benchmarks
#   PYTHON=python3.12 VENV=.venv-3.12   another interpreter, in an environment of its own

VENV ?= .venv
PY := $(VENV)/bin/python
UV := .uv/bin/uv
CODE := $(wildcard nexus.py company bot web console employees knowledge qa sandbox voice heartbeat)
LOCK := pyproject.toml uv.lock
SYNC = $(UV) sync --frozen --quiet --no-default-groups --python "$(or $(PYTHON),$$(cat .uv/base-python))"

export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := $(VENV)
unexport VIRTUAL_ENV
.DEFAULT_GOAL := help
.PHONY: help install run demo test lint check fix bench docs size migration lock clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name what; do \
	    printf '  make %-9s %s\n' "$$name" "$$what"; done

.uv/ready: scripts/bootstrap scripts/uv.txt
	@PYTHON="$(PYTHON)" sh scripts/bootstrap
	@touch $@

$(VENV)/core: $(LOCK) | .uv/ready
	@echo "Setting up (once): the core into $(VENV) ..."
	@$(SYNC) --inexact
	@touch $@

$(VENV)/dev: $(LOCK) | .uv/ready
	@echo "Setting up (once): the core and the tools of development into $(VENV) ..."
	@$(SYNC) --group dev
	@touch $@ $(VENV)/core

install: $(VENV)/core ## set up without starting; GROUPS="providers" adds optional parts
	@for group in $(GROUPS); do $(SYNC) --inexact --group "$$group"; done
	@echo "Ready: make run"

run: $(VENV)/core ## open the company on this machine
	@$(PY) nexus.py run $(ARGS)

demo: $(VENV)/core ## a scripted scenario, without any account, in under a minute
	@$(PY) nexus.py demo $(ARGS)

test: $(VENV)/dev ## the whole test suite; ARGS="tests/unit -k money" for a part of it
	@$(PY) -m pytest $(ARGS)

lint: $(VENV)/dev ## format, style, types and imports, without the tests
	@$(VENV)/bin/ruff format --check --quiet .
	@$(VENV)/bin/ruff check --quiet .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports --no-logo

check: lint test ## what CI runs: lint, then the tests

fix: $(VENV)/dev ## mend format and style where a tool can
	@$(VENV)/bin/ruff check --quiet --fix . || true
	@$(VENV)/bin/ruff format .

bench: $(VENV)/dev ## measure: start, memory, overhead, orders a second
	@$(PY) -m benchmarks $(ARGS)

docs: $(VENV)/core ## write the generated pages of docs/ again
	@$(PY) scripts/config_reference.py

size: ## lines per department, the longest files, and what is on the disk
	@for part in $(CODE) tests benchmarks; do \
	    printf '%8d  %s\n' "$$(find $$part -name '*.py' -exec cat {} + | wc -l)" "$$part"; done
	@echo "longest files:"; find $(CODE) -name '*.py' -exec wc -l {} + | grep -v ' total$$' | sort -rn | head -n 5
	@test ! -d $(VENV) || du -sh $(VENV)

migration: $(VENV)/dev ## write the next migration from a change of company/schema.py; NAME="what it does"
	@$(VENV)/bin/alembic -c migrations/alembic.ini revision --autogenerate -m "$(NAME)"
	@$(VENV)/bin/ruff check --quiet --fix migrations && $(VENV)/bin/ruff format --quiet migrations

lock: $(VENV)/core ## solve the dependencies again after a change of pyproject.toml
	@$(UV) lock --python "$$(cat .uv/base-python)"

clean: ## take away what was set up and cached; data and settings stay
	rm -rf .uv .venv .venv-* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
