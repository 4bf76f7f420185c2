# Two commands do everything on a machine with Python 3.11 or newer, pip and make:
#
#   make tour    the whole story, nothing configured
#   make test    lint, types, house checks, tests with branch coverage
#
# Both make .venv on the first start (pinned, hashed dependencies) and take it as it is on the next ones.

.DEFAULT_GOAL := help
.PHONY: help tour test ahead lint types compiled house unit bench soak calibrate format requirements clean
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory

# The first of these that is new enough; `make PYTHON=/path/to/python3.12 test` names another.
PYTHON ?= $(shell for each in python3 python3.11 python3.12 python3.13 python3.14 python; do \
	"$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$each"; break; }; done)

# Tests are compiled, and rewritten so that they tell what they compared, once and not in each process.
unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE
export PIP_DISABLE_PIP_VERSION_CHECK := 1

VENV := .venv
RUN := $(VENV)/bin/python
RUNTIME := requirements/build.txt requirements/runtime.txt
DEVELOP := requirements/dev.txt

# A stamp is named after everything that the environment depends on: another Python, another place (an editable
# install records where it is) or another pin is another stamp, and so another installation.
fingerprint = $(shell { pwd; "$(PYTHON)" -V; cat pyproject.toml $(1); } 2>&1 | cksum | cut -d ' ' -f 1)
RUNTIME_READY := $(VENV)/ready-to-run-$(call fingerprint,$(RUNTIME))
DEVELOP_READY := $(VENV)/ready-to-develop-$(call fingerprint,$(DEVELOP))

help:
	@echo 'make tour          the whole story, nothing configured'
	@echo 'make test          lint, types, house checks, tests with branch coverage'
	@echo 'make bench         the speeds'
	@echo 'make soak          the long tests: more examples, larger inputs'
	@echo 'make calibrate     ask AWS what it does not document (docs/how-to-calibrate.md); without an account, a sandbox'
	@echo 'make format        lay the code out'
	@echo 'make requirements  resolve and hash the pinned dependencies anew'
	@echo 'make clean         remove .venv and everything generated'

# What develops also runs, so the tour asks for its own set-up only where the larger one is missing.
tour: $(if $(wildcard $(DEVELOP_READY)),,$(RUNTIME_READY))
	@$(RUN) -m iamfa tour

test: ahead unit

# What comes before the tests. One core looks at the types; another compiles the tests meanwhile, which each process
# that runs them would do for itself.
ahead: lint
	@$(MAKE) -j2 types compiled

lint: $(DEVELOP_READY)
	@echo '== lint'
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .

types: $(DEVELOP_READY)
	@echo '== types'
	@$(RUN) -m mypy

compiled: $(DEVELOP_READY)
	@$(RUN) -m pytest --collect-only -qq -p no:cacheprovider >/dev/null 2>&1 || true # the tests tell what is wrong

house: $(DEVELOP_READY)
	@echo '== house'
	@$(RUN) -m pytest tests/house

# As many processes as there are cores, at most JOBS; `make test JOBS=0` runs the tests one after the other. Each gets
# half of the tests and takes over from one that has more left, so that neighbours, which share something costly (the
# wheel), mostly stay together. The house checks are among the tests.
JOBS ?= 4
PARALLEL := $(if $(filter 0,$(JOBS)),,--numprocesses auto --maxprocesses $(JOBS) --dist worksteal)
# Tests that look at much at once run without their lines being followed (tests/conftest.py).
unit: $(DEVELOP_READY)
	@echo '== tests, with coverage'
	@$(RUN) -m pytest $(PARALLEL) --cov --cov-report=term:skip-covered

bench: $(DEVELOP_READY)
	@$(RUN) -m benchmarks

soak: $(DEVELOP_READY)
	@IAMFA_SOAK=1 $(RUN) -m pytest $(PARALLEL) -m 'soak or hypothesis'

# Only where IAMFA_LIVE_PROFILE and IAMFA_LIVE_ACCOUNT name an account is one touched. `make calibrate ASK=totp-window`
# asks one question, `ASK=--clean-up` removes the remains of a run that was killed.
calibrate: $(DEVELOP_READY)
	@$(RUN) -m tests.contract.calibrate $(ASK)

format: $(DEVELOP_READY)
	@$(RUN) -m ruff check --fix --quiet .
	@$(RUN) -m ruff format .

$(RUNTIME_READY):
	@$(prepare)
	@$(call install,$(RUNTIME))

$(DEVELOP_READY):
	@$(prepare)
	@$(call install,$(DEVELOP))

# `python -m venv --clear` only where there is none yet, where it is broken, or where it is another Python's.
define prepare
if [ -z "$(PYTHON)" ] || ! "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	echo 'iamfa needs Python 3.11 or newer, and finds none; name one: make PYTHON=/path/to/python3.11' >&2; exit 1; fi; \
if [ "`$(RUN) -V 2>&1`" != "`"$(PYTHON)" -V 2>&1`" ] || ! $(RUN) -m pip --version >/dev/null 2>&1; then \
	echo 'making $(VENV) with '"`"$(PYTHON)" -V`"; "$(PYTHON)" -m venv --clear $(VENV); fi
endef

# The files pin everything, so nothing is left to resolve: a newer release of something that is asked for with an
# extra cannot get in the way (pip looks for `name[extra]` beside the pinned `name`). What is installed is compiled when
# it is first imported: most of it never is.
define install
echo 'installing pinned and hashed dependencies from $(1)'; \
$(RUN) -m pip install -qq --no-compile --no-deps --require-hashes $(foreach each,$(1),-r $(each)) && \
$(RUN) -m pip install -qq --no-build-isolation --no-deps --editable . && \
rm -f $(VENV)/ready-* && touch $@
endef

# The tool that resolves lives in a place of its own, so that it is no dependency of the project. `make requirements
# UPGRADE=--upgrade` takes the newest releases; without it only what pyproject.toml asks for changes.
LOCK := $(VENV)-lock
requirements:
	@"$(PYTHON)" -m venv $(LOCK) && $(LOCK)/bin/python -m pip install -qq 'pip-tools==7.6.2'
	@for each in runtime build dev; do \
		(cd requirements && ../$(LOCK)/bin/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe \
			--no-header --no-emit-index-url --no-emit-trusted-host --no-emit-find-links $(UPGRADE) \
			--output-file $$each.txt $$each.in) || exit 1; done

clean:
	@rm -rf $(VENV) $(LOCK) build dist .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find src tests -type d -name __pycache__ -prune -exec rm -rf {} +
