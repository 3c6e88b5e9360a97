# Two commands do everything: `make run` (a live demo, no root) and `make test` (installs what tests need, runs all of them).
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test bench nightly lock servers clean

run: .venv/.run
	@$(BIN)/threenines demo $(ARGS)

test: .venv/.test servers
	@$(BIN)/python -m pytest -n auto --max-worker-restart 0 $(ARGS)

bench: .venv/.test servers
	@$(BIN)/python tests/bench/run.py $(ARGS)
	@$(BIN)/python tests/bench/client.py
	@$(BIN)/python tests/bench/directory.py
	@$(BIN)/python tests/bench/figures.py
	@$(BIN)/python tests/bench/metrics.py
	@$(BIN)/python tests/bench/publish.py
	@$(BIN)/python tests/bench/serve.py
	@$(BIN)/python tests/bench/decide.py
	@$(BIN)/python tests/bench/statements.py

# Random worlds by the hundred thousand: the engine against the painter that was written from the rules alone, and against laws.
# Then 500 recurring windows in every zone, and 80 kills of the outbox.
nightly: .venv/.test
	@$(BIN)/python tests/nightly/nightly.py $(ARGS)
	@RECURRENCES=all $(BIN)/python -m pytest -q -n auto tests/monitor/desk/test_recurrence.py
	@THREENINES_KILLS=80 $(BIN)/python -m pytest -q tests/chaos/test_outbox_kill.py

lock: .venv/.test
	@$(BIN)/uv lock --upgrade

# The real servers that tests look at, from Debian, where apt may be used. Installing them starts no service.
servers:
	@sh .make/servers

.venv/.run: pyproject.toml uv.lock .make/environment.py
	@$(PYTHON) .make/environment.py --no-default-groups
	@touch $@

.venv/.test: pyproject.toml uv.lock .make/environment.py
	@$(PYTHON) .make/environment.py --all-groups
	@touch $@ .venv/.run

clean:
	rm -rf .venv
