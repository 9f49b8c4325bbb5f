# What there is to do. `make help` lists it.
.DEFAULT_GOAL := help
.PHONY: help run test test-all lint faults bench bench-scale screenshots docs constraints

# `make test` takes arguments for pytest: make test ARGS="tests/test_journal.py -k nonce"
ARGS ?=
# sqlite, postgres (with Redis), both, or all, which leaves nothing out: make test STACK=postgres
STACK ?= both

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

run: ## set up what is needed and serve on http://127.0.0.1:8000/ with data in ./data
	@scripts/environment.sh runserver
	@exec .venv/bin/hubbub serve

test: ## everything: lint, types, tests with real browsers and servers, on SQLite and on PostgreSQL with Redis
	@scripts/environment.sh dev
	@scripts/system_packages.sh
	@scripts/checks.sh
	@scripts/tests.sh $(STACK) $(ARGS)

test-all: ## the same, and the browser's tests on PostgreSQL with Redis too: for the night
	@$(MAKE) --no-print-directory test STACK=all

lint: ## format, lint, types, import directions
	@scripts/environment.sh dev
	@scripts/checks.sh

faults: ## the fault matrix, half an hour; writes docs/reliability.md (ROWS=names SEED=number HOUR=1)
	@scripts/environment.sh dev
	@scripts/system_packages.sh
	@.venv/bin/python -m tests.faults $(if $(ROWS),--rows $(ROWS)) $(if $(SEED),--seed $(SEED)) $(if $(HOUR),--hour)

bench: ## the table of docs/performance.md: Hubbub, the floor and the peers in one run
	@scripts/environment.sh dev
	@.venv/bin/python -m bench $(ARGS)

bench-scale: ## many nodes on PostgreSQL and Redis: figures and plots of docs/performance.md
	@scripts/environment.sh dev
	@.venv/bin/python -m bench.scale $(ARGS)

screenshots: ## the pictures in docs/screenshots
	@scripts/environment.sh dev
	@scripts/system_packages.sh pictures
	@.venv/bin/python scripts/screenshots.py

docs: ## what is generated in docs/, made anew
	@scripts/environment.sh dev
	@.venv/bin/python scripts/generate_docs.py

constraints: ## pin the versions that are installed now
	@(echo "# The versions that the tests run with. Made by: make constraints"; \
	  .venv/bin/pip freeze --exclude-editable | grep -v ' @ ') > constraints.txt
