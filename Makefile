# Everything starts from a fresh clone with Python 3.11 or later and make; see tools/bootstrap.py.
#   make run ARGS="--port 9000"      make test ARGS="tests/engine -x"      make PYTHON=python3.12 run

PYTHON ?= python3
PREPARED = $(PYTHON) tools/bootstrap.py

.PHONY: help run test quick compiled check format test-all bench readme

help: ## show this list
	@sed -n 's/^\([a-z-]*\): ## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 18

run: ## start the demo
	@$(PREPARED) run $(ARGS)

test: ## all tests but the deep profiles
	@$(PREPARED) test $(ARGS)

quick: ## the tests of the engine, in seconds
	@HYPOTHESIS_PROFILE=quick $(PREPARED) dev python -m pytest -q tests/engine tests/properties $(ARGS)

compiled: ## compile the engine to C: some three times faster (needs a C compiler)
	@$(PREPARED) dev python -m tools.compile_engine $(ARGS)

check: ## types, lint, format, import directions
	@$(PREPARED) dev python -m pyright
	@$(PREPARED) dev python -m ruff check
	@$(PREPARED) dev python -m ruff format --check
	@$(PREPARED) dev lint-imports

format: ## put the code in shape
	@$(PREPARED) dev python -m ruff check --fix
	@$(PREPARED) dev python -m ruff format

test-all: ## all tests, with the deep property and crash profiles
	@HYPOTHESIS_PROFILE=deep $(PREPARED) test --deep $(ARGS)

bench: ## the figures of the README, each against a peer in the same run
	@$(PREPARED) dev python -m bench $(ARGS)

readme: ## the screenshot and figures of the README, made anew
	@$(PREPARED) dev python -m tools.readme $(ARGS)
