# Needs git, make and Python 3.11 to 3.13; Go only where no Pulumi engine is there and none can be downloaded.
# Everything else is set up here, once: `.venv/`, and a Pulumi engine in the user's cache folder.

VENV := .venv
READY := $(VENV)/.ready
RUN := $(VENV)/bin/python
ARGS ?=
# Test processes side by side, each with an embedded AWS of its own; most of their time is waiting.
JOBS ?= 3
# A soak: how many times more faults and examples than a test run, and in which tests.
SOAK ?= 20
SOAKED ?= tests/properties tests/emulator tests/stacks/test_live_writer.py tests/stacks/test_killed.py tests/stacks/test_killed_at_random.py

.DEFAULT_GOAL := help
.PHONY: help demo test soak bench lint audit format env aws-up aws-down clean

help: ## say what there is
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1	\2/p' Makefile | expand -t 18

demo: $(READY) ## watch a live table change its key, on an embedded AWS
	@settings="$$($(RUN) tools/shell_env.py)" && eval "$$settings" && exec $(RUN) tools/demo.py $(ARGS)

test: $(READY) ## run every test; make test ARGS="-k words" runs some
	@settings="$$($(RUN) tools/shell_env.py --without-aws)" && eval "$$settings" && exec $(RUN) -m pytest -n $(JOBS) --dist worksteal $(ARGS)

soak: $(READY) ## do what hunts for lost writes for hours; make soak SOAK=5 for less; ends with a report
	@settings="$$($(RUN) tools/shell_env.py --without-aws)" && eval "$$settings" && \
	  SOAK=$(SOAK) exec $(RUN) -m pytest -n $(JOBS) --dist worksteal $(SOAKED) $(ARGS)

bench: $(READY) ## measure everything that is said about speed; ARGS="--wire --json FILE": the data path beside its peers
	@$(RUN) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]'
	@$(RUN) benchmarks/bench.py $(ARGS)

lint: $(READY) ## check style, formatting and types
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy

audit: $(READY) ## ask the registry for known weaknesses of what is pinned
	@$(RUN) tools/audit.py

format: $(READY) ## put the code in the house's format
	@$(RUN) -m ruff check --fix-only .
	@$(RUN) -m ruff format .

env: $(READY) ## print the shell's settings for pulumi by hand: eval "$(make -s env)"
	@$(RUN) tools/shell_env.py

aws-up: $(READY) ## start an embedded AWS for pulumi by hand
	@$(RUN) tools/embedded_aws.py up

aws-down: $(READY) ## end it; what was in it is gone
	@$(RUN) tools/embedded_aws.py down

clean: ## end the embedded AWS; remove what was set up here (the engine's cache stays)
	@if [ -f .pulumi-state/embedded-aws.json ] && [ -x $(RUN) ]; then $(RUN) tools/embedded_aws.py down; fi
	rm -rf $(VENV) .pulumi-state .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml constraints.txt
	@python="$$(PYTHON="$(PYTHON)" tools/find-python)" && { \
	  echo "setting up $(VENV) with $$python ..." && \
	  { $(RUN) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null || \
	    { rm -rf $(VENV) && $$python -m venv $(VENV); }; } && \
	  $(RUN) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test,dev]' && \
	  touch $@; } >&2
