# The commands of this project. `make demo` and `make test` need nothing but make, git and a Python with pip or venv:
# they fetch uv when it is missing, and uv fetches the rest as locked in uv.lock.

UV := $(shell uv --version >/dev/null 2>&1 && echo uv || echo .cache/uv/bin/uv)
RUN := $(UV) run --locked --inexact

.PHONY: help setup setup-dev demo test check bench format clean
.DEFAULT_GOAL := help

help:  ## show the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

.cache/uv/bin/uv:
	python3 -m venv .cache/uv
	.cache/uv/bin/python -m pip install --quiet uv

setup: $(filter-out uv,$(UV))
	$(UV) sync --locked --inexact --quiet

setup-dev: $(filter-out uv,$(UV))
	$(UV) sync --locked --inexact --quiet --all-groups --extra train --extra ray

demo: setup  ## build ./warehouse.duckdb from the public reports and tables, and say what is in it
	@$(RUN) cxr demo

test: setup-dev  ## run the tests
	$(RUN) pytest

check: setup-dev  ## ruff, mypy, import-linter, sqlfluff
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) lint-imports
	$(RUN) sqlfluff lint dbt_project

bench: setup-dev  ## run every benchmark and regenerate benchmarks/RESULTS.md
	$(RUN) python -m benchmarks.run

format: setup-dev  ## format Python and SQL
	$(RUN) ruff check --fix .
	$(RUN) ruff format .
	$(RUN) sqlfluff fix dbt_project

clean:  ## remove what the commands made, the warehouse and the pages too
	rm -rf .venv .cache .pytest_cache .ruff_cache .mypy_cache cxr-pages warehouse.duckdb warehouse.duckdb.wal dbt_project/target dbt_project/logs
