.PHONY: setup lock demo test check format lint types imports bench clean

PYTHON ?= python3
BIN := .venv/bin

setup: $(BIN)/spendwatch ## leaves .venv/bin/spendwatch

$(BIN)/spendwatch: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

lock: ## writes requirements.lock anew from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--group dev --output-file requirements.lock pyproject.toml

test: setup
	$(BIN)/pytest -m "not kafka"
