# Everything a developer does. `make help` lists the targets.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
ARGS ?=
STEPS ?= 100000
SEED ?=
PINS := --generate-hashes --allow-unsafe --no-annotate --no-header --no-emit-options --no-emit-index-url \
	--no-emit-trusted-host --no-emit-find-links --quiet

.DEFAULT_GOAL := help
.PHONY: help install run test machine crash interop interop-webhook image coverage check format bench schema pins clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 17

install: $(STAMP) ## make .venv with the pinned packages and dnsguard itself

$(STAMP): requirements/dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "dnsguard needs Python 3.11 or later")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes -r requirements/dev.txt
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
	touch $(STAMP)

run: install ## show on this machine what dnsguard does, without AWS and without a cluster
	$(BIN)/dnsguard demo $(ARGS)

test: install ## run the tests; ARGS="-k gate" narrows them
	$(BIN)/python -m pytest -n 2 -o console_output_style=count $(ARGS)

machine: install ## run random histories against the engine; STEPS=1000000 for longer, SEED=1 for the same again
	$(BIN)/python -m tests.core.machine --steps $(STEPS) $(if $(SEED),--seed $(SEED))

crash: install ## kill dnsguard at every point of the way of a change, 220 times; KILLS=n for another number
	DNSGUARD_KILLS=$(or $(KILLS),220) $(BIN)/python -m pytest tests/crash -n0 -s $(ARGS)

interop: install ## run dnsguard against a real kube-apiserver and a real external-dns, which need Go and are built once
	$(BIN)/python -m tests.interop.building
	$(BIN)/python -m pytest tests/interop -n0 -ra -v $(ARGS)

interop-webhook: install ## run a real external-dns with dnsguard webhook beside it, on three minutes of a tape; needs Go
	$(BIN)/python -m tests.interop.building
	DNSGUARD_WEBHOOK_SECONDS=$(or $(TAPE_SECONDS),190) $(BIN)/python -m pytest tests/interop/test_webhook.py -n0 -ra -v -s $(ARGS)

image: install ## build the image with buildah, start it and ask its probes; needs root on Debian
	tests/interop/image.sh

coverage: install ## run the tests and say what they did not reach
	$(BIN)/python -m pytest -n 2 -o console_output_style=count --cov --cov-report=term-missing:skip-covered $(ARGS)

check: install ## lint, formatting, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install ## bring the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install ## measure the gate against other ways, side by side
	$(BIN)/python -m bench.gate $(ARGS)

schema: install ## write config/dnsguard.schema.json again
	$(BIN)/python -c 'from dnsguard.settings.schema import text; print(text(), end="")' > config/dnsguard.schema.json

pins: install ## pin the newest packages that pyproject.toml and requirements/dev.in allow
	$(BIN)/pip-compile $(PINS) --strip-extras --upgrade -o requirements/run.txt pyproject.toml
	$(BIN)/pip-compile $(PINS) --no-strip-extras --upgrade --extra lab -c requirements/run.txt -o requirements/dev.txt pyproject.toml requirements/dev.in
	$(BIN)/pip-compile $(PINS) --no-strip-extras --extra lab -c requirements/dev.txt -o requirements/lab.txt pyproject.toml

clean: ## remove what the other targets made
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage* htmlcov build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
