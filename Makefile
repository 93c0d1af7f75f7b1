# `make help` lists what there is; every target works on a fresh checkout.
.DEFAULT_GOAL := help
bin := .venv/bin
args ?=

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Make .venv with everything that the tests need
	@sh tools/setup.sh test

.PHONY: run
run: ## Compile specs/vgg_e.arch into build/ and print its report
	@sh run.sh

.PHONY: test
test: ## Run the tests; args="-k vgg -x" goes to pytest
	@sh test.sh $(args)

.PHONY: quick
quick: ## Run the tests that are not slow, on two processes
	@sh test.sh -n 2 -q -m "not slow" $(args)

.PHONY: fmt-long
fmt-long: setup ## Try the layout on ten times as many random texts
	FORMAT=long $(bin)/python -m pytest -q tests/properties/test_format.py $(args)

.PHONY: oracle-all
oracle-all: ## Compare with torch and published networks, the large ones too (half an hour)
	ORACLE=all sh test.sh -q tests/oracle $(args)

.PHONY: deploy-all
deploy-all: setup ## All deployment forms of the lecture's networks, and of every layer kind (half an hour)
	DEPLOY=all $(bin)/python -m pytest -q tests/deploy $(args)

.PHONY: differential
differential: setup ## Compare 20,000 random networks with torch, and 10,000 that may be wrong (half an hour)
	$(bin)/python -m tests.differential --n 20000 --jobs 2 $(args)
	$(bin)/python -m tests.differential --n 10000 --jobs 2 --negative $(args)

.PHONY: mutants
mutants: setup ## Plant each fault of tests/mutants and let random networks find it (5 minutes)
	$(bin)/python -m tests.mutants --jobs 2 $(args)

.PHONY: fuzz
fuzz: setup ## Mutated specs through the commands (100,000: half an hour)
	$(bin)/python -m tests.fuzz --n 100000 --jobs 2 $(args)

.PHONY: fuzz-atheris
fuzz-atheris: setup ## Coverage-guided texts for the parser and the YAML reader; args=SECONDS each
	$(bin)/python -m pip install --quiet -c constraints.txt atheris
	$(bin)/python -m tests.fuzz.atheris_parse -max_total_time=$(or $(args),300)
	$(bin)/python -m tests.fuzz.atheris_yaml -max_total_time=$(or $(args),300)

.PHONY: trust
trust: setup ## All of docs/trust.md in one table (hours); args="--scale 0.01" runs a share of it
	$(bin)/python -m tests.trust $(args)

.PHONY: coverage
coverage: setup ## Measure which branches the tests take; fails below 95 %; args go to pytest
	@sh tools/coverage.sh $(args)

.PHONY: ci
ci: ## Everything that a push must pass
	@bash .ci/run

.PHONY: lint
lint: setup ## ruff check
	$(bin)/ruff check .

.PHONY: format
format: setup ## Lay the Python out anew and mend what ruff can mend
	$(bin)/ruff format .
	$(bin)/ruff check --fix .

.PHONY: fmt
fmt: setup ## Lay the specs and the standard library out anew
	$(bin)/archdsl fmt specs archdsl/std

.PHONY: types
types: setup ## mypy --strict
	$(bin)/mypy --strict archdsl tools benchmarks tests

.PHONY: imports
imports: setup ## Check that the layers of archdsl import downwards only
	$(bin)/lint-imports

.PHONY: grammar
grammar: setup ## Write the parser tables anew from grammar/archdsl.lark
	$(bin)/python -m archdsl.syntax.generate

.PHONY: docs
docs: setup ## Write the generated pages anew: kinds, errors, std, specs, figures
	$(bin)/python -m tools.generate_docs

.PHONY: gallery
gallery: setup ## Draw docs/gallery anew: columns, tables, volumes, blocks, graphs
	$(bin)/python -m tools.gallery

.PHONY: wheel
wheel: setup ## Build the wheel into dist/
	$(bin)/python -m build --wheel --no-isolation

.PHONY: vsix
vsix: setup ## Build the VS Code extension, editors/vscode/dist/archdsl.vsix, and test it
	@sh tools/vsix.sh

.PHONY: typing
typing: setup ## Type at random into the language server, long; args=N edits
	LSP_EDITS=$(or $(args),5000) $(bin)/python -m pytest -q tests/lsp/test_random_edits.py

.PHONY: playground
playground: setup ## Build the playground into build/playground (npm fetches Pyodide) and serve it
	$(bin)/python -m tools.playground --serve $(or $(port),8000)

.PHONY: viz
viz: setup ## Take the layout of the pages, Viz.js, over from npm as playground/package.json says
	$(bin)/python -m tools.playground --viz

.PHONY: bench
bench: setup ## Time the front end against its peers; args="--write" updates docs/performance.md
	$(bin)/python -m pip install --quiet -c constraints.txt -r benchmarks/requirements.txt
	$(bin)/python benchmarks/front_end.py $(args)

.PHONY: bench-modules
bench-modules: setup ## Time modules on the CPU beside torchvision's; args="--write" as above
	$(bin)/python benchmarks/modules.py $(args)

.PHONY: mermaid
mermaid: setup ## Let Mermaid itself draw every spec at every detail (10 minutes)
	MERMAID=all $(bin)/python -m pytest -q tests/browser/test_mermaid.py $(args)

.PHONY: gpu
gpu: setup ## Time networks beside torchvision's on a GPU; args="--device cpu --smoke" sees that it runs
	$(bin)/python benchmarks/gpu.py $(args)

.PHONY: goals
goals: setup ## Measure the times that the front end and modules must keep; fails where one is missed
	$(bin)/python benchmarks/front_end.py --goals
	$(bin)/python benchmarks/modules.py --goals

.PHONY: clean
clean: ## Remove what builds and tools leave; .venv stays
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find archdsl tests benchmarks tools -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: distclean
distclean: clean ## Remove .venv as well
	rm -rf .venv .venv-lock .venv-unfinished
