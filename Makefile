# Needs Python 3.11 or newer. Everything is installed into .venv; stamps in it make a second run quick.
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
# The first one that runs: version managers leave commands behind that only complain.
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$name; break; }; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Half as many again as there are cores: tests wait for browsers, servers and killed processes.
WORKERS ?= $(shell echo $$(( ($$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2) * 3 + 1) / 2 )))
DEMO ?=
PYTEST ?=

.PHONY: help run test check bench prove clean

help:
	@echo "make run    install, then start the demo (DEMO='--fresh --port-base 9000' passes options on)"
	@echo "make test   install what tests need, then run all of them (PYTEST='-k name' passes options on)"
	@echo "make check  linters and types"
	@echo "make bench  benchmarks, as ratios measured in one run"
	@echo "make prove  the long harnesses in full"

run: $(VENV)/.installed
	@exec $(BIN)/qingfeng demo $(DEMO)

test: $(VENV)/.installed-dev $(VENV)/.system
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(PYTEST)

check: $(VENV)/.installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(VENV)/.installed-dev
	@$(BIN)/python -m tests.bench

prove: $(VENV)/.installed-dev $(VENV)/.system
	@$(BIN)/python -m tests.faults.prove

clean:
	rm -rf $(VENV) build dist *.egg-info

$(BIN)/python:
	@test -n "$(PYTHON)" \
		|| { echo "Python 3.11 or newer is needed; name it: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
		|| { rm -rf $(VENV); echo "This Python cannot make virtual environments; Debian: apt install python3-venv" >&2; exit 1; }

# The lock files carry hashes. Our own package is built with the setuptools of requirements-build.lock, without isolation,
# so that nothing unhashed is fetched.
$(VENV)/.installed: requirements.lock requirements-build.lock pyproject.toml | $(BIN)/python
	@echo "Installing (once) ..."
	@$(PIP) install --require-hashes -r requirements-build.lock
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	@echo "Installing what tests need (once) ..."
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/.system: .ci/system-packages | $(BIN)/python
	@.ci/system-packages
	@touch $@
