# All that a newcomer needs. `make demo` and `make test` set up everything by themselves; Python 3.11 or newer, make and
# pip's package index are enough. Paths stay relative, so that a checkout may lie in a folder with spaces in its name.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# The first interpreter that is new enough; `make PYTHON=/path/to/python3.12 test` chooses another.
PYTHON ?= $(shell for candidate in python3.11 python3.12 python3.13 python3 python; do \
	"$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo "$$candidate" && break; done)
VENV := .venv
IN_VENV := $(VENV)/bin

# Real clips and pictures are measured where they exist; no test of a fresh clone needs them.
SPOTTER_CLIPS ?= $(if $(wildcard ../shared/clips),$(CURDIR)/../shared/clips)
SPOTTER_IMAGES ?= $(if $(wildcard ../shared/images),$(CURDIR)/../shared/images)
ifneq ($(SPOTTER_CLIPS),)
export SPOTTER_CLIPS
endif
ifneq ($(SPOTTER_IMAGES),)
export SPOTTER_IMAGES
endif

# pytest runs two workers and every process of ours keeps to one thread: more would fight for the cores.
export OMP_NUM_THREADS ?= 1

.PHONY: help setup models test train-demo check demo bench evaluate evaluate-synthetic lock clean

help: ## show this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile

setup: $(VENV)/.project ## make the virtual environment and install everything into it

# A changed lock begins with an empty environment: what left the lock must leave the environment, above all a second
# distribution of cv2.
$(VENV)/.dependencies: requirements.lock
	@if [ -z "$(PYTHON)" ]; then \
		echo "spotter needs Python 3.11 or newer and found none; install one, or name it: make PYTHON=/path/to/python3.11" >&2; \
		exit 1; fi
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "spotter needs Python 3.11 or newer and $(PYTHON) is not: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) lacks the module venv; install it (Debian, Ubuntu: apt install python3-venv)" >&2; exit 1; }
	"$(PYTHON)" -m venv --clear $(VENV)
	$(IN_VENV)/python -m pip install --disable-pip-version-check --quiet --no-deps --only-binary :all: \
		--require-hashes -r requirements.lock
	@touch $@

$(VENV)/.project: $(VENV)/.dependencies pyproject.toml
	$(IN_VENV)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
	@touch $@

# Not a stamp: the weights lie in the user's cache folder, which may be emptied at any time.
models: setup ## fetch the weights that are not there yet
	$(IN_VENV)/spotter models pull

# Many tests wait more than they compute, above all those of the whole system, which play recordings in real time: so
# more of them run beside each other than there are cores.
test: models ## run all tests
	$(IN_VENV)/python -m pytest -n 3 --dist worksteal --ignore tests/system
	$(IN_VENV)/python -m pytest -n 3 --dist worksteal -m "not alone" tests/system
	$(IN_VENV)/python -m pytest -m alone tests/system

# PyTorch is not in the lock: PyPI's build for Linux brings CUDA, gigabytes that no gym needs. Where the index has a build
# for the processor alone, this takes it.
$(VENV)/.training: $(VENV)/.project
	$(IN_VENV)/python -m pip install --disable-pip-version-check --quiet torch==2.13.0
	$(IN_VENV)/python -m pip install --disable-pip-version-check --quiet --no-build-isolation -e '.[train]'
	@touch $@

train-demo: models $(VENV)/.training ## train, export and compare every model of the zoo on a tiny drawn set
	$(IN_VENV)/python -m spotter.training_demo out/train-demo
	$(IN_VENV)/python -m pytest -n 2 tests/train

check: setup ## lint, format, types and the arrows between packages
	$(IN_VENV)/ruff check .
	$(IN_VENV)/ruff format --check .
	$(IN_VENV)/mypy
	$(IN_VENV)/lint-imports

demo: models ## watch a gym that Spotter draws itself, and show the result beside the truth
	$(IN_VENV)/spotter demo

bench: models ## measure pose, frame transport, latency and database, beside peers where there are any
	$(IN_VENV)/python -m benchmarks

evaluate: models ## count the real clips in SPOTTER_CLIPS and compare with their truth
	@if [ -z "$(SPOTTER_CLIPS)" ]; then \
		echo "name the folder of clips: make evaluate SPOTTER_CLIPS=/path/to/clips" >&2; exit 1; fi
	$(IN_VENV)/spotter evaluate --clips "$(SPOTTER_CLIPS)"

evaluate-synthetic: models ## analyze drawn scenes and write docs/results-synthetic.md
	$(IN_VENV)/spotter evaluate --scene small --scene floor --out docs/results-synthetic.md

# `make lock UPGRADE=--upgrade` moves every pin to its newest version; without it the pins stay where they can.
lock: ## write requirements.lock and deploy/requirements.lock anew from pyproject.toml
	"$(PYTHON)" -m venv build/lock
	build/lock/bin/python -m pip install --disable-pip-version-check --quiet 'uv>=0.9'
	build/lock/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --extra dev --extra mediapipe \
		--group lock --generate-hashes --no-annotate --no-header --quiet $(UPGRADE) -o requirements.lock
	build/lock/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-annotate \
		--no-header --quiet -c requirements.lock -o deploy/requirements.lock

clean: ## remove the environment, caches and results; the cached weights stay
	rm -rf $(VENV) build dist out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
