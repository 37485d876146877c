# The two commands most people need: `make demo` and `make test`. docs/operations.md has the rest.
.PHONY: help demo test bench setup lint types format lock clean

PYTHON := .venv/bin/python
BIN := .venv/bin
ARGS ?=
# Tests on every core and one process more, which works while the one with the tests that start
# and kill programs waits for them; four at most. A process that dies ends the run as it would alone.
PROCESSES := -n $(shell n=$$(nproc); [ $$n -lt 4 ] && echo $$((n + 1)) || echo 4) --max-worker-restart 0
TEMPLATES := find templates portal criteria towns subsidies reviews -name '*.html' -type f

help:
	@echo "make demo   [ARGS='--no-serve --out DIR']   set up, perform the main job, serve the site"
	@echo "make test   [ARGS='pytest arguments']       style, types, migrations, then every test"
	@echo "make bench  [ARGS='--only NAME,NAME']       measure; writes bench.json"
	@echo "make setup                                  everything that tests and benchmarks need"
	@echo "make lint | types | format | lock | clean"

demo:
	@portal/config/bin/bootstrap.sh runtime
	@PORTAL_DEMO=1 exec $(PYTHON) manage.py demo $(ARGS)

setup:
	@portal/config/bin/bootstrap.sh dev

# Types are checked beside the rest: one processor each.
test: setup
	@$(MAKE) --no-print-directory -j2 --output-sync=target lint types
	@echo "checking that no migration is missing"
	@$(PYTHON) -m tests.services --quiet -- $(PYTHON) manage.py makemigrations --check --dry-run
	@$(PYTHON) -m tests.services -- $(PYTHON) -m pytest $(PROCESSES) $(ARGS)

bench: setup
	@$(PYTHON) -m tests.services -- $(PYTHON) -m tests.benchmarks.run $(ARGS)

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(TEMPLATES) -print0 | xargs -0 -r $(BIN)/djade --target-version 5.2 --check
	@$(BIN)/lint-imports

types: setup
	@$(BIN)/mypy

format: setup
	@$(BIN)/ruff check --fix --exit-zero .
	@$(BIN)/ruff format .
	-@$(TEMPLATES) -print0 | xargs -0 -r $(BIN)/djade --target-version 5.2

lock: setup
	@portal/config/bin/lock.sh

clean:
	@rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache bench.json
	@find . -path ./.venv -prune -o -name __pycache__ -type d -print0 | xargs -0 -r rm -rf
	@echo "caches removed; .venv (packages) and var (data) are kept"
