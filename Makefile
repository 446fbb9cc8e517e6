# Every target does its own set-up: a machine needs Python 3.11 or newer with pip, and make.
.PHONY: help setup demo test check bench bench-detection kafka simulate chaos format format-check lint types \
	imports lock release-schemas clean

PYTHON ?= python3
SEEDS ?= 1000
SEED ?= 1
BIN := .venv/bin
ROUNDS ?= 3
ONLY ?= $(basename $(notdir $(filter-out benchmarks/_%,$(wildcard benchmarks/*.py))))

help: ## says what there is to make
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1	\2/p' $(MAKEFILE_LIST) | expand -t 24

setup: $(BIN)/spendwatch ## leaves .venv/bin/spendwatch and all that the tests need

$(BIN)/spendwatch: requirements.lock pyproject.toml | $(BIN)/uv
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

# uv comes from the lock as well, by hash. Debian's python3 may lack ensurepip: then its own pip
# installs into the environment.
$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed, this is $$($(PYTHON) --version): make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv .venv >/dev/null 2>&1 || $(PYTHON) -m venv --clear --without-pip .venv
	@awk '/^[^ ]/ {ours = /^uv==/} ours && !/#/' requirements.lock > .venv/uv.lock
	@if $(BIN)/python -m pip --version >/dev/null 2>&1; then pip="$(BIN)/python -m pip"; \
		else pip="$(PYTHON) -m pip --python $(BIN)/python"; fi; \
		$$pip install --quiet --disable-pip-version-check --require-hashes -r .venv/uv.lock

demo: setup ## runs the whole service on a simulated organisation; incidents as they read in Slack
	$(BIN)/spendwatch demo

test: setup ## the tests that need no Kafka; says what was skipped and why
	$(BIN)/pytest -m "not kafka" --numprocesses auto --dist loadgroup

kafka: setup ## the tests on a real Kafka: KAFKA_BOOTSTRAP_SERVERS, or one that Maven and Java bring
	$(BIN)/pytest -m kafka --numprocesses 2 --dist worksteal

chaos: setup ## crash rounds on a real Kafka: ROUNDS=25 SEED=1; the last line is one JSON object
	$(BIN)/python -m tests.kafka.chaos --rounds $(ROUNDS) --seed $(SEED)

check: format-check lint types imports test ## everything that a change must pass, but Kafka

simulate: setup ## seeds of the simulation, SEEDS=1000 from SEED=1 on; the last line is JSON
	$(BIN)/python -m tests.simulation.run --seeds $(SEEDS) --seed $(SEED)

format: setup ## lays the code out
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

format-check: setup
	$(BIN)/ruff format --check .

lint: setup
	$(BIN)/ruff check .

types: setup
	$(BIN)/mypy

imports: setup
	$(BIN)/lint-imports

bench: setup ## the benchmarks, or ONLY=meter_steps; the last line of each is one JSON object
	@set -e; for name in $(ONLY); do echo "== $$name"; $(BIN)/python -m benchmarks.$$name; done

# ONLY=hours,nab and SEEDS=1,2 as options of its own
bench-detection: ONLY =
bench-detection: SEEDS = 1
bench-detection: setup ## how well overruns are found, beside others: ONLY=hours,nab SEEDS=1; the last line is JSON
	$(BIN)/python -m benchmarks.detection --seeds $(SEEDS) $(if $(ONLY),--only $(ONLY))

lock: setup ## writes requirements.lock anew from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--group dev --output-file requirements.lock pyproject.toml

release-schemas: setup ## lists new contracts as released; before the first release: ANEW=--anew
	$(BIN)/python -m tests.schemas.release_schemas $(ANEW)

clean: ## removes what was built; `make setup` brings it back
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
