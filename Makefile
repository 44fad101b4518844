# The whole project by name. PYTHON is the one thing it needs: 3.11 or newer, as python3 on PATH.
PYTHON ?= python3
BOOTSTRAP = $(PYTHON) config/bootstrap.py
IN_VENV = $(BOOTSTRAP) python
ARGS ?=

.PHONY: run test check lint format bench messages lock

run: ## the desk with demo data on http://127.0.0.1:8000/
	@$(BOOTSTRAP) run

test: ## the tests; ARGS="tests/desk -k audit" for some of them
	@$(BOOTSTRAP) test $(ARGS)

check: ## lint, layout, types, layers, migrations, templates, translations; ARGS="types lint" for some of them
	@$(IN_VENV) config/checks.py $(ARGS)

format: ## lay out Python and templates
	@$(IN_VENV) -m ruff check --fix-only --quiet .
	@$(IN_VENV) -m ruff format .

bench: ## the benchmark suite; ARGS="--contacts 1000000"
	@$(IN_VENV) benchmarks/run.py $(ARGS)

messages: ## collect the texts for ko and ja, and compile the catalogues
	@$(IN_VENV) manage.py check_translations --write

lock: ## write both requirements.txt from their .in files; needs uv
	uv pip compile --quiet --generate-hashes --universal --no-header --python-version 3.11 requirements.in -o requirements.txt
	uv pip compile --quiet --generate-hashes --universal --no-header --python-version 3.11 tests/requirements.in -o tests/requirements.txt
