# make run     start a whole house on this machine
# make test    everything that CI runs
# make mutation  take every check of the floor away, one by one: the tests must notice each
# make env     only the environment (.venv); make clean undoes it

PYTHON ?= python3
BIN := .venv/bin
PIP := $(PYTHON) -m pip --disable-pip-version-check --python $(BIN)/python install --quiet -c constraints.txt

.PHONY: run test lint env clean screenshots mutation

run: .venv/ready
	@exec $(BIN)/ruche up $(ARGS)

env: .venv/ready

test: .venv/ready-for-tests lint
	$(BIN)/pytest -q $(ARGS)

lint: .venv/ready-for-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

mutation: .venv/ready-for-tests
	$(BIN)/python tests/mutation/run.py $(ARGS)

screenshots: .venv/ready-for-tests
	RUCHE_SCREENSHOTS=1 $(BIN)/pytest -q tests/acceptance/web -k screenshot

# pip works from outside the environment, so that ensurepip (absent on a bare Debian) is not needed.
# torch comes first and by its exact version, so that a CPU build already at hand is taken.
.venv/ready: pyproject.toml constraints.txt
	@echo "Making the environment in .venv; the first time takes a few minutes."
	$(PYTHON) -m venv --without-pip .venv
	$(PIP) torch==2.13.0
	$(PIP) --editable .
	@touch $@

.venv/ready-for-tests: .venv/ready tests/chromium
	$(PIP) --editable '.[test]'
	tests/chromium
	@touch $@

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
