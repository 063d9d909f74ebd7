VENV := .venv
PYTHON := python3
BIN := $(VENV)/bin
UV := $(BIN)/uv
SITE := site
READY := $(VENV)/.ready
# A file of tests at a time on each core, long ones first. Those that need nothing wait more than they work.
PYTEST := $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
export UV_SYSTEM_CERTS := true
export NO_MKDOCS_2_WARNING := 1
# Tests start processes by the hundred: each imports what an earlier one has compiled.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# A virtual environment with exactly the locked dependencies, and the project in it.
$(READY): requirements.lock pyproject.toml
	@echo "setting up $(VENV) ..." >&2
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ticketstream needs Python 3.11 or newer; call make PYTHON=/path/to/python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(UV) || $(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(sed -n 's/^\(uv==[0-9.]*\).*/\1/p' requirements.lock)" >&2
	@VIRTUAL_ENV=$(VENV) $(UV) pip sync --quiet requirements.lock >&2
	@VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --no-deps --editable . >&2
	@touch $@

.PHONY: run
run: $(READY) ## embedded Kafka, sample knowledge base and tickets, all stages, the API on port 8080; ARGS=--once ends by itself
	@$(BIN)/ticketstream up $(ARGS)

.PHONY: test
test: $(READY) ## the tests that need nothing but Python
	@$(PYTEST) --numprocesses 4 -m "not real and not kube" $(ARGS)

.PHONY: servers
servers: $(READY) ## fetch Apache Kafka (Maven), AsyncAPI (npm) and build Weaviate and Helm (Go) for test-real, once, into a cache
	@$(BIN)/python -m tests.support.kafka
	@$(BIN)/python -m tests.support.kafka_tools
	@$(BIN)/python -m tests.support.helm
	@$(BIN)/python -m tests.support.keda
	@$(BIN)/python -m tests.support.weaviate
	@$(BIN)/python -m tests.support.asyncapi_parser

.PHONY: browser
browser: $(READY) ## install Debian's chromium for test-real, if it is not there (needs root)
	@$(BIN)/python -m tests.support.browser

.PHONY: prometheus
prometheus: $(READY) ## install Debian's prometheus for test-real, if it is not there (needs root)
	@$(BIN)/python -m tests.support.prometheus

.PHONY: image
image: $(READY) ## build the image of deploy/Dockerfile without Docker, for test-real, and Docker Compose (needs root, Go)
	@$(BIN)/python -m tests.support.docker_compose
	@$(BIN)/python -m tests.support.image

.PHONY: test-real
test-real: servers browser prometheus image ## the same suite on a real Apache Kafka and a real Weaviate, on free ports; /docs in a browser
	@REAL=1 $(PYTEST) --numprocesses 3 -m real $(ARGS)

.PHONY: kube
kube: $(READY) ## build a Kubernetes API, its nodes and Helm (Go) for test-kube, once, into a cache
	@$(BIN)/python -m tests.support.kubernetes_tools

.PHONY: test-kube
test-kube: kube ## install, upgrade, roll back and remove the Helm chart on a real Kubernetes API
	@KUBE=1 $(PYTEST) -m kube $(ARGS)

.PHONY: chaos
chaos: $(READY) ## kill workers, brokers and backends, and count what becomes of the tickets; ARGS=--quick, ARGS="1 2", ARGS=--list
	@$(BIN)/python -m bench.chaos $(ARGS)

.PHONY: evaluate
evaluate: $(READY) ## measure readings, drafts, verdicts, retrieval and triage: sample, known cases, public data; ARGS=--quick, ARGS="--data DIR"
	@$(BIN)/python -m bench.quality.drafting $(ARGS)

.PHONY: fuzz
fuzz: $(READY) ## make up calls to the API by the thousand, other ones each time
	@FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-2000} $(BIN)/python -m pytest tests/system/test_fuzzing.py $(ARGS)

.PHONY: check
check: $(READY) ## format, lint and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache --no-logo

.PHONY: audit
audit: $(READY) ## known vulnerabilities and licences of what is locked, and a bill of materials; ARGS=--offline asks no database
	@$(BIN)/python -m tests.support.audit $(ARGS)

.PHONY: format
format: $(READY) ## put the code into the project's format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: schemas
schemas: $(READY) ## write the events and HTTP bodies as JSON Schema into schemas/json
	@$(BIN)/python -m schemas.export

.PHONY: chart
chart: $(READY) ## write settings, stages, alerts, dashboards and the table of values into the Helm chart
	@$(BIN)/python -m tests.support.chart

.PHONY: docs
docs: $(READY) ## build the documentation into site/; a broken link or anchor fails
	@$(BIN)/mkdocs build --strict --quiet --site-dir $(abspath $(SITE))

.PHONY: docs-generated
docs-generated: $(READY) ## write settings, topics, metrics and exit codes into the pages that show them
	@$(BIN)/python -m tests.support.documents

.PHONY: dashboards
dashboards: $(READY) ## write Grafana's dashboards into deploy/grafana
	@$(BIN)/python -m tests.support.dashboards

.PHONY: dashboard-pictures
dashboard-pictures: servers prometheus ## draw the dashboards for the documentation, on figures that are measured meanwhile
	@REAL=1 $(BIN)/python -m tests.support.dashboard_pictures

# requirements.lock is for a checkout; deploy/ has what the image is made of, at the same versions.
COMPILE = VIRTUAL_ENV=$(VENV) $(UV) pip compile --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet

.PHONY: lock
lock: $(READY) ## lock the newest dependencies that pyproject.toml and any Python 3.11 allow, for a checkout and for the image
	@$(COMPILE) pyproject.toml --group dev --output-file requirements.lock --upgrade
	@$(COMPILE) pyproject.toml --constraints requirements.lock --output-file deploy/runtime.lock --upgrade
	@$(COMPILE) --group build --constraints requirements.lock --output-file deploy/build.lock --upgrade
