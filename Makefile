# Two commands need nothing but Python 3.11+, make and git: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ARGS ?=
WORKERS ?= 2
SESSIONS ?= 5000
KILLS ?= 200
STORE_KILLS ?= 100
HOURS ?= 168

.PHONY: run test check bench matrix kills kills-store soak chains clients pictures lock clean

run: $(READY)
	@$(BIN)/python -m tui $(ARGS)

# Tests in a terminal measure how a screen feels, so they run by themselves.
test: check
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --ignore tests/e2e
	$(BIN)/python -m pytest tests/e2e

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)
	@for one in bench/*.py; do echo "== $$one"; $(BIN)/python -m bench.$$(basename $$one .py) || exit 1; done

# Every fault of the simulated exchange at every moment that matters, as a table.
matrix: $(READY)
	$(BIN)/python -m tests.trials.faults.matrix --workers $(WORKERS)

# A desk killed at random moments: after each the next one, the store and the venue agree.
kills: $(READY)
	$(BIN)/python -m tests.trials.kills.kills --kills $(KILLS)

# The program and the database killed at random moments while minutes are written: none lost, none twice.
kills-store: $(READY)
	$(BIN)/python -m tests.trials.kills.store_kills --programs $(STORE_KILLS) --databases $(STORE_KILLS)

# Hours of random sessions and kills instead of the seconds `make test` spends on them, and a week of
# trading with faults at a thousand times the speed.
soak: $(READY)
	VOLDESK_SOAK_SESSIONS=$(SESSIONS) $(BIN)/python -m pytest --timeout 0 tests/core/simulator/test_sessions.py
	SIMULATOR_KILLS=$(KILLS) $(BIN)/python -m pytest --timeout 0 tests/core/simulator/state/test_kill.py
	$(BIN)/python -m tests.trials.soak --hours $(HOURS)

# What the numerics make of the recorded option chains: the index beside the venue's own,
# our volatilities beside a second engine's, every surface looked at for arbitrage.
chains: $(READY)
	$(BIN)/python -m tests.trials.chains.index
	$(BIN)/python -m tests.trials.chains.second_opinion
	$(BIN)/python -m tests.trials.chains.surface

# A public client that is no dependency of ours, installed beside the project to trade on the simulated exchange.
clients: $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --upgrade --target build/clients -r tests/core/simulator/clients.lock
	PYTHONPATH=build/clients $(BIN)/python -m pytest tests/core/simulator/test_second_client.py

pictures: $(READY)
	$(BIN)/python -m tests.e2e.pictures docs/pictures

# Needs uv; run it after a change of the dependencies in pyproject.toml.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --extra dev \
		--no-annotate --no-header -o requirements.lock pyproject.toml

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Voldesk needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@echo "Setting up $(VENV) (once, about a minute)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
