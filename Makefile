# Every word that developers and CI use; each says what it does.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export NUMBA_CACHE_DIR ?= $(CURDIR)/$(VENV)/numba-cache
export NUMBA_CPU_NAME ?= generic
export PYTHONUTF8 = 1
export PYTHONDONTWRITEBYTECODE =
PYTEST := $(BIN)/python -m pytest
WITH_NEO4J := $(BIN)/python -m tests.support.neo4j run --version

.PHONY: setup demo serve test proofs fuzz test-neo4j-latest lint types imports bench province work patterns kernels kills docs check beside rehearsal clean
.DEFAULT_GOAL := setup

setup: $(VENV)/.ready ## install everything into .venv, compile the kernels and our own modules
	@$(BIN)/python -m compileall -q api graph loaders queries

$(VENV)/.ready: requirements.lock requirements-data.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps --requirement requirements-data.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/taxgraph warm
	touch $@

demo: setup ## generate a small country, load it, ask the three questions (embedded, and Neo4j if DEMO_STORE is set)
	$(BIN)/python -m tests.support.demo --store "$${DEMO_STORE:-}"

serve: setup ## answer GraphQL on loopback for the demo's graph
	$(BIN)/python -m tests.support.demo --store "$${DEMO_STORE:-}" --only-load
	$(BIN)/taxgraph --store "$${DEMO_STORE:-duckdb:///$(CURDIR)/demo/country.duckdb}" serve --development

test: setup ## every test on the embedded store, stores and each path on a real Neo4j 5.26; five processes side by side
	TAXGRAPH_TESTS=$${TAXGRAPH_TESTS:-quick} $(WITH_NEO4J) 5.26 -- $(BIN)/python -m tests.support.side_by_side tests --durations 12

proofs: setup ## the tests with everything tried: every path on Neo4j too, a thousand mutated files, every order
	TAXGRAPH_TESTS=thorough $(MAKE) --no-print-directory test

fuzz: setup ## mutated exports through the whole pipeline: FOR=600 seconds, SEED=1; ONLY=case repeats one
	$(BIN)/python -m tests.support.fuzzing --seconds $(or $(FOR),600) --seed $(or $(SEED),1) $(if $(ONLY),--only $(ONLY))

test-neo4j-latest: setup ## the store suite against Neo4j's calendar line
	$(WITH_NEO4J) latest -- $(PYTEST) tests/contract/store -m 'neo4j and not own_server'

lint: setup ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup ## mypy, strict
	$(BIN)/mypy

imports: setup ## the layers
	$(BIN)/lint-imports

bench: setup ## measure, also with Neo4j servers that the steps start; writes docs/benchmarks.md, BENCH=small only prints
	$(BIN)/python -m tests.benchmarks --size $(or $(BENCH),full)

province: setup ## measure ten million invoices: loaded, kept up, read, saved; writes docs/province.md, SIZE=small only prints
	$(BIN)/python -m tests.benchmarks.province --size $(or $(SIZE),full) $(if $(WORK),--work $(WORK))

work: setup ## measure the questions about officers and their work; writes docs/work.md, SIZE=small only prints
	$(BIN)/python -m tests.benchmarks.work --size $(or $(SIZE),full) $(if $(WORK),--work $(WORK))

patterns: setup ## what the pattern catalogue finds of planted cases in a large country; writes docs/patterns.md, PLANTED=3 only prints
	$(BIN)/python -m tests.benchmarks.patterns --planted $(or $(PLANTED),500) $(if $(WORK),--work $(WORK))

kernels: setup ## the kernels on ten million invoices, beside goals and peers; writes docs/kernels.md, KERNELS=small only prints
	$(BIN)/python -m tests.benchmarks.kernels --size $(or $(KERNELS),full) $(if $(WORK),--work $(WORK))

kills: setup ## kill -9 at thirty moments of a load on each store, and of the Neo4j server; some minutes
	$(BIN)/python -m tests.support.kills

docs: setup ## write the generated reference pages
	$(BIN)/taxgraph docs --out docs/reference
	$(BIN)/python -m api.gql.print_schema

check: setup ## all that CI runs
	$(MAKE) --no-print-directory -j 2 --output-sync=recurse lint types imports
	$(MAKE) --no-print-directory -j 2 --output-sync=recurse test beside

beside: setup ## what CI runs beside the tests: every third test of the stores on Neo4j's calendar line, the rehearsal
	TAXGRAPH_TESTS=glance $(MAKE) --no-print-directory test-neo4j-latest
	$(MAKE) --no-print-directory rehearsal

rehearsal: demo ## the demo on both stores, and the benchmarks at their small size
	$(WITH_NEO4J) 5.26 --brief -- $(MAKE) --no-print-directory demo DEMO_STORE=from-environment
	$(MAKE) --no-print-directory bench BENCH=small
	$(MAKE) --no-print-directory kernels KERNELS=small

clean: ## remove what was made
	rm -rf $(VENV) demo .mypy_cache .ruff_cache .import_linter_cache .benchmarks .hypothesis .fuzz dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
