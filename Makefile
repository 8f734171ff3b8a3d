# Two words do everything on a fresh machine: `make demo` and `make test`. Both need only Python >= 3.11 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
INSTALL := $(PIP) install --no-compile --no-deps

# Bytecode is kept even where the surroundings forbid it: hundreds of programs are started here, and without it each start
# costs twice as much.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test lint types unit outside format pages lock clean

# First the usual job: compared with what earlier runs stored. Then base and head side by side, the head 5 ms slower on
# one endpoint: that ends `fail` (exit code 11), unless the machine is too busy to show it, which the gate says itself.
demo: $(VENV)/.run
	@PATH="$(CURDIR)/$(BIN):$$PATH" perfgate run --config examples/tickets/perfgate.yml --stack process \
		--scenario baseline --duration 15s
	@rm -rf examples/tickets/.data # the first run's; the base beside it would lack it, and the gate would say so
	@echo; echo "And now the last commit beside a head that is 5 ms slower on one endpoint:"; echo
	@PATH="$(CURDIR)/$(BIN):$$PATH" perfgate run --config examples/tickets/perfgate.yml --stack process \
		--scenario steady --duration 45s --compare paired --base HEAD --head-env "TICKETS_DELAY=GET /health=5ms" \
		--out perfgate-out/side-by-side; case $$? in \
		11) ;; \
		0) echo "It should have failed: the reasons above say why that could not be shown here." ;; \
		*) exit 1 ;; esac

test: $(VENV)/.dev lint types unit outside

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/zizmor --offline --no-progress .github docs/workflows/*.yml
	$(BIN)/actionlint .github/workflows/*.yml docs/workflows/*.yml

types: $(VENV)/.dev
	$(BIN)/mypy

# One process for each core; `tests/conftest.py` says what they share, and the mark `alone` what is not shared.
SHARED := --numprocesses logical --dist loadscope

# The pure core is held to 95 % of its branches by the tests of its rules alone.
PURE := src/perfgate/errors.py,src/perfgate/records/*,src/perfgate/judge/*,src/perfgate/settings/*,src/perfgate/report/*

unit: $(VENV)/.dev
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m coverage run -m pytest $(SHARED) tests/unit tests/golden $(PYTEST_ARGUMENTS)
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report --include="$(PURE)" --fail-under=95

# Of the rest, what judges times has the machine for itself, one test after the other.
outside: $(VENV)/.dev
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest $(SHARED) -m "not alone" tests/integration tests/e2e $(PYTEST_ARGUMENTS)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest -m alone tests/integration tests/e2e $(PYTEST_ARGUMENTS)

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# What is made from the code and kept: a test says so when it is out of date.
pages: $(VENV)/.dev
	$(BIN)/python -m perfgate.settings.reference > docs/settings.md
	$(BIN)/perfgate schema > docs/schema/perfgate.schema.json
	$(BIN)/perfgate schema judgement > docs/schema/judgement.schema.json

# A new lock: only on purpose; what is pinned stays so where it still fits. `image.txt` is `run.txt` and what the action's
# image has besides.
lock: export PATH := $(CURDIR)/$(BIN):$(PATH)
lock: $(VENV)/.dev
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		pyproject.toml -o requirements/run.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		pyproject.toml --extra s3 -c requirements/run.txt -o requirements/image.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		pyproject.toml requirements/dev.in -c requirements/run.txt -c requirements/image.txt -o requirements/dev.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		examples/tickets/requirements.in -c requirements/run.txt -o examples/tickets/requirements.txt

clean:
	rm -rf $(VENV) perfgate-out .perfgate .mypy_cache .ruff_cache .pytest_cache

$(VENV)/.made:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "PerfGate needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

# The locks are whole, so nothing is resolved (--no-deps): pip would ask for the newest release of what is wanted with
# an extra, and refuse it for want of a hash, the day one appears. What is imported is compiled then: all would take longer
# than to install it.
$(VENV)/.run: $(VENV)/.made requirements/run.txt examples/tickets/requirements.txt pyproject.toml
	$(INSTALL) --require-hashes -r requirements/run.txt -r examples/tickets/requirements.txt
	$(INSTALL) --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	$(INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@
