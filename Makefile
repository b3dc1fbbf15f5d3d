# Everything a user or a continuous-integration job needs. Each target makes its own environment
# from the hashed lock; nothing but Python 3.11 or newer, git and make is presupposed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
EXAMPLE := reference/examples/survey.csv
BASELINE := .venv-baseline
OPEN_TITLES ?=

.PHONY: run test lint benchmark benchmark-accuracy baseline lock clean

run: $(READY)  ## code the example extract with the embedded starter reference
	$(BIN)/soc-recode run $(EXAMPLE) --kind survey --reference starter --out output/example --replace

test: $(READY)  ## run all tests
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

lint: $(READY)  ## formatting, lint rules, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

benchmark: $(READY)  ## how fast the engine codes 10 million records, against a bare copy
	$(BIN)/python -m benchmarks.engine

benchmark-accuracy: $(READY)  ## how well titles are coded; OPEN_TITLES=FILE adds a file of titles
	$(BIN)/python -m benchmarks.accuracy $(if $(OPEN_TITLES),--open-titles "$(OPEN_TITLES)") \
		$(if $(wildcard $(BASELINE)/.ready),--baseline $(BASELINE)/bin/python)

baseline: $(BASELINE)/.ready  ## the environment of the baseline that benchmark-accuracy compares with

$(BASELINE)/.ready: benchmarks/baseline-requirements.txt
	$(PYTHON) -m venv --clear $(BASELINE)
	$(BASELINE)/bin/python -m pip install --quiet --disable-pip-version-check $$(grep '^torch==' $<)
	$(BASELINE)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	touch $@

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(READY)

lock:  ## renew requirements.lock (needs uv)
	uv pip compile pyproject.toml --extra dev --generate-hashes --no-emit-index-url --universal --python-version 3.11 --no-header -o requirements.lock

clean:
	rm -rf $(VENV) $(BASELINE) build output *.egg-info
