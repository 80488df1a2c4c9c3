# Background Agents for Drupal. Needs Python 3.11 to 3.14 and make; everything else is brought into .venv and .venv-tools.
#
#   make demo        three jobs against a stand-in for Drupal, with a page to look at   MODEL=anthropic:... ARGS=--exit
#   make test        all tests, of both languages                                       ARGS='-k events'
#   make check       style and types; of PHP its syntax, and Drupal's coding standard as far as it is installed
#   make coverage    the same as test, and how much of the sidecar the tests run: at least 95 %
#   make bench       latency, CPU, memory and throughput, as medians and ratios
#   make chaos       kills, cuts and floods a running system by a seed, and proves that nothing was lost   ARGS='--seed 7', '--site'
#   make site-test   the module's PHPUnit tests, and the same checks against a real Drupal at both isolation levels (see docs/reference/testing.md)   ISOLATION=READ-COMMITTED
#   make conformance the official conformance suite of MCP in both revisions, and the Inspector in both eras   ARGS='--out results'
#   make contracts   writes the vectors, and copies the schemas into the module

SHELL := /bin/sh
PYTHON ?= python3
UV := $(shell uv --version >/dev/null 2>&1 && echo uv || echo .venv-tools/bin/uv)
# Compiled once, not at every start.
SYNC = UV_COMPILE_BYTECODE=1 $(UV) sync --quiet --frozen --python $(PYTHON)
RUN = $(UV) run --frozen --no-sync
# The levels at which the site's connections work while its tests run, in turn: what Drupal recommends, and the servers' default.
ISOLATION ?= READ-COMMITTED REPEATABLE-READ
UV_TOOL = $(filter .venv-tools/bin/uv,$(UV))

.PHONY: help demo test coverage check bench chaos site-test conformance contracts clean
.DEFAULT_GOAL := help

help:
	@sed -e '/^$$/q' -e 's/^# *//' Makefile

demo: .venv/.runtime
	$(RUN) python -m demo $(if $(MODEL),--model '$(MODEL)') $(ARGS)

test: .venv/.development
	$(RUN) pytest $(ARGS)

coverage: .venv/.development
	$(RUN) coverage erase
	$(RUN) coverage run -m pytest $(ARGS)
	$(RUN) coverage combine --quiet
	$(RUN) coverage report

check: .venv/.development
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) pyright
	$(RUN) python -m tests.php_style

bench: .venv/.development
	$(RUN) python -m tests.bench $(ARGS)

chaos: .venv/.development
	$(RUN) python -m tests.chaos $(ARGS)

site-test: .venv/.development
	@test -n "$$BACKGROUND_AGENTS_SITE_URL" || test -f "$$HOME/.config/background-agents/site.env" || { echo 'Name a Drupal site for tests: BACKGROUND_AGENTS_SITE_URL and three more, see docs/reference/testing.md' >&2; exit 1; }
	@$(RUN) python -m tests.site.phpunit
	@for level in $(ISOLATION); do echo "Site tests, connections at $$level" && BACKGROUND_AGENTS_SITE_ISOLATION=$$level $(RUN) pytest -m site $(ARGS) || exit 1; done

conformance: .venv/.development
	$(RUN) python -m tests.conformance.run $(ARGS)

contracts:
	$(PYTHON) -m tests.contract.generate_vectors
	mkdir -p drupal_module/contracts
	rm -f drupal_module/contracts/*.schema.json
	cp contracts/*.schema.json drupal_module/contracts/

clean:
	rm -rf .venv .venv-tools .demo .conformance .pytest_cache .ruff_cache .hypothesis

# --inexact: does not throw the development tools out again.
.venv/.runtime: pyproject.toml uv.lock $(UV_TOOL)
	$(SYNC) --no-dev --inexact
	@touch $@

.venv/.development: pyproject.toml uv.lock $(UV_TOOL)
	$(SYNC)
	@touch $@ .venv/.runtime

.venv-tools/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Python 3.11 or newer is needed; say which: make PYTHON=python3.12 ...' >&2; exit 1; }
	@$(PYTHON) -m venv .venv-tools || { echo 'Python cannot make virtual environments; on Debian and Ubuntu: apt install python3-venv' >&2; exit 1; }
	.venv-tools/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'
