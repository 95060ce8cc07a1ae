# Palang. `make` alone lists what there is; a target is listed by the comment behind its two hashes.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help env demo screenshots test test-long fuzz lint type bench peers release lock clean

PYTHON ?= python3
LOCK ?= requirements/dev.txt
KEEP ?=
BIN := .venv/bin
# The lock is made with one known resolver, in an environment that is thrown away.
UV := uv==0.13.9
COMPILE := uv pip compile --no-config --no-cache --default-index https://pypi.org/simple --universal \
	--python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --quiet \
	--custom-compile-command "make lock"

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' Makefile | while IFS='|' read -r name text; do \
		printf '%-16s %s\n' "$$name" "$$text"; done

env: .venv/.stamp ## make .venv from the hash-locked wheels (PYTHON=python3.12 picks another Python)

.venv/.stamp: $(LOCK) setup.cfg pyproject.toml
	@command -v "$(PYTHON)" >/dev/null || { \
		echo "$(PYTHON) is not on the PATH: install Python 3.11, 3.12 or 3.13, or name one: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@"$(PYTHON)" tools/check_python.py
	@"$(PYTHON)" tools/make_env.py .venv $(LOCK)
	@touch $@

demo: env ## run the main job from a dirty list to a verified bundle (KEEP=1 leaves it running)
	@KEEP="$(KEEP)" $(BIN)/python -m demo

screenshots: env ## every page of the demo's console into demo-run/screenshots, and the guides' pictures from them
	@$(BIN)/python -m demo.screenshots

test: env ## run the tests on two cores; skips print last with what they leave unproven
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal

test-long: env ## run the long suites too, with fresh random examples
	@PALANG_EXPLORE=1 $(BIN)/python -m pytest -q -n 2 --dist worksteal -o faulthandler_timeout=1800 \
		-m "long or not long"

FUZZ ?= 5000
fuzz: env ## try every reader of files with thousands of damaged and hostile ones (FUZZ=20000 for more)
	@PALANG_EXPLORE=1 PALANG_FUZZ_EXAMPLES=$(FUZZ) $(BIN)/python -m pytest -q -n 2 \
		-o faulthandler_timeout=7200 -m "long or not long" tests/reading/test_fuzz.py

lint: env ## check style, and that no package imports what it must not
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo

type: env ## check the types strictly
	@$(BIN)/mypy

bench: env ## measure time, CPU and memory as ratios to named peers and limits of the same run (docs/benchmarks.md)
	@$(BIN)/python -m bench

peers: ## install the real servers and tools that some tests talk to (root, Debian apt)
	@"$(PYTHON)" tools/peers.py

release: env ## write dist/palang-VERSION-....tar.gz: wheels, hashes, units and an installer that needs no network
	@$(BIN)/python tools/release.py requirements/runtime.txt dist

lock: ## resolve the dependencies anew into requirements/*.txt
	@"$(PYTHON)" tools/check_python.py
	@set -e; work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT; \
		"$(PYTHON)" -m venv "$$work/venv"; \
		"$$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check "$(UV)"; \
		PATH="$$work/venv/bin:$$PATH"; \
		$(COMPILE) --extra gateway --extra dev -o requirements/dev.txt setup.cfg requirements/build.in; \
		$(COMPILE) --extra gateway -c requirements/dev.txt -o requirements/runtime.txt \
			setup.cfg requirements/build.in

clean: ## remove the environment and everything that the targets made
	rm -rf .venv build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
